//! What a change does beyond text: devices of the running guest, its stored definition, its start.

use anyhow::{Context, Result, bail};
use hypervisor::flags::{DefineFlags, StartFlags};
use hypervisor::{Connection, Domain};
use xctl::document::Document;
use xctl::edit::{Changed, Guest, NewDisks, Plug, Plugged};
use xctl::progress::Progress;
use xctl::storage::Creation;

use super::command_line::CommandLine;
use crate::ask;
use crate::bars::Bars;

/// What can be done where the running guest does not take a change.
const LATER: &str = "hint: without --update the change is stored for the next start of the guest";

/// What is done, step by step, each only if the user does not mind.
pub(super) struct Effect<'a> {
    line: &'a CommandLine,
    bars: &'a Bars,
    connection: &'a Connection,
    /// The running guest has something of the change.
    plugged: bool,
    /// Devices, by their turn, that the running guest has with the disks that were created for them.
    made: Vec<usize>,
    /// Disks that were created.
    created: Vec<Creation>,
    /// Something was stored or started.
    stored: bool,
}

impl<'a> Effect<'a> {
    pub(super) fn new(line: &'a CommandLine, bars: &'a Bars, connection: &'a Connection) -> Effect<'a> {
        Effect {
            line,
            bars,
            connection,
            plugged: false,
            made: Vec::new(),
            created: Vec::new(),
            stored: false,
        }
    }

    /// Whether anything is another than before.
    pub(super) fn has_changed(&self) -> bool {
        self.plugged || self.stored
    }

    /// Disks that were created.
    pub(super) fn created(&self) -> &[Creation] {
        &self.created
    }

    fn agrees(&self, question: &str) -> Result<bool> {
        if self.line.confirm { ask::yes_or_no(question) } else { Ok(true) }
    }

    /// Gives the change to the running guest. Returns whether there is something that it can be given.
    pub(super) fn plug(&mut self, guest: &Guest, running: &Document, changed: &Changed) -> Result<bool> {
        if let Some(figures) = self.line.change.figures(running, changed) {
            let is_there = !figures.is_empty();
            for figure in figures {
                if !self.agrees(&format!("Set {figure} of the guest '{}'?", guest.name()))? {
                    continue;
                }
                if let Err(error) = guest.set_figure(figure) {
                    bail!("Error attempting device update: {error}\n  {LATER}");
                }
                self.plugged = true;
                self.bars.note(&format!("Update to {figure} successful."));
            }
            return Ok(is_there);
        }
        let plug = Plug::of(self.line.change.action());
        for (at, device) in changed.devices.iter().enumerate() {
            let (verb, from) = match plug {
                Plug::In => ("Hotplug", "to"),
                Plug::Out => ("Hotunplug", "from"),
                Plug::Update => ("Update", "for"),
            };
            let question = format!("{device}\n\n{verb} this device {from} the guest '{}'?", guest.name());
            if !self.agrees(&question)? {
                continue;
            }
            let needed = changed.creations.get(at).map_or(&[][..], Vec::as_slice);
            let disks = NewDisks::create(needed, self.connection, self.bars)?;
            match guest.plug(plug, device) {
                Ok(outcome) => {
                    self.plugged = true;
                    self.made.push(at);
                    settle(disks);
                    self.created.extend_from_slice(needed);
                    self.tell(plug, outcome, guest.name());
                }
                Err(error) => {
                    undo(disks, self.connection, self.bars);
                    bail!("Error attempting device {}: {error}\n  {LATER}", plug.name());
                }
            }
        }
        Ok(true)
    }

    fn tell(&self, plug: Plug, outcome: Plugged, name: &str) {
        if outcome == Plugged::Awaited {
            self.bars.warn(&format!(
                "The guest was asked to let go of the device and has not done so yet; virsh dumpxml {name} shows it \
                 until then."
            ));
        }
        self.bars.note(&format!("Device {} successful.", plug.name()));
        if self.line.confirm {
            self.bars.note("");
        }
    }

    /// Stores the changed definition. Returns whether it is another than before; none if the user minds.
    pub(super) fn store(&mut self, guest: &Guest, changed: &Changed) -> Result<Option<bool>> {
        let stored = self.store_unless_minded(guest, changed).map_err(|error| match self.plugged {
            true => error.context(
                "the running guest has the change, its stored definition does not: it is gone with the next start",
            ),
            false => error,
        });
        let Some(is_different) = stored? else { return Ok(None) };
        self.stored |= is_different;
        self.bars.note(&format!("Domain '{}' defined successfully.", guest.name()));
        Ok(Some(is_different))
    }

    fn store_unless_minded(&mut self, guest: &Guest, changed: &Changed) -> Result<Option<bool>> {
        if !self.agrees(&format!("Define '{}' with the changed XML?", guest.name()))? {
            return Ok(None);
        }
        self.with_disks(changed, |_| Ok(Some(guest.store(&changed.document)?)))
    }

    /// Stores a definition from elsewhere.
    pub(super) fn define(&mut self, name: &str, changed: &Changed) -> Result<Domain> {
        let text = changed.document.to_string();
        let domain =
            self.with_disks(changed, |connection| Ok(connection.define_domain(&text, DefineFlags::NONE)?))?;
        self.stored = true;
        self.bars.note(&format!("Domain '{name}' defined successfully."));
        Ok(domain)
    }

    /// Starts what is defined.
    pub(super) fn start(&self, domain: &Domain) -> Result<()> {
        domain
            .start(StartFlags::NONE)
            .with_context(|| format!("Failed starting domain '{}'", domain.name()))?;
        self.bars.note(&format!("Domain '{}' started successfully.", domain.name()));
        Ok(())
    }

    /// Starts the changed definition for once.
    pub(super) fn start_once(&mut self, name: &str, changed: &Changed) -> Result<()> {
        if !self.agrees(&format!("Start '{name}' with the changed XML?"))? {
            return Ok(());
        }
        let text = changed.document.to_string();
        self.with_disks(changed, |connection| Ok(connection.create_domain(&text, StartFlags::NONE)?))
            .with_context(|| format!("Failed starting domain '{name}'"))?;
        self.stored = true;
        self.bars.note(&format!("Domain '{name}' started successfully."));
        Ok(())
    }

    /// Does what needs the disks of a change, which are created before, and removed again if it fails.
    fn with_disks<T>(&mut self, changed: &Changed, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let creations = changed.creations.iter().enumerate();
        let needed = creations.filter(|(at, _)| !self.made.contains(at)).flat_map(|(_, disks)| disks);
        let needed: Vec<Creation> = needed.cloned().collect();
        let disks = NewDisks::create(&needed, self.connection, self.bars)?;
        let done = work(self.connection);
        match &done {
            Ok(_) => {
                settle(disks);
                self.created.extend(needed);
            }
            Err(_) => undo(disks, self.connection, self.bars),
        }
        done
    }
}

fn settle(disks: Option<NewDisks>) {
    if let Some(disks) = disks {
        disks.settle();
    }
}

fn undo(disks: Option<NewDisks>, connection: &Connection, bars: &Bars) {
    if let Some(disks) = disks {
        disks.undo(connection, bars);
    }
}
