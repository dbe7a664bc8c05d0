//! Trees on web servers.

use std::error::Error as _;
use std::io;
use std::sync::Once;

use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::{StatusCode, Url, redirect};

use super::location::shown;
use super::{Backend, Error, Limits, Opened};

pub(super) struct Http {
    base: Url,
    client: Client,
    limits: Limits,
}

impl Http {
    pub(super) fn new(base: Url, limits: Limits) -> Result<Http, Error> {
        static CRYPTOGRAPHY: Once = Once::new();
        // Whoever else chose one first has chosen for the process.
        CRYPTOGRAPHY.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let client = Client::builder()
            .user_agent(concat!("xctl/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(limits.connect)
            .timeout(limits.stall + super::PATIENCE)
            .redirect(redirect::Policy::limited(limits.redirects))
            .build()
            .map_err(|error| Error::Tls { url: shown(&base), why: cause(&error) })?;
        Ok(Http { base, client, limits })
    }

    fn url(&self, path: &str) -> Url {
        // Only text that is no relative path fails, and then there is no such file either.
        let relative = format!("./{}", path.trim_start_matches('/'));
        self.base.join(&relative).unwrap_or_else(|_| self.base.clone())
    }

    /// Sends a request; `None` if the server has no such file.
    fn send(&self, url: &Url, request: RequestBuilder) -> Result<Option<Response>, Error> {
        let response = request.send().map_err(|error| self.explain(url, &error))?;
        match response.status() {
            status if status.is_success() => Ok(Some(response)),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            // Storage services answer so for a file that is not there; for the tree itself it is a refusal.
            StatusCode::FORBIDDEN if *url != self.base => Ok(None),
            status => Err(Error::Refused { url: shown(url), answer: status.to_string() }),
        }
    }

    fn explain(&self, url: &Url, error: &reqwest::Error) -> Error {
        let url = shown(url);
        if error.is_redirect() {
            return Error::Redirects { url, limit: self.limits.redirects };
        }
        if let Some(why) = tls_failure(error) {
            return Error::Tls { url, why };
        }
        if error.is_timeout() && !error.is_connect() {
            return Error::Stalled { url, seconds: self.limits.stall.as_secs(), received: 0 };
        }
        Error::Connect { url, why: cause(error) }
    }
}

impl Backend for Http {
    fn open(&self, path: &str) -> Result<Option<Opened>, Error> {
        let url = self.url(path);
        let Some(response) = self.send(&url, self.client.get(url.clone()))? else { return Ok(None) };
        let length = response.content_length();
        Ok(Some(Opened { url: shown(&url), length, body: Box::new(response) }))
    }

    fn exists(&self, path: &str) -> Result<bool, Error> {
        let url = self.url(path);
        match self.send(&url, self.client.head(url.clone())) {
            // Some servers only know GET.
            Err(Error::Refused { .. }) => Ok(self.send(&url, self.client.get(url.clone()))?.is_some()),
            answer => Ok(answer?.is_some()),
        }
    }

    fn list(&self, _: &str) -> Result<Option<Vec<String>>, Error> {
        Ok(None)
    }

    fn address(&self, path: &str) -> String {
        shown(&self.url(path))
    }
}

/// The innermost reason, which says most.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// What rustls complained about, if it did.
fn tls_failure(error: &reqwest::Error) -> Option<String> {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found.to_string());
        }
        // An I/O error passes over what it wraps when it is asked for its source.
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}
