//! Completion as shells do it: the scripts that the programs print, run by bash, zsh and fish; and the man pages, which
//! are to say as much.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use xctl::domain::TABLES;

use crate::Test;
use crate::need::{Need, QEMU};
use crate::terminal::Terminal;
use crate::user::User;

pub(crate) const TESTS: &[Test] = &[
    Test { name: "bash_completes", needs: &[Need::Program("bash"), QEMU], run: || completes(&BASH) },
    Test { name: "zsh_completes", needs: &[Need::Program("zsh"), QEMU], run: || completes(&ZSH) },
    Test { name: "fish_completes", needs: &[Need::Program("fish"), QEMU], run: || completes(&FISH) },
    Test {
        name: "what_completion_offers_stays_a_name_to_bash",
        needs: &[Need::Program("bash")],
        run: what_completion_offers_stays_a_name_to_bash,
    },
    Test {
        name: "zsh_goes_on_after_a_directory_and_knows_the_home",
        needs: &[Need::Program("zsh")],
        run: zsh_goes_on_after_a_directory_and_knows_the_home,
    },
    Test {
        name: "completion_is_silent_and_soon_back_where_nobody_answers",
        needs: &[],
        run: completion_is_silent_and_soon_back_where_nobody_answers,
    },
    Test {
        name: "every_option_and_suboption_is_in_the_man_page",
        needs: &[],
        run: every_option_and_suboption_is_in_the_man_page,
    },
];

const PROGRAMS: &[&str] = &["virt-install", "virt-xml", "virt-clone"];

/// A shell, and what it takes to have it complete each line of the file `lines`, with a line of `=` after each.
struct Shell {
    name: &'static str,
    driver: &'static str,
}

