//! The man page and completions, from the same tables as the parser.

use anyhow::{Context, Result, bail};

use xctl::property::Table;
use xctl::{completion, domain};

use crate::program::Program;
use crate::report;

/// Prints what is asked for: `man`, `bash`, `zsh` or `fish`.
///
/// # Errors
/// There is no such thing to print.
pub(crate) fn print(program: &Program, what: &str) -> Result<()> {
    let script = match what {
        "man" => {
            report::text(&page(program)?);
            return Ok(());
        }
        "bash" => &completion::bash(program.name, r#""$1" --complete="$line""#),
        "zsh" => ZSH,
        "fish" => FISH,
        other => bail!("--generate {other}: there are man, bash, zsh and fish"),
    };
    report::text(
        &script.replace("@FUNCTION@", &program.name.replace('-', "_")).replace("@PROGRAM@", program.name),
    );
    Ok(())
}

// Completions hold no table: each asks the program itself, with the line as typed so far, so that what the host knows
// is there, and one program knows what may come next.

/// zsh.
const ZSH: &str = r##"#compdef @PROGRAM@
_@FUNCTION@() {
    local -a lines found shown open
    lines=("${(@f)$(${words[1]} --complete="${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
    lines=("${(@)lines:#}")
    found=("${(@)lines%%$'\t'*}")
    shown=("${(@)lines/$'\t'/  -- }")
    open=("${(@M)found:#*[/=]}")
    (( $#found )) || return 1
    if (( $#open )); then
        compadd -S '' -l -d shown -a found
    else
        compadd -l -d shown -a found
    fi
}
_@FUNCTION@ "$@"
"##;

/// fish.
const FISH: &str = r##"# fish completion for @PROGRAM@
complete -c @PROGRAM@ -f -a '(@PROGRAM@ --complete=(commandline -cp | string collect) 2>/dev/null)'
"##;

/// The man page.
///
/// # Errors
/// There is no memory for it.
pub(crate) fn page(program: &Program) -> Result<String> {
    let man = clap_mangen::Man::new(program.command()).manual("Virtual machines");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut page = String::from_utf8(page).context("the page is text")?;
    page.push_str(&other_names(program));
    let command = program.command();
    let is_option =
        |table: &&Table| command.get_arguments().any(|argument| argument.get_id() == table.option);
    let mut tables = domain::TABLES.iter().copied().filter(is_option).peekable();
    if tables.peek().is_some() {
        page.push_str(".SH SUBOPTIONS\n");
    }
    for table in tables {
        page.push_str(&format!(".SS \"\\-\\-{}\"\n", escaped(table.option)));
        page.push_str(&table.man());
    }
    for (title, text) in program.chapters {
        page.push_str(&format!(".SH {}\n.nf\n{}\n.fi\n", escaped(title), escaped(text)));
    }
    page.push_str(&format!(".SH EXAMPLES\n.nf\n{}\n.fi\n", escaped(program.examples)));
    page.push_str(&format!(".SH SEE ALSO\n{}\n", escaped(program.see_also)));
    Ok(page)
}

/// Other names of options, and options of former versions: scripts use them, and whoever reads one looks them up.
fn other_names(program: &Program) -> String {
    let mut page = String::new();
    let mut entry = |name: &str, text: &str| {
        page.push_str(&format!(".TP\n\\fB{}\\fR\n{}.\n", escaped(&format!("--{name}")), escaped(text)));
    };
    let rows = program.options.iter().map(|row| (row.name, row.aliases));
    for (option, aliases) in rows.chain(program.tables().map(|table| (table.option, table.aliases))) {
        aliases.iter().for_each(|alias| entry(alias, &format!("The same as --{option}")));
    }
    for row in program.options.iter().filter(|row| row.section.is_none()) {
        entry(row.name, row.help);
    }
    if page.is_empty() { page } else { format!(".SH OTHER NAMES AND FORMER OPTIONS\n{page}") }
}

/// Text as roff wants it: backslashes and hyphens escaped, no line that begins like a request.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    text.lines()
        .map(|line| if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line.to_owned() })
        .collect::<Vec<_>>()
        .join("\n")
}
