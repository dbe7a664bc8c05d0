#!/bin/sh
# make-iso.sh OUTPUT.iso [VOLUME_ID]: a small, real, bootable installation ISO in Debian's layout.
#
# The kernel is the host's own where it can be read with its modules, else Debian's, unpacked from its package without
# installing it; the installer and the system it installs are busybox with install.sh and system.sh. Needs no root.
set -eu
here=$(dirname "$(readlink -f "$0")")
output=$1
label=${2:-XCTL_DEMO}
work=$(mktemp -d "${TMPDIR:-/tmp}/xctl-demo-iso.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
PATH=$PATH:/usr/sbin:/sbin
note() { echo "make-iso: $*" >&2; }
die() { note "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# What the guests' hardware needs: disk, CD, file systems, and the ACPI power button.
# MODULES names more that its RAM disks are to have, and that the demo does not load.
modules="virtio_pci virtio_blk ahci sr_mod sd_mod cdrom isofs ext4 crc32c_generic evdev button"

modules_of() { # MODULE...: their files in loading order
  for module in "$@"; do
    modprobe -d "$root/" -S "$version" --show-depends --ignore-install "$module" 2>/dev/null |
      sed -n 's/^insmod \([^ ]*\).*/\1/p'
  done | awk '!seen[$0]++'
}
usable() { # ROOT VERSION
  [ -r "$1/boot/vmlinuz-$2" ] && modprobe -d "$1/" -S "$2" --show-depends virtio_blk >/dev/null 2>&1 &&
    modprobe -d "$1/" -S "$2" --show-depends ext4 >/dev/null 2>&1
}
root="" version=""
for kernel in $(ls -r /boot/vmlinuz-* 2>/dev/null); do
  candidate=${kernel#/boot/vmlinuz-}
  if usable "" "$candidate"; then root="" version=$candidate; break; fi
done
if [ -z "$version" ] && have apt-get; then
  package=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
  [ -n "$package" ] || die "no kernel: none in /boot can be read, and apt knows no linux-image-amd64 (apt-get update?)"
  note "the host's kernel cannot be read: taking $package from its package"
  (cd "$work" && apt-get download "$package" >/dev/null && dpkg-deb -x ./*.deb root && rm ./*.deb)
  root=$work/root version=${package#linux-image-}
  # From Debian 13 on, packages have their modules in /usr/lib.
  [ -e "$root/lib" ] || ln -s usr/lib "$root/lib"
  depmod -b "$root" "$version"
fi
[ -n "$version" ] || die "no kernel in /boot can be read together with its modules; run as a user who can, or install one"
note "kernel $version"

busybox=$(command -v busybox) || die "busybox is missing (package busybox-static)"
if file -L "$busybox" 2>/dev/null | grep -q 'dynamically'; then die "$busybox is not static (package busybox-static)"; fi

unpack_to() { # LIST: module files into the tree, with their names in this file beside them
  while read -r file; do
    name=$(basename "$file" | sed 's/\.\(xz\|zst\|gz\)$//')
    case $file in
      *.xz) xz -dc "$file" ;;
      *.zst) zstd -qdc "$file" ;;
      *.gz) gzip -dc "$file" ;;
      *) cat "$file" ;;
    esac >"$tree/modules/$name"
    echo "/modules/$name" >>"$tree/modules/$1"
  done
}

initrd() { # INIT OUTPUT
  tree=$work/initrd
  rm -rf "$tree"
  mkdir -p "$tree/bin" "$tree/dev" "$tree/proc" "$tree/sys" "$tree/target" "$tree/medium" "$tree/modules" "$tree/tmp"
  cp "$busybox" "$tree/bin/busybox"
  cp "$1" "$tree/init"
  chmod 755 "$tree/init" "$tree/bin/busybox"
  # shellcheck disable=SC2086 # a list of words
  modules_of $modules | unpack_to order
  # shellcheck disable=SC2086 # a list of words
  modules_of ${MODULES:-} | unpack_to more
  (cd "$tree" && find . | cpio -o -H newc --quiet | gzip -9n) >"$2"
}

mkimage=""
for program in grub-mkimage grub2-mkimage; do have $program && mkimage=$program && break; done
[ -n "$mkimage" ] || die "grub-mkimage is missing (packages grub-common and grub-pc-bin)"
grub=""
for directory in /usr/lib/grub/i386-pc /usr/lib/grub2/i386-pc /usr/share/grub2/i386-pc; do
  [ -f $directory/boot.img ] && grub=$directory && break
done
[ -n "$grub" ] || die "GRUB for BIOS is missing (package grub-pc-bin)"

iso=$work/iso
mkdir -p "$iso/.disk" "$iso/install.amd" "$iso/boot/grub" "$iso/demo"
echo "xctl demo 1.0 \"Bootable\" - amd64 NETINST" >"$iso/.disk/info"
cp "$root/boot/vmlinuz-$version" "$iso/install.amd/vmlinuz"
ln "$iso/install.amd/vmlinuz" "$iso/demo/vmlinuz"
initrd "$here/install.sh" "$iso/install.amd/initrd.gz"
initrd "$here/system.sh" "$iso/demo/initrd.gz"
cp "$grub/boot.img" "$iso/demo/boot.img"
$mkimage -O i386-pc -d "$grub" -p '(hd0,msdos1)/boot/grub' -o "$iso/demo/core.img" \
  biosdisk part_msdos ext2 normal linux serial terminal echo boot
$mkimage -O i386-pc-eltorito -d "$grub" -p /boot/grub -o "$iso/boot/grub/eltorito.img" \
  biosdisk iso9660 normal linux serial terminal echo boot
cat >"$iso/boot/grub/grub.cfg" <<'G'
serial --unit=0 --speed=115200
terminal_input serial console
terminal_output serial console
set timeout=3
menuentry 'Install the demo' {
  linux /install.amd/vmlinuz console=ttyS0
  initrd /install.amd/initrd.gz
}
G
xorriso -as mkisofs -quiet -o "$work/out.iso" -V "$label" -r -J -b boot/grub/eltorito.img -c boot/boot.cat \
  -no-emul-boot -boot-load-size 4 -boot-info-table "$iso" 2>"$work/xorriso.log" || { cat "$work/xorriso.log" >&2; exit 1; }
mv "$work/out.iso" "$output"
note "$output: $(($(stat -c %s "$output") / 1048576)) MiB"
