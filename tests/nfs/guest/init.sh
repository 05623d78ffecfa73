#!/bin/busybox sh
# shellcheck shell=dash disable=SC1091,SC2034
# Process 1 of the guest: brings up the server and the two clients, runs the
# checks of the areas asked for, and switches the machine off.
export PATH=/bin:/sbin
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev /tmp /run /etc /srv /var/lib/nfs
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/console >/dev/console 2>&1

# Whatever ends this shell ends the guest: a panic would only hide the reason.
trap 'poweroff -f' EXIT

while read -r module; do
	case $module in
	brd.ko) insmod "/modules/$module" rd_nr=6 rd_size=49152 ;;
	# Locks of a client that is gone: seconds, not the default 90 and 50.
	lockd.ko) insmod "/modules/$module" nlm_timeout=3 nlm_grace_period=3 \
		nlm_tcpport=32803 nlm_udpport=32803 ;;
	*) insmod "/modules/$module" ;;
	esac
done </modules/order

. /lib.sh
. /machines.sh
. /facts.sh
. /checks.sh
. /spool.sh
. /nfs.sh
. /cut.sh
. /fat.sh

read -r areas </areas
read -r match </match
for area in $areas; do
	case $area in
	v[0-9]*) run_nfs "${area#v}" ;;
	*) run_fat "$area" ;;
	esac
done
echo 'all checks ran'
