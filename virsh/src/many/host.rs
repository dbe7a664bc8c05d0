//! Several hosts: which ones `-c`, given several times, and `--hosts` choose.
//!
//! A file of hosts has one in a line, `URI` or `NAME = URI`, below the `[GROUP]` that it belongs to; lines that begin
//! with `#` are comments.
//!
//! ```text
//! [production]
//! alpha = qemu+ssh://root@alpha.example.com/system
//! beta  = qemu+tls://beta.example.com/system
//! [lab]
//! qemu+ssh://lab.example.com/system
//! ```

use std::env;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, nearest};
use crate::output::printable;

/// The most that is read of a file of hosts.
const LIMIT: u64 = 1 << 20;
/// The most hosts at once: each has a thread.
const MOST: usize = 1000;

/// A host to talk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    /// What it is called; its URI if nothing else is said.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) uri: String,
}

/// A host of a file.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    /// The group that it is listed in, if any.
    group: Option<String>,
    host: Host,
}

/// The hosts of these URIs, then those of these files and groups, each once.
///
/// # Errors
/// For a file that cannot be read or understood, and for a group that there is not.
pub(crate) fn chosen(uris: &[String], wanted: &[String]) -> Result<Vec<Host>, Failure> {
    let mut all: Vec<Host> = uris.iter().map(|uri| Host { name: uri.clone(), uri: uri.clone() }).collect();
    for wanted in wanted {
        all.extend(file_or_group(wanted)?);
    }
    let mut hosts: Vec<Host> = Vec::new();
    for host in all {
        match hosts.iter().find(|known| known.uri == host.uri || known.name == host.name) {
            Some(known) if known.uri == host.uri => {}
            Some(known) => {
                let Host { name, uri } = host;
                return Err(Failure::said(format!("two hosts are called '{name}': {} and {uri}", known.uri)));
            }
            None => hosts.push(host),
        }
    }
    match hosts.len() {
        0..=MOST => Ok(hosts),
        count => Err(Failure::said(format!("{count} hosts are more than {MOST}"))),
    }
}

/// The groups of the user's own file.
pub(crate) fn groups() -> Vec<String> {
    let entries = read(&user_file()).unwrap_or_default();
    let mut groups: Vec<String> = entries.into_iter().filter_map(|entry| entry.group).collect();
    groups.dedup();
    groups
}

fn file_or_group(wanted: &str) -> Result<Vec<Host>, Failure> {
    // A file must say that it is one: what lies about under the name of a group is not meant.
    if wanted.contains('/') {
        let hosts: Vec<Host> = read(Path::new(wanted))?.into_iter().map(|entry| entry.host).collect();
        return match hosts.is_empty() {
            true => Err(Failure::said(format!("no host is in '{wanted}'"))),
            false => Ok(hosts),
        };
    }
    let path = user_file();
    let entries = match path.exists() {
        true => read(&path)?,
        false => Vec::new(),
    };
    let groups: Vec<&str> = entries.iter().filter_map(|entry| entry.group.as_deref()).collect();
    let hosts: Vec<Host> = entries
        .iter()
        .filter(|entry| entry.group.as_deref() == Some(wanted))
        .map(|entry| entry.host.clone())
        .collect();
    if !hosts.is_empty() {
        return Ok(hosts);
    }
    let failure = Failure::said(format!("no group of hosts '{wanted}' is in {}", path.display()));
    Err(match nearest(wanted, groups.into_iter()) {
        _ if Path::new(wanted).exists() => {
            failure.hint(format!("--hosts ./{wanted} is the file of that name"))
        }
        Some(near) => failure.hint(format!("did you mean '{near}'?")),
        None => failure.hint(
            "a group is a line [GROUP] there, and a line NAME = URI for each host; a file is named with a /",
        ),
    })
}

