/*
 * What the kernel does, as far as the turn leans on it: names, inodes,
 * descriptors, record locks.  Each inline is one system call, done in one
 * step; anything can happen between two of them.
 *
 * The model that includes this defines NAMES (how many names the directory
 * can hold), PROCESSES and PER_PROCESS (how many descriptors
 * each of them has).
 */

/* No inode, no descriptor; as the answer of a look at a name: ENOENT. */
#define NONE 0

/* name[] is the directory: the inode that a name leads to. */
byte name[NAMES];

/*
 * fd[] holds the descriptors of all processes: the inode that each has open.
 * "me" is the running process, f one of its descriptors.
 */
#define FDS (PER_PROCESS * PROCESSES)
#define OF(p, f) (PER_PROCESS * (p) + (f))
byte fd[FDS];

/*
 * Inodes are numbers.  An inode that no name and no descriptor leads to is
 * gone and its number is free for the next, at once, as on ext4 and tmpfs.
 * So a number proves something only to a process that has the inode open, and
 * the rules never compare any other.  That is also why renumbering all inodes
 * in the order in which names and descriptors lead to them, after each call,
 * loses nothing: it only folds the states that differ in nothing but numbers
 * into one (without it spin would see 200 times as many).
 */
#define INODES (NAMES + FDS + 1)
#define A_NEW_INODE INODES

/* For use within a step, zero between the steps and so no part of a state;
 * but a search for the shortest fault takes no hidden variables. */
#ifdef SHORTEST
#define SCRATCH
#else
#define SCRATCH hidden
#endif
SCRATCH byte i, j, count;
SCRATCH byte number[INODES + 1];

inline renumber(ref)
{
	if
	:: ref != NONE && number[ref] == NONE ->
		count++;
		number[ref] = count;
		ref = count
	:: ref != NONE && number[ref] != NONE -> ref = number[ref]
	:: else
	fi
}

inline settle()
{
	i = 0;
	do
	:: i < NAMES -> renumber(name[i]); i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < FDS -> renumber(fd[i]); i++
	:: else -> break
	od;
	i = 0;
	do
	:: i <= INODES -> number[i] = NONE; i++
	:: else -> break
	od;
	i = 0;
	count = 0
}

/* open(2), O_TMPFILE: an inode without a name. */
inline open_tmpfile(f)
{
	d_step {
		fd[OF(me, f)] = A_NEW_INODE;
		settle()
	}
}

/* open(2), O_CREAT|O_EXCL; no: EEXIST. */
inline open_excl(n, f)
{
	d_step {
		yes = (name[n] == NONE);
		if
		:: yes ->
			name[n] = A_NEW_INODE;
			fd[OF(me, f)] = A_NEW_INODE;
			settle()
		:: else
		fi
	}
}

/* open(2) of what is there; no: ENOENT. */
inline open_name(n, f)
{
	d_step {
		yes = (name[n] != NONE);
		fd[OF(me, f)] = name[n];
		settle()
	}
}

/* fstatat(2) of the name and a comparison with what is open. */
inline leads_to(n, f)
{
	d_step { yes = (name[n] != NONE && name[n] == fd[OF(me, f)]) }
}

/* linkat(2) of a descriptor, which never replaces; no: EEXIST. */
inline link_fd(f, n)
{
	d_step {
		yes = (name[n] == NONE);
		if
		:: yes ->
			name[n] = fd[OF(me, f)];
			settle()
		:: else
		fi
	}
}

/*
 * Record locks, fcntl(2).  They are the process's own, on the inode: lock[f]
 * is what the process holds on the inode that fd[f] leads to, the same for
 * each of its descriptors of that inode.
 */
#define UNLOCKED  0
#define RDLCK     1
#define WRLCK     2
byte lock[FDS];

/* Is there no lock of another process that is in the way of such a lock?  Two
 * that add up to more than WRLCK are in each other's way. */
inline nothing_in_the_way(f, kind)
{
	yes = true;
	i = 0;
	do
	:: i < FDS ->
		if
		:: i / PER_PROCESS != me && fd[i] == fd[OF(me, f)] &&
		   lock[i] != UNLOCKED && lock[i] + kind > WRLCK -> yes = false
		:: else
		fi;
		i++
	:: else -> break
	od;
	i = 0
}

inline set_my_locks(f, kind)
{
	j = fd[OF(me, f)];
	i = OF(me, 0);
	do
	:: i < OF(me, PER_PROCESS) ->
		if
		:: fd[i] == j -> lock[i] = kind
		:: else
		fi;
		i++
	:: else -> break
	od;
	i = 0;
	j = 0
}

/* F_SETLK; no: EAGAIN. */
inline setlk(f, kind)
{
	d_step {
		nothing_in_the_way(f, kind);
		if
		:: yes -> set_my_locks(f, kind)
		:: else
		fi
	}
}

/* F_GETLK, asking for F_WRLCK: does nobody else hold any lock? */
inline nobody_holds(f)
{
	d_step { nothing_in_the_way(f, WRLCK) }
}

/* close(2): the process's locks on that inode go, through whichever
 * descriptor they were taken. */
inline close_fd(f)
{
	d_step {
		if
		:: fd[OF(me, f)] != NONE ->
			set_my_locks(f, UNLOCKED);
			fd[OF(me, f)] = NONE;
			settle()
		:: else
		fi
	}
}
