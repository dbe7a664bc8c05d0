//! The commands about moving domains.

use super::options;
use crate::command::option::{domain, flag, number};
use crate::command::{Answer, Command, Values};
use crate::output::field;

pub(in crate::command::domain) const MIGRATE: Command = Command::new(
    "migrate",
    "move a domain to another host",
    "Moves a domain to another host; with --live it runs meanwhile.",
    options::OPTIONS,
    super::migrate,
)
.acts();

pub(in crate::command::domain) const MIGRATE_SETMAXDOWNTIME: Command = Command::new(
    "migrate-setmaxdowntime",
    "limit how long a migration stops a domain",
    "Limits how long a domain that moves while it runs may stand still at the end.",
    &[domain(Values::ActiveDomain), number("downtime", "milliseconds").required()],
    super::set_downtime,
)
.acts();

pub(in crate::command::domain) const MIGRATE_GETMAXDOWNTIME: Command = Command::new(
    "migrate-getmaxdowntime",
    "print how long a migration may stop a domain",
    "Prints how long a domain that moves while it runs may stand still at the end.",
    &[domain(Values::ActiveDomain)],
    super::downtime,
)
.answers(&Answer::printed(&[field::measured("downtime", "ms", "how long")]));

pub(in crate::command::domain) const MIGRATE_COMPCACHE: Command = Command::new(
    "migrate-compcache",
    "print or change the cache of a compressed migration",
    "Prints, or changes, the memory that finds out which pages are sent once more.",
    &[domain(Values::ActiveDomain), number("size", "bytes")],
    super::cache,
)
.acts()
.answers(&super::CACHE);

pub(in crate::command::domain) const MIGRATE_SETSPEED: Command = Command::new(
    "migrate-setspeed",
    "limit how fast a domain moves",
    "Limits what a migration of the domain sends.",
    &[
        domain(Values::ActiveDomain),
        number("bandwidth", "MiB a second").required(),
        flag("postcopy", "once it runs on the other host"),
    ],
    super::set_speed,
)
.acts();

pub(in crate::command::domain) const MIGRATE_GETSPEED: Command = Command::new(
    "migrate-getspeed",
    "print how fast a domain may move",
    "Prints the limit, in MiB a second.",
    &[domain(Values::ActiveDomain), flag("postcopy", "once it runs on the other host")],
    super::speed,
)
.answers(&Answer::printed(&[field::measured("bandwidth", "MiB/s", "the limit")]));

pub(in crate::command::domain) const MIGRATE_POSTCOPY: Command = Command::new(
    "migrate-postcopy",
    "let a domain that moves run on the other host at once",
    "Switches a migration that was begun with --postcopy: the domain goes on there, and\n\
     memory follows when it is needed.",
    &[domain(Values::ActiveDomain)],
    super::post_copy,
)
.acts();
