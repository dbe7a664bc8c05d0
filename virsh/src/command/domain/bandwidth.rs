//! The bandwidth of a network interface as the command line has it: `AVERAGE[,PEAK[,BURST[,FLOOR]]]`.

use crate::command::xml::Tag;
use crate::failure::Failure;

/// What limits one direction; a number that is not given is `None`.
pub(super) struct Rate {
    numbers: [Option<u64>; 4],
}

const FIELDS: [&str; 4] = ["average", "peak", "burst", "floor"];

impl Rate {
    /// Reads it.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let mut numbers = [None; 4];
        for (index, part) in text.split(',').enumerate() {
            let (Some(number), Some(field)) = (numbers.get_mut(index), FIELDS.get(index)) else {
                return Err(Failure::said(format!("Rate string '{text}' has too many fields")));
            };
            if !part.is_empty() {
                *number =
                    Some(part.parse().map_err(|_| Failure::said(format!("field '{field}' is malformed")))?);
            }
        }
        Ok(Self { numbers })
    }

    /// Reads that of outgoing traffic, which knows no floor.
    pub(super) fn read_outbound(text: &str) -> Result<Self, Failure> {
        let rate = Self::read(text)?;
        match rate.numbers[3] {
            Some(floor) if floor != 0 => Err(Failure::said("outbound floor is unsupported yet")),
            _ => Ok(rate),
        }
    }

    /// Whether it says neither an average nor, where there may be one, a floor.
    pub(super) fn is_empty(&self) -> bool {
        self.numbers[0].unwrap_or(0) == 0 && self.numbers[3].unwrap_or(0) == 0
    }

    /// Its numbers with their names.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, u64)> {
        FIELDS.into_iter().zip(self.numbers).filter_map(|(name, number)| Some((name, number?)))
    }

    /// Its element.
    pub(super) fn tag(&self, name: &'static str) -> Tag {
        self.fields()
            .filter(|(_, number)| *number != 0)
            .fold(Tag::new(name), |tag, (field, number)| tag.with(field, Some(number.to_string())))
    }
}
