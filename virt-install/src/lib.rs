//! What the programs virt-install, virt-xml and virt-clone share: arguments, prompts, progress, and words for people.
//!
//! | module | what it holds |
//! |---|---|
//! | `options` | the table of options that are not properties of the guest |
//! | `arguments` | that table and the library's, as a command for clap |
//! | `command_line` | what was typed, as a request to the library |
//! | `prompt` | asking for what was left out |
//! | `auth` | names and passwords for a hypervisor |
//! | `bars` | progress on a terminal, or as plain lines |
//! | `console` | the guest's text console or a window, while it installs |
//! | `install` | the run of virt-install |
//! | `report` | errors and notes for people |
//! | `generate` | the man page and completions |

pub mod arguments;
pub mod auth;
pub mod bars;
pub mod command_line;
pub mod console;
pub mod generate;
pub mod install;
pub mod options;
pub mod prompt;
pub mod report;
