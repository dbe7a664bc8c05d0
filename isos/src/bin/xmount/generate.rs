//! The manual page and completions, from the same table as the parser.

use std::io::{self, Write};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

/// What the manual page says beside the table of options.
pub(crate) struct Page {
    /// A chapter's title and its paragraphs, parted by empty lines.
    pub(crate) chapters: &'static [(&'static str, &'static str)],
    /// Command lines with what each does, as help shows them, too.
    pub(crate) examples: &'static str,
    pub(crate) see_also: &'static str,
}

/// Prints what is asked for: `man`, or the completions of `bash`, `zsh` or `fish`.
pub(crate) fn print(mut command: Command, page: &Page, what: &str) -> io::Result<()> {
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    match what.parse::<Shell>() {
        Ok(shell) => clap_complete::generate(shell, &mut command, name, &mut text),
        Err(_) => manual(command, page, &mut text)?,
    }
    io::stdout().write_all(&text)
}

fn manual(command: Command, page: &Page, text: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(command).manual("File-system images");
    man.render_title(text)?;
    man.render_name_section(text)?;
    man.render_synopsis_section(text)?;
    let (before, after) = page.chapters.split_at(page.chapters.len().min(1));
    chapters(before, text)?;
    man.render_options_section(text)?;
    chapters(after, text)?;
    writeln!(text, ".SH EXAMPLES\n.nf\n{}\n.fi", escaped(page.examples))?;
    writeln!(text, ".SH \"SEE ALSO\"\n{}", escaped(page.see_also))
}

fn chapters(chapters: &[(&str, &str)], text: &mut Vec<u8>) -> io::Result<()> {
    for (title, paragraphs) in chapters {
        writeln!(text, ".SH \"{title}\"\n{}", escaped(paragraphs).replace("\n\n", "\n.PP\n"))?;
    }
    Ok(())
}

/// Text as roff wants it: backslashes and hyphens escaped, no line that begins like a request.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    let line =
        |line: &str| if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line.to_owned() };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
