//! Completions of shells. They hold no table: each asks the program itself, with the line as typed so far, so that
//! live names and new commands are there without a new script.

/// bash. It splits words at `:` and `=`, so what it takes for the word's beginning is cut off each candidate.
pub(super) const BASH: &str = r##"# bash completion for virsh
_virsh() {
    local line=${COMP_LINE:0:COMP_POINT} piece=${COMP_WORDS[COMP_CWORD]} word
    case $piece in [:=]) piece= ;; esac
    word=${line##*[[:space:]]}
    mapfile -t COMPREPLY < <("$1" -q complete -- "$line" 2>/dev/null)
    COMPREPLY=("${COMPREPLY[@]#"${word%"$piece"}"}")
    case ${COMPREPLY[0]-} in */ | *=) compopt -o nospace ;; esac
}
complete -F _virsh virsh
"##;

/// zsh.
pub(super) const ZSH: &str = r##"#compdef virsh
_virsh() {
    local -a lines found shown
    lines=("${(@f)$(${words[1]} -q complete --describe -- "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
    lines=("${(@)lines:#}")
    found=("${(@)lines%%$'\t'*}")
    shown=("${(@)lines/$'\t'/  -- }")
    (( $#found )) && compadd -l -d shown -a found
}
_virsh "$@"
"##;

/// fish.
pub(super) const FISH: &str = r##"# fish completion for virsh
complete -c virsh -f -a '(virsh -q complete --describe -- (commandline -cp | string collect) 2>/dev/null)'
"##;
