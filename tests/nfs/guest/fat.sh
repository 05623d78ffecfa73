# shellcheck shell=dash disable=SC2154,SC2016,SC2034,SC2086
# The checks of the FAT kinds: no owners, no modes to speak of, no hard links,
# no files without a name, and names that differ in case are one name.

fat_directory() {
	dir=$(mktemp -d "$fat"/check.XXXXXX)
	here=$dir
}

fat_facts() { notes_of probe facts "$dir"; }

fat_replaces() {
	echo old >"$dir/file"
	expect 0 put new atomwrite "$dir/file"
	expect_content new "$dir/file"
	expect 0 put more atomwrite -a "$dir/file"
	expect 0 atomwrite -u "$dir/file" tr a-z A-Z
	expect_content "$(printf 'NEW\nMORE')" "$dir/file"
	expect 0 put x atomwrite "$dir/a rather long name of the kind that 8.3 lacks"
	expect 5 atomwrite "$dir/file" sh -c 'echo half; exit 5'
	expect_content "$(printf 'NEW\nMORE')" "$dir/file"
	expect_names "$dir" file 'a rather long name of the kind that 8.3 lacks'
}

fat_never_over() {
	echo first >"$dir/file"
	expect 73 put second atomwrite -n "$dir/file"
	expect_said '^atomwrite: '
	# One name to FAT, though not to us.
	expect 73 put second atomwrite -n "$dir/FILE"
	expect_content first "$dir/file"
	expect_names "$dir" file
}

# A mode that does not stick is no sign of a dead writer; a colon is no
# character of a name; nothing of this may be passed over silently.
fat_refuses() {
	echo old >"$dir/file"
	expect 73 put x uniqcreate --format=%H:%M "$dir/colon-"
	expect_said '^uniqcreate: '
	expect 73 put x atomwrite "$dir/a:b"
	expect_said '^atomwrite: '
	expect 73 put x atomwrite "$dir/absent/file"
	expect_said '^atomwrite: '
	set +e
	echo x | atomwrite --mode=0600 "$dir/file" 2>"$rendezvous/err"
	status=$?
	set -e
	case $status in
	73 | 77) expect_said '^atomwrite: ' ;;
	*) die "--mode that cannot be had: $status, $(cat "$rendezvous/err")" ;;
	esac
	expect_content old "$dir/file"
	expect_names "$dir" file
}

# run_fat KIND: vfat or exfat, each on a RAM disk and a mount of its own.
run_fat() {
	fat=/srv/$1
	mkdir -p "$fat"
	case $1 in
	vfat) mkfs.vfat /dev/ram2 && mount -t vfat /dev/ram2 "$fat" ;;
	exfat) mkfs.exfat /dev/ram3 && mount -t exfat /dev/ram3 "$fat" ;;
	esac >/tmp/mkfs || {
		echo "not ok - $1: cannot be made and mounted"
		cat /tmp/mkfs
		return
	}
	machines=one make_directory=fat_directory
	check 'facts: what names, locks and modes do here' fat_facts
	check 'whole: replaced, appended, updated' fat_replaces
	check 'never over: atomwrite -n, in any case of letters' fat_never_over
	check_everywhere
	check 'one at a time: 150 counted by six' few_counted
	check 'said: what FAT cannot do' fat_refuses
	check 'kept: a full disk leaves FILE, 74' full_disk "$fat"
	check 'take: a full disk keeps nobody from it' full_spool "$fat"
	umount "$fat"
}
