/*
 * The turn: who may change FILE.
 *
 * This is the model of src/stage/owner.c, src/stage/turn.c and
 * src/stage/publish.c.  "Step 4" is step 4 of src/stage/owner.h; a function in
 * brackets is the one that makes the calls that follow.  A change of the order
 * there is to be made here first.
 *
 * SLOTS writers, each a read-modify-write ("atomwrite -u"), the kind that can
 * lose most.  A slot starts one run after the other, each a process of its
 * own, and SIGKILL can come before each of its system calls.  Runs and deaths
 * have no bound unless RUNS or DEATHS gives one, and so names that the dead
 * left behind occur in every combination.
 *
 * What is asserted:
 *   - one at a time: a name has one living owner at most, and FILE changes
 *     only at the hands of the owner of the turn;
 *   - no update is lost: FILE counts the updates that were published;
 *   - whole: what is published is the publisher's own stage, and all of it is
 *     written; nobody writes into an inode that FILE leads to;
 *   - nobody removes the name of a living owner;
 *   - no litter: as many stage names as there are writers are enough, whatever
 *     the dead left behind;
 *   - nobody tries for ever (with RUNS and DEATHS, searched for cycles without
 *     progress).  Not everybody's turn comes: the rules promise no order.
 *
 * Which world, one of:
 *   (none)      all are on the nameless rung: the stage is the turn
 *   NAMED       all are on the named rung: the turn is a file of its own
 *   MIXED       the first is nameless, the others are named (no /proc in one's
 *               chroot is enough for that)
 * and of these any:
 *   NEVER_FAILS writers publish or are killed, none gives up by itself
 *   LEFTOVERS   names that the dead left may be there at the start
 *   NEW_FILE    there is no FILE at first, and a program that knows nothing of
 *               turns may create it
 *   WRITE_TAKER the first slot may open what it takes over only for writing
 *   LOOK_TWICE  who finds an unlocked name pauses before it takes it over
 *   STRANGER    one more may neither open nor remove the turn's name
 *   ONE_KIND    flock(2) is a record lock, as on NFS, and somebody reads FILE
 *               under a shared one, again and again (with NAMED)
 *   CLEANER     somebody removes hidden names, whoever owns them
 *   LOCKLESS    record locks are refused to the first slot, and to no other
 *   RESENT      a server does a rename twice (a request that was sent again)
 *
 * MUTATION_... takes one thing out of the protocol, or puts two in the wrong
 * order; "run" says what must come of it.
 *
 * What is not in the model, and why: tests/README, which also has a table from
 * the transitions here to the functions of src.
 */
#ifndef SLOTS
#define SLOTS 2
#endif

/* Names. */
#define FILE 0
#define TURN 1			/* .FILE.atomwrite */
#define FIRST_STAGE 2		/* .FILE.atomwrite-0 */

/* What a writer has open. */
#define stage 0
#define probe 1			/* the name that it asks for, found taken */
#define turn 2			/* on the named rung only */

#if defined(NAMED)
#define NAMED_RUNG true
#elif defined(MIXED)
#define NAMED_RUNG (me > 0)
#else
#define NAMED_RUNG false
#endif

#if defined(NAMED) || defined(MIXED)
#define NAMES (FIRST_STAGE + SLOTS)
#define PER_PROCESS 3
#else
#define NAMES FIRST_STAGE
#define PER_PROCESS 2
#endif

/* The descriptor that says "my owner lives" at the turn's name. */
#define TURN_FD (NAMED_RUNG -> turn : stage)

#if defined(STRANGER) || defined(ONE_KIND)
#define PROCESSES (SLOTS + 1)
#else
#define PROCESSES SLOTS
#endif

#include "kernel.pml"

/* FILE's content is the number of updates.  It starts anew at MODULO, else
 * there would be no end of states. */
#ifndef MODULO
#define MODULO 4
#endif
byte content_of_file;

/* 1 + the slot of who owns a name.  No writer can look at this, it is for the
 * assertions.  Who is killed owns nothing any more. */
byte owner[NAMES];

