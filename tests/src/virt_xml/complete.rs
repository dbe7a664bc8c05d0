//! Completion in bash, as the key presses it.

use anyhow::{Result, ensure};

use crate::user::User;

/// Prints what the last word of a line may become; `compopt` only works where a key was pressed.
const SCRIPT: &str = r#"
compopt() { :; }
source <("$1" --generate bash)
line=$2
COMP_LINE=$line COMP_POINT=${#line}
read -r -a COMP_WORDS <<<"$line"
case $line in *' ') COMP_WORDS+=("") ;; esac
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMPREPLY=()
"_${1//-/_}_values" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;

pub(super) fn bash_completes_guests_options_and_suboptions() -> Result<()> {
    let user = User::new()?;
    user.file("complete.sh", SCRIPT)?;
    for (line, expected) in [
        ("virt-xml te", "test"),
        ("virt-xml test --remove", "--remove-device"),
        ("virt-xml test --edit --disk ca", "cache="),
        // bash breaks words at the equals sign.
        ("virt-xml test --edit --disk cache=none,targ", "none,target="),
        ("virt-install --autoc", "--autoconsole"),
        ("virt-clone --auto", "--auto-clone"),
    ] {
        let program = line.split(' ').next().unwrap_or_default();
        let words = ["env", "LIBVIRT_DEFAULT_URI=test:///default", "bash", "complete.sh", program, line];
        let output = user.run(&words)?.ok()?;
        ensure!(output.stdout.lines().any(|word| word == expected), "{line}: not {expected}\n{output}");
        ensure!(output.stderr.is_empty(), "{output}");
    }
    Ok(())
}
