#!/bin/sh
# Two hosts on a switch, each with a network, a name and a libvirt daemon of its own, made in the namespaces that this runs
# in, which have no way out. DIRECTORY/a and DIRECTORY/b are their homes; what the daemons say is in HOME/log.
# Says "ready" when both are on the switch; a daemon that ends is started again, as an init would. A line "a down" or "a up"
# in DIRECTORY/wires pulls a host's wire or puts it back.
set -eu

if [ "${1:-}" = host ]; then
    home=$2 address=$3
    # The other side has to put our end of the wire here first.
    read -r _ <"$home/wired"
    hostname "host-${home##*/}.test"
    ip link set lo up
    ip address add "$address/24" dev eth0
    ip link set eth0 up
    export HOME="$home" XDG_RUNTIME_DIR="$home/run"
    while :; do
        libvirtd --listen >>"$home/log" 2>&1 || :
        sleep 0.2
    done
fi

directory=$1
ip link set lo up
ip link add switch type bridge
ip link set switch up
for host in a:10.99.0.11 b:10.99.0.12; do
    home=$directory/${host%%:*}
    unshare --net --uts sh "$0" host "$home" "${host#*:}" &
    process=$!
    # It is there at once, but in our network until it has one of its own.
    while [ "$(readlink "/proc/$process/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
    echo "$process" >"$home/process"
    ip link add "wire-${host%%:*}" type veth peer name eth0 netns "$process"
    ip link set "wire-${host%%:*}" master switch up
    echo wired >"$home/wired"
done
echo ready
while :; do
    read -r host state <"$directory/wires" || continue
    ip link set "wire-$host" "$state"
done
