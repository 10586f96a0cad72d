/*
 * The ends of hooks.  See hookend.h.
 */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "common/exitrec.h"
#include "common/hookend.h"
#include "common/mem.h"

char *
hookend_failure(const struct exitrec *exit)
{
	switch (exit->stop_reason) {
	case STOP_NONE:
		break;
	case STOP_WALL:
		return xstrdup("it took too long and was ended");
	case STOP_OUTPUT_LIMIT:
		return xstrdup("it wrote too much and was ended");
	case STOP_KEEPER_LOST:
		return xstrdup("its keeper was killed; it is not repeated");
	default:
		return xasprintf("stopped: %s",
		    stop_reason_name(exit->stop_reason));
	}
	if (exit->spawn_stage[0] != '\0')
		return xasprintf("not started: %s: %s", exit->spawn_stage,
		    strerror((int)exit->spawn_errno));
	if (exit->exit_signal != 0)
		return xasprintf("killed by signal %" PRId64,
		    exit->exit_signal);
	return exit->exit_code == 0 ?
	    NULL :
	    xasprintf("exit code %" PRId64, exit->exit_code);
}
