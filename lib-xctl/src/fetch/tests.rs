//! Servers that misbehave, played by the test.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use isos::boot_info::Tree as _;

use super::*;
use crate::progress::Silent;
use std::io::Seek;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Serves each connection's first request with `answer(path, connection)`.
fn server(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/tree/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut lines = BufReader::new(connection.try_clone().unwrap()).lines();
            let request = lines.next().unwrap().unwrap_or_default();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            answer(request.split(' ').nth(1).unwrap_or_default(), &mut connection);
        }
    });
    Url::parse(&url).unwrap()
}

fn says(connection: &mut TcpStream, text: &str) {
    let _ = connection.write_all(text.as_bytes());
}

fn quick() -> Limits {
    Limits { connect: Duration::from_millis(800), stall: Duration::from_millis(600), ..Limits::default() }
}

fn fetch(url: &Url) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    Tree::with_limits(url, &Cancel::new(), quick())?.fetch("linux", &mut bytes, &Silent)?;
    Ok(bytes)
}

fn failure(url: &Url) -> String {
    fetch(url).unwrap_err().to_string()
}

#[test]
fn a_file_comes_whole() {
    let url = server(|path, connection| {
        assert_eq!(path, "/tree/linux");
        says(connection, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nkernel");
    });
    assert_eq!(fetch(&url).unwrap(), b"kernel");
}

#[test]
fn a_missing_file_is_named() {
    let url = server(|_, connection| {
        says(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    });
    assert!(failure(&url).starts_with(&format!("cannot fetch {url}linux: there is no such file\n  hint:")));
    let tree = Tree::with_limits(&url, &Cancel::new(), quick()).unwrap();
    assert_eq!(tree.read("linux", 10).unwrap(), None);
    assert!(!tree.exists("linux").unwrap());
}

#[test]
fn a_forbidden_file_is_absent_and_a_forbidden_tree_is_refused() {
    let url = server(|_, connection| {
        says(connection, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    });
    let tree = Tree::with_limits(&url, &Cancel::new(), quick()).unwrap();
    assert!(!tree.exists("linux").unwrap());
    assert!(tree.exists("").unwrap_err().to_string().contains("answers 403"));
}

#[test]
fn only_a_list_that_is_not_there_publishes_nothing() {
    for (answer, is_none) in [
        ("404 Not Found", true),
        ("410 Gone", true),
        ("403 Forbidden", false),
        ("503 Later", false),
        ("", false),
    ] {
        let url = server(move |path, connection| {
            let answer = if path.ends_with("/SHA256SUMS") { answer } else { "404 Not Found" };
            if !answer.is_empty() {
                let end = "Content-Length: 0\r\nConnection: close";
                says(connection, &format!("HTTP/1.1 {answer}\r\n{end}\r\n\r\n"));
            }
        });
        let tree = Tree::with_limits(&url, &Cancel::new(), quick()).unwrap();
        match tree.published("disk.qcow2") {
            Ok(found) => assert!(is_none && found.is_none(), "{answer}"),
            Err(error) => {
                let why = std::error::Error::source(&error).unwrap().to_string();
                assert!(!is_none && why.contains("/SHA256SUMS: "), "{answer}: {why}");
            }
        }
    }
}

#[test]
fn a_list_that_has_the_file_counts_whatever_is_said_of_others() {
    let url = server(|path, connection| match path.ends_with("/CHECKSUM") {
        true => {
            let line = format!("{}  disk.qcow2\n", &KERNEL["sha256:".len()..]);
            says(connection, &format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{line}"));
        }
        false => says(connection, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    });
    let tree = Tree::with_limits(&url, &Cancel::new(), quick()).unwrap();
    assert_eq!(tree.published("disk.qcow2").unwrap().unwrap().to_string(), KERNEL);
}

#[test]
fn a_redirect_loop_ends() {
    let url = server(|path, connection| {
        let answer = format!(
            "HTTP/1.1 302 Found\r\nLocation: {path}x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        says(connection, &answer);
    });
    assert!(failure(&url).contains("redirected more than 10 times"), "{}", failure(&url));
}

#[test]
fn a_stalled_download_ends() {
    let url = server(|_, connection| {
        says(connection, "HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\nstart");
        thread::sleep(Duration::from_secs(3));
    });
    let began = Instant::now();
    assert!(failure(&url).contains("after 5 bytes"), "{}", failure(&url));
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_server_that_never_answers_is_left() {
    let url = server(|_, _| thread::sleep(Duration::from_secs(3)));
    assert!(failure(&url).contains("nothing came"), "{}", failure(&url));
}

#[test]
fn a_download_that_breaks_off_is_not_taken_for_whole() {
    let url = server(|_, connection| says(connection, "HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\nstart"));
    assert!(failure(&url).contains("broke after 5 bytes of 600"), "{}", failure(&url));
}

#[test]
fn a_huge_file_is_refused() {
    let url = server(|_, connection| {
        says(connection, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\nx")
    });
    assert!(failure(&url).contains("more than"), "{}", failure(&url));
    let endless = server(|_, connection| {
        says(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        while connection.write_all(&[0; 65536]).is_ok() {}
    });
    let limits = Limits { file: 1 << 20, ..quick() };
    let tree = Tree::with_limits(&endless, &Cancel::new(), limits).unwrap();
    let error = tree.fetch("linux", &mut std::io::sink(), &Silent).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    // Of a description, only the start is wanted.
    assert_eq!(tree.read(".treeinfo", 100).unwrap().unwrap().len(), 100);
}

#[test]
fn a_refusal_is_quoted() {
    let url = server(|_, connection| {
        says(connection, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    });
    assert!(failure(&url).contains("the server answers 503"), "{}", failure(&url));
}

#[test]
fn a_server_without_tls_is_told_from_one_that_is_down() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let encrypted = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            says(&mut connection.unwrap(), "HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    assert!(failure(&encrypted).contains("the encrypted connection failed"), "{}", failure(&encrypted));
    let nobody = Url::parse("http://127.0.0.1:1/").unwrap();
    assert!(failure(&nobody).contains("no connection to the server"), "{}", failure(&nobody));
    let no_ftp = Url::parse("ftp://127.0.0.1:1/").unwrap();
    assert!(failure(&no_ftp).contains("no connection to the server"), "{}", failure(&no_ftp));
}

#[test]
fn a_cancelled_download_ends_at_once() {
    let url = server(|_, _| thread::sleep(Duration::from_secs(5)));
    let cancel = Cancel::new();
    let tree = Tree::remote(&url, &cancel).unwrap();
    let began = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(100));
            cancel.request();
        });
        assert!(tree.fetch("linux", &mut std::io::sink(), &Silent).unwrap_err().is_cancelled());
    });
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_full_disk_is_the_reason_given() {
    let url = server(|_, connection| {
        says(connection, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nkernel");
    });
    let tree = Tree::remote(&url, &Cancel::new()).unwrap();
    let mut full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let error = tree.fetch("linux", &mut full, &Silent).unwrap_err();
    let Error::Write { source, .. } = error else { panic!("{error}") };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
}

/// Answers FTP commands; `RETR` sends `kernel` over a passive connection, and breaks off in a file called `cut`, whose
/// size it does not tell.
fn ftp_server() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ftp://{}/a%20tree/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming() {
            serve_ftp(connection.unwrap());
        }
    });
    Url::parse(&url).unwrap()
}

fn serve_ftp(mut control: TcpStream) {
    let mut data = None;
    says(&mut control, "220 ready\r\n");
    for line in BufReader::new(control.try_clone().unwrap()).lines() {
        let Ok(line) = line else { return };
        let (command, argument) = line.split_once(' ').unwrap_or((&line, ""));
        let is_there = argument == "/a tree/linux";
        let answer = match command {
            "USER" => "331 password?".to_owned(),
            "PASS" => "230 welcome".to_owned(),
            "TYPE" => "200 fine".to_owned(),
            "SIZE" if is_there => "213 6".to_owned(),
            "SIZE" if argument == "/a tree/cut" => "502 not known".to_owned(),
            "CWD" if argument == "/a tree/install" => "250 there".to_owned(),
            "PASV" => {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let port = listener.local_addr().unwrap().port();
                data = Some(listener);
                format!("227 Entering Passive Mode (127,0,0,1,{},{})", port / 256, port % 256)
            }
            "RETR" if is_there => {
                says(&mut control, "150 coming\r\n");
                let mut body = data.take().unwrap().accept().unwrap().0;
                says(&mut body, "kernel");
                drop(body);
                "226 done".to_owned()
            }
            "RETR" if argument == "/a tree/cut" => {
                says(&mut control, "150 coming\r\n");
                let mut body = data.take().unwrap().accept().unwrap().0;
                says(&mut body, "kerne");
                drop(body);
                "426 the connection broke".to_owned()
            }
            "NLST" if argument == "/a tree/endless" => {
                says(&mut control, "150 coming\r\n");
                let mut body = data.take().unwrap().accept().unwrap().0;
                while body.write_all("linux\r\n".repeat(10_000).as_bytes()).is_ok() {}
                "426 the connection broke".to_owned()
            }
            "NLST" if argument == "/a tree/" => {
                says(&mut control, "150 coming\r\n");
                let mut body = data.take().unwrap().accept().unwrap().0;
                says(&mut body, "/a tree/linux\r\n/a tree/install\r\n");
                drop(body);
                "226 done".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            _ => "550 no such thing".to_owned(),
        };
        says(&mut control, &format!("{answer}\r\n"));
    }
}

#[test]
fn trees_are_read_over_ftp() {
    let url = ftp_server();
    assert_eq!(fetch(&url).unwrap(), b"kernel");
    let tree = Tree::with_limits(&url, &Cancel::new(), quick()).unwrap();
    assert_eq!(tree.read("nothing", 10).unwrap(), None);
    assert!(tree.exists("linux").unwrap() && tree.exists("install").unwrap());
    assert!(!tree.exists("nothing").unwrap());
    assert_eq!(tree.list("").unwrap().unwrap(), ["linux", "install"]);
}

#[test]
fn what_a_server_of_ftp_breaks_off_is_not_taken_for_whole() {
    let tree = Tree::with_limits(&ftp_server(), &Cancel::new(), quick()).unwrap();
    let error = tree.fetch("cut", &mut std::io::sink(), &Silent).unwrap_err();
    assert!(matches!(error, Error::Broken { received: 5, .. }), "{error}");
}

#[test]
fn an_endless_list_of_names_is_refused() {
    let tree = Tree::with_limits(&ftp_server(), &Cancel::new(), quick()).unwrap();
    let error = tree.list("endless").unwrap_err().to_string();
    assert!(error.contains("more than"), "{error}");
}

#[test]
fn directories_are_trees_that_cannot_be_left() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("tree")).unwrap();
    std::fs::write(directory.path().join("secret"), "secret").unwrap();
    std::fs::write(directory.path().join("tree/linux"), "kernel").unwrap();
    let tree = Tree::directory(&directory.path().join("tree"), &Cancel::new());
    let mut bytes = Vec::new();
    assert_eq!(tree.fetch("linux", &mut bytes, &Silent).unwrap(), 6);
    assert_eq!(bytes, b"kernel");
    assert!(tree.exists("linux").unwrap() && !tree.exists("initrd").unwrap());
    assert_eq!(tree.read("linux", 3).unwrap().unwrap(), b"ker");
    assert_eq!(tree.list("").unwrap().unwrap(), ["linux"]);
    assert!(tree.fetch("../secret", &mut bytes, &Silent).is_err());
    assert_eq!(tree.read("../secret", 10).unwrap(), None);
}

#[test]
fn no_link_leads_out_of_a_directory() {
    let outside = tempfile::tempdir().unwrap();
    let top = outside.path().join("top");
    std::fs::create_dir_all(top.join("tree/current")).unwrap();
    std::fs::write(outside.path().join("secret"), "secret").unwrap();
    std::fs::write(top.join("linux"), "kernel").unwrap();
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, top.join(name)).unwrap();
    let secret = outside.path().join("secret");
    link(secret.to_str().unwrap(), "tree/absolute");
    link("../../../secret", "tree/relative");
    link("../../..", "tree/up");
    link("/proc/self/root", "tree/magic");
    link("current/../../linux", "tree/initrd");
    link(outside.path().to_str().unwrap(), "elsewhere");
    let tree = Tree::below(&top, Path::new("tree"), &Cancel::new());
    for name in ["absolute", "relative", "up/secret", &format!("magic{}", secret.display())] {
        assert_eq!(tree.read(name, 10).unwrap(), None, "{name}");
        assert!(!tree.exists(name).unwrap(), "{name}");
    }
    assert!(tree.list("up").unwrap().unwrap().contains(&"linux".to_owned()));
    assert_eq!(tree.read("initrd", 10).unwrap().unwrap(), b"kernel");
    let elsewhere = Tree::below(&top, Path::new("elsewhere"), &Cancel::new());
    assert_eq!(elsewhere.read("secret", 10).unwrap(), None);
}

/// Of the six bytes `kernel` (sha256sum(1)).
const KERNEL: &str = "sha256:6923dd1bc0460082c5d55a831908c24a282860b7f1cd6c2b79cf1bc8857c639c";

/// The request line and the headers that matter to a download.
fn request(connection: &TcpStream) -> (String, Option<String>, Option<String>) {
    let mut lines = BufReader::new(connection.try_clone().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let (mut range, mut condition) = (None, None);
    for header in lines.map_while(Result::ok).take_while(|header| !header.is_empty()) {
        let (name, value) = header.split_once(": ").unwrap();
        match name.to_ascii_lowercase().as_str() {
            "range" => range = Some(value.to_owned()),
            "if-range" | "if-none-match" => condition = Some(value.to_owned()),
            _ => {}
        }
    }
    (line, range, condition)
}

/// A server that has `kernel` in the version `"1"`, breaks off after `step` bytes of every answer, and counts answers
/// with bytes in them.
fn breaking(step: usize) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let (line, range, condition) = request(&connection);
            if line.starts_with("HEAD") && condition.as_deref() == Some("\"1\"") {
                says(
                    &mut connection,
                    "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nConnection: close\r\n\r\n",
                );
                continue;
            }
            counted.fetch_add(1, Ordering::SeqCst);
            let start: usize = range
                .filter(|_| condition.as_deref() == Some("\"1\""))
                .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok())
                .unwrap_or(0);
            let status = match start {
                0 => "200 OK".to_owned(),
                _ => format!("206 Partial Content\r\nContent-Range: bytes {start}-5/6"),
            };
            let rest = &"kernel"[start..];
            says(
                &mut connection,
                &format!(
                    "HTTP/1.1 {status}\r\nETag: \"1\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
                    rest.len(),
                    &rest[..step.min(rest.len())]
                ),
            );
        }
    });
    (url, count)
}

