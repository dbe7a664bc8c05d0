//! How data is shown: as what, which columns, in which order, and which of it.

use std::cmp::Ordering;
use std::str::FromStr;

use super::condition::{Condition, natural};
use super::data::{Data, Record, Value};
use super::field::Fields;
use super::{Table, json, yaml};
use crate::failure::{Failure, nearest};

/// What data is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON: an array of objects for a list, an object for facts.
    Json,
    /// YAML, the same.
    Yaml,
    /// A table for people.
    Table,
}

/// Their names, as the user types them.
pub(crate) const FORMATS: &[&str] = &["json", "yaml", "table"];

impl FromStr for Format {
    type Err = Failure;

    fn from_str(name: &str) -> Result<Self, Failure> {
        match name {
            "json" => Ok(Self::Json),
            "yaml" => Ok(Self::Yaml),
            "table" => Ok(Self::Table),
            _ => {
                let failure = Failure::said(format!("--output: there is no format '{name}'"));
                Err(match nearest(name, FORMATS.iter().copied()) {
                    Some(near) => failure.hint(format!("did you mean '{near}'?")),
                    None => failure.hint(format!("there are {}", FORMATS.join(", "))),
                })
            }
        }
    }
}

/// What the user wrote for each option.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wishes<'w> {
    /// `--output`.
    pub(crate) output: Option<&'w str>,
    /// `--columns`.
    pub(crate) columns: Option<&'w str>,
    /// `--sort`.
    pub(crate) sort: Option<&'w str>,
    /// `--filter`.
    pub(crate) filter: Option<&'w str>,
}

/// A way of showing data.
#[derive(Debug)]
pub(crate) struct View {
    format: Format,
    columns: Option<Vec<String>>,
    /// Fields, and whether they go down.
    order: Vec<(String, bool)>,
    condition: Option<Condition>,
}

impl View {
    /// Reads what the user wished of data with these fields; nothing where nothing was wished.
    ///
    /// # Errors
    /// For a format, field or expression that there is not.
    pub(crate) fn read(wishes: Wishes<'_>, fields: &Fields) -> Result<Option<Self>, Failure> {
        let Wishes { output, columns, sort, filter } = wishes;
        if output.is_none() && columns.is_none() && sort.is_none() && filter.is_none() {
            return Ok(None);
        }
        let format = output.map_or(Ok(Format::Table), str::parse)?;
        let columns = columns.map(|names| self::columns(names, fields)).transpose()?;
        let order = sort.map_or(Ok(Vec::new()), |names| order(names, fields))?;
        let condition = filter.map(|text| Condition::read(text, fields)).transpose()?;
        Ok(Some(Self { format, columns, order, condition }))
    }

    /// The fields that are looked at; nothing where all are.
    pub(crate) fn wanted(&self, fields: &Fields) -> Option<Vec<String>> {
        let shown: Vec<String> = match (&self.columns, self.format) {
            (Some(columns), _) => columns.clone(),
            (None, Format::Table) => {
                fields.iter().filter(|field| !field.aside).map(|field| field.name.to_owned()).collect()
            }
            (None, _) => return None,
        };
        let mut looked_at = Vec::new();
        self.condition.iter().for_each(|condition| condition.fields(&mut looked_at));
        let sorted_by = self.order.iter().map(|(name, _)| name.clone());
        Some(shown.into_iter().chain(sorted_by).chain(looked_at.into_iter().map(str::to_owned)).collect())
    }

    /// The data as text; `heading` is whether a table has one.
    pub(crate) fn show(&self, fields: &Fields, data: Data, heading: bool) -> String {
        match data {
            Data::List(records) => self.list(fields, records, heading),
            Data::Facts(record) => self.facts(fields, record, heading),
        }
    }

    fn list(&self, fields: &Fields, records: Vec<Record>, heading: bool) -> String {
        let mut records: Vec<Record> = records.into_iter().map(|record| fields.complete(record)).collect();
        if let Some(condition) = &self.condition {
            records.retain(|record| condition.holds(record));
        }
        if !self.order.is_empty() {
            records.sort_by(|one, other| self.compare(one, other));
        }
        if self.format == Format::Table {
            let names: Vec<&str> = match &self.columns {
                Some(columns) => columns.iter().map(String::as_str).collect(),
                None => usual(fields, &records),
            };
            let mut table = Table::new(&names);
            for record in &records {
                let cell = |name: &&str| fields.shown(name, record.get(name).unwrap_or(&Value::Null));
                table.row(names.iter().map(cell));
            }
            return table.render(heading);
        }
        let records = records.into_iter().map(|record| self.chosen(record).into()).collect();
        self.document(&Value::List(records))
    }

    fn facts(&self, fields: &Fields, record: Record, heading: bool) -> String {
        let record = self.chosen(fields.complete(record));
        if self.format == Format::Table {
            let shown =
                |name: &str| self.columns.is_some() || fields.find(name).is_none_or(|field| !field.aside);
            let mut table = Table::new(&["field", "value"]);
            for (name, value) in record.iter().filter(|(name, _)| shown(name)) {
                table.row([name, &fields.shown(name, value)]);
            }
            return table.render(heading);
        }
        self.document(&record.into())
    }

    fn document(&self, value: &Value) -> String {
        match self.format {
            Format::Yaml => yaml::document(value),
            Format::Json | Format::Table => json::document(value),
        }
    }

    /// Only the columns that are wanted, in their order.
    fn chosen(&self, mut record: Record) -> Record {
        let Some(columns) = &self.columns else { return record };
        let mut chosen = Record::new();
        columns.iter().for_each(|name| chosen.set(name.clone(), record.take(name)));
        chosen
    }

