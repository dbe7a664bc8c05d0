//! An option of a command, as a row of the command's table.

use hypervisor::event::Source;

use crate::output::FORMATS;

/// One option.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opt {
    /// Its name, without the dashes.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) kind: Kind,
    /// Whether the command cannot do without.
    pub(crate) required: bool,
    /// Whether its value may come without the name.
    pub(crate) position: Position,
    /// Whether an empty value means something.
    pub(crate) may_be_empty: bool,
    /// Whether a value without the name, of which the option can make nothing, may be another domain's name.
    pub(crate) yields: bool,
    /// What completion offers as its value.
    pub(crate) values: Values,
    /// Whether the command works on one object of one host only where it is given.
    pub(crate) alone: bool,
    /// Whether its value is for nobody else's eyes, so that no line with it is kept.
    pub(crate) confidential: bool,
    /// What scripts of old call it; help does not teach it.
    pub(crate) former: Option<Former>,
    /// What it does, in one line.
    pub(crate) help: &'static str,
}

/// The rows of all `parts`, `N` in number, for commands that share some.
pub(crate) const fn joined<const N: usize>(parts: [&[Opt]; 3]) -> [Opt; N] {
    let mut all = [parts[0][0]; N];
    let (mut part, mut count) = (0, 0);
    while part < parts.len() {
        let mut at = 0;
        while at < parts[part].len() {
            all[count] = parts[part][at];
            (at, count) = (at + 1, count + 1);
        }
        part += 1;
    }
    assert!(count == N);
    all
}

/// A former name of an option.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Former {
    /// The name, without the dashes.
    pub(crate) name: &'static str,
    /// The value that it stands for; the user gives it where there is none.
    pub(crate) value: Option<&'static str>,
}

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing: it is there or not.
    Flag,
    /// One value.
    Text,
    /// One number.
    Number,
    /// All values that come without a name.
    Rest,
}

/// Whether a value may come without the option's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// Never.
    Named,
    /// It is the usual way.
    Usual,
    /// Scripts may do so, as older virsh allowed it for nearly every option, but help does not teach it.
    Tolerated,
}

/// What completion offers as an option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// Nothing is known about it.
    Unknown,
    /// A file; the shell around us knows those better.
    File,
    /// A command or a group of commands.
    Command,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A comma-separated list of these words.
    List(&'static [&'static str]),
    /// A comma-separated list of the fields of the command's data.
    Fields,
    /// The same, each with - before it where the order is turned round.
    Order,
    /// A condition on the fields of the command's data.
    Condition,
    /// A domain, running or not.
    Domain,
    /// A domain that runs or is paused.
    ActiveDomain,
    /// A domain that runs and is not paused.
    RunningDomain,
    /// A domain that is paused.
    PausedDomain,
    /// A domain that does not run.
    InactiveDomain,
    /// A domain whose memory libvirt keeps.
    SavedDomain,
    /// A domain that is defined.
    PersistentDomain,
    /// A network.
    Network,
    /// A network that is up.
    ActiveNetwork,
    /// A network that is down.
    InactiveNetwork,
    /// A storage pool.
    Pool,
    /// A storage pool that is up.
    ActivePool,
    /// A storage pool that is down.
    InactivePool,
    /// A volume of the pool that the command line names.
    Volume,
    /// A disk of the domain that the command line names.
    Disk,
    /// A network interface of the domain that the command line names.
    Nic,
    /// Any device with an alias of the domain that the command line names.
    Alias,
    /// A key of the set of codes that the command line names.
    Key,
    /// A character device of the domain that the command line names.
    CharacterDevice,
    /// A class of events of something.
    Event(Source),
    /// An interface of the host.
    Interface,
    /// An interface of the host that is up.
    ActiveInterface,
    /// An interface of the host that is down.
    InactiveInterface,
    /// A network filter.
    Filter,
    /// A port that a network filter is bound to.
    FilteredPort,
    /// A port of the network that the command line names.
    NetworkPort,
    /// A device of the host.
    NodeDevice,
    /// A device of the host that is defined but not there.
    InactiveNodeDevice,
    /// A secret.
    Secret,
    /// A snapshot of the domain that the command line names.
    Snapshot,
    /// A checkpoint of the domain that the command line names.
    Checkpoint,
}

