//! XML as a list of facts, so that two definitions can be compared for what they say and not for how it is written.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Everything that a document says: `domain/devices/disk[1]/target/@bus = virtio`.
pub fn facts(xml: &str) -> Result<BTreeSet<String>> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().trim_text(true);
    let mut facts = BTreeSet::new();
    let mut path: Vec<String> = Vec::new();
    let mut counts: Vec<BTreeMap<String, usize>> = vec![BTreeMap::new()];
    loop {
        match reader.read_event().context("the XML is damaged")? {
            Event::Start(start) => {
                enter(&start, &mut path, &mut counts, &mut facts)?;
            }
            Event::Empty(start) => {
                enter(&start, &mut path, &mut counts, &mut facts)?;
                path.pop();
                counts.pop();
            }
            Event::End(_) => {
                path.pop();
                counts.pop();
            }
            Event::Text(text) => {
                let text = text.as_ref();
                if !text.trim().is_empty() {
                    facts.insert(format!("{} = {}", path.join("/"), text.trim()));
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !path.is_empty() {
        bail!("the XML ends inside {}", path.join("/"));
    }
    Ok(facts)
}

/// Elements of one name are numbered; their place among others says nothing.
fn enter(
    start: &BytesStart<'_>,
    path: &mut Vec<String>,
    counts: &mut Vec<BTreeMap<String, usize>>,
    facts: &mut BTreeSet<String>,
) -> Result<()> {
    let name = start.name().as_ref().to_owned();
    let number = counts.last_mut().context("inside nothing")?.entry(name.clone()).or_insert(0);
    *number += 1;
    path.push(if *number == 1 { name } else { format!("{name}[{number}]") });
    counts.push(BTreeMap::new());
    facts.insert(path.join("/"));
    for attribute in start.attributes() {
        let attribute = attribute?;
        let key = attribute.key.as_ref().to_owned();
        let value = quick_xml::escape::unescape(&attribute.value)?;
        facts.insert(format!("{}/@{key} = {value}", path.join("/")));
    }
    Ok(())
}
