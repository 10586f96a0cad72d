/*
 * Launches of agents in a sliding window.  See launches.h.
 */
#include <stddef.h>

#include "common/limits.h"
#include "daemon/config.h"
#include "daemon/queue/launches.h"

/* The last ones, oldest first. */
static int64_t times[AGENT_LAUNCHES_MAX];
static size_t n;

void
launches_note(int64_t at)
{
	size_t i;

	if (n == AGENT_LAUNCHES_MAX) {
		for (i = 1; i < n; i++)
			times[i - 1] = times[i];
		n--;
	}
	/* those that an earlier daemon launched come in any order */
	for (i = n++; i > 0 && times[i - 1] > at; i--)
		times[i] = times[i - 1];
	times[i] = at;
}

int64_t
launches_wait_ms(int64_t now)
{
	const struct config_agents *agents = &config_get()->agents;
	size_t most = (size_t)agents->launches;
	int64_t free_at;

	if (most == 0 || n < most)
		return 0;
	free_at = times[n - most] + agents->launch_period_s * 1000;
	return free_at > now ? free_at - now : 0;
}

void
launches_forget(void)
{
	n = 0;
}