fn download(url: &Url, checksum: Option<&str>, cache: &Path) -> Result<String, Error> {
    let tree = Tree::with_limits(url, &Cancel::new(), quick())?;
    let checksum = checksum.map(|text| Checksum::parse(text).unwrap());
    let mut file = tree.download("linux", checksum.as_ref(), &Cache::at(cache), &Silent)?;
    assert_eq!(file.stream_position().unwrap(), 0);
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    Ok(text)
}

fn kept(cache: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut endings: Vec<String> = names.map(|name| name.split_once('-').unwrap().1.to_owned()).collect();
    endings.sort();
    endings
}

#[test]
fn a_download_goes_on_where_it_broke_off_and_is_not_made_twice() {
    let cache = tempfile::tempdir().unwrap();
    let (url, answers) = breaking(2);
    assert_eq!(download(&url, None, cache.path()).unwrap(), "kernel");
    assert_eq!(answers.load(Ordering::SeqCst), 3);
    assert_eq!(kept(cache.path()), ["linux", "linux.tag"]);
    assert_eq!(download(&url, None, cache.path()).unwrap(), "kernel");
    assert_eq!(download(&url, Some(KERNEL), cache.path()).unwrap(), "kernel");
    assert_eq!(answers.load(Ordering::SeqCst), 3);
}

