//! What the programs virt-install, virt-xml and virt-clone do with a command line: arguments, prompts, progress, and
//! words for people.
//!
//! | module | what it holds |
//! |---|---|
//! | `program` | a program as data: command line, help and answers come from its tables |
//! | `row` | an option that is not a property of the guest |
//! | `install/` | virt-install: its options, what was typed as a request to the library, prompts, the run |
//! | `edit/` | virt-xml: the same for the change of a guest that is there |
//! | `clone/` | virt-clone, likewise |
//! | `checks` | `--check` |
//! | `reach` | opening a connection |
//! | `ask` | whether there is somebody to ask, and questions with yes and no |
//! | `bars` | progress on a terminal, or as plain lines |
//! | `console` | the guest's text console or a window |
//! | `outcome` | what a run came to, as JSON |
//! | `report` | errors and notes for people |
//! | `generate` | the man page and completions |
//! | `complete` | what may come next on a line |

mod ask;
mod bars;
mod checks;
pub mod clone;
mod complete;
mod console;
pub mod edit;
mod generate;
pub mod install;
pub mod outcome;
pub mod program;
mod reach;
mod report;
pub mod row;

/// The programs made from tables.
pub const PROGRAMS: &[&program::Program] = &[&install::VIRT_INSTALL, &edit::VIRT_XML, &clone::VIRT_CLONE];