#ifdef RUNS
#define ONE_MORE_RUN runs < RUNS -> runs++
#define NO_MORE_RUNS runs == RUNS -> break
#else
#define ONE_MORE_RUN true
#define NO_MORE_RUNS false
#endif

#ifdef DEATHS
byte deaths;
#define SIGKILL deaths < DEATHS -> deaths++
#else
#define SIGKILL true
#endif

/* COMMAND may fail, and a wait may end. */
#ifdef NEVER_FAILS
#define CAN_FAIL false
#else
#define CAN_FAIL true
#endif

/* One system call, or SIGKILL before it.  TRY goes elsewhere where the call's
 * answer is no. */
#define DO(call) \
	atomic { \
		if \
		:: call \
		:: SIGKILL -> goto killed \
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
		:: SIGKILL -> goto killed \
		fi \
	}

/*
 * No system call removes or renames a name on condition that it leads to a
 * given inode.  So a comparison can only come before, and a cleaner that
 * strikes between the two is beyond the protocol.  between[] keeps it away
 * there; CLEANER_ANYTIME does not, and shows that this is the one limit.
 */
bit between[SLOTS];
#if defined(CLEANER) && !defined(CLEANER_ANYTIME)
#define BETWEEN(is) between[me] = is
#else
#define BETWEEN(is) skip
#endif

inline still_leads_to(n, f)
{
	leads_to(n, f);
	BETWEEN(yes)
}

/* The answer was yes: the name is ours. */
inline own(n)
{
	if
	:: yes ->
		assert(owner[n] == 0);
		owner[n] = me + 1
	:: else
	fi
}

/* unlink(2); that it is gone already is no harm. */
inline remove_name(n)
{
	d_step {
		assert(owner[n] == 0 || owner[n] == me + 1);
		owner[n] = 0;
		name[n] = NONE;
		BETWEEN(false);
		settle()
	}
}

/* A missing FILE reads as empty. */
inline read_file()
{
	d_step {
		base = content_of_file;
		missing = (name[FILE] == NONE)
	}
}

inline check_what_is_published(n)
{
	assert(owner[TURN] == me + 1);
	assert(name[n] == fd[OF(me, stage)]);
	assert(whole);
	assert(base == content_of_file);
	content_of_file = (content_of_file + 1) % MODULO
}

/* rename(2) over FILE; no: ENOENT. */
inline rename_over_file(n)
{
	d_step {
		yes = (name[n] != NONE);
		if
		:: yes ->
			assert(name[n] != name[FILE]);
			check_what_is_published(n);
			name[FILE] = name[n];
			name[n] = NONE;
			owner[n] = 0;
			settle()
		:: else
		fi;
		BETWEEN(false)
	}
}

/* link(2) to FILE, never over; no: EEXIST. */
inline link_to_file(n)
{
	d_step {
		yes = (name[FILE] == NONE);
		if
		:: yes ->
			check_what_is_published(n);
			name[FILE] = name[n];
			settle()
		:: else
		fi;
		BETWEEN(false)
	}
}

/* Has a writer this inode as its stage or turn?  For the assertions, and for
 * the length of a pause. */
inline somebody_made(f, unlocked_only)
{
	d_step {
		yes = false;
		i = 0;
		do
		:: i < OF(SLOTS, 0) ->
			if
			:: i % PER_PROCESS != probe && fd[i] == fd[OF(me, f)] &&
			   (lock[i] == UNLOCKED || !unlocked_only) -> yes = true
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0
	}
}

/* A pause, so long that whoever has just made this name, and lives, has locked
 * it or gone on without it. */
inline pause(f)
{
	do
	:: atomic {
		somebody_made(f, true);
		if
		:: yes -> yes = false
		:: else -> break
		fi
	   }
	od
}

/* What a run has in its memory is worth nothing after it. */
inline forget_all_but_k()
{
	d_step {
		n = 0;
		base = 0;
		missing = false;
		whole = false;
		held = false;
		yes = false
	}
}

inline forget_all()
{
	atomic {
		forget_all_but_k();
		k = 0
	}
}

