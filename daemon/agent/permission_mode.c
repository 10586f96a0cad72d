/*
 * Permission modes.  See permission_mode.h.
 */
#include "daemon/agent/permission_mode.h"

const struct choice permission_mode_choices[] = {
	{ "ask", PERMISSION_ASK },
	{ "plan", PERMISSION_PLAN },
	{ "acceptEdits", PERMISSION_ACCEPT_EDITS },
	{ "auto", PERMISSION_AUTO },
	{ "dontAsk", PERMISSION_DONT_ASK },
	{ "bypassPermissions", PERMISSION_BYPASS },
	{ NULL, 0 },
};

/* claude has no mode called ask: its default one asks. */
const char *
permission_mode_name(enum permission_mode mode)
{
	return mode == PERMISSION_ASK ?
	    "default" :
	    choice_name(permission_mode_choices, mode);
}
