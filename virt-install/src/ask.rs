//! Questions to whoever sits at the terminal.

use std::io::IsTerminal;

use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};

/// Whether there is somebody to ask.
pub(crate) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Questions in colours, unless they are not wanted.
pub(crate) fn theme() -> Box<dyn Theme> {
    if std::env::var_os("NO_COLOR").is_some() {
        Box::new(SimpleTheme)
    } else {
        Box::new(ColorfulTheme::default())
    }
}