proctype writer(byte me)
{
	byte n;			/* the name that is asked for */
	byte k;			/* the name that the stage has */
	byte base;		/* what was read from FILE */
	bit missing;		/* there was no FILE to read */
	bit whole;		/* all of the stage is written */
	bit held;		/* the name asked for has a living owner */
	bit yes;
#ifdef RUNS
	byte runs;
#endif

	do
	:: NO_MORE_RUNS
	:: ONE_MORE_RUN ->

	/* The stage (stage_open).  Step 1 (turn_take, owner_lock). */
	if
	:: NAMED_RUNG -> n = FIRST_STAGE
	:: else ->
		DO(open_tmpfile(stage));
#ifndef MUTATION_LOCK_AFTER_NAME
		DO(setlk(stage, WRLCK); yes = false);
#endif
		n = TURN;
		goto ask_for_turn
	fi;

	/* Steps 2, 3, 4 (open_named in stage.c, owner_create). */
ask_for_stage:
	assert(n < NAMES);
	TRY(open_excl(n, stage), take_over);
#ifdef LOCKLESS
	if
	:: me == 0 ->			/* take_back */
		TRY(still_leads_to(n, stage), let_go);
		DO(remove_name(n));
		goto let_go
	:: else
	fi;
#endif
	TRY(setlk(stage, WRLCK), stage_refused);
	TRY(leads_to(n, stage); own(n), stage_refused);
	k = n;
	n = TURN;
	goto ask_for_turn;

stage_refused:
	DO(close_fd(stage));
	goto ask_for_stage;

	/* The turn (take in turn.c): steps 2, 3, 4 of a file of its own
	 * (owner_create), or the link of the locked stage (owner_link). */
ask_for_turn:
#ifdef MUTATION_READ_BEFORE_TURN
	DO(read_file());
#endif
	if
	:: NAMED_RUNG ->
		TRY(open_excl(TURN, turn), take_over);
#ifdef MUTATION_REFUSAL_IGNORED
		DO(setlk(turn, WRLCK));
#else
		TRY(setlk(turn, WRLCK), turn_refused);
#endif
#ifdef MUTATION_NO_COMPARE_AFTER_LOCK
		DO(yes = true; own(TURN); yes = false)
#else
		TRY(leads_to(TURN, turn); own(TURN), turn_refused)
#endif
	:: else ->
#ifdef MUTATION_LOCK_AFTER_NAME
		TRY(link_fd(stage, TURN), take_over);
		TRY(setlk(stage, WRLCK); own(TURN), let_go)
#else
		TRY(link_fd(stage, TURN); own(TURN), take_over)
#endif
	fi;
	n = 0;
	goto turn_is_mine;

turn_refused:
	DO(close_fd(turn));
	goto ask_for_turn;

	/* The name n is taken; remove it if its owner is dead (owner_take_over).
	 * Step 7 is not here: no process meets a name of its own.  Step 8. */
take_over:
	TRY(open_name(n, probe), asked);
	/* Step 9 (remove_open, record_lock_ask). */
#ifndef MUTATION_NO_FIRST_ASK
	TRY(nobody_holds(probe), alive);
#endif
#ifdef MUTATION_NO_TAKEOVER
	goto alive;
#endif
	/* Step 10 (compare). */
#ifndef MUTATION_NO_FIRST_COMPARE
	TRY(leads_to(n, probe), not_taken_over);
#endif
	/* Step 11 (record_lock_take). */
#ifndef MUTATION_NO_LOCK_STEP
#ifdef LOOK_TWICE
	pause(probe);
#endif
#ifdef WRITE_TAKER
	TRY(setlk(probe, (me == 0 -> WRLCK : RDLCK)), alive);
#else
	TRY(setlk(probe, RDLCK), alive);
#endif
	/* Step 12 (record_lock_ask). */
#ifndef MUTATION_NO_ASK_AGAIN
	TRY(nobody_holds(probe), collided);
#endif
#endif
	/* Step 13 (compare). */
#ifndef MUTATION_NO_COMPARE
	TRY(still_leads_to(n, probe), not_taken_over);
#endif
	/* Step 14 (remove_names). */
	DO(remove_name(n));
#if !defined(WITHOUT_CHANCE) && !defined(LOOK_TWICE)
progress_taken_over:
	skip;
#endif
	goto not_taken_over;

	/* OWNER_RIVAL.  Two hold F_RDLCK and each sees the other.  Only chance
	 * ends this (that they wait for different times), and so it counts as
	 * progress.  So does a takeover: of those there is no end only where a
	 * name is made, and taken over before it is locked, again and again. */
collided:
#ifdef MUTATION_COLLISION_IS_HELD
	held = true;
#endif
#ifndef WITHOUT_CHANCE
progress_collided:
	skip;
#endif
	goto not_taken_over;

	/* OWNER_LIVING; else OWNER_REMOVED or OWNER_GONE. */
alive:
	held = true;
not_taken_over:
	DO(close_fd(probe));
asked:
	if
	:: n == TURN && held ->
		held = false;
		if				/* wait_for_owner */
		:: goto ask_for_turn		/* wait a moment */
		:: CAN_FAIL -> goto give_up	/* -w ended */
		fi
	:: n == TURN && !held -> goto ask_for_turn
	:: n != TURN ->
		n = n + held;			/* only past the living */
		held = false;
		goto ask_for_stage
	fi;

	/* FILE (replace_build). */
turn_is_mine:
#ifndef MUTATION_READ_BEFORE_TURN
	DO(read_file());
#endif
	DO(assert(name[FILE] != fd[OF(me, stage)]); whole = true);
	if
	:: skip
	:: CAN_FAIL -> goto give_up		/* COMMAND failed */
	fi;

	/* Step 5 (turn_confirm, owner_has), then the rename (publish_replace) or
	 * the link (publish_never_over). */
	if
	:: NAMED_RUNG ->
#ifndef MUTATION_NO_COMPARE_BEFORE_RENAME
		TRY(still_leads_to(TURN, turn), give_up);
#endif
#ifndef MUTATION_NO_COMPARE_OF_STAGE
		TRY(still_leads_to(k, stage), give_up);
#endif
#if defined(NEW_FILE) && !defined(MUTATION_RENAME_OVER_NEW_FILE)
		if
		:: missing ->
			TRY(link_to_file(k), give_up);
			goto remove_names
		:: else
		fi;
#endif
		TRY(rename_over_file(k), give_up);
#ifdef RESENT
		DO(rename_over_file(k); yes = false);
#endif
		forget_all();
#ifndef MUTATION_NO_COMPARE_BEFORE_UNLINK
		TRY(still_leads_to(TURN, turn), let_go);
#endif
#ifdef MUTATION_LOCK_GOES_FIRST
		DO(owner[TURN] = 0; close_fd(turn));
#endif
		DO(remove_name(TURN))
	:: else ->
#ifndef MUTATION_NO_COMPARE_BEFORE_RENAME
		TRY(still_leads_to(TURN, stage), give_up);
#endif
#if defined(NEW_FILE) && !defined(MUTATION_RENAME_OVER_NEW_FILE)
		if
		:: missing ->
			TRY(link_to_file(TURN), give_up);
			goto remove_names
		:: else
		fi;
#endif
		TRY(rename_over_file(TURN), give_up)
	fi;
	goto let_go;

	/* Letting go: the names first, then the locks.  Step 6 (turn_give_up and
	 * stage_discard, owner_remove). */
give_up:
	forget_all_but_k();
remove_names:
	TRY(still_leads_to(TURN, TURN_FD), turn_is_not_mine);
#ifdef MUTATION_LOCK_GOES_FIRST
	DO(owner[TURN] = 0; close_fd(TURN_FD));
#endif
	DO(remove_name(TURN));
turn_is_not_mine:
	if
	:: NAMED_RUNG && k != 0 ->
		TRY(still_leads_to(k, stage), let_go);
		DO(remove_name(k))
	:: else
	fi;
let_go:
	forget_all();
	if
	:: fd[OF(me, stage)] != NONE -> DO(close_fd(stage))
	:: else
	fi;
	if
	:: NAMED_RUNG && fd[OF(me, TURN_FD)] != NONE -> DO(close_fd(TURN_FD))
	:: else
	fi;
	goto ended;

	/* Killed: the kernel closes what was open, one after another. */
killed:
	forget_all();
	d_step {
		between[me] = false;
		i = 0;
		do
		:: i < NAMES ->
			if
			:: owner[i] == me + 1 -> owner[i] = 0
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0
	};
	do
	:: fd[OF(me, stage)] != NONE -> close_fd(stage)
	:: fd[OF(me, probe)] != NONE -> close_fd(probe)
	:: NAMED_RUNG && fd[OF(me, TURN_FD)] != NONE -> close_fd(TURN_FD)
	:: else -> break
	od;
ended:
	skip
	od
}

