#!/usr/bin/env bash
# Makes what fuzzing starts from: small images of every kind in corpus/TARGET/, each by the tool that people make such
# images with. A tool that is missing is named with its package, and the rest is made.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")"
PATH=$PATH:/usr/sbin:/sbin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
failed=0

# A tree that shows what formats can do, and holds what boots.
mkdir -p "$tree"/{boot/grub,isolinux,loader/entries,.disk,one/2/3/4/5/6/7/8/9} corpus
printf 'menuentry "Install" --class x {\n linux /boot/kernel a=b quiet\n initrd /boot/initrd\n}\nsource /boot/grub/x.cfg\n' \
  >"$tree/boot/grub/grub.cfg"
printf 'DEFAULT x\nINCLUDE other.cfg\nLABEL x\n MENU LABEL ^Go\n KERNEL /boot/kernel\n APPEND initrd=/boot/initrd a=b\n' \
  >"$tree/isolinux/isolinux.cfg"
printf 'title Go\nlinux /boot/kernel\ninitrd /boot/initrd\noptions a=b\n' >"$tree/loader/entries/go.conf"
printf '[general]\nfamily = Fedora\nversion = 40\narch = x86_64\n[images-x86_64]\nkernel = boot/kernel\ninitrd = boot/initrd\n' \
  >"$tree/.treeinfo"
printf 'Debian GNU/Linux 13 "Trixie" - Official amd64 NETINST\n' >"$tree/.disk/info"
head -c 5000 /dev/zero | tr '\0' k >"$tree/boot/kernel"
seq 2000 >"$tree/boot/initrd"
printf deep >"$tree/one/2/3/4/5/6/7/8/9/deep"
printf long >"$tree/a rather long name, with spaces and ümläuts.text"
: >"$tree/empty"
cp -r "$tree" "$work/plain" # for what has no links
ln -s one/2 "$tree/link"
ln -s "$(printf 'z/%.0s' {1..100})" "$tree/long link"

