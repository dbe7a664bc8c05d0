#!/usr/bin/env bash
# demo.sh [--clean]: installs a real guest from a real ISO as the invoking user, showing each command as it is typed.
# What it makes: demo.out/ in the checkout (for root /var/lib/xctl-demo), and the guest xctl-demo with its disk in the
# user's default storage pool.
set -euo pipefail
top=$(readlink -f "$(dirname "$0")/../..")
out=$top/demo.out
guest=xctl-demo
export PATH=$top/target/release:$PATH
export LIBVIRT_DEFAULT_URI=qemu:///session

bold="" plain=""
if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; fi
title() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
shown() { printf '%s$ %s%s\n' "$bold" "$*" "$plain"; }
run() { shown "$@"; "$@"; }

# libvirt's per-user daemon keeps its socket in XDG_RUNTIME_DIR; a login without a session manager has none.
if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
  export XDG_RUNTIME_DIR=/tmp/xctl-runtime-$(id -u)
  mkdir -p -m 700 "$XDG_RUNTIME_DIR"
  [ -O "$XDG_RUNTIME_DIR" ] || { echo "demo: $XDG_RUNTIME_DIR belongs to somebody else" >&2; exit 1; }
  echo "demo: XDG_RUNTIME_DIR is not set; using $XDG_RUNTIME_DIR (export it to see the guest from your shell)"
fi

# root's session is the system's daemon, and its guests run as a user of their own, who must be able to read the ISO.
[ "$(id -u)" != 0 ] || out=/var/lib/xctl-demo
system_daemon() {
  echo "demo: running as root: qemu:///session is served by the system's daemon then"
  if virsh --quiet uri >/dev/null 2>&1; then return; fi
  if [ -d /run/systemd/system ]; then
    run systemctl start libvirtd
  else
    pgrep -x virtlogd >/dev/null || run virtlogd --daemon --timeout 300
    # Where no udev gave guests the right to /dev/kvm, libvirt finds it when it asks QEMU (with more rights than guests
    # have) and misses it afterwards, so that it asks QEMU anew at every call, which takes minutes in all.
    if [ -e /dev/kvm ] && ! setpriv --reuid libvirt-qemu --regid kvm --clear-groups test -w /dev/kvm 2>/dev/null; then
      getfacl --absolute-names /dev/kvm >"$out/kvm.acl"
      run setfacl -m u:libvirt-qemu:rw /dev/kvm
    fi
    run libvirtd --daemon --timeout 300
  fi
  for _ in $(seq 50); do virsh --quiet uri >/dev/null 2>&1 && break; sleep 0.2; done
}

remove_guest() {
  if virsh --quiet domstate $guest >/dev/null 2>&1; then
    virsh --quiet destroy $guest >/dev/null 2>&1 || true
    virsh --quiet undefine $guest --remove-all-storage >/dev/null
    echo "demo: guest $guest and its disk are removed"
  fi
}
# The user's default pool is made with the first disk in it. It stays where somebody put something else into it.
remove_pool() {
  [ -e "$out/made-pool" ] && [ -z "$(virsh --quiet vol-list default)" ] || return 0
  virsh --quiet pool-destroy default && virsh --quiet pool-undefine default
}

if [ "${1:-}" = --clean ]; then
  if [ -d "$out" ] && [ -x "$top/target/release/virsh" ]; then
    [ "$(id -u)" != 0 ] || system_daemon
    remove_guest
    remove_pool
    [ ! -e "$out/kvm.acl" ] || setfacl --restore "$out/kvm.acl"
  fi
  rm -rf "$out"
  exit 0
fi
mkdir -p "$out"
[ "$(id -u)" != 0 ] || system_daemon
remove_guest
virsh --quiet pool-uuid default >/dev/null 2>&1 || touch "$out/made-pool"

title "A bootable ISO in a distribution's layout, made from a real kernel"
run "$top/tests/demo/make-iso.sh" "$out/demo.iso"

title "Install a guest: kernel and initrd are read straight out of the ISO; no mount, no root"
install=(virt-install --name $guest --memory 512 --vcpus 1 --disk size=1 --location "$out/demo.iso" --osinfo linux2022
  --graphics none --extra-args console=ttyS0 --noreboot)
shown "${install[@]}"
# `script` gives the console a terminal also where make's output goes to a file.
SHELL=/bin/sh script --quiet --return --command "${install[*]@Q}" "$out/install.log" </dev/null

title "The installed guest, started from its disk"
run virsh list --all
run virsh start $guest
shown virsh console $guest
# Somebody at the keyboard: waits for the guest, looks around, leaves with ^].
keys=$out/keys
mkfifo "$keys"
(
  for _ in $(seq 600); do grep -aqs 'demo: ready' "$out/console.log" && break; sleep 0.2; done
  sleep 1; printf 'cat /target/etc/installed\r'
  sleep 1; printf '\035'
  sleep 1
) >"$keys" &
SHELL=/bin/sh timeout 150 script --quiet --flush --command "virsh console $guest" "$out/console.log" <"$keys" || true
wait
rm -f "$keys"
echo
grep -aq 'demo: this guest was installed from' "$out/console.log" || {
  echo "demo: FAILED: the guest did not say that it was installed; its console is in $out/console.log" >&2
  exit 1
}

run virsh list
run virsh dominfo $guest
title "Shut down cleanly"
run virsh shutdown $guest
for _ in $(seq 60); do [ "$(virsh --quiet domstate $guest | head -n 1)" = "shut off" ] && break; sleep 0.5; done
run virsh domstate $guest

title "Done"
echo "The guest stays: virsh start $guest; virsh console $guest. 'make demo-clean' removes all that was made."
