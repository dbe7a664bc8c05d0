#!/bin/busybox sh
# The demo's installer: what runs as /init in the initrd that virt-install reads from the ISO.
# It does what any distribution's installer does, in small: finds its medium, partitions the disk,
# makes a file system, copies a system onto it, makes the disk bootable, and powers off.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
say() { echo "installer: $*"; }
fail() { say "FAILED: $*"; sync; poweroff -f; }

while read -r module; do insmod "$module" 2>/dev/null; done </modules/order
say "started with: $(cat /proc/cmdline)"

medium=""
for _ in 1 2 3 4 5 6 7 8 9 10; do
  for device in /dev/sr0 /dev/sr1 /dev/vd[a-z]; do
    [ -b "$device" ] && mount -t iso9660 -o ro "$device" /medium 2>/dev/null || continue
    [ -f /medium/demo/vmlinuz ] && medium=$device && break 2
    umount /medium
  done
  sleep 1
done
[ -n "$medium" ] || fail "no installation medium"
say "medium: $medium, $(cat /medium/.disk/info)"

disk=""
for device in /dev/vda /dev/sda /dev/xvda; do [ -b $device ] && disk=$device && break; done
[ -n "$disk" ] || fail "no disk"
say "disk: $disk, $(($(cat /sys/block/${disk#/dev/}/size) / 2048)) MiB"

say "partitioning $disk"
printf 'o\nn\np\n1\n2048\n\na\n1\nw\n' | fdisk "$disk" >/dev/null 2>&1
sleep 1
[ -b "${disk}1" ] || fail "no partition on $disk"
say "making a file system on ${disk}1"
mke2fs -L demo "${disk}1" >/dev/null 2>&1 || fail "mke2fs"
mount -t ext4 "${disk}1" /target || fail "mounting ${disk}1"

say "copying the system"
mkdir -p /target/boot/grub /target/etc
cp /medium/demo/vmlinuz /medium/demo/initrd.gz /target/boot/ || fail "copying"
cat >/target/boot/grub/grub.cfg <<'G'
serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
linux /boot/vmlinuz console=ttyS0 quiet
initrd /boot/initrd.gz
boot
G
[ -f /note ] && cp /note /target/etc/note
echo "installed from $(cat /medium/.disk/info)" >/target/etc/installed
umount /target || fail "writing the disk"

say "making $disk bootable"
# boot.img is the 440 bytes of code before the partition table; core.img goes into the gap behind it.
dd if=/medium/demo/boot.img of="$disk" bs=440 count=1 conv=notrunc 2>/dev/null
dd if=/medium/demo/core.img of="$disk" bs=512 seek=1 conv=notrunc 2>/dev/null
sync
say "done; powering off"
poweroff -f
