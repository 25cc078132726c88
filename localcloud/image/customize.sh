#!/usr/bin/env bash
# Last touches on the base image, run by mmdebstrap with the folder of the new system.
set -euo pipefail
root=$1

# The network comes from cloud-init, through networkd. Nothing waits for it to be "online": sshd listens on all
# addresses, and waiting would add seconds to every boot.
chroot "$root" systemctl --quiet enable systemd-networkd.service
chroot "$root" systemctl --quiet disable systemd-networkd-wait-online.service

# As in the provider's image: root logs in with the account's keys, and there is no further default user.
cat >"$root/etc/cloud/cloud.cfg.d/90-provider.cfg" <<'CFG'
datasource_list: [NoCloud, None]
disable_root: false
users: []
# No boot loader and no locales in a container.
grub_dpkg:
  enabled: false
locale: false
CFG

# Every host has its own identity: host keys by cloud-init, machine id by its first boot.
rm -f "$root"/etc/ssh/ssh_host_*
: >"$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/etc/hostname" "$root/etc/hosts"

# Names are asked at systemd-resolved's own address. The provider's image has the other of its two files, with the addresses behind it; this
# one is the harder: what stands in it is on the loopback interface.
ln -sfn ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
