# shellcheck shell=dash disable=SC2154,SC2016,SC2034,SC2086
# The server, in the guest's own name spaces, and the two clients a and b, each
# with network, host name, process numbers and mounts of its own, joined to the
# server by a veth pair.

address_of() { case $1 in a) echo 10.0.1 ;; b) echo 10.0.2 ;; esac; }

# on CLIENT COMMAND...: runs it there, with the client's mount at /mnt; or here,
# where the area has but one machine.
on() {
	if [ "$machines" = one ]; then
		shift
		"$@"
		return
	fi
	on_pid=$(cat "/run/client.$1")
	shift
	nsenter -t "$on_pid" -m -n -u -p -- "$@"
}

small_etc() {
	printf '%s\n' root:x:0:0::/:/bin/sh _rpc:x:100:100::/run:/bin/sh statd:x:101:100::/:/bin/sh >/etc/passwd
	printf '%s\n' root:x:0: rpc:x:100: >/etc/group
	printf '127.0.0.1 localhost\n10.0.1.1 server\n10.0.1.2 a\n10.0.2.2 b\n' >/etc/hosts
	printf 'tcp 6 TCP\nudp 17 UDP\n' >/etc/protocols
	# rpcbind asks for its port by the second name.
	for service in 'sunrpc 111 portmapper' 'nfs 2049'; do
		set -- $service
		printf '%s %s/tcp %s\n%s %s/udp %s\n' \
			"$1" "$2" "${3:-}" "$1" "$2" "${3:-}"
	done >/etc/services
}

rpcbind_listens() { netstat -ltn | grep -q ':111 '; }

# The programs that lock recovery under NFSv3 needs, on every machine.  The
# kernel looks for rpcbind's socket in /var/run of *its* root, whoever asks:
# there must be none, or every client would register at the server's.  It then
# takes the loopback address, and each machine has its own of those.
start_rpc() {
	mkdir -p /run/rpcbind /var/lib/nfs/sm /var/lib/nfs/sm.bak
	rpcbind
	# It goes into the background before it is ready.
	eventually 10 rpcbind_listens
	rpc.statd --no-notify --port 662
}

start_server() {
	small_etc
	hostname server
	ip.full link set lo up
	mkdir -p /srv/main /srv/small
	mkfs.ext4 -q /dev/ram0
	mkfs.ext4 -q -N 256 /dev/ram1 4M
	mount -t ext4 /dev/ram0 /srv/main
	mount -t ext4 /dev/ram1 /srv/small
	mount -t nfsd nfsd /proc/fs/nfsd
	mkdir -p /var/lib/nfs/v4recovery
	touch /var/lib/nfs/etab /var/lib/nfs/rmtab
	for exported in main small; do
		echo "/srv/$exported 10.0.0.0/8(rw,sync,no_root_squash,no_subtree_check,insecure)"
	done >/etc/exports
	# How soon a client that fell silent loses what it held.
	echo 10 >/proc/fs/nfsd/nfsv4leasetime
	echo 10 >/proc/fs/nfsd/nfsv4gracetime
	start_rpc
	exportfs -a
	rpc.mountd --port 20048
	rpc.nfsd 4
	# No client has anything to reclaim from a server that never ran before.
	echo Y >/proc/fs/nfsd/v4_end_grace
}

# Runs as process 1 of the client; the parent tells by FIFO when the wire is in.
client_main() {
	# /proc is still the guest's here, and says who we are out there.
	read -r outer_pid _ </proc/self/stat
	echo "$outer_pid" >"/run/client.$1.part"
	mv "/run/client.$1.part" "/run/client.$1"
	read -r _ <"/run/wire.$1"
	mount -t proc proc /proc
	mount -t tmpfs tmpfs /run
	mount -t tmpfs tmpfs /var/lib/nfs
	hostname "$1"
	net=$(address_of "$1")
	ip.full link set lo up
	ip.full address add "$net.2/24" dev eth
	ip.full link set eth up
	start_rpc
	echo up >"/tmp/up.$1"
	# Reaps whatever is left to us.
	while :; do
		sleep 1000 &
		wait
	done
}

start_client() {
	mkfifo "/run/wire.$1" "/tmp/up.$1"
	unshare -m -n -u -p -f sh -c '. /lib.sh; . /machines.sh; client_main "$1"' \
		client "$1" &
	eventually 10 test -e "/run/client.$1"
	client_pid=$(cat "/run/client.$1")
	ip.full link add "wire-$1" type veth peer name eth netns "$client_pid"
	ip.full address add "$(address_of "$1").1/24" dev "wire-$1"
	ip.full link set "wire-$1" up
	echo in >"/run/wire.$1"
	read -r _ <"/tmp/up.$1"
	mkdir -p /mnt /mnt-small
}

machines_up=no
start_machines() {
	[ "$machines_up" = no ] || return 0
	start_server
	start_client a
	start_client b
	machines_up=yes
}

# mount_clients VERSION: both exports on both clients.
mount_clients() {
	for client in a b; do
		server=$(address_of "$client").1
		for export in main:/mnt small:/mnt-small; do
			on "$client" mount.nfs "$server:/srv/${export%%:*}" \
				"${export#*:}" -o "vers=$1,proto=tcp,timeo=20"
		done
	done
}

unmount_clients() {
	for client in a b; do
		on "$client" umount /mnt
		on "$client" umount /mnt-small
	done
}