#[test]
fn a_download_that_never_comes_whole_is_an_error_and_leaves_nothing() {
    let cache = tempfile::tempdir().unwrap();
    let (url, _) = breaking(1);
    let error = download(&url, None, cache.path()).unwrap_err();
    assert!(matches!(error, Error::Broken { received: 4, expected: Some(6), .. }), "{error:?}");
    assert!(kept(cache.path()).is_empty(), "{:?}", kept(cache.path()));
}

#[test]
fn a_file_with_another_checksum_is_refused_and_not_kept() {
    let cache = tempfile::tempdir().unwrap();
    let (url, _) = breaking(6);
    let other = format!("sha256:{}", "0".repeat(64));
    let error = download(&url, Some(&other), cache.path()).unwrap_err();
    assert!(error.to_string().contains(&format!("is {KERNEL}, where {other} was published")), "{error}");
    assert!(kept(cache.path()).is_empty());
    // Also where the wrong file was kept before.
    assert_eq!(download(&url, None, cache.path()).unwrap(), "kernel");
    assert!(download(&url, Some(&other), cache.path()).is_err());
}

#[test]
fn a_file_of_another_version_is_fetched_anew_and_no_part_of_the_old_one_stays() {
    let cache = tempfile::tempdir().unwrap();
    let (url, _) = breaking(6);
    let entry = Cache::at(cache.path()).entry(url.join("linux").unwrap().as_str(), "linux").unwrap();
    std::fs::write(&entry.part, "an older, longer kernel").unwrap();
    std::fs::write(&entry.tag, "\"0\"").unwrap();
    assert_eq!(download(&url, None, cache.path()).unwrap(), "kernel");
    std::fs::write(&entry.tag, "\"0\"").unwrap();
    std::fs::write(&entry.whole, "old").unwrap();
    assert_eq!(download(&url, None, cache.path()).unwrap(), "kernel");
}

