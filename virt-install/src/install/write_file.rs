//! `--write-file`: the options of a command line as a file that `--file` reads.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;

use anyhow::{Context, Result, bail};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Value};
use xctl::domain;
use xctl::property::{Options, Table, quoted};

use super::said::{Named, Said};
use crate::report;

/// Writes a file that is not there yet, for its owner's eyes only: passwords may be in it. `-` is standard output.
///
/// # Errors
/// An option's text is wrong, or the file cannot be written.
pub(super) fn write(path: &str, said: &Said) -> Result<()> {
    for (option, texts) in &said.0 {
        if let Some(table) = domain::table(option).filter(|_| !["location", "osinfo"].contains(option)) {
            texts.iter().try_for_each(|text| table.parse(text).map(drop))?;
        }
    }
    let text = text(said);
    if path == "-" {
        report::text(&text);
        return Ok(());
    }
    let failed = || format!("cannot write '{path}'");
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!(
                "cannot write '{path}': it is there already\n  hint: name another file, or remove this one"
            );
        }
        file => file.with_context(failed)?,
    };
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a file says something else than the command line; the first error is the one to tell.
        let _ = std::fs::remove_file(path);
    }
    written.with_context(failed)
}

/// The file's text: plain values first, as those after a table's head would be the table's.
pub(super) fn text(said: &Said) -> String {
    let mut document = DocumentMut::new();
    let (tables, values): (Vec<_>, Vec<_>) = said
        .0
        .iter()
        .map(|(option, texts)| (*option, item(option, texts)))
        .partition(|(_, item)| item.is_table() || item.is_array_of_tables());
    for (option, item) in values.into_iter().chain(tables) {
        document.insert(option, item);
    }
    document.to_string()
}

fn item(option: &str, texts: &[String]) -> Item {
    let named = Named::find(option);
    let missing = named.and_then(Named::missing);
    if texts.is_empty() || matches!(texts, [text] if Some(text.as_str()) == missing) {
        return Item::Value(true.into());
    }
    let table = domain::table(option);
    let pairs: Vec<Option<InlineTable>> =
        texts.iter().map(|text| table.and_then(|table| pairs(table, text))).collect();
    match &pairs[..] {
        [Some(only)] if !table.is_some_and(|table| table.many) => Item::Table(only.clone().into_table()),
        _ if pairs.iter().all(Option::is_some) => {
            let tables = pairs.into_iter().flatten().map(InlineTable::into_table);
            Item::ArrayOfTables(tables.collect::<ArrayOfTables>())
        }
        _ => {
            let values = pairs.into_iter().zip(texts).map(|(pairs, text)| match pairs {
                Some(pairs) => Value::InlineTable(pairs),
                None => number_or_text(text),
            });
            let mut values: Vec<Value> = values.collect();
            match (values.len(), values.pop()) {
                (1, Some(only)) => Item::Value(only),
                (_, last) => Item::Value(Value::Array(values.into_iter().chain(last).collect::<Array>())),
            }
        }
    }
}

/// The suboptions of a text, unless there is only a value without a name, or words that are no pairs.
fn pairs(table: &'static Table, text: &str) -> Option<InlineTable> {
    let options = Options::parse(text).ok()?;
    let mut firsts = table.first.iter();
    let mut pairs = InlineTable::new();
    let mut again = Vec::new();
    let mut has_name = false;
    for (name, given) in options.iter() {
        let (name, given) = match given {
            Some(given) => {
                has_name = true;
                (name, given)
            }
            None if has_name => return None,
            None => (*firsts.next()?, name),
        };
        if pairs.insert(name, value(given)).is_some() {
            return None;
        }
        let pair = format!("{name}={}", quoted(given));
        // A file's values are read one by one, also those that are a part of another here.
        table.parse(&pair).ok()?;
        again.push(pair);
    }
    // What would be read again has to be the same.
    let meant = |text: &str| -> Option<Vec<(String, Option<String>)>> {
        let options = table.parse(text).ok()?;
        Some(options.iter().map(|(name, value)| (name.to_owned(), value.map(str::to_owned))).collect())
    };
    (has_name && meant(text) == meant(&again.join(","))).then_some(pairs)
}

/// A suboption's value as the TOML value that reads as the same text again.
fn value(text: &str) -> Value {
    match text {
        "on" => true.into(),
        "off" => false.into(),
        _ => number_or_text(text),
    }
}

