//! The run of virt-xml: a definition is read, changed, shown, stored, and given to the running guest, as far as each is
//! wanted.

mod command_line;
mod effect;
mod options;

use std::io::{IsTerminal, Read};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::ArgMatches;
use hypervisor::Connection;
use xctl::document::{Document, MAX_BYTES};
use xctl::edit::{Changed, Guest, Surroundings, difference};
use xctl::progress::Progress;

pub use options::VIRT_XML;

use crate::bars::Bars;
use crate::outcome::Outcome;
use crate::program::USAGE;
use crate::{reach, report};
use command_line::{CommandLine, Print};
use effect::Effect;

/// Does what the command line says.
///
/// # Errors
/// Anything that keeps the change from being made; disks that were created for it until then are removed.
pub fn run(matches: &ArgMatches, result: &mut Outcome) -> Result<ExitCode> {
    if let Some(contradiction) = command_line::contradiction(matches) {
        let error = anyhow!(contradiction);
        report::error(&error);
        result.fail(&error);
        return Ok(ExitCode::from(USAGE));
    }
    let line = command_line::read(matches)?;
    if line.reads_input() {
        if std::io::stdin().is_terminal() {
            bail!("A domain must be specified\n  hint: or its XML on standard input: virt-xml … <web.xml");
        }
        if line.confirm {
            bail!("Can't use --confirm with stdin input.");
        }
        if line.update {
            bail!("Can't use --update with stdin input.");
        }
    }
    Edit::new(line).run(result)?;
    Ok(ExitCode::SUCCESS)
}

/// One run.
struct Edit {
    line: CommandLine,
    /// Where notes go: nowhere, if nobody asked for what only makes sense with them.
    bars: Bars,
    print: Option<Print>,
    define: bool,
}

impl Edit {
    fn new(line: CommandLine) -> Edit {
        let quiet = line.quiet && !line.confirm && line.print.is_none() && !line.builds();
        let define = line.define.unwrap_or(line.print.is_none() && !line.reads_input());
        let print = match line.print {
            None if line.reads_input() && !define => Some(Print::Definition),
            None if line.confirm => Some(Print::Difference),
            print => print,
        };
        Edit { bars: Bars::new(quiet), print, define, line }
    }

    fn run(&self, result: &mut Outcome) -> Result<()> {
        let connect = || Ok(self.connect()?);
        let around = Surroundings::new(&connect, &self.bars);
        // Who names a hypervisor means it, even where the change could do without.
        if self.line.connect.is_some() {
            around.connection()?;
        }
        if self.line.reads_input() {
            return self.of_input(&around, result);
        }
        let guest = match &self.line.domain {
            Some(name) => Some(Guest::find(around.connection()?, name)?),
            None => None,
        };
        match guest {
            Some(guest) if !self.line.builds() => self.of_guest(&guest, around, result),
            guest => self.build(guest.as_ref(), &around, result),
        }
    }

    /// What is asked for, as it would be for the guest, by itself.
    fn build(&self, guest: Option<&Guest>, around: &Surroundings<'_>, result: &mut Outcome) -> Result<()> {
        let base = guest.map_or("<domain/>", |guest| guest.stored());
        let built = self.line.change.apply(Document::parse(base)?, around)?;
        built.devices.iter().for_each(|device| result.print("devices", &format!("{device}\n")));
        Ok(())
    }

    fn connect(&self) -> Result<Connection> {
        let connection = reach::open(self.line.connect.as_deref())?;
        self.detail(&format!("virt-xml {} on {}", env!("CARGO_PKG_VERSION"), connection.uri()));
        Ok(connection)
    }

    fn detail(&self, text: &str) {
        if self.line.debug {
            report::debug(text);
        }
    }

    /// The guest's definition, and the running guest if that is wanted.
    fn of_guest(&self, guest: &Guest, around: Surroundings<'_>, result: &mut Outcome) -> Result<()> {
        let stored = Document::parse(guest.stored())?;
        let running = guest.running().map(Document::parse).transpose()?;
        let connection = around.connection()?.clone();
        let around = if self.line.update { around.beside(&stored) } else { around };
        result.set("connection", connection.uri());
        let mut effect = Effect::new(&self.line, &self.bars, &connection);
        let done = self.to_guest(guest, &around, &stored, running.as_ref(), &mut effect, result);
        result.set("changed", effect.has_changed());
        result.created(effect.created());
        if let Ok(domain) = connection.domain_by_name(guest.name()) {
            result.guest(&domain);
        }
        done
    }