#ifdef CLEANER
/* tmpreaper, rm .FILE.* */
active proctype cleaner()
{
	byte n = TURN;

	do
	:: atomic {
		name[n] != NONE ->
#ifndef CLEANER_ANYTIME
		!between[0] && !between[1] ->
#endif
		d_step {
			name[n] = NONE;
			owner[n] = 0;
			settle()
		}
	   }
	:: n + 1 < NAMES -> n++
	:: n > TURN -> n--
	od
}
#endif

#ifdef NEW_FILE
/* A program outside the suite takes no turn. */
active proctype outsider()
{
	d_step {
		name[FILE] == NONE ->
		name[FILE] = A_NEW_INODE;
		content_of_file = 2;
		settle()
	}
}
#endif

#ifdef STRANGER
/*
 * A writer that can neither open nor remove the turn's name, which is another
 * user's: step 15 (ask_proc), and TURN_FOREIGN after FOREIGN_LOOKS.  It gives
 * up, with 77, when the owner is dead: when /proc/locks, to be read without
 * permission, shows no lock.  It has the inode open with O_PATH, which needs no
 * permission either and keeps the number from being used again.
 */
inline says_77()
{
	if
	:: yes ->
		somebody_made(stage, false);
		assert(!yes && name[TURN] == fd[OF(me, stage)]);
		yes = true
	:: else
	fi
}

