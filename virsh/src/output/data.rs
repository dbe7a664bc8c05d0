//! What commands know, as values that a program can read.
//!
//! A command that prints data says what it knows as records: ordered fields, raw (bytes, not "2.00 GiB"), with
//! [`Value::Null`] where nothing is known. How they are shown is [`View`](super::View)'s business.

use std::borrow::Cow;
use std::time::Duration;

use hypervisor::parameter;

/// A value.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Value {
    /// Nothing is known, or there is none.
    #[default]
    Null,
    /// Yes or no.
    Boolean(bool),
    /// A whole number; wide enough for every number of libvirt, signed or not.
    Whole(i128),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(String),
    /// Several values.
    List(Vec<Value>),
    /// Named values.
    Record(Record),
}

macro_rules! whole {
    ($($number:ty)*) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::Whole(number.into())
            }
        }
    )*};
}

whole! { u8 u16 u32 u64 i32 i64 }

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Whole(number as i128)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(text: Cow<'_, str>) -> Self {
        Self::Text(text.into_owned())
    }
}

impl From<Record> for Value {
    fn from(record: Record) -> Self {
        Self::Record(record)
    }
}

impl From<hypervisor::Bytes> for Value {
    fn from(size: hypervisor::Bytes) -> Self {
        size.0.into()
    }
}

/// In bytes, as every size is.
impl From<hypervisor::KiB> for Value {
    fn from(size: hypervisor::KiB) -> Self {
        Self::Whole(i128::from(size.0) * 1024)
    }
}

/// In nanoseconds, as every time that was used is.
impl From<Duration> for Value {
    fn from(time: Duration) -> Self {
        Self::Whole(time.as_nanos().cast_signed())
    }
}

impl From<parameter::Value> for Value {
    fn from(value: parameter::Value) -> Self {
        match value {
            parameter::Value::Int(number) => number.into(),
            parameter::Value::UInt(number) => number.into(),
            parameter::Value::Long(number) => number.into(),
            parameter::Value::ULong(number) => number.into(),
            parameter::Value::Double(number) => number.into(),
            parameter::Value::Boolean(truth) => truth.into(),
            parameter::Value::Text(text) => text.into(),
        }
    }
}

impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<V: Into<Value>> From<Vec<V>> for Value {
    fn from(values: Vec<V>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

/// Named values in their order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Record(Vec<(Cow<'static, str>, Value)>);

impl Record {
    /// A record of nothing.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The same with a value more.
    pub(crate) fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// Gives a field its value; a new field comes last.
    pub(crate) fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// The value of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Takes the value of that name out; [`Value::Null`] where there is none.
    pub(crate) fn take(&mut self, name: &str) -> Value {
        let at = self.0.iter().position(|(known, _)| known == name);
        at.map_or(Value::Null, |at| self.0.remove(at).1)
    }

    /// Its fields, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Whether it has no field.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Extend<(Cow<'static, str>, Value)> for Record {
    fn extend<I: IntoIterator<Item = (Cow<'static, str>, Value)>>(&mut self, fields: I) {
        self.0.extend(fields);
    }
}

impl IntoIterator for Record {
    type Item = (Cow<'static, str>, Value);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<parameter::Parameter> for Record {
    fn from_iter<I: IntoIterator<Item = parameter::Parameter>>(parameters: I) -> Self {
        let fields = parameters.into_iter().map(|figure| (Cow::Owned(figure.name), figure.value.into()));
        Self(fields.collect())
    }
}

/// What a command has to say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    /// A record for each of what it lists.
    List(Vec<Record>),
    /// What it knows about one thing.
    Facts(Record),
}
