//! Trees on web servers.

use std::error::Error as _;
use std::io;
use std::sync::Once;

use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{
    CONTENT_RANGE, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED,
    RANGE,
};
use reqwest::{StatusCode, Url, redirect};

use super::location::shown;
use super::{Backend, Error, Header, Limits, Opened, Resume};

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
            .redirect(redirect::Policy::custom(move |attempt| {
                if leaves_tls(attempt.previous(), attempt.url()) {
                    return attempt.error(Downgrade);
                }
                redirect::Policy::limited(limits.redirects).redirect(attempt)
            }))
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
            status if status.is_success() || status == StatusCode::NOT_MODIFIED => Ok(Some(response)),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            // For the tree itself it is a refusal.
            StatusCode::FORBIDDEN if *url != self.base => Err(Error::Hidden { url: shown(url) }),
            status => Err(Error::Refused { url: shown(url), answer: status.to_string() }),
        }
    }

    fn explain(&self, url: &Url, error: &reqwest::Error) -> Error {
        let url = shown(url);
        if error.source().is_some_and(|source| source.is::<Downgrade>()) {
            return Error::Tls { url, why: Downgrade.to_string() };
        }
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

/// Whether a redirect leads from an address with TLS to one without.
fn leaves_tls(previous: &[Url], next: &Url) -> bool {
    next.scheme() != "https" && previous.iter().any(|url| url.scheme() == "https")
}

/// What comes without TLS may come from anybody, also where an address with TLS led there.
#[derive(Debug, thiserror::Error)]
#[error("the server redirects to an address without TLS")]
struct Downgrade;

impl Backend for Http {
    fn open(&self, path: &str, resume: Option<&Resume>) -> Result<Option<Opened>, Error> {
        let url = self.url(path);
        let mut request = self.client.get(url.clone());
        if let Some(Resume { offset, version }) = resume {
            request = request.header(RANGE, format!("bytes={offset}-")).header(IF_RANGE, version);
        }
        let mut response = match self.send(&url, request) {
            // The file may have become shorter.
            Err(Error::Refused { .. }) if resume.is_some() => {
                self.send(&url, self.client.get(url.clone()))?
            }
            other => other?,
        };
        if response.as_ref().is_some_and(|response| is_another_part(response, resume)) {
            response = self.send(&url, self.client.get(url.clone()))?;
        }
        let Some(response) = response else { return Ok(None) };
        let answers = |status| response.status() == status;
        if answers(StatusCode::NOT_MODIFIED) || (answers(StatusCode::PARTIAL_CONTENT) && resume.is_none()) {
            // Nobody asked for that.
            return Err(Error::Refused { url: shown(&url), answer: response.status().to_string() });
        }
        let version = version(response.headers());
        let header = match continued(&response) {
            Some((start, length)) => Header { length, start, version },
            None => Header { length: response.content_length(), start: 0, version },
        };
        Ok(Some(Opened { url: shown(&url), header, body: Box::new(response) }))
    }

    fn is_current(&self, path: &str, version: &str) -> Result<bool, Error> {
        let url = self.url(path);
        let condition = if version.starts_with('"') { IF_NONE_MATCH } else { IF_MODIFIED_SINCE };
        let answer = self.send(&url, self.client.head(url.clone()).header(condition, version))?;
        let is_same = |said: Option<String>| said.is_none_or(|said| said == version);
        Ok(answer.is_some_and(|answer| {
            answer.status() == StatusCode::NOT_MODIFIED && is_same(self::version(answer.headers()))
        }))
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

/// What tells the versions of a file apart: its entity tag, unless that is a weak one, or the time of its last change
/// (RFC 9110, section 8.8).
fn version(headers: &HeaderMap) -> Option<String> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::to_owned);
    text(ETAG).filter(|tag| tag.starts_with('"')).or_else(|| text(LAST_MODIFIED))
}

/// Where an answer goes on, and the length of the whole file; `None` if it begins at the start (RFC 9110, section 14.4).
fn continued(response: &Response) -> Option<(u64, Option<u64>)> {
    if response.status() != StatusCode::PARTIAL_CONTENT {
        return None;
    }
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (range, length) = range.split_once('/')?;
    let start = range.split_once('-')?.0.trim().parse().ok()?;
    Some((start, length.trim().parse().ok()))
}

/// Whether a part of a file came that is not the one that was asked for: of another place, or of another version.
fn is_another_part(response: &Response, resume: Option<&Resume>) -> bool {
    let Some(resume) = resume.filter(|_| response.status() == StatusCode::PARTIAL_CONTENT) else {
        return false;
    };
    continued(response).map(|(start, _)| start) != Some(resume.offset)
        || version(response.headers()).is_some_and(|version| version != resume.version)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_redirect_leads_from_tls_to_an_address_without() {
        let leaves = |previous: &str, next: &str| {
            leaves_tls(&[Url::parse(previous).unwrap()], &Url::parse(next).unwrap())
        };
        assert!(leaves("https://a/", "http://a/"));
        assert!(!leaves("https://a/", "https://b/") && !leaves("http://a/", "https://a/"));
        assert!(!leaves("http://a/", "http://b/"));
    }
}
