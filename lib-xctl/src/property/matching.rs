//! Whether an element is the one that is described in the options language: `target=vda`, `mac=52:54:00:01:02:03`.

use super::error::Error;
use super::options::Options;
use super::row::Kind;
use super::table::Table;
use super::value::{absolute, number};
use crate::document::{Document, Element};

impl Table {
    /// Whether an element has all that the options say. An empty value (`path=`) means that there is nothing.
    ///
    /// # Errors
    /// As for [`Table::parse`], and [`Error::NotKept`] for a suboption that leaves nothing behind to be found by.
    pub fn matches(
        &'static self,
        document: &Document,
        element: Element,
        options: &Options,
    ) -> Result<bool, Error> {
        let options = self.resolved(options)?;
        for (name, value) in options.iter() {
            let (property, numbers) = self.row(name)?;
            if property.is_request() {
                return Err(Error::NotKept { option: self.option, name: name.to_owned() });
            }
            let found = property.get(document, element, &numbers).unwrap_or_default();
            let wanted = match value.unwrap_or_default() {
                "" => String::new(),
                value => self.written(property, name, value)?,
            };
            let wanted = if property.kind == Kind::Present && wanted == "no" { "" } else { &wanted };
            // A hardware address is the same in capitals, a file by a path from here, a number in hexadecimal.
            let same = found.eq_ignore_ascii_case(wanted) && name.contains("mac")
                || property.kind == Kind::Integer
                    && number(&found).is_some_and(|n| Some(n) == number(wanted))
                || name == "path" && !wanted.contains("://") && found == absolute(wanted);
            if found != wanted && !same {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DISK, NETWORK};

    const DOMAIN: &str = "<domain><devices>
        <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>
        <interface type='user'><mac address='52:54:00:AB:02:03'/><address type='pci' slot='0x1f'/></interface>
        </devices></domain>";

    fn matches(table: &'static Table, text: &str) -> Result<bool, Error> {
        let document = Document::parse(DOMAIN).unwrap();
        let element = table.elements(&document)[0];
        table.matches(&document, element, &Options::parse(text)?)
    }

    #[test]
    fn all_that_is_said_has_to_be_there() {
        for (text, is_it) in [
            ("target=sda", true),
            ("target=sda,bus=sata,device=cdrom", true),
            ("target=sda,bus=ide", false),
            ("target=sdb", false),
            ("readonly=on", true),
            ("readonly=off", false),
            ("shareable=no", true),
            ("path=", true),
            ("path=/x.iso", false),
            ("/x.iso", false),
        ] {
            assert_eq!(matches(&DISK, text), Ok(is_it), "{text}");
        }
        assert_eq!(matches(&NETWORK, "mac=52:54:00:ab:02:03"), Ok(true));
        assert_eq!(matches(&NETWORK, "address.slot=31"), Ok(true));
        assert!(matches(&NETWORK, "address.slot=1f").is_err());
        assert_eq!(matches(&NETWORK, "user"), Ok(true));
    }

    #[test]
    fn what_leaves_nothing_behind_finds_nothing() {
        assert!(matches(&DISK, "size=5").unwrap_err().to_string().contains("size"));
        assert!(matches(&DISK, "tagret=vda").unwrap_err().to_string().contains("did you mean 'target'?"));
    }
}