/// readline's part: words break at blanks, `=` and `:`.
const BASH: Shell = Shell {
    name: "bash",
    driver: r#"source ./script
while IFS= read -r COMP_LINE; do
  COMP_POINT=${#COMP_LINE} word=${COMP_LINE##*[[:space:]]} piece=
  piece=${word##*[=:]}
  COMP_WORDS=("${COMP_LINE%% *}" "$piece") COMP_CWORD=1 COMPREPLY=()
  $(complete -p "$1" | sed 's/.*-F \([^ ]*\).*/\1/') "$1" "$piece" ""
  for found in "${COMPREPLY[@]}"; do printf '%s%s\n' "${word%"$piece"}" "$found"; done
  echo ====
done <lines
"#,
};

/// zsh's part: the words up to the cursor, and the builtin that takes candidates.
const ZSH: Shell = Shell {
    name: "zsh",
    driver: r#"compadd() { print -rl -- ${(P)@[-1]} }
while IFS= read -r line; do
  words=("${(@s: :)line}") CURRENT=${#words}
  source ./script
  print '===='
done <lines
"#,
};

const FISH: Shell = Shell {
    name: "fish",
    driver: "source ./script
while read -l line
  complete -C \"$line\" | string replace -r '\\t.*' ''
  echo ====
end <lines
",
};

impl Shell {
    /// What the shell offers at the end of each line.
    fn complete(&self, user: &User, program: &str, lines: &[String]) -> Result<Vec<BTreeSet<String>>> {
        let script = user.run(&[program, "--generate", self.name])?.ok()?;
        user.file("script", &script.stdout)?;
        user.file("driver", self.driver)?;
        user.file("lines", lines.join("\n") + "\n")?;
        let plain = if self.name == "zsh" { "-f" } else { "--" };
        let told = match self.name {
            "fish" => user.run(&["fish", "--no-config", "driver"])?,
            _ => user.run(&[self.name, plain, "driver", program])?,
        };
        let mut answers: Vec<BTreeSet<String>> =
            told.stdout.split("====\n").map(|part| part.lines().map(str::to_owned).collect()).collect();
        answers.pop();
        ensure!(answers.len() == lines.len(), "{}: {told}", self.name);
        Ok(answers)
    }
}

/// Lines, and what is offered at their ends.
const LINES: &[(&str, &[&str])] = &[
    ("virt-install --disk size=5,bus=vi", &["size=5,bus=virtio"]),
    ("virt-install --disk=cache=unsa", &["--disk=cache=unsafe"]),
    ("virt-install --connect test:///default --network network=de", &["network=default"]),
    ("virt-install --connect test:///default --disk size=5,pool=", &["size=5,pool=default-pool"]),
    ("virt-install --connect test:///default --disk vol=def", &["vol=default-pool/"]),
    ("virt-install --connect test:///default --hostdev comp", &["computer"]),
    ("virt-install --connect test:///default --cpu host-mod", &["host-model", "host-model-only"]),
    ("virt-install --connect test:///default --arch i6", &["i686"]),
    ("virt-install --connect test:///d", &["test:///default"]),
    ("virt-install --connect qemu:///session --cpu Nehalem-v1", &["Nehalem-v1"]),
    ("virt-install --unattended profile=", &["profile=desktop", "profile=jeos"]),
    ("virt-install --cloud-init user-data=image-o", &["user-data=image-one.iso"]),
    ("virt-install --serial file,path=image-o", &["file,path=image-one.iso"]),
    ("virt-install --cdrom image", &["image-one.iso", "image-two.iso"]),
    ("virt-install -c image-o", &["image-one.iso"]),
    ("virt-install --disk image-o", &["image-one.iso"]),
    ("virt-install --destr", &["--destroy-on-exit"]),
    ("virt-xml -c test:///d", &["test:///default"]),
    ("virt-xml -c test:///default te", &["test"]),
    ("virt-xml test --edit --disk cache=none,target.d", &["cache=none,target.dev="]),
    ("virt-xml test --remove", &["--remove-device"]),
    ("virt-xml -c test:///default test --edit a", &["all"]),
    ("virt-clone -c qemu:///se", &["qemu:///session"]),
    ("virt-clone -c test:///default -o ", &["test"]),
    ("virt-clone -c test:///default -o test --file image-t", &["image-two.iso"]),
];

fn completes(shell: &Shell) -> Result<()> {
    let user = User::new()?;
    user.file("image-one.iso", "")?;
    user.file("image-two.iso", "")?;
    // A session that has yet to look at its emulators would not be waited for.
    user.run(&["virsh", "--connect", "qemu:///session", "capabilities"])?.ok()?;
    for program in PROGRAMS {
        let own: Vec<_> = LINES.iter().filter(|(line, _)| line.split(' ').next() == Some(program)).collect();
        let mut lines: Vec<String> = own.iter().map(|(line, _)| (*line).to_owned()).collect();
        lines.push(format!("{program} --"));
        let options = options(&user, program)?;
        let tables: Vec<_> =
            TABLES.iter().filter(|table| options.contains(&format!("--{}", table.option))).collect();
        lines.extend(tables.iter().map(|table| format!("{program} --{} x,", table.option)));
        let mut answers = shell.complete(&user, program, &lines)?.into_iter();
        for ((line, expected), offered) in own.iter().zip(&mut answers) {
            let expected: BTreeSet<String> = expected.iter().map(|word| (*word).to_owned()).collect();
            ensure!(offered == expected, "{}: {line}: {offered:?}", shell.name);
        }
        let offered = answers.next().context("no answer for options")?;
        let missing: Vec<_> = options.difference(&offered).collect();
        ensure!(missing.is_empty(), "{}: {program} lacks {missing:?}", shell.name);
        for (table, offered) in tables.iter().zip(answers) {
            for name in table.properties().flat_map(|row| row.names()) {
                let text = format!("x,{}=", name.replace('#', "0"));
                ensure!(offered.contains(&text), "{}: {program} --{} lacks {text}", shell.name, table.option);
            }
        }
    }
    Ok(())
}

fn what_completion_offers_stays_a_name_to_bash() -> Result<()> {
    let user = User::new()?;
    for name in [
        "x$(touch made).img",
        "it's.img",
        "my own image.iso",
        "plain \"1\".iso",
        "with,comma.img",
        "line\nend.img",
    ] {
        user.file(name, "")?;
    }
    let guest = "<domain type='test'><name>w$(touch made)</name><memory>1024</memory><os><type>hvm</type></os></domain>";
    let host = user.file("host.xml", format!("<node>{guest}</node>"))?;
    for program in ["virt-install", "virsh"] {
        let script = user.run(&[program, "--generate", "bash"])?.ok()?;
        user.file(&format!("{program}.sh"), script.stdout)?;
    }
    let mut bash = Terminal::start(&user, &["bash", "--noprofile", "--norc", "-i"])?;
    bash.types_line("PS1='ready''> '; source ./virt-install.sh; source ./virsh.sh")?;
    bash.shows("ready> ")?;
    let guest = format!("virsh -c test://{} domstate w\t", host.display());
    for (typed, taken) in [
        ("virt-install --location x\t", "[x$(touch made).img]"),
        ("virt-install --disk path=x\t", "[path=x$(touch made).img]"),
        ("virt-install --location it\t", "[it's.img]"),
        ("virt-install --disk path=it\t", "[path=it\\'s.img]"),
        ("virt-install --disk path=wi\t", "[path=with\\,comma.img]"),
        ("virt-install --location wi\t", "[with,comma.img]"),
        ("virt-install --cdrom my\\ o\t", "[my own image.iso]"),
        ("virt-install --disk path=my\\ o\t", "[path=my own image.iso]"),
        (
            "virt-install --disk path=my\\ own\\ image.iso,cache=unsa\t",
            "[path=my own image.iso,cache=unsafe]",
        ),
        ("virt-install --disk 'path=my own image.iso',cache=unsa\t", "[path=my own image.iso,cache=unsafe]"),
        ("virt-install --cdrom \"my o\t", "[my own image.iso]"),
        ("virt-install --disk 'path=my o\t", "[path=my own image.iso]"),
        ("virt-install --cdrom pl\t", "[plain \"1\".iso]"),
        ("virt-install --disk size=5,bus=virti\t", "[size=5,bus=virtio]"),
        // What needs more than quotes to be a name is not offered in them.
        ("virt-install --location \"x\t\"", "[x]"),
        ("virt-install --location lin\t", "[lin]"),
        (guest.as_str(), "[w$(touch made)]"),
    ] {
        // The line is not run, but shown as the words that a program would get.
        bash.types_line(&format!("{typed}\x01printf '[%s]' "))?;
        bash.shows(taken)?;
        bash.shows("ready> ")?;
    }
    ensure!(!user.path("made").exists(), "a name was run");
    Ok(())
}

/// The options that the program's help shows.
fn options(user: &User, program: &str) -> Result<BTreeSet<String>> {
    let help = user.run(&[program, "--help"])?.ok()?.stdout;
    let named = help.lines().filter_map(|line| {
        let line = line.trim_start();
        let long = if line.starts_with("--") {
            line
        } else {
            line.strip_prefix('-')?.get(1..)?.strip_prefix(", ")?
        };
        let end = long.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(long.len());
        long.starts_with("--").then(|| long[..end].to_owned())
    });
    Ok(named.collect())
}

fn completion_is_silent_and_soon_back_where_nobody_answers() -> Result<()> {
    let user = User::new()?;
    // A server that takes connections and says nothing.
    let server = std::net::TcpListener::bind("127.0.0.1:0")?;
    let uri = format!("qemu+tcp://127.0.0.1:{}/system", server.local_addr()?.port());
    let start = std::time::Instant::now();
    for line in [
        format!("virt-xml -c {uri} "),
        "virt-xml -c qemu+unix:///system?socket=/no/such ".to_owned(),
        "virt-clone -c nonsense:// -o ".to_owned(),
    ] {
        let program = line.split(' ').next().unwrap_or_default();
        let output = user.run(&[program, &format!("--complete={line}")])?.ok()?;
        ensure!(output.stdout.is_empty() && output.stderr.is_empty(), "{line}: {output}");
    }
    ensure!(start.elapsed().as_secs() < 9, "{:?}", start.elapsed());
    Ok(())
}

fn every_option_and_suboption_is_in_the_man_page() -> Result<()> {
    let user = User::new()?;
    for program in PROGRAMS {
        let page = user.run(&[program, "--generate", "man"])?.ok()?.stdout.replace("\\-", "-");
        let options = options(&user, program)?;
        ensure!(options.len() > 10, "{options:?}");
        for option in &options {
            ensure!(page.contains(&format!("\\fB{option}\\fR")), "{program}.1 lacks {option}");
            let Some(table) = TABLES.iter().find(|table| option[2..] == *table.option) else { continue };
            let heading = format!(".SS \"{option}\"\n");
            let (_, section) =
                page.split_once(&heading).with_context(|| format!("{program}.1: {heading}"))?;
            let section = section.split("\n.S").next().unwrap_or_default();
            for name in table.properties().flat_map(|row| row.names()) {
                let bold = format!("\\fB{}\\fR", name.replace('#', "N"));
                ensure!(section.contains(&bold), "{program}.1: {option} lacks {name}");
            }
        }
    }
    Ok(())
}

/// A real zsh at a terminal, which shows its line when it is asked to.
fn zsh_goes_on_after_a_directory_and_knows_the_home() -> Result<()> {
    let user = User::new()?;
    user.directory("functions")?;
    user.directory("my guests")?;
    let script = user.run(&["virsh", "--generate", "zsh"])?.ok()?.stdout;
    user.file("functions/_virsh", script)?;
    let mut zsh = Terminal::start(&user, &["zsh", "-f", "-i"])?;
    zsh.types_line("fpath=(~/functions $fpath); autoload -Uz compinit; compinit -u")?;
    zsh.types_line(
        "show() { print -r -- \"LINE<$BUFFER>\" }; zle -N show; bindkey '^O' show; print rea\"\"dy",
    )?;
    zsh.shows("ready")?;
    for (typed, completed) in [
        ("virsh define ~/my", "virsh define ~/my\\ guests/"),
        ("virsh --host-t", "virsh --host-timeout="),
        ("virsh -c test:///default dominfo te", "virsh -c test:///default dominfo test "),
    ] {
        zsh.types(&format!("{typed}\t\x0f"))?;
        zsh.shows(&format!("LINE<{completed}>"))?;
        zsh.types_bytes(b"\x15")?;
    }
    Ok(())
}
