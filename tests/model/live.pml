/*
 * The live claim: "uniqcreate --live", and who looks at what it makes.
 *
 * Two writers claim one name again and again (never over, so one at a time has
 * it), fill it and finish it, or fail and remove it, or are killed before any
 * of their system calls.  Somebody may remove the name at any moment.  One
 * looks, again and again:
 *   (none)   "lockread": opens, asks for a shared flock(2) without waiting,
 *            makes sure that the name still leads there, looks at the mode,
 *            and prints or says "unfinished";
 *   ASKING   "lockread -l", and whoever may not read the file (a mode of 0200
 *            keeps out all but root): takes no lock, but holds the inode open
 *            (O_PATH), looks whether anybody has it locked (/proc/locks), and
 *            then at the mode.
 *
 * What is asserted:
 *   - what is printed, or listed as free, is finished;
 *   - "unfinished" is said only of a file whose writer was killed.
 *
 * MUTATION_... takes one thing out or puts two in the wrong order.
 */
#define LOOKER 2
#define PROCESSES 3

/*
 * Inodes are numbers, NONE is none.  A number is free again, and is the next
 * that is given out, when neither the name nor a descriptor leads to it.
 * Every process has one descriptor.
 */
#define NONE 0
#define INODES (PROCESSES + 1)

byte claim;			/* the inode that the name leads to */
byte fd[PROCESSES];

mtype = { mode_0200, final_mode };
mtype mode[INODES + 1];
byte written[INODES + 1];
#define ALL 2

/*
 * flock(2) belongs to the open file and goes when that is closed.  A writer
 * holds an exclusive one or none, the reader a shared one or none.
 */
bit flocked[PROCESSES];

/* Only for the assertions: the writer of this inode was killed. */
bit writer_was_killed[INODES + 1];

/* For use within a step, zero between the steps. */
#ifdef SHORTEST
byte i;
#else
hidden byte i;
#endif

#define UNUSED(ino) (claim != (ino) && fd[0] != (ino) && fd[1] != (ino) && \
	fd[LOOKER] != (ino))

/* What nothing leads to must not tell two states apart. */
inline settle()
{
	i = 1;
	do
	:: i <= INODES ->
		if
		:: UNUSED(i) ->
			mode[i] = 0;
			written[i] = 0;
			writer_was_killed[i] = false
		:: else
		fi;
		i++
	:: else -> break
	od;
	i = 0
}

/* open(2), O_TMPFILE */
inline open_tmpfile()
{
	d_step {
		i = 1;
		do
		:: UNUSED(i) -> break
		:: else -> i++
		od;
		fd[me] = i;
		mode[i] = final_mode;
		i = 0
	}
}

/* open(2) of the name; no: ENOENT */
inline open_claim()
{
	d_step {
		fd[me] = claim;
		yes = (claim != NONE)
	}
}

/* linkat(2); no: EEXIST */
inline link_claim()
{
	d_step {
		yes = (claim == NONE);
		if
		:: yes -> claim = fd[me]
		:: else
		fi
	}
}

inline leads_here()
{
	d_step { yes = (claim == fd[me]) }
}

inline unlink_claim()
{
	d_step {
		claim = NONE;
		settle()
	}
}

inline close_fd()
{
	d_step {
		flocked[me] = false;
		fd[me] = NONE;
		settle()
	}
}

/* flock(2), LOCK_EX|LOCK_NB of a writer; no: EWOULDBLOCK */
inline lock_exclusive()
{
	d_step {
		yes = !(flocked[LOOKER] && fd[LOOKER] == fd[me]);
		flocked[me] = yes
	}
}

/* Does a writer hold the file exclusively?  (/proc/locks) */
inline nobody_locks(ino)
{
	d_step {
		yes = !(flocked[0] && fd[0] == ino) &&
		      !(flocked[1] && fd[1] == ino)
	}
}

/* flock(2), LOCK_SH|LOCK_NB of the reader; no: EWOULDBLOCK */
inline lock_shared()
{
	d_step {
		nobody_locks(fd[me]);
		flocked[me] = yes
	}
}

#define DO(call) \
	atomic { \
		if \
		:: call \
		:: goto killed \
		fi \
	}
#define TRY(call, otherwise) \
	atomic { \
		if \
		:: call; \
			if \
			:: yes -> yes = false \
			:: else -> goto otherwise \
			fi \
		:: goto killed \
		fi \
	}

