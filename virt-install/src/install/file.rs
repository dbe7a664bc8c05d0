//! `--file vm.toml`: the options as a file.
//!
//! Keys are the options' long names. A value is what would be typed (text, a number), `true` for an option that takes
//! nothing, an array for one that is given more than once, or a table of its suboptions:
//!
//! ```toml
//! name = "web"
//! memory = 2048
//! import = true
//!
//! [[disk]]
//! size = 10
//! driver.cache = "none"
//! ```

use std::fs::File;
use std::io::Read;
use std::ops::Range;

use anyhow::{Context, Result, anyhow, bail};
use toml_edit::{Document, Item, Key, TableLike, Value};
use xctl::domain;
use xctl::property::{Kind, Table, quoted};

use super::said::{Named, Said, is_options};

/// How large a file of options may be, in bytes.
const MOST: u64 = 1 << 20;
/// How deep tables may be in each other.
const DEPTH: usize = 16;

/// Reads a file of options.
///
/// # Errors
/// It cannot be read, is no TOML, or says what no option understands; file, line and key are named.
pub(super) fn read(path: &str) -> Result<Said> {
    let file = File::open(path).with_context(|| format!("cannot read '{path}'"))?;
    let mut text = String::new();
    file.take(MOST + 1).read_to_string(&mut text).with_context(|| format!("cannot read '{path}'"))?;
    if text.len() as u64 > MOST {
        bail!("cannot read '{path}': it is larger than {} KiB, and no file of options", MOST >> 10);
    }
    parse(path, &text)
}

/// Understands the text of a file of options, which errors call `path`.
///
/// # Errors
/// As for [`read`].
pub(super) fn parse(path: &str, text: &str) -> Result<Said> {
    let place = Place { path, text };
    let document = Document::parse(text).map_err(|error| place.error(error.span(), error.message()))?;
    let mut said = Said::default();
    for (name, _) in document.iter() {
        let Some((key, item)) = document.as_table().get_key_value(name) else { continue };
        let at = key.span().or_else(|| item.span());
        let named = Named::find(name).ok_or_else(|| {
            let guess = Named::nearest(name).map(|near| format!("; did you mean '{near}'?"));
            place.error(at.clone(), &format!("there is no option '{name}'{}", guess.unwrap_or_default()))
        })?;
        let reading = Reading { place: &place, named, at };
        if said.0.iter().any(|(option, _)| *option == named.name()) {
            return Err(reading.error(&format!("'{name}' is another name of an option that is said before")));
        }
        let Some(texts) = reading.texts(item)? else { continue };
        said.0.push((named.name(), texts));
    }
    Ok(said)
}

/// Where something stands in the file.
struct Place<'a> {
    path: &'a str,
    text: &'a str,
}

impl Place<'_> {
    fn error(&self, at: Option<Range<usize>>, why: &str) -> anyhow::Error {
        let before = at.and_then(|at| self.text.get(..at.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        anyhow!("{}:{line}: {}", self.path, why.trim())
    }
}

/// One option on its way out of the file.
struct Reading<'a> {
    place: &'a Place<'a>,
    named: Named,
    at: Option<Range<usize>>,
}