impl Opt {
    const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self {
            name,
            kind,
            required: false,
            position: Position::Named,
            may_be_empty: false,
            yields: false,
            values: Values::Unknown,
            alone: false,
            confidential: false,
            former: None,
            help,
        }
    }

    /// The same, but the command cannot do without; its value usually comes without the name.
    pub(crate) const fn required(self) -> Self {
        Self { required: true, position: Position::Usual, ..self }
    }

    /// The same; its value usually comes without the name.
    pub(crate) const fn positional(self) -> Self {
        Self { position: Position::Usual, ..self }
    }

    /// The same; its value may come without the name where scripts of old have it so.
    pub(crate) const fn tolerated(self) -> Self {
        Self { position: Position::Tolerated, ..self }
    }

    /// The same, but a value without the name is taken for another domain where there is one of that name.
    pub(crate) const fn yields(self) -> Self {
        Self { yields: true, ..self }
    }

    /// The same, and an empty value means something.
    pub(crate) const fn may_be_empty(self) -> Self {
        Self { may_be_empty: true, ..self }
    }

    /// The same, with values that completion offers.
    pub(crate) const fn values(self, values: Values) -> Self {
        Self { values, ..self }
    }

    /// The same, and with it the command works on one object of one host only.
    pub(crate) const fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    /// The same, with a value that is for nobody else's eyes.
    pub(crate) const fn confidential(self) -> Self {
        Self { confidential: true, ..self }
    }

    /// The same; scripts of old call it so.
    pub(crate) const fn formerly(self, name: &'static str) -> Self {
        Self { former: Some(Former { name, value: None }), ..self }
    }

    /// The same; scripts of old give this name for the value.
    pub(crate) const fn formerly_for(self, name: &'static str, value: &'static str) -> Self {
        Self { former: Some(Former { name, value: Some(value) }), ..self }
    }

    /// Whether a value without a name can be meant for this option.
    pub(crate) fn takes_position(&self) -> bool {
        self.position != Position::Named
    }

    /// What help calls the value.
    pub(crate) fn value_name(&self) -> &'static str {
        if self.kind == Kind::Number { "number" } else { "string" }
    }
}

/// An option without a value.
pub(crate) const fn flag(name: &'static str, help: &'static str) -> Opt {
    Opt::new(name, Kind::Flag, help)
}

/// An option with a value.
pub(crate) const fn text(name: &'static str, help: &'static str) -> Opt {
    Opt::new(name, Kind::Text, help)
}

/// An option with a number.
pub(crate) const fn number(name: &'static str, help: &'static str) -> Opt {
    Opt::new(name, Kind::Number, help)
}

/// All remaining values; an empty one is a value too.
pub(crate) const fn rest(name: &'static str, help: &'static str) -> Opt {
    Opt::new(name, Kind::Rest, help).positional().may_be_empty()
}

/// The domain that a command works on.
pub(crate) const fn domain(values: Values) -> Opt {
    text("domain", "the domain's name, id or UUID").required().values(values)
}

/// A file with XML.
pub(crate) const fn file(help: &'static str) -> Opt {
    text("file", help).required().values(Values::File)
}

/// `--xpath`, for commands that print XML.
pub(crate) const XPATH: Opt = text("xpath", "print only what this XPath expression selects");
/// `--wrap`, beside [`XPATH`].
pub(crate) const WRAP: Opt = flag("wrap", "put all that was selected into one element, <nodes>");
/// `--validate`, for commands that read XML.
pub(crate) const VALIDATE: Opt = flag("validate", "refuse XML that libvirt's schema does not allow");
/// How data is shown, for commands that print data.
pub(crate) const OUTPUT: Opt =
    text("output", "print data: as json, yaml or a table").values(Values::Words(FORMATS));
/// Which fields, beside [`OUTPUT`].
pub(crate) const COLUMNS: Opt =
    text("columns", "only these fields, separated by commas").values(Values::Fields);
/// In which order, for lists.
pub(crate) const SORT: Opt =
    text("sort", "order by these fields, separated by commas; - before one turns it round")
        .values(Values::Order);
/// Which of them, for lists.
pub(crate) const FILTER: Opt =
    text("filter", "only what this is true of, such as 'state==running && memory>2GiB'")
        .values(Values::Condition);