/* The same for who looks: its death changes nothing for anybody. */
#define ASK(call, otherwise) \
	atomic { \
		call; \
		if \
		:: yes -> yes = false \
		:: else -> goto otherwise \
		fi \
	}

proctype writer(byte me)
{
	bit yes;

	do
	:: true ->
	DO(open_tmpfile());
#ifndef MUTATION_MARK_AFTER_NAME
#ifndef MUTATION_NO_MARK
	DO(mode[fd[me]] = mode_0200);
#endif
#endif
#ifndef MUTATION_LOCK_AFTER_NAME
	TRY(lock_exclusive(), failed);
#endif
	TRY(link_claim(), taken);
#ifdef MUTATION_LOCK_AFTER_NAME
	TRY(lock_exclusive(), failed);
#endif
#ifdef MUTATION_MARK_AFTER_NAME
	DO(mode[fd[me]] = mode_0200);
#endif
	DO(written[fd[me]] = 1);
	if
	:: skip
	:: goto failed
	fi;
	DO(written[fd[me]] = ALL);
#ifdef MUTATION_LOCK_GOES_FIRST
	DO(flocked[me] = false);
#endif
	DO(mode[fd[me]] = final_mode);
	DO(flocked[me] = false);
taken:
	DO(close_fd());
	goto ended;

	/* No space, a signal: what was claimed is removed, then unlocked. */
failed:
#ifdef MUTATION_LOCK_GOES_BEFORE_NAME
	DO(flocked[me] = false);
#endif
	TRY(leads_here(), taken);
	DO(unlink_claim());
	goto taken;

killed:
	atomic {
		yes = false;
		if
		:: fd[me] != NONE -> writer_was_killed[fd[me]] = true
		:: else
		fi;
		close_fd()
	};
ended:
	skip
	od
}

proctype reader(byte me)
{
	bit yes;
#ifdef MUTATION_MODE_BEFORE_LOCK
	mtype seen;
#define MODE seen
#else
#define MODE mode[fd[me]]
#endif

	do
	:: true ->
	ASK(open_claim(), again);
#ifdef MUTATION_MODE_BEFORE_LOCK
	seen = mode[fd[me]];
#endif
	ASK(lock_shared(), not_yet);
#ifndef MUTATION_NO_COMPARE
	ASK(leads_here(), not_yet);
#endif
	atomic {
		if
		:: MODE == mode_0200 -> assert(writer_was_killed[fd[me]])
		:: else -> assert(written[fd[me]] == ALL)
		fi
	};
not_yet:
	close_fd();
again:
#ifdef MUTATION_MODE_BEFORE_LOCK
	seen = 0;
#endif
	yes = false
	od
}

proctype asker(byte me)
{
	bit yes;
#ifdef MUTATION_NOT_HELD_OPEN
	byte number;
#define NUMBER number
#else
#define NUMBER fd[me]
#endif
#ifdef MUTATION_MODE_BEFORE_ASK
	mtype seen;
#define MODE_SEEN seen
#else
#define MODE_SEEN mode[NUMBER]
#endif

	do
	:: true ->
#ifdef MUTATION_NOT_HELD_OPEN
	ASK(number = claim; yes = (number != NONE), again);
#else
	ASK(open_claim(), again);
#endif
#ifdef MUTATION_MODE_BEFORE_ASK
	seen = mode[NUMBER];
#endif
	ASK(nobody_locks(NUMBER), not_yet);
#ifndef MUTATION_NOT_HELD_OPEN
	ASK(leads_here(), not_yet);
#endif
	atomic {
#ifdef MUTATION_NOT_HELD_OPEN
		/* One fstatat(2) gives number and mode. */
		if
		:: claim != number -> goto not_yet
		:: else
		fi;
#endif
		if
		:: MODE_SEEN == mode_0200 -> assert(writer_was_killed[NUMBER])
		:: else -> assert(written[NUMBER] == ALL)
		fi
	};
not_yet:
	close_fd();
again:
#ifdef MUTATION_MODE_BEFORE_ASK
	seen = 0;
#endif
#ifdef MUTATION_NOT_HELD_OPEN
	number = NONE;
#endif
	yes = false
	od
}

/* Anybody who may write to the directory. */
active proctype remover()
{
	do
	:: d_step {
		claim != NONE ->
		claim = NONE;
		settle()
	   }
	od
}

init
{
	atomic {
		run writer(0);
		run writer(1);
#ifdef ASKING
		run asker(LOOKER)
#else
		run reader(LOOKER)
#endif
	}
}
