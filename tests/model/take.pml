/*
 * The take: "lockread --take", and whoever else is at the same name of a spool.
 *
 * Each of CONSUMERS takes the name again and again (src/read/take.c): opens it,
 * asks for an exclusive flock(2) without waiting, makes sure that the name still
 * leads there, starts a handler that has the open file as standard input, waits
 * for its end, and if that was good removes the name and closes.  Lockread and
 * handler are killed at any moment, one without the other.  A producer makes
 * the name where there is none, and somebody outside of the suite, who asks for
 * no lock, puts another file in its place.
 *
 * What is asserted:
 *   - at no moment two handlers have one file;
 *   - a file that was handled well is handled again only if a lockread that had
 *     it was killed (at least once, and for no other reason);
 *   - the name is removed only from a file that was handled well: none is lost.
 *
 * That the name is compared and then removed is one step here: what comes in
 * between two calls that follow one another no lock keeps out that is not asked
 * for, and whoever replaces a FILE through the suite asks for it.
 *
 * MUTATION_... takes one thing out or puts two in the wrong order.
 */
#ifndef CONSUMERS
#define CONSUMERS 2
#endif

/* A number is free again when neither the name nor an open file leads to it. */
#define NONE 0
#define INODES (CONSUMERS + 2)

byte event;			/* the inode that the name leads to */

/*
 * The open file of each, which lockread and its handler share; the lock belongs
 * to it, and goes when the last of them has closed it.
 */
byte file[CONSUMERS];
bit flocked[CONSUMERS];
bit handles[CONSUMERS];		/* its handler runs */
bit is_good[CONSUMERS];		/* and ended with 0 */
bit is_dead[CONSUMERS];		/* lockread was killed, and the handler goes on */

/* Only for the assertions. */
bit was_handled[INODES + 1];
bit was_killed[INODES + 1];	/* a lockread that had it */

/* For use within a step, zero between the steps. */
#ifdef SHORTEST
#define SCRATCH
#else
#define SCRATCH hidden
#endif
SCRATCH byte i, j;
SCRATCH byte is_used;

inline look_for_use(ino)
{
	is_used = (event == ino);
	j = 0;
	do
	:: j < CONSUMERS ->
		is_used = (is_used || file[j] == ino);
		j++
	:: else -> break
	od;
	j = 0
}

/* What nothing leads to must not tell two states apart. */
inline settle()
{
	i = 1;
	do
	:: i <= INODES ->
		look_for_use(i);
		if
		:: !is_used ->
			was_handled[i] = false;
			was_killed[i] = false
		:: else
		fi;
		i++
	:: else -> break
	od;
	i = 0;
	is_used = false
}

/* A new file under the name, whatever was there. */
inline put_new()
{
	i = 1;
	do
	:: look_for_use(i);
		if
		:: is_used -> i++
		:: else -> break
		fi
	od;
	event = i;
	settle()
}

inline close_file(c)
{
	flocked[c] = false;
	file[c] = NONE;
	is_good[c] = false;
	settle()
}

/* flock(2), LOCK_EX|LOCK_NB; no: EWOULDBLOCK */
inline lock_exclusive()
{
	d_step {
		yes = true;
		j = 0;
		do
		:: j < CONSUMERS ->
			yes = yes && !(j != me && flocked[j] && file[j] == file[me]);
			j++
		:: else -> break
		od;
		j = 0;
		flocked[me] = yes
	}
}

inline start_handler()
{
	d_step {
		j = 0;
		do
		:: j < CONSUMERS ->
			/* one handler for each file */
			assert(!(j != me && handles[j] && file[j] == file[me]));
			j++
		:: else -> break
		od;
		j = 0;
		/* handled again only after a kill */
		assert(!was_handled[file[me]] || was_killed[file[me]]);
		handles[me] = true
	}
}

#ifdef MUTATION_NO_COMPARE
#define IS_MINE (event != NONE)
#else
#define IS_MINE (event == file[me])
#endif

inline remove_name()
{
	d_step {
		if
		:: IS_MINE ->
			/* none is lost */
			assert(was_handled[event]);
			event = NONE;
			settle()
		:: else
		fi
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

proctype lockread(byte me)
{
	bit yes;

	do
	:: true ->
	TRY(file[me] = event; yes = (event != NONE), again);
#ifndef MUTATION_LOCK_AFTER_READING
	TRY(lock_exclusive(), others);
#endif
#ifndef MUTATION_NO_COMPARE_AFTER_LOCK
	TRY(yes = (event == file[me]), others);
#endif
	DO(start_handler());
#ifdef MUTATION_LOCK_AFTER_READING
	TRY(lock_exclusive(), others);
#endif
#ifdef MUTATION_UNLOCK_ON_TERM
	/* LOCK_UN: of the open file, and so of the handler's, too */
	if
	:: flocked[me] = false
	:: skip
	fi;
#endif
	if
	:: !handles[me]
	:: goto killed
	fi;
	if
	:: is_good[me]
	:: else -> goto others
	fi;
#ifdef MUTATION_LOCK_GOES_BEFORE_NAME
	DO(flocked[me] = false);
#endif
	DO(remove_name());
others:
#ifdef MUTATION_LOCK_AFTER_READING
	(!handles[me]);
#endif
	DO(close_file(me));
	goto again;

killed:
	atomic {
		yes = false;
		if
		:: file[me] != NONE -> was_killed[file[me]] = true
		:: else
		fi;
#ifdef MUTATION_HANDLER_OPENS_ANEW
		flocked[me] = false;
#endif
		if
		:: handles[me] -> is_dead[me] = true
		:: else -> close_file(me)
		fi
	};
	/* Another one is started, by and by. */
	(!is_dead[me]);
again:
	yes = false
	od
}

/* COMMAND ends: well, or badly, or killed. */
proctype handler(byte me)
{
	do
	:: atomic {
		handles[me] ->
		handles[me] = false;
		if
		:: was_handled[file[me]] = true; is_good[me] = true
		:: is_good[me] = false
		fi;
		if
		:: is_dead[me] ->
			is_dead[me] = false;
			close_file(me)
		:: else
		fi
	   }
	od
}

active proctype producer()
{
	do
	:: d_step { event == NONE -> put_new() }
	od
}

/* mv(1), which asks nobody. */
active proctype outsider()
{
	do
	:: d_step { event != NONE -> put_new() }
	od
}

init
{
	atomic {
		i = 0;
		do
		:: i < CONSUMERS ->
			run lockread(i);
			run handler(i);
			i++
		:: else -> break
		od;
		i = 0
	}
}
