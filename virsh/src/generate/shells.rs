//! Completions of shells. They hold no table: each asks the program itself, with the line as typed so far, so that
//! live names and new commands are there without a new script.

/// bash.
pub(super) fn bash() -> String {
    xctl::completion::bash("virsh", r#""$1" -q complete -- "$line""#)
}

/// zsh.
pub(super) const ZSH: &str = r##"#compdef virsh
_virsh() {
    local -a lines found shown how
    lines=("${(@f)$(${words[1]} -q complete --describe -- "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
    lines=("${(@)lines:#}")
    found=("${(@)lines%%$'\t'*}")
    shown=("${(@)lines/$'\t'/  -- }")
    (( $#found )) || return 1
    # A directory goes on, as an option does that wants a value.
    [[ -n "${(M)found:#*[/=]}" ]] && how=(-S '')
    # Quoted, ~ is no home any more.
    if [[ $found[1] == '~'* ]]; then
        found=("${(@)${(@q)found}/#\\~/~}")
        how+=(-Q)
    fi
    compadd "${(@)how}" -l -d shown -a found
}
_virsh "$@"
"##;

/// fish.
pub(super) const FISH: &str = r##"# fish completion for virsh
complete -c virsh -f -a '(virsh -q complete --describe -- (commandline -cp | string collect) 2>/dev/null)'
"##;
