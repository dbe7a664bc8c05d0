//! The man page, virsh(1).

use crate::command::{Command, GROUPS};
use crate::help;
use crate::many;
use crate::program::SWITCHES;

/// The page, as roff.
pub(super) fn page() -> String {
    let mut page = format!(
        ".TH VIRSH 1 \"\" \"xctl {}\" \"User Commands\"\n.SH NAME\nvirsh \\- the shell for virtual machines\n",
        env!("CARGO_PKG_VERSION")
    );
    page += ".SH SYNOPSIS\n.B virsh\n[\\fIOPTION\\fR]... [\\fICOMMANDS\\fR]\n.br\n.B virsh\n\
             [\\fIOPTION\\fR]... \\fICOMMAND\\fR [\\fIARGUMENT\\fR]...\n";
    page += ".SH DESCRIPTION\n";
    for paragraph in DESCRIPTION {
        page += &format!("{}\n.PP\n", escaped(paragraph));
    }
    page += ".SH OPTIONS\n";
    for switch in SWITCHES.iter().filter(|switch| !switch.hidden) {
        let value = switch.value.map(|value| format!(" {value}")).unwrap_or_default();
        let forms: Vec<String> = [
            switch.letter.map(|letter| format!("-{letter}{value}")),
            switch.name.map(|name| format!("--{name}{}", value.replace(' ', "="))),
        ]
        .into_iter()
        .flatten()
        .collect();
        page += &item(&forms.join(", "), switch.help);
    }
    page += ".SH SEVERAL DOMAINS AND HOSTS\n";
    for paragraph in SEVERAL {
        page += &format!("{}\n.PP\n", escaped(paragraph));
    }
    for row in many::ROWS {
        page += &item(&help::heading(&row.option), row.option.help);
    }
    for group in GROUPS {
        page += &format!(".SH {}\n", escaped(&group.title.to_uppercase()));
        for command in group.commands.iter().filter(|command| !command.hidden) {
            page += &section(command);
        }
    }
    page += ".SH ENVIRONMENT\n";
    for (variable, meaning) in ENVIRONMENT {
        page += &item(variable, meaning);
    }
    page += ".SH FILES\n";
    page += &item("$XDG_CACHE_HOME/libvirt/virsh/history", "lines typed at the prompt");
    page += &item("$XDG_CONFIG_HOME/xctl/hosts", "groups of hosts for --hosts: lines [GROUP] and NAME = URI");
    page + ".SH EXIT STATUS\n0 if the last command succeeded, on all domains and hosts that it was given; 1 if not.\n"
}

const DESCRIPTION: &[&str] = &[
    "virsh runs commands on a hypervisor that libvirt manages. A command may be given as arguments; several, \
     separated by ; or line ends, as one argument; without any, they are read from standard input, with editing, \
     history and completion where that is a terminal.",
    "Words are separated by spaces. '...' takes everything as it is; \\ takes the next character as it is; \"...\" \
     keeps spaces; a word that begins with # starts a comment. An option's value follows it or comes after =, and \
     -- ends the options.",
    "Commands that print data do so as JSON, YAML or a table too: --output, before or after the command. A list is \
     an array of objects, facts about one thing are an object. Fields have names that do not change, sizes are in \
     bytes, and what is not known is null. --columns chooses fields, --sort orders a list, and --filter chooses \
     from it, as in --filter 'state==running && memory>2GiB': == != < <= > >= compare, =~ takes a regular \
     expression, && || ! and parentheses join, values with spaces need quotes.",
];

const SEVERAL: &[&str] = &[
    "A command that works on a domain also takes several: more names where a domain is all that it takes without an \
     option's name, --domain more than once elsewhere; patterns as a shell has them (*, ?, [a-z], [!a-z]), of the names \
     of those domains that are in a state which fits; or --all. All are found before anything is done; then a few at \
     a time are worked on, what each prints is shown whole and in order, and the last line, on standard error, tells \
     what was done, what failed, and why. Commands that lose data or stop guests hard ask first, and refuse without \
     a terminal unless --yes is given.",
    "With -c given several times, or with --hosts, commands that only look run on all hosts at once; what each prints \
     comes under its name. A host that fails or does not answer in time is told on standard error and keeps no other \
     waiting. Commands that change something need --each, and ask first unless --yes is given.",
    "A file of hosts has one in a line, URI or NAME = URI, below the [GROUP] that it belongs to; lines that begin with \
     # are comments.",
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("VIRSH_DEFAULT_CONNECT_URI", "hypervisor to talk to when -c is not given"),
    ("LIBVIRT_DEFAULT_URI", "the same for all programs that use libvirt"),
    ("VIRSH_DEBUG", "as -d"),
    ("VIRSH_LOG_FILE", "as -l"),
    ("VIRSH_HISTSIZE", "how many lines the history keeps"),
    ("NO_COLOR", "if set, nothing is coloured"),
];

fn section(command: &'static Command) -> String {
    let mut text =
        format!(".SS {}\n.nf\n{}\n.fi\n.PP\n", escaped(command.name), escaped(&help::synopsis(command)));
    let about = if command.about.is_empty() { command.summary } else { command.about };
    text += &format!("{}\n", escaped(&sentence(about)));
    for line in help::several(command) {
        text += &format!("{}\n", escaped(&line));
    }
    for option in command.all_options() {
        text += &item(&help::heading(option), option.help);
    }
    text + &fields(command)
}

/// The fields of its data.
fn fields(command: &Command) -> String {
    let Some(answer) = command.answer else { return String::new() };
    let mut text = String::from(".PP\nFields of its data:\n");
    for field in answer.fields.iter() {
        text += &item(field.name, &format!("{}: {}", field.type_and_unit(), field.description()));
    }
    if let Some(more) = answer.fields.open() {
        text += &format!(".PP\nFurther fields are {}\n", escaped(&sentence(more)).trim_start());
    }
    text
}

fn sentence(text: &str) -> String {
    let mut text = text.replace('\n', " ");
    if let Some(first) = text.get(..1) {
        text.replace_range(..1, &first.to_uppercase());
    }
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

fn item(heading: &str, text: &str) -> String {
    format!(".TP\n.B {}\n{}\n", escaped(heading), escaped(text))
}

/// Text that roff shows as it is.
pub(super) fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    match text.starts_with(['.', '\'']) {
        true => format!("\\&{text}"),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command;

    #[test]
    fn no_text_becomes_a_request() {
        assert_eq!(escaped(".x -y \\"), "\\&.x \\-y \\e");
        let known = ["TH", "SH", "SS", "TP", "PP", "B", "br", "nf", "fi"];
        for line in page().lines().filter(|line| line.starts_with(['.', '\''])) {
            let request = line[1..].split(' ').next().unwrap_or_default();
            assert!(known.contains(&request), "{line}");
        }
    }

    #[test]
    fn every_command_has_a_section() {
        assert_eq!(
            page().matches("\n.SS ").count(),
            command::all().filter(|command| !command.hidden).count()
        );
    }
}