#[test]
fn what_a_server_gives_no_version_is_not_kept() {
    let cache = tempfile::tempdir().unwrap();
    let url = server(|_, connection| {
        says(connection, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nkernel");
    });
    assert_eq!(download(&url, None, cache.path()).unwrap(), "kernel");
    assert!(kept(cache.path()).is_empty());
    assert_eq!(download(&url, Some(KERNEL), cache.path()).unwrap(), "kernel");
    assert_eq!(kept(cache.path()), ["linux"]);
}

#[test]
fn a_part_that_nobody_asked_for_is_no_file() {
    let cache = tempfile::tempdir().unwrap();
    for status in ["206 Partial Content\r\nContent-Range: bytes 3-5/6", "304 Not Modified"] {
        let url = server(move |_, connection| {
            says(
                connection,
                &format!(
                    "HTTP/1.1 {status}\r\nETag: \"1\"\r\nContent-Length: 3\r\nConnection: close\r\n\r\nnel"
                ),
            );
        });
        assert!(matches!(download(&url, None, cache.path()), Err(Error::Refused { .. })), "{status}");
    }
    assert!(kept(cache.path()).is_empty());
}

#[test]
fn a_part_of_another_version_is_not_put_behind_what_is_there() {
    let cache = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let (_, range, _) = request(&connection);
            // Whatever was asked for, a range is answered from the newest version.
            let answer = match range {
                Some(_) => "206 Partial Content\r\nContent-Range: bytes 3-5/6\r\nContent-Length: 3",
                None => "200 OK\r\nContent-Length: 6",
            };
            let body = if answer.starts_with("206") { "nel" } else { "kernel" };
            let answer = format!("HTTP/1.1 {answer}\r\nETag: \"2\"\r\nConnection: close\r\n\r\n{body}");
            says(&mut connection, &answer);
        }
    });
    let entry = Cache::at(cache.path()).entry(url.join("linux").unwrap().as_str(), "linux").unwrap();
    std::fs::write(&entry.part, "old").unwrap();
    std::fs::write(&entry.tag, "\"1\"").unwrap();
    assert_eq!(download(&url, None, cache.path()).unwrap(), "kernel");
}
