//! Trees on FTP servers. Each look is a connection of its own: such servers are rare, and close idle ones anyway.

use std::borrow::Cow;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};

use percent_encoding::percent_decode_str;
use reqwest::Url;
use suppaftp::types::FileType;
use suppaftp::{FtpError, FtpStream, Mode, Status, TlsStream, TransferStream};

use super::location::shown;
use super::{Backend, Error, Header, Limits, Opened, Resume};

/// Bytes of the longest list of a directory's names that is read.
const MAX_LIST: u64 = 1 << 20;

pub(super) struct Ftp {
    base: Url,
    limits: Limits,
}

impl Ftp {
    pub(super) fn new(base: Url, limits: Limits) -> Ftp {
        Ftp { base, limits }
    }

    /// The path on the server, with `%20` and the like decoded.
    fn path(&self, path: &str) -> String {
        format!("{}{}", decoded(self.base.path()), path.trim_start_matches('/'))
    }

    fn connect(&self, path: &str) -> Result<FtpStream, Error> {
        let url = self.address(path);
        let connection = |error: io::Error| Error::Connect { url: url.clone(), why: error.to_string() };
        let host = self.base.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = (host, self.base.port().unwrap_or(21)).to_socket_addrs().map_err(connection)?;
        let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
        let mut control = None;
        for address in addresses {
            match dial(address, self.limits) {
                Ok(stream) => {
                    control = Some((stream, address));
                    break;
                }
                Err(error) => failure = error,
            }
        }
        let Some((stream, address)) = control else { return Err(connection(failure)) };
        let limits = self.limits;
        let mut ftp = FtpStream::connect_with_stream(stream)
            .map_err(|error| self.explain(path, error))?
            .passive_stream_builder(move |address| dial(address, limits).map_err(FtpError::ConnectionError));
        if address.is_ipv6() {
            ftp.set_mode(Mode::ExtendedPassive);
        }
        // Servers behind address translation announce an address that only they can reach.
        ftp.set_passive_nat_workaround(true);
        let user = if self.base.username().is_empty() { "anonymous" } else { self.base.username() };
        let password = self.base.password().unwrap_or("anonymous@");
        ftp.login(decoded(user), decoded(password)).map_err(|error| self.explain(path, error))?;
        ftp.transfer_type(FileType::Binary).map_err(|error| self.explain(path, error))?;
        Ok(ftp)
    }

    fn explain(&self, path: &str, error: FtpError) -> Error {
        let url = self.address(path);
        match error {
            FtpError::ConnectionError(error) if is_time_out(&error) => {
                Error::Stalled { url, seconds: self.limits.stall.as_secs(), received: 0 }
            }
            FtpError::UnexpectedResponse(response) => {
                let text = String::from_utf8_lossy(&response.body).trim().to_owned();
                Error::Refused { url, answer: text }
            }
            other => Error::Connect { url, why: other.to_string() },
        }
    }
}

impl Backend for Ftp {
    fn open(&self, path: &str, _: Option<&Resume>) -> Result<Option<Opened>, Error> {
        let mut ftp = self.connect(path)?;
        let remote = self.path(path);
        let length = ftp.size(&remote).ok().map(|bytes| bytes as u64);
        match ftp.retr_as_stream(&remote) {
            Ok(data) => {
                let body = Box::new(Body { data: Some(data), _control: ftp });
                let header = Header { length, ..Header::default() };
                Ok(Some(Opened { url: self.address(path), header, body }))
            }
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(self.explain(path, error)),
        }
    }

    fn is_current(&self, _: &str, _: &str) -> Result<bool, Error> {
        Ok(false)
    }

    fn exists(&self, path: &str) -> Result<bool, Error> {
        let mut ftp = self.connect(path)?;
        let remote = self.path(path);
        Ok(ftp.size(&remote).is_ok() || ftp.cwd(&remote).is_ok())
    }

    fn list(&self, path: &str) -> Result<Option<Vec<String>>, Error> {
        let mut ftp = self.connect(path)?;
        // `nlst` would collect names for as long as the server sends some.
        let command = format!("NLST {}", self.path(path));
        let data = match ftp.custom_data_command(command, &[Status::AboutToSend, Status::AlreadyOpen]) {
            Ok((_, data)) => data,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(self.explain(path, error)),
        };
        let mut bytes = Vec::new();
        let mut body = Body { data: Some(data), _control: ftp }.take(MAX_LIST + 1);
        if body.read_to_end(&mut bytes).is_err() {
            let received = bytes.len() as u64;
            return Err(Error::Broken { url: self.address(path), received, expected: None });
        }
        if bytes.len() as u64 > MAX_LIST {
            return Err(Error::TooLarge { url: self.address(path), limit: MAX_LIST });
        }
        // Some servers answer with whole paths.
        let names = String::from_utf8_lossy(&bytes);
        let names = names.lines().filter(|line| !line.is_empty()).map(|line| line.rsplit('/').next());
        Ok(Some(names.flatten().map(str::to_owned).collect()))
    }

    fn address(&self, path: &str) -> String {
        format!("{}{}", shown(&self.base), path.trim_start_matches('/'))
    }
}

/// What comes over a data connection. It ends with the server's word that this was all: a connection that breaks ends
/// like any other.
struct Body<T: TlsStream> {
    /// None once it has ended.
    data: Option<TransferStream<T>>,
    /// It lives as long as the data is read.
    _control: FtpStream,
}

impl<T: TlsStream> Read for Body<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(data) = &mut self.data else { return Ok(0) };
        let count = data.read(buffer)?;
        if count == 0
            && let Some(data) = self.data.take()
        {
            data.finish().map_err(io::Error::other)?;
        }
        Ok(count)
    }
}

fn dial(address: SocketAddr, limits: Limits) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, limits.connect)?;
    let stall = Some(limits.stall + super::PATIENCE);
    stream.set_read_timeout(stall)?;
    stream.set_write_timeout(stall)?;
    Ok(stream)
}

fn is_absent(error: &FtpError) -> bool {
    matches!(error, FtpError::UnexpectedResponse(response)
        if matches!(response.status, Status::FileUnavailable | Status::BadFilename))
}

fn is_time_out(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// Text of an address with `%XX` decoded; what is no UTF-8 then is kept as it was.
pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Cow::into_owned)
}