fn number_or_text(text: &str) -> Value {
    match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(number), _) if number.to_string() == text => number.into(),
        (_, Ok(number)) if number.is_finite() && number.to_string() == text => number.into(),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;
    use crate::install::VIRT_INSTALL;
    use proptest::prelude::*;

    fn said(words: &[&str]) -> Said {
        let all = std::iter::once("virt-install").chain(words.iter().copied());
        Said::of(&VIRT_INSTALL.command().try_get_matches_from(all).unwrap())
    }

    #[test]
    fn the_file_is_what_a_person_would_write() {
        let words = "--name web --memory 2048 --vcpus 2,maxvcpus=4 --disk size=10,bus=virtio,cache=none --disk none \
                     --network default --network user,forward=2222:22 --graphics vnc,listen=::1 --import --wait \
                     --check path_in_use=off --ram 512 --cpu host,+vmx --location tree,kernel=/k";
        let words: Vec<&str> = words.split_whitespace().collect();
        assert_eq!(
            text(&said(&words)),
            "name = \"web\"\n\
             import = true\n\
             wait = true\n\
             check = \"path_in_use=off\"\n\
             ram = 512\n\
             memory = 2048\n\
             cpu = \"host,+vmx\"\n\
             disk = [{ size = 10, bus = \"virtio\", cache = \"none\" }, \"none\"]\n\
             network = [\"default\", { type = \"user\", forward = \"2222:22\" }]\n\
             \n[location]\nlocation = \"tree\"\nkernel = \"/k\"\n\
             \n[vcpus]\nvcpus = 2\nmaxvcpus = 4\n\
             \n[[graphics]]\ntype = \"vnc\"\nlisten = \"::1\"\n"
        );
    }

    /// Names with their values.
    type Pairs = Vec<(String, Option<String>)>;

    /// What every text of an option means, by its suboptions where it has some.
    fn meaning(said: &Said) -> Vec<(String, Pairs)> {
        let mut meaning = Vec::new();
        for (option, texts) in &said.0 {
            meaning.extend(texts.is_empty().then(|| ((*option).to_owned(), Vec::new())));
            for text in texts {
                let options = domain::table(option).and_then(|table| table.parse(text).ok());
                let pairs = match options {
                    Some(options) if !options.is_empty() => options
                        .iter()
                        .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
                        .collect(),
                    _ => vec![(text.clone(), None)],
                };
                meaning.push(((*option).to_owned(), pairs));
            }
        }
        meaning.sort();
        meaning
    }

    /// Values that a shell, the options language or TOML could take for something else.
    fn any_value() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z0-9/._:-]{1,12}",
            "[ -~é\n\t]{1,16}",
            Just("on".to_owned()),
            Just("off".to_owned()),
            Just("true".to_owned()),
            Just("007".to_owned()),
            Just("1e5".to_owned()),
            Just("-1".to_owned()),
            Just("2.50".to_owned()),
        ]
    }

    /// The words of an option with one or more values.
    fn any_option() -> impl Strategy<Value = Vec<String>> {
        let all: Vec<Named> = Named::all().filter(|named| named.name() != "file").collect();
        (
            proptest::sample::select(all),
            proptest::collection::vec((any::<proptest::sample::Index>(), any_value()), 1..5),
        )
            .prop_map(|(named, values)| {
                let name = named.name();
                if let Named::Flag(_) = named {
                    return vec![format!("--{name}")];
                }
                let properties: Vec<_> = domain::table(name)
                    .map(|table| table.properties().map(|row| row.name.replace('#', "0")).collect())
                    .unwrap_or_default();
                if properties.is_empty() {
                    return vec![format!("--{name}={}", values[0].1)];
                }
                let pair = |(at, value): &(proptest::sample::Index, String)| {
                    format!("{}={}", properties[at.index(properties.len())], quoted(value))
                };
                let pairs: Vec<String> = values.iter().map(pair).collect();
                vec![format!("--{name}={}", pairs.join(","))]
            })
    }

    proptest! {
        #[test]
        fn a_command_line_comes_back_from_its_file(options in proptest::collection::vec(any_option(), 0..8)) {
            let words: Vec<String> = options.into_iter().flatten().collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let mut said = said(&words);
            // What no option understands, and a second value where there is one, is refused before it is written.
            said.0.retain_mut(|(option, texts)| {
                let is_flag = texts.is_empty();
                if let Some(table) = domain::table(option).filter(|_| !["location", "osinfo"].contains(option)) {
                    texts.retain(|text| table.parse(text).is_ok());
                }
                if !matches!(Named::find(option), Some(Named::Many(..))) {
                    texts.truncate(1);
                }
                is_flag || !texts.is_empty()
            });
            let file = text(&said);
            let again = file::parse("vm.toml", &file).map_err(|error| TestCaseError::fail(format!("{error:#}\n{file}")))?;
            prop_assert_eq!(meaning(&again), meaning(&said), "{}", file);
            let words = again.words();
            let typed = Said::of(&VIRT_INSTALL.command().try_get_matches_from(words).unwrap());
            prop_assert_eq!(meaning(&typed), meaning(&said), "{}", file);
        }
    }
}