/// The user's own file of hosts.
fn user_file() -> PathBuf {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let configuration = set("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    let home = || set("HOME").unwrap_or_default().join(".config");
    configuration.unwrap_or_else(home).join("xctl/hosts")
}

fn read(path: &Path) -> Result<Vec<Entry>, Failure> {
    let shown = path.display();
    let unreadable = |reason: String| Failure::said(format!("cannot read the hosts in '{shown}': {reason}"));
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(crate::command::reason(&error)))?;
    if bytes.len() as u64 > LIMIT {
        return Err(unreadable("it is larger than 1 MiB".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is no text in UTF-8".to_owned()))?;
    parse(&text).map_err(|(line, wrong)| unreadable(format!("line {line}: {wrong}")))
}

/// The hosts of a file's text, or the number of the line that is wrong and what is wrong with it.
fn parse(text: &str) -> Result<Vec<Entry>, (usize, String)> {
    let mut group = None;
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let wrong = |what: String| (index + 1, what);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.contains(|char: char| char.is_control() && char != '\t') {
            return Err(wrong(format!("'{}' has control characters", printable(line))));
        }
        if let Some(open) = line.strip_prefix('[') {
            let name = open.strip_suffix(']').map(str::trim).filter(|name| is_name(name));
            group = Some(name.ok_or_else(|| wrong(format!("'{line}' is no [GROUP]")))?.to_owned());
            continue;
        }
        // A URI has a colon before anything that could be taken for the sign between name and URI.
        let (name, uri) = match line.split_once('=') {
            Some((name, uri)) if !name.contains(':') => (name.trim(), uri.trim()),
            _ => (line, line),
        };
        if name != uri && !is_name(name) {
            return Err(wrong(format!("'{name}' is no name: letters, digits, '.', '-' and '_' make one")));
        }
        if uri.is_empty() || uri.contains(char::is_whitespace) {
            return Err(wrong(format!("'{uri}' is no URI")));
        }
        entries
            .push(Entry { group: group.clone(), host: Host { name: name.to_owned(), uri: uri.to_owned() } });
    }
    Ok(entries)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_alphanumeric() || matches!(char, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts_belong_to_the_group_above_them() {
        let text = "# ours\nqemu:///system\n\n[lab]\n  a = qemu+ssh://a/system?keyfile=/x \nqemu+tcp://b/system?x=y\n[ two ]\nc=x:///\n";
        let entry = |group: Option<&str>, name: &str, uri: &str| Entry {
            group: group.map(str::to_owned),
            host: Host { name: name.to_owned(), uri: uri.to_owned() },
        };
        assert_eq!(
            parse(text).unwrap(),
            [
                entry(None, "qemu:///system", "qemu:///system"),
                entry(Some("lab"), "a", "qemu+ssh://a/system?keyfile=/x"),
                entry(Some("lab"), "qemu+tcp://b/system?x=y", "qemu+tcp://b/system?x=y"),
                entry(Some("two"), "c", "x:///"),
            ]
        );
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (text, line) in
            [("[a\n", 1), ("\n[]\n", 2), ("a b = x:///", 1), ("a =", 1), ("x:/// y", 1), ("#\n#\na\x1bb", 3)]
        {
            assert_eq!(parse(text).unwrap_err().0, line, "{text:?}");
        }
    }

    #[test]
    fn a_host_is_talked_to_once_and_has_one_name() {
        let uris = |all: &[&str]| -> Vec<String> { all.iter().map(|&uri| uri.to_owned()).collect() };
        let hosts = chosen(&uris(&["a:///", "b:///", "a:///"]), &[]).unwrap();
        assert_eq!(hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>(), ["a:///", "b:///"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(?s).{0,200}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_looks_like_a_file_is_read_or_refused(text in "[]\\[a=: /#\n.-]{0,200}") {
            for Entry { host, .. } in parse(&text).unwrap_or_default() {
                prop_assert!(!host.uri.is_empty() && !host.name.is_empty());
            }
        }
    }
}
