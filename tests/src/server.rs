//! Servers of files for installation trees, on loopback: http, https with a certificate of its own, and ftp.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Serves the files below `root` over http; the address ends in a slash. Where `NAME.answer` lies beside a file, what it
/// holds is the answer to who asks for `NAME`: `503 Service Unavailable`, or nothing, and then the connection is dropped.
pub fn http(root: &Path) -> Result<String> {
    Ok(http_counted(root)?.0)
}

/// The same, with the number of bytes of files that were sent so far.
pub fn http_counted(root: &Path) -> Result<(String, Arc<AtomicU64>)> {
    let (listener, address) = listen()?;
    let sent = Arc::new(AtomicU64::new(0));
    let (root, count) = (root.to_owned(), Arc::clone(&sent));
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let (root, count) = (root.clone(), Arc::clone(&count));
            thread::spawn(move || -> io::Result<()> {
                count.fetch_add(answer(connection, &root)?, Ordering::SeqCst);
                Ok(())
            });
        }
    });
    Ok((format!("http://{address}/"), sent))
}

/// The same over https; the certificate that a client has to trust is written to `certificate`.
pub fn https(root: &Path, certificate: &Path) -> Result<String> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    std::fs::write(certificate, made.cert.pem())?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    let config = Arc::new(config);
    let (listener, address) = listen()?;
    let root = root.to_owned();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let (root, config) = (root.clone(), config.clone());
            thread::spawn(move || {
                let session = rustls::ServerConnection::new(config).map_err(io::Error::other)?;
                answer(rustls::StreamOwned::new(session, connection), &root).map(drop)
            });
        }
    });
    Ok(format!("https://{address}/"))
}

/// The same over ftp, read only, passive, for anybody.
pub fn ftp(root: &Path) -> Result<String> {
    let (listener, address) = listen()?;
    let root = root.to_owned();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let root = root.clone();
            thread::spawn(move || converse(connection, &root));
        }
    });
    Ok(format!("ftp://{address}/"))
}

fn listen() -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port on loopback")?;
    let address = listener.local_addr()?.to_string();
    Ok((listener, address))
}

/// The file that a request names, and how long it is.
fn open(root: &Path, path: &str) -> Option<(File, u64)> {
    let path: PathBuf = root.join(path.trim_start_matches('/'));
    let file = File::open(path).ok()?;
    let metadata = file.metadata().ok()?;
    metadata.is_file().then_some((file, metadata.len()))
}

/// Answers one request, closes, and gives the bytes of the file that it sent.
fn answer(mut connection: impl Read + Write, root: &Path) -> io::Result<u64> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && connection.read(&mut byte)? == 1 {
        request.push(byte[0]);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut sent = 0;
    if let Ok(status) = std::fs::read_to_string(root.join(format!("{}.answer", path.trim_start_matches('/'))))
    {
        if !status.is_empty() {
            write!(connection, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        }
        return Ok(0);
    }
    match open(root, path) {
        Some((file, length)) => {
            let changed =
                file.metadata()?.modified()?.duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
            let tag = format!("\"{length}-{}\"", changed.as_nanos());
            let status =
                if request.contains(&tag) && method == "HEAD" { "304 Not Modified" } else { "200 OK" };
            write!(
                connection,
                "HTTP/1.1 {status}\r\nETag: {tag}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            )?;
            if method == "GET" {
                sent = io::copy(&mut file.take(length), &mut connection)?;
            }
        }
        None => {
            write!(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        }
    }
    connection.flush()?;
    Ok(sent)
}

/// Talks with one client of FTP (RFC 959; EPSV of RFC 2428, SIZE of RFC 3659).
fn converse(mut control: TcpStream, root: &Path) -> io::Result<()> {
    control.write_all(b"220 ready\r\n")?;
    let mut data: Option<TcpListener> = None;
    for line in BufReader::new(control.try_clone()?).lines() {
        let line = line?;
        let (command, argument) = line.split_once(' ').unwrap_or((&line, ""));
        let reply = match command.to_ascii_uppercase().as_str() {
            "USER" => "331 any password".to_owned(),
            "PASS" => "230 welcome".to_owned(),
            "TYPE" => "200 so be it".to_owned(),
            "SIZE" => open(root, argument).map_or("550 no such file".to_owned(), |(_, n)| format!("213 {n}")),
            "PASV" | "EPSV" => {
                let listener = TcpListener::bind("127.0.0.1:0")?;
                let port = listener.local_addr()?.port();
                data = Some(listener);
                match command {
                    "EPSV" => format!("229 go on (|||{port}|)"),
                    _ => format!("227 go on (127,0,0,1,{},{})", port >> 8, port & 255),
                }
            }
            "RETR" => match (open(root, argument), data.take()) {
                (Some((mut file, _)), Some(listener)) => {
                    control.write_all(b"150 here it comes\r\n")?;
                    io::copy(&mut file, &mut listener.accept()?.0)?;
                    "226 that was it".to_owned()
                }
                _ => "550 no such file".to_owned(),
            },
            "QUIT" => return control.write_all(b"221 bye\r\n"),
            _ => "502 unknown".to_owned(),
        };
        control.write_all(format!("{reply}\r\n").as_bytes())?;
    }
    Ok(())
}
