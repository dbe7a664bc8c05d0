//! The man page and completions, from the same tables as the parser.

use anyhow::{Context, Result, bail};
use clap_complete::{Shell, generate};
use hypervisor::flags::DomainFilter;

use xctl::domain;
use xctl::property::Table;

use crate::program::Program;
use crate::{reach, report};

/// Prints what is asked for: `man`, `bash`, `zsh` or `fish`.
///
/// # Errors
/// There is no such thing to print.
pub(crate) fn print(program: &Program, what: &str) -> Result<()> {
    let shell = match what {
        "man" => return man(program),
        "bash" => Shell::Bash,
        "zsh" => Shell::Zsh,
        "fish" => Shell::Fish,
        other => bail!("--generate {other}: there are man, bash, zsh and fish"),
    };
    let mut completion = Vec::new();
    generate(shell, &mut program.command(), program.name, &mut completion);
    let completion = String::from_utf8(completion).context("completion is text")?;
    report::text(&completion);
    if shell == Shell::Bash {
        // The generator of the rest calls its function so.
        let rest = format!("_{}", program.name.replace('-', "__"));
        let function = program.name.replace('-', "_");
        let values = BASH_VALUES.replace("@FUNCTION@", &function).replace("@REST@", &rest);
        report::text(&values.replace("@PROGRAM@", program.name));
    }
    Ok(())
}

/// Suboptions come from the program itself, as bash breaks words at `=`.
const BASH_VALUES: &str = r#"
_@FUNCTION@_values() {
    local line=${COMP_LINE:0:COMP_POINT} word option
    word=${line##*[[:space:]]}
    option=${line%"$word"}
    option=${option%"${option##*[![:space:]]}"}
    option=${option##*[[:space:]]}
    case $option in
        --location|-l|--cdrom|-c|--initrd-inject) COMPREPLY=($(compgen -f -- "$word")); return ;;
        --*)
            local IFS=$'\n' found cut=${word%"${word##*[=:]}"}
            found=$(@PROGRAM@ --complete "${option#--}" --complete "$word" 2>/dev/null)
            if [ -n "$found" ]; then
                COMPREPLY=($found)
                COMPREPLY=("${COMPREPLY[@]#"$cut"}")
                case $found in *=*) compopt -o nospace ;; esac
                return
            fi ;;
    esac
    case $option,$word in
        @PROGRAM@,[!-]*|@PROGRAM@,)
            COMPREPLY=($(@PROGRAM@ --complete domain --complete "$word" 2>/dev/null))
            [ ${#COMPREPLY[@]} = 0 ] || return ;;
    esac
    @REST@ "$@"
}
complete -F _@FUNCTION@_values -o bashdefault -o default @PROGRAM@
"#;

fn man(program: &Program) -> Result<()> {
    let man = clap_mangen::Man::new(program.command()).manual("Virtual machines");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    report::text(&String::from_utf8(page).context("the page is text")?);
    let command = program.command();
    let is_option =
        |table: &&Table| command.get_arguments().any(|argument| argument.get_id() == table.option);
    let mut tables = domain::TABLES.iter().copied().filter(is_option).peekable();
    if tables.peek().is_some() {
        report::text(".SH SUBOPTIONS\n");
    }
    for table in tables {
        report::text(&format!(".SS \"\\-\\-{}\"\n", escaped(table.option)));
        report::text(&table.man());
    }
    for (title, text) in program.chapters {
        report::text(&format!(".SH {}\n.nf\n{}\n.fi\n", escaped(title), escaped(text)));
    }
    report::text(".SH EXAMPLES\n.nf\n");
    report::text(&format!("{}\n.fi\n", escaped(program.examples)));
    report::text(&format!(".SH SEE ALSO\n{}\n", escaped(program.see_also)));
    Ok(())
}

/// Text as roff wants it: backslashes and hyphens escaped, no line that begins like a request.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    text.lines()
        .map(|line| if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line.to_owned() })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Options and operands that name a guest that is there.
const GUESTS: &[&str] = &["domain", "original"];

/// Prints how the text of an option may go on: the option's name, then the text so far.
pub(crate) fn complete(program: &Program, words: &[String]) {
    let [option, typed] = words else { return };
    let names_guest = GUESTS.contains(&option.as_str());
    if names_guest && program.options.iter().any(|row| row.name == option) {
        for name in guests().into_iter().filter(|name| name.starts_with(typed.as_str())) {
            report::line(&name);
        }
        return;
    }
    if let Some(table) = domain::table(option) {
        for text in table.complete(typed) {
            report::line(&text);
        }
    }
}

/// The guests of the hypervisor that is used where none is named; without it there is nothing to offer.
fn guests() -> Vec<String> {
    let domains = reach::open(None).and_then(|connection| Ok(connection.domains(DomainFilter::NONE)?));
    domains.unwrap_or_default().iter().map(|domain| domain.name().to_owned()).collect()
}