proctype stranger(byte me)
{
	bit yes;

	do
	:: TRY(open_name(TURN, stage), nothing);
#ifdef MUTATION_COMPARE_BEFORE_ASK
	TRY(leads_to(TURN, stage), alive);
#endif
#ifndef MUTATION_LOOK_ONCE
	TRY(nobody_holds(stage), alive);
	/* On the named rung a name is there before its lock: look twice. */
	pause(stage);
#endif
#ifdef MUTATION_COMPARE_BEFORE_ASK
	TRY(nobody_holds(stage); says_77(), alive);
#else
	TRY(nobody_holds(stage), alive);
	TRY(leads_to(TURN, stage); says_77(), alive);
#endif
alive:
	DO(close_fd(stage));
nothing:
	skip
	od;
killed:
	skip
}
#endif

#ifdef ONE_KIND
/*
 * lockread where there is one kind of lock (content_lock_take).  It asks for a
 * shared lock on the inode that FILE leads to, and is told "locked" only while
 * the writer that put it there has not closed it yet (publish_replace comes
 * before stage_close): in the instant of a replacement.  That its own lock is
 * in no writer's way is what the writers' assertions say.
 */
inline refused_by_its_writer()
{
	if
	:: !yes ->
#ifdef NEVER_REFUSED
		assert(false);
#endif
		somebody_made(stage, false);
		assert(yes)
	:: else
	fi;
	yes = false
}

proctype reader(byte me)
{
	bit yes;

	do
	:: TRY(open_name(FILE, stage), nothing);
	DO(setlk(stage, RDLCK); refused_by_its_writer());
	DO(close_fd(stage));
nothing:
	skip
	od;
killed:
	skip
}
#endif

init
{
	byte p;

	atomic {
#ifndef NEW_FILE
		name[FILE] = A_NEW_INODE;
		settle();
#endif
#ifdef LEFTOVERS
		do
		:: p + 1 < NAMES ->
			p++;
			if
			:: name[p] = A_NEW_INODE; settle()
			:: skip
			fi
		:: else -> break
		od;
		p = 0;
#endif
		do
		:: p < SLOTS -> run writer(p); p++
		:: else -> break
		od;
#ifdef STRANGER
		run stranger(SLOTS);
#endif
#ifdef ONE_KIND
		run reader(SLOTS);
#endif
		p = 0
	}
}
