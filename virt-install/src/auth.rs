//! Names and passwords that a hypervisor asks for, asked on the terminal.

use std::sync::Arc;

use dialoguer::{Input, Password};
use hypervisor::Authenticate;
use hypervisor::auth::{Kind, Question};

use crate::prompt;

struct OnTerminal;

/// Asks on the terminal; off a terminal it gives up.
#[must_use]
pub fn on_terminal() -> Arc<dyn Authenticate> {
    Arc::new(OnTerminal)
}

impl Authenticate for OnTerminal {
    fn answer(&self, question: &Question) -> Option<String> {
        if !prompt::is_possible() {
            return None;
        }
        let words = question.prompt.trim_end_matches([':', ' ']).to_owned();
        match question.kind {
            Kind::Hidden => Password::new().with_prompt(words).allow_empty_password(true).interact().ok(),
            Kind::Name | Kind::Visible => {
                Input::new().with_prompt(words).allow_empty(true).interact_text().ok()
            }
        }
    }
}
