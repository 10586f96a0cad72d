/*
 * What claude may do without a question: its permission modes, and one of
 * ours.
 */
#ifndef DAEMON_AGENT_PERMISSION_MODE_H
#define DAEMON_AGENT_PERMISSION_MODE_H

#include "json/schema.h"

enum permission_mode {
	PERMISSION_ABSENT,
	PERMISSION_ASK, /* claude's `default' mode, in which it asks us */
	PERMISSION_PLAN,
	PERMISSION_ACCEPT_EDITS,
	PERMISSION_AUTO,
	PERMISSION_DONT_ASK,
	PERMISSION_BYPASS,
};

/* The words for them in calls and in the configuration. */
extern const struct choice permission_mode_choices[];

/* claude's word for a mode: "default", "plan", ...; NULL for absent. */
const char *permission_mode_name(enum permission_mode mode);

#endif
