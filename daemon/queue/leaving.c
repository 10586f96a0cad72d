/*
 * A shutdown of the machine.  See leaving.h.
 */
#include <string.h>

#include "common/exitrec.h"
#include "common/machine.h"
#include "common/timefmt.h"
#include "daemon/queue/leaving.h"
#include "daemon/record/record.h"

/* So long after such an end the machine still stands: it was not shut down. */
#define LEAVING_MS 120000

static int64_t until;

void
leaving_note(const struct record *rec)
{
	struct machine here;

	if (rec->exit.stop_reason != STOP_SHUTDOWN)
		return;
	machine_read(&here); /* it may have been before the last boot */
	if (strcmp(rec->exit.machine.boot, here.boot) == 0)
		until = time_mono_ms() + LEAVING_MS;
}

int64_t
leaving_ms(void)
{
	int64_t ms = until == 0 ? 0 : until - time_mono_ms();

	return ms > 0 ? ms : 0;
}

void
leaving_forget(void)
{
	until = 0;
}