    fn compare(&self, one: &Record, other: &Record) -> Ordering {
        for (name, down) in &self.order {
            let [one, other] = [one, other].map(|record| record.get(name).unwrap_or(&Value::Null));
            let order = match (one == &Value::Null, other == &Value::Null) {
                (false, false) if *down => compare(other, one),
                (false, false) => compare(one, other),
                // What is not known comes last, whichever way the rest goes.
                (one, other) => one.cmp(&other),
            };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}

/// The columns of a table for which none are named: those that are not aside, and what the hypervisor named.
fn usual<'r>(fields: &'r Fields, records: &'r [Record]) -> Vec<&'r str> {
    let mut names: Vec<&str> = fields.iter().filter(|field| !field.aside).map(|field| field.name).collect();
    if fields.open().is_some() {
        for (name, _) in records.iter().flat_map(Record::iter) {
            if fields.find(name).is_none() && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// An order of all values, those of a type beside each other.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => natural(one, other).then_with(|| one.cmp(other)),
        (Value::Boolean(one), Value::Boolean(other)) => one.cmp(other),
        (Value::List(one), Value::List(other)) => {
            let mut differing = one.iter().zip(other).map(|(one, other)| compare(one, other));
            differing.find(|order| order.is_ne()).unwrap_or_else(|| one.len().cmp(&other.len()))
        }
        _ => rank(one).cmp(&rank(other)).then_with(|| {
            // Numbers that are one as fractions are still told apart as whole ones.
            let ((one, exact), (other, other_exact)) = (number(one), number(other));
            one.total_cmp(&other).then_with(|| exact.cmp(&other_exact))
        }),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Boolean(_) => 1,
        Value::Whole(_) | Value::Real(_) => 2,
        Value::Text(_) => 3,
        Value::List(_) => 4,
        Value::Record(_) => 5,
    }
}

fn number(value: &Value) -> (f64, Option<i128>) {
    match value {
        Value::Whole(number) => (*number as f64, Some(*number)),
        Value::Real(number) => (*number, None),
        _ => (0.0, None),
    }
}

/// The names in a list that is separated by commas.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty())
}

fn columns(text: &str, fields: &Fields) -> Result<Vec<String>, Failure> {
    let mut columns: Vec<String> = Vec::new();
    for name in names(text) {
        fields.check("columns", name)?;
        if !columns.iter().any(|known| known == name) {
            columns.push(name.to_owned());
        }
    }
    match columns.is_empty() {
        true => Err(Failure::said("--columns names no field").hint(fields.taught())),
        false => Ok(columns),
    }
}

fn order(text: &str, fields: &Fields) -> Result<Vec<(String, bool)>, Failure> {
    let part = |name: &str| {
        let (name, down) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
        fields.check("sort", name)?;
        Ok((name.to_owned(), down))
    };
    let order: Vec<_> = names(text).map(part).collect::<Result<_, Failure>>()?;
    match order.is_empty() {
        true => Err(Failure::said("--sort names no field").hint(fields.taught())),
        false => Ok(order),
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::{self, Field};
    use super::*;
    use proptest::prelude::*;

    const FIELDS: Fields = Fields::new(&[
        field::text("name", "a name"),
        field::bytes("memory", "a size"),
        Field::aside(field::boolean("on", "yes or no")),
    ]);

    fn shown(wishes: Wishes<'_>, data: Data) -> String {
        View::read(wishes, &FIELDS).unwrap().unwrap().show(&FIELDS, data, true)
    }

    #[test]
    fn nothing_is_shown_otherwise_unless_that_is_wished() {
        assert!(View::read(Wishes::default(), &FIELDS).unwrap().is_none());
    }

    #[test]
    fn every_declared_field_is_there_in_its_place() {
        let data = || Data::List(vec![Record::new().with("memory", 2_u64 << 30).with("name", "a")]);
        let json = shown(Wishes { output: Some("json"), ..Wishes::default() }, data());
        assert_eq!(
            json,
            "[\n  {\n    \"name\": \"a\",\n    \"memory\": 2147483648,\n    \"on\": null\n  }\n]\n"
        );
        let table = shown(Wishes { output: Some("table"), ..Wishes::default() }, data());
        assert_eq!(table, " name   memory\n------------------\n a      2.00 GiB\n");
        let empty = shown(Wishes { output: Some("json"), ..Wishes::default() }, Data::List(Vec::new()));
        assert_eq!(empty, "[]\n");
    }

    #[test]
    fn only_what_is_looked_at_is_wanted() {
        let wanted = |wishes| View::read(wishes, &FIELDS).unwrap().unwrap().wanted(&FIELDS);
        assert_eq!(wanted(Wishes { output: Some("json"), ..Wishes::default() }), None);
        let some = Wishes { columns: Some("name"), sort: Some("-memory"), filter: Some("on"), output: None };
        assert_eq!(wanted(some).unwrap(), ["name", "memory", "on"]);
        assert_eq!(
            wanted(Wishes { sort: Some("name"), ..Wishes::default() }).unwrap(),
            ["name", "memory", "name"]
        );
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[aA0-9]{0,4}".prop_map(Value::from),
            proptest::collection::vec(any::<u8>(), 0..3).prop_map(Value::from),
        ]
    }

    proptest! {
        #[test]
        fn values_have_one_order(one in value(), two in value(), three in value()) {
            prop_assert_eq!(compare(&one, &two), compare(&two, &one).reverse());
            if compare(&one, &two).is_le() && compare(&two, &three).is_le() {
                prop_assert!(compare(&one, &three).is_le());
            }
        }
    }
}