# made TARGET/NAME PACKAGE TOOL ARGUMENT…: the tool writes $out, which becomes the seed.
made() {
  local seed=corpus/$1 package=$2
  shift 2
  if ! command -v "$1" >/dev/null; then
    echo "missing: $1 (package $package), for $seed" >&2
    return 1
  fi
  mkdir -p "${seed%/*}"
  if "$@" >"$work/log" 2>&1; then
    mv "$out" "$seed"
  else
    echo "failed: $*: $(tail -n 1 "$work/log")" >&2
    failed=1
    return 1
  fi
}
out=$work/image
room() { rm -f "$out"; truncate -s "$1" "$out"; }
# Several tools in a row, as one.
fat_empty() { room "$1" && mkfs.fat -n SEED "${@:2}" "$out"; }
fat() { fat_empty "$@" && mcopy -s -i "$out" "$work"/plain/* ::; }
floppy() { rm -f "$out"; mformat -C -f 160 -i "$out" :: && mcopy -i "$out" "$tree/boot/initrd" ::; }
exfat() { # filled through FUSE, which only root may; empty otherwise
  room 1M && mkfs.exfat -L SEED -b 4K -c "$1" "$out" || return
  [ "$(id -u)" = 0 ] && command -v mount.exfat-fuse >/dev/null || return 0
  local device; device=$(losetup --find --show "$out") && mkdir -p "$work/mounted" || return 0
  if mount.exfat-fuse "$device" "$work/mounted"; then
    cp -r "$work"/plain/* "$work/mounted"
    umount "$work/mounted"
    while pgrep -f "mount.exfat-fuse $device " >/dev/null; do sleep 0.1; done
  fi
  losetup --detach "$device"
}
udf() { # BLOCK OPTION…: an empty one
  room 700K && mkudffs -b "$1" --label=SEED "${@:2}" "$out"
}
udf_filled() {
  udf 512 --media-type=hd --udfrev=0x0201 || return
  command -v udfclient >/dev/null || return 0
  printf 'cd SEED:SEED\nput %s initrd\nmkdir d\nquit\n' "$tree/boot/initrd" | udfclient -W -b 512 "$out"
}
table() { # SIZE COMMANDS…: a disk with a small FAT file system at sector 40
  room "$1"
  printf '%s\n' "${@:2}" | sfdisk -q "$out" || return
  dd if="$work/volume" of="$out" bs=512 seek=40 conv=notrunc status=none
}
map() { room 600K && parted -s "$out" mklabel "$1" mkpart "${@:2}"; }
qcow2() { qemu-img convert -O qcow2 "$@" "$work/volume" "$out"; }

made iso9660/rock genisoimage genisoimage -quiet -no-pad -R -V SEED -o "$out" "$tree"
made iso9660/joliet genisoimage genisoimage -quiet -no-pad -J -V SEED -o "$out" "$tree"
made iso9660/boot genisoimage genisoimage -quiet -no-pad -R -b boot/kernel -no-emul-boot -c boot/cat -o "$out" "$work/plain"
made iso9660/long xorriso xorriso -as mkisofs -quiet -no-pad -iso-level 4 -R -o "$out" "$tree"
for way in version_2=off version_2=on:susp_z2=off version_2=on:susp_z2=on; do
  rm -f "$out"
  made "iso9660/packed-$way" xorriso xorriso -padding 0 -zisofs "$way:block_size=32k" -outdev "$out" -map "$tree" / \
    -set_filter_r --zisofs / -- -commit
done

made udf/bridge genisoimage genisoimage -quiet -no-pad -udf -D -V SEED -o "$out" "$tree"
made udf/disk udftools udf_filled
made udf/virtual udftools udf 2048 --media-type=cdr
made udf/newer udftools udf 512 --media-type=hd --strategy=4096
made udf/metadata udftools udf 2048 --media-type=bdr --udfrev=0x0250

for packer in gzip lzma lzo xz lz4 zstd; do
  rm -f "$out"
  made "squashfs/$packer" squashfs-tools mksquashfs "$tree" "$out" -quiet -no-progress -nopad -b 4096 -comp "$packer"
done
rm -f "$out"
made squashfs/plain squashfs-tools mksquashfs "$tree" "$out" -quiet -no-progress -nopad -b 4096 -noI -noD -noF -noX

for way in "ext2" "ext4 -O ^has_journal" "ext4 -O ^has_journal,inline_data -I 256" "ext4 -O ^has_journal,64bit"; do
  room 128K
  # shellcheck disable=SC2086 # words
  made "ext/${way// /_}" e2fsprogs mke2fs -q -F -b 1024 -m 0 -N 48 -t $way -d "$tree" "$out"
done

for way in "1 le" "1 be" "2 le" "2 be"; do
  rm -f "$out"
  made "ufs/${way// /-}" makefs makefs -t ffs -B "${way#* }" -o "version=${way% *},bsize=4096,fsize=512" -M 200k "$out" "$tree"
done

made exfat/512 exfatprogs exfat 512
made exfat/4K exfatprogs exfat 4K

made fat/12 dosfstools fat 100K -F 12 -s 1
made fat/16 dosfstools fat 2200K -F 16 -s 1 -f 1
made fat/32 dosfstools fat_empty 100K -F 32 -s 1 -f 1 # one that tools would fill is 33 MiB
made fat/floppy mtools floppy

if [ -e corpus/fat/12 ]; then
  cp corpus/fat/12 "$work/volume"
  made disk/gpt fdisk table 200K "label: gpt" "first-lba: 34" "start=40,size=200"
  made disk/mbr fdisk table 200K "label: dos" "start=40,size=200,type=1" "start=250,type=5" "start=260,size=20,type=83"
  made disk/bsd fdisk table 200K "label: dos" "start=40,size=200,type=a5"
  made disk/sun fdisk table 400K "label: sun"
  made disk/mac parted map mac seed 64s 100s
  made disk/bsd-whole parted map bsd 40s 100s
  made qcow2/plain qemu-utils qcow2 -o cluster_size=512
  made qcow2/packed qemu-utils qcow2 -c -o cluster_size=4k
  made qcow2/zstd qemu-utils qcow2 -c -o cluster_size=4k,compression_type=zstd
  made qcow2/old qemu-utils qcow2 -o cluster_size=512,compat=0.10
fi

# A menu is a file; those that it includes follow after a zero byte.
text() { mkdir -p "corpus/${1%/*}" && cat >"corpus/$1"; }
text grub/menu <"$tree/boot/grub/grub.cfg"
text grub/more <<'END'
set default="1"
opts="root=live:CDLABEL=Seed quiet"
submenu 'More' --class x {
if [ x$grub_platform = xefi ]; then insmod efi_gop; fi
menuentry "Rescue" --id r { linux /vmlinuz single ${opts}; initrd /initrd }
menuentry 'B' { multiboot2 /unix /unix -B x=1
module2 /archive type=rootfs
}}
configfile /boot/grub/y.cfg
END
text syslinux/menu <"$tree/isolinux/isolinux.cfg"
text syslinux/more <<'END'
default install
label install
 menu label ^Install
 menu default
 kernel mboot.c32
 append /xen.gz dom0 --- /vmlinuz a --- /initrd
MENU INCLUDE txt.cfg
ONTIMEOUT live
LABEL live
 LINUX ../boot/vmlinuz
 INITRD ../ucode.img,../initrd.img
END
printf 'timeout 15\ndefault go.conf\n\0%s\n' "$(cat "$tree/loader/entries/go.conf")" | text systemd_boot/menu
text treeinfo/fedora <"$tree/.treeinfo"
printf '[release]\nname = openSUSE Leap\nversion = 15\n[tree]\narch = x86_64\nvariants = Server\n[images-xen]\nkernel = x\n\0%s\n' \
  "$(cat "$tree/.disk/info")" | text treeinfo/suse

find corpus -size +1100k -printf 'large: %p, %k KiB\n' >&2
exit "$failed"
