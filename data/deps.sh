#!/bin/sh
# deps.sh [--list] GROUP...: installs the system packages of packages.tsv that this machine lacks, and says what it does.
#
# On Debian and Ubuntu apt-get does it, through sudo when the caller is not root. On a Debian 12 whose QEMU or libvirt
# already comes from bookworm-backports, QEMU and libvirt are taken from there too, since the two do not mix; the
# backports source is then added if it is missing. On other systems the packages to install are named.
set -eu
here=$(dirname "$(readlink -f "$0")")
PATH=$PATH:/usr/sbin:/sbin
only_list=""
[ "${1:-}" = --list ] && only_list=yes && shift
[ $# -gt 0 ] || { echo "usage: deps.sh [--list] GROUP...   groups: build run demo test bench" >&2; exit 2; }

say() { echo "deps: $*"; }
ID="" ID_LIKE="" VERSION_ID="" VERSION_CODENAME=""
[ -r /etc/os-release ] && . /etc/os-release
case " $ID $ID_LIKE " in
  *" debian "*) system=debian column=3 ;;
  *" fedora "* | *" rhel "*) system=fedora column=4 ;;
  *" arch "*) system=arch column=5 ;;
  *suse*) system=suse column=6 ;;
  *) system=other column=3 ;;
esac

met() { # CHECK
  for check in $(echo "$1" | tr '|' ' '); do
    what=${check#*:}
    case $check in
      pc:*) pkg-config --exists "$what" 2>/dev/null && return 0 ;;
      cmd:*) command -v "$what" >/dev/null 2>&1 && return 0 ;;
      file:*) for path in $what; do [ -e "$path" ] && return 0; done ;;
    esac
  done
  return 1
}

missing=""
for group in "$@"; do
  tab=$(printf '\t')
  grep "^$group$tab" "$here/packages.tsv" >/dev/null || { echo "deps: no group '$group' in packages.tsv" >&2; exit 2; }
  while IFS="$tab" read -r _ check debian fedora arch suse; do
    met "$check" && continue
    package=$(printf '%s\t' - - "$debian" "$fedora" "$arch" "$suse" | cut -f $column)
    [ "$package" = - ] || missing="$missing $package"
  done <<ROWS
$(grep "^$group$tab" "$here/packages.tsv")
ROWS
done
missing=$(echo $missing | tr ' ' '\n' | awk 'NF && !seen[$0]++' | tr '\n' ' ')
if [ -z "$missing" ]; then say "nothing is missing for: $*"; exit 0; fi
say "missing for $*: $missing"
[ -z "$only_list" ] || exit 1

case $system in
  debian) ;;
  fedora) say "install them with: sudo dnf install $missing"; exit 1 ;;
  arch) say "install them with: sudo pacman -S --needed $missing"; exit 1 ;;
  suse) say "install them with: sudo zypper install $missing"; exit 1 ;;
  *) say "these are Debian's names; install what your system calls them"; exit 1 ;;
esac

sudo=""
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { say "no sudo here; as root: apt-get install $missing"; exit 1; }
  sudo=sudo
fi
apt() { # shows each command before it runs
  echo "+ $sudo apt-get $*"
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get "$@" >"$log" 2>&1 || {
    tail -n 25 "$log" >&2
    say "apt-get failed; the whole output is above"
    exit 1
  }
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt update

backports=""
if [ "$ID" = debian ] && [ "$VERSION_ID" = 12 ] &&
  dpkg-query -W -f '${Package} ${Version}\n' 'qemu-*' 'libvirt*' 2>/dev/null | grep -q '~bpo12'; then
  backports=bookworm-backports
  if ! grep -rqsE '^[^#]*bookworm-backports' /etc/apt/sources.list /etc/apt/sources.list.d/; then
    mirror=$(grep -rhsE '^(URIs:|deb )' /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources |
      grep -oE '[a-z+]+://[^ ]+' | head -n 1)
    list=/etc/apt/sources.list.d/xctl-bookworm-backports.list
    say "QEMU here is bookworm-backports': adding that source as $list"
    echo "deb ${mirror:?no Debian mirror found in /etc/apt} bookworm-backports main" | $sudo tee $list >/dev/null
    apt update
  fi
fi

virtualization="" others=""
for package in $missing; do
  case $package in
    *\?)
      package=${package%\?}
      apt-cache ${backports:+-t $backports} policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]' || continue
      ;;
  esac
  case $package in
    qemu-* | libvirt* | ipxe-qemu) virtualization="$virtualization $package" ;;
    *) others="$others $package" ;;
  esac
done
# QEMU's firmware is only recommended by its package, and no guest starts without it.
case $virtualization in *qemu-system-x86*) virtualization="$virtualization seabios ipxe-qemu" ;; esac
[ -z "$virtualization" ] || apt install -y --no-install-recommends ${backports:+-t $backports} $virtualization
[ -z "$others" ] || apt install -y --no-install-recommends $others
say "done"
