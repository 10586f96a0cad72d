/*
 * What the daemon says to a keeper.  One that starts has only its task's id
 * on its command line, where nothing may look like the task: the folder of
 * its run is in KEEPER_VARIABLE, the descriptor KEEPER_STATUS_FD is a pipe for
 * what it tells, and KEEPER_ORDERS_FD is a file with its options and the
 * program, with a NUL after each.  KEEPER_MACHINE is what machine_print tells.  Daemons before there was that descriptor
 * have a file KEEPER_ORDERS in the folder, which the keeper removes.
 * To a running keeper: KEEPER_SIGNAL sent with pidfd_send_signal(2) and one of
 * these values.
 * Also what clients inside of a task ask of its keeper.
 * A plain SIGTERM is somebody else's, who wants us to end: the reason is
 * interrupted, and no daemon is started.
 */
#ifndef COMMON_KEEPERCTL_H
#define COMMON_KEEPERCTL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/exitrec.h"

#define KEEPER_VARIABLE "CCPROC_KEEPS"
#define KEEPER_MACHINE "CCPROC_MACHINE"
#define KEEPER_ORDERS "orders"
#define KEEPER_STATUS_FD 3
#define KEEPER_ORDERS_FD 4

/*
 * A real-time signal, so that several queue with their values; by number,
 * since C libraries differ in what they call the first one.
 */
#define KEEPER_SIGNAL 40

/*
 * From a process of the task, or anybody of the same user: see to it that a
 * daemon runs.  Not a mode of the signal above, for a keeper of an older
 * version would take a mode that it does not know for a stop.
 */
#define KEEPER_SIGNAL_DAEMON 41

enum keeper_mode { KEEPER_GRACEFUL, KEEPER_NOW };

/* In the place of a mode: what is no stop. */
enum keeper_order {
	KEEPER_PAUSE = 2,
	KEEPER_UNPAUSE,
	KEEPER_TELL,      /* a signal to the program */
	KEEPER_TELL_TREE, /* and to all that descends from it */
};

/*
 * The words of a claim for what its keeper can be told: "stop" is the modes
 * above, "daemon" the signal above, "leave" a stop
 * for the reasons shutdown and logout, after which no daemon is started,
 * "pause" and "signal" are the orders.  Nothing else may be sent to a keeper that
 * does not list it; the first ones had no list, and take any mode for a stop.
 */
#define KEEPER_FIRST_COMMANDS "stop daemon"
#define KEEPER_COMMANDS KEEPER_FIRST_COMMANDS " leave pause signal"

/*
 * In the folder of a run while its program is paused, since the file was
 * written: the keeper's word that nothing of it runs.
 */
#define KEEPER_PAUSED "paused"

struct error;

/* Whether the keeper with that claim knows a command; -1 with err. */
int keeperctl_check(const struct exitrec *claim, const char *command,
    struct error *err);

/* From STOP_USER, which is 0 there, to STOP_LOGOUT; grace_s 0..3600. */
static inline int
keeperctl_value(enum keeper_mode mode, enum stop_reason reason,
    unsigned grace_s)
{
	return (int)((unsigned)mode | (unsigned)(reason - STOP_USER) << 4 |
	    grace_s << 8);
}

/* Whether it is a mode of ours, and not one of a later daemon. */
static inline bool
keeperctl_is_stop(int value)
{
	return (value & 0xf) <= KEEPER_NOW;
}

static inline enum keeper_mode
keeperctl_mode(int value)
{
	return (value & 0xf) == KEEPER_NOW ? KEEPER_NOW : KEEPER_GRACEFUL;
}

/* One that we do not know is somebody's wish all the same. */
static inline enum stop_reason
keeperctl_reason(int value)
{
	unsigned reason = STOP_USER + ((unsigned)value >> 4 & 0xf);

	return reason <= STOP_LOGOUT ? (enum stop_reason)reason : STOP_USER;
}

static inline unsigned
keeperctl_grace_s(int value)
{
	return (unsigned)value >> 8 & 0xfff;
}

/*
 * An order with its signal, or 0.  Mark tells orders apart, so that one that
 * is sent again, by a daemon that cannot know whether the last one has, is not
 * followed twice.
 */
#define KEEPER_MARKS 1024
static inline int
keeperctl_order(enum keeper_order order, int signo, unsigned mark, bool again)
{
	return (int)((unsigned)order | (unsigned)signo << 8 |
	    mark % KEEPER_MARKS << 20 | (again ? 1U << 30 : 0));
}

static inline enum keeper_order
keeperctl_order_of(int value)
{
	return (enum keeper_order)(value & 0xf);
}

static inline int
keeperctl_signo(int value)
{
	return (int)((unsigned)value >> 8 & 0xff);
}

static inline unsigned
keeperctl_mark(int value)
{
	return (unsigned)value >> 20 & (KEEPER_MARKS - 1);
}

static inline bool
keeperctl_is_again(int value)
{
	return ((unsigned)value >> 30 & 1) != 0;
}

/* The byte on the status pipe once execve(2) of the program succeeded. */
#define KEEPER_RUNNING 'R'

#endif
