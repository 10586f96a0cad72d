/*
 * Ages.  See age.h.
 */
#include <stdbool.h>
#include <string.h>

#include "common/machine.h"
#include "common/timefmt.h"
#include "daemon/record/age.h"

/* Clocks that differ by less were only read one after the other. */
#define AGREE_MS 1000
/* Those of two machines may differ by that. */
#define DRIFT_MS (INT64_C(3600) * 1000)

static bool
in_this_boot(const char *boot)
{
	struct machine here;

	machine_read(&here);
	return boot != NULL && boot[0] != '\0' && strcmp(boot, here.boot) == 0;
}

/*
 * The wall clock is the finer one, where they agree.  What is in the future
 * was there before the clock was set back, and before this boot.
 */
int64_t
age_of(const char *boot, int64_t wall_ms, int64_t up_ms)
{
	int64_t wall = time_wall_ms() - wall_ms, up = time_up_ms();

	if (up_ms <= 0 || !in_this_boot(boot))
		return wall < -DRIFT_MS ? up : wall;
	up -= up_ms;
	return wall - up > AGREE_MS || up - wall > AGREE_MS ? up : wall;
}
