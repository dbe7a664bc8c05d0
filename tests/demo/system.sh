#!/bin/busybox sh
# The demo's installed system: /init of the initrd that the installer copied to the disk.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "$module" 2>/dev/null; done </modules/order
for device in /dev/vda1 /dev/sda1 /dev/xvda1; do
  mount -t ext4 "$device" /target 2>/dev/null && break
done
[ -f /target/etc/installed ] || { echo "demo: this disk holds no installed system"; poweroff -f; }
echo "boot at $(date)" >>/target/etc/boots
sync
echo "demo: this guest was $(cat /target/etc/installed)"
echo "demo: root file system ${device}, boot number $(wc -l </target/etc/boots)"
[ -f /target/etc/note ] && echo "demo: note: $(cat /target/etc/note)"
echo "demo: ready"
# ACPI's power button, so that a clean shutdown works as on any guest.
for name in /sys/class/input/event*/device/name; do
  [ "$(cat "$name")" = "Power Button" ] || continue
  event=${name%/device/name}
  (dd if="/dev/input/${event##*/}" bs=24 count=1 >/dev/null 2>&1
   echo "demo: power button: shutting down"; umount /target; sync; poweroff -f) &
done
PS1='demo:\w# ' setsid cttyhack sh
sync
poweroff -f