impl Reading<'_> {
    fn error(&self, why: &str) -> anyhow::Error {
        self.place.error(self.at.clone(), why)
    }

    /// What would be typed after the option, each time it would be given; `None` where it is not said at all.
    fn texts(&self, item: &Item) -> Result<Option<Vec<String>>> {
        let name = self.named.name();
        let said = item.as_bool();
        match (self.named, said) {
            (Named::Flag(_), Some(said)) => return Ok(said.then(Vec::new)),
            (Named::Flag(_), None) => return Err(self.error(&format!("'{name}' is true or false"))),
            (named, Some(true)) => {
                let missing =
                    named.missing().ok_or_else(|| self.error(&format!("'{name}' needs a value")))?;
                return Ok(Some(vec![missing.to_owned()]));
            }
            (_, Some(false)) => return Ok(None),
            _ => {}
        }
        let texts = match (item, item.as_array(), self.named) {
            (Item::ArrayOfTables(tables), ..) => {
                tables.iter().map(|table| self.pairs(table)).collect::<Result<Vec<_>>>()?
            }
            (_, Some(values), _) => {
                let one = |value: &Value| match value.as_inline_table() {
                    Some(table) => self.pairs(table),
                    None => self.checked(self.scalar(value)?),
                };
                values.iter().map(one).collect::<Result<Vec<_>>>()?
            }
            _ => vec![match (item.as_table_like(), item.as_value()) {
                (Some(table), _) => self.pairs(table)?,
                (None, Some(value)) => self.checked(self.scalar(value)?)?,
                (None, None) => return Ok(None),
            }],
        };
        if matches!(self.named, Named::One(..)) && texts.len() > 1 {
            return Err(self.error(&format!("'{name}' can have one value only")));
        }
        if name == "file" && texts.iter().any(|path| is_options(path)) {
            return Err(self.error("a file of options cannot name another one"));
        }
        // An empty array says as much as nothing.
        Ok(Some(texts).filter(|texts| !texts.is_empty()))
    }

    fn scalar(&self, value: &Value) -> Result<String> {
        match value {
            Value::String(text) => Ok(text.value().clone()),
            Value::Integer(number) => Ok(number.value().to_string()),
            Value::Float(number) => Ok(number.value().to_string()),
            Value::Boolean(is_on) => Ok(if *is_on.value() { "on" } else { "off" }.to_owned()),
            Value::Datetime(_) | Value::Array(_) | Value::InlineTable(_) => {
                Err(self.error(&format!("'{}' cannot have such a value", self.named.name())))
            }
        }
    }

    /// The table of the option's suboptions; `--check` and options without suboptions have none.
    fn table(&self) -> Option<&'static Table> {
        domain::table(self.named.name())
    }

    /// A text whose suboptions are there and fit together.
    fn checked(&self, text: String) -> Result<String> {
        // The text of these may be a path with commas in it.
        let is_path = ["location", "osinfo"].contains(&self.named.name());
        if let Some(table) = self.table().filter(|_| !is_path) {
            table.parse(&text).map_err(|error| self.error(&error.to_string()))?;
        }
        Ok(text)
    }

    /// The suboptions of a table as one text.
    fn pairs(&self, table: &dyn TableLike) -> Result<String> {
        if self.table().is_none() && self.named.name() != "check" {
            return Err(self.error(&format!("'{}' has no suboptions", self.named.name())));
        }
        let mut pairs = Vec::new();
        self.collect(table, "", 0, &mut pairs)?;
        self.checked(pairs.join(","))
    }

    /// Adds `name=value` for each entry of a table, those of tables within it with their dotted names.
    fn collect(
        &self,
        table: &dyn TableLike,
        before: &str,
        depth: usize,
        pairs: &mut Vec<String>,
    ) -> Result<()> {
        if depth > DEPTH {
            return Err(self.error("tables are too deep in each other"));
        }
        for (name, _) in table.iter() {
            let Some((key, item)) = table.get_key_value(name) else { continue };
            let name = format!("{before}{name}");
            if let Some(table) = item.as_table_like() {
                self.collect(table, &format!("{name}."), depth + 1, pairs)?;
                continue;
            }
            let tables: Vec<&dyn TableLike> = match (item.as_array_of_tables(), item.as_array()) {
                (Some(tables), _) => tables.iter().map(|table| table as &dyn TableLike).collect(),
                (None, Some(values)) => values
                    .iter()
                    .filter_map(|value| value.as_inline_table().map(|table| table as &dyn TableLike))
                    .collect(),
                (None, None) => Vec::new(),
            };
            if item.as_array().is_some_and(|values| !tables.is_empty() && tables.len() != values.len()) {
                let at = Reading { at: key.span().or_else(|| self.at.clone()), ..*self };
                return Err(at.error(&format!("'{name}' mixes tables and other values")));
            }
            for (number, table) in tables.iter().enumerate() {
                self.collect(*table, &format!("{name}{number}."), depth + 1, pairs)?;
            }
            if tables.is_empty() {
                self.pair(key, &name, item, pairs)?;
            }
        }
        Ok(())
    }

    fn pair(&self, key: &Key, name: &str, item: &Item, pairs: &mut Vec<String>) -> Result<()> {
        let at = Reading { at: key.span().or_else(|| self.at.clone()), ..*self };
        let values = match (item.as_array(), item.as_value()) {
            (Some(values), _) => values.iter().map(|value| at.scalar(value)).collect::<Result<Vec<_>>>()?,
            (None, Some(value)) => vec![at.scalar(value)?],
            (None, None) => Vec::new(),
        };
        let repeats =
            self.table().and_then(|table| table.find(name)).is_some_and(|row| row.kind == Kind::Many);
        let values = if repeats { values } else { vec![values.join(",")] };
        for value in values {
            let pair = format!("{name}={}", quoted(&value));
            at.checked(pair.clone())?;
            pairs.push(pair);
        }
        Ok(())
    }
}