    fn to_guest(
        &self,
        guest: &Guest,
        around: &Surroundings<'_>,
        stored: &Document,
        running: Option<&Document>,
        effect: &mut Effect<'_>,
        result: &mut Outcome,
    ) -> Result<()> {
        let mut is_live = false;
        let live = match running.filter(|_| self.line.update) {
            Some(running) => {
                let live = self.line.change.apply(running.clone(), around)?;
                if self.define {
                    // What cannot be stored must not be plugged in either.
                    self.line.change.repeat(stored.clone(), &live, around)?;
                }
                self.show(&running.to_string(), &live, result);
                is_live = effect.plug(guest, running, &live)?;
                Some(live)
            }
            None => None,
        };
        if self.line.update && running.is_none() {
            self.bars.warn("The VM is not running, --update is inapplicable.");
        }
        if self.line.update && !self.define {
            return Ok(());
        }
        let changed = match &live {
            Some(live) => self.line.change.repeat(stored.clone(), live, around)?,
            None => self.line.change.apply(stored.clone(), around)?,
        };
        self.show(guest.stored(), &changed, result);
        if !self.define {
            return if self.line.start { effect.start_once(guest.name(), &changed) } else { Ok(()) };
        }
        let Some(is_different) = effect.store(guest, &changed)? else { return Ok(()) };
        if self.line.start {
            guest.start().with_context(|| format!("Failed starting domain '{}'", guest.name()))?;
            self.bars.note(&format!("Domain '{}' started successfully.", guest.name()));
        } else if running.is_some() && !is_live {
            self.bars.note("Changes will take effect after the domain is fully powered off.");
        } else if !is_different {
            self.bars.warn(
                "XML did not change after domain define. You may have changed a value that libvirt is setting by \
                 default.",
            );
        }
        Ok(())
    }

    /// A definition from standard input.
    fn of_input(&self, around: &Surroundings<'_>, result: &mut Outcome) -> Result<()> {
        let text = input()?;
        let changed = self.line.change.apply(parse(&text)?, around)?;
        self.show(&text, &changed, result);
        let name =
            changed.document.get(changed.document.root(), "name").unwrap_or_default().trim().to_owned();
        if !self.define && !self.line.start {
            return Ok(());
        }
        let mut effect = Effect::new(&self.line, &self.bars, around.connection()?);
        if !self.define {
            effect.start_once(&name, &changed)?;
        } else {
            let domain = effect.define(&name, &changed)?;
            if self.line.start {
                effect.start(&domain)?;
            }
        }
        let connection = around.connection()?;
        result.set("connection", connection.uri());
        result.set("changed", effect.has_changed());
        result.created(effect.created());
        if let Ok(domain) = connection.domain_by_name(&name) {
            result.guest(&domain);
        }
        Ok(())
    }

    /// Prints what is wanted of a change.
    fn show(&self, before: &str, changed: &Changed, result: &mut Outcome) {
        let after = changed.document.to_string();
        let difference = difference(before, &after);
        match &difference {
            None => {
                self.bars.warn("No XML diff was generated. The requested changes will have no effect.");
            }
            Some(difference) => self.detail(&format!("XML diff:\n{difference}")),
        }
        match self.print {
            Some(Print::Difference) => result.print("diff", &difference.unwrap_or_default()),
            Some(Print::Definition) if after.ends_with('\n') => result.print("definitions", &after),
            Some(Print::Definition) => result.print("definitions", &format!("{after}\n")),
            None => {}
        }
    }
}

/// All of standard input.
fn input() -> Result<String> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    std::io::stdin().take(most).read_to_end(&mut bytes).context("cannot read standard input")?;
    String::from_utf8(bytes).map_err(|_| anyhow!("what comes from standard input is no text in UTF-8"))
}

fn parse(text: &str) -> Result<Document> {
    if text.trim().is_empty() {
        bail!(
            "A domain must be specified\n  standard input is empty\n  \
             hint: virt-xml NAME … changes a guest, virt-xml … <FILE a file"
        );
    }
    Document::parse(text).context("what comes from standard input is no XML")
}
