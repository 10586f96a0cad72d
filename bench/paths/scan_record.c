/* The scanner over the exit record of a task. */
#include <stdlib.h>
#include <string.h>

#include "bench/paths/path.h"
#include "common/error.h"
#include "common/jsonscan.h"

static const char record[] =
    "{\"version\":1,\"machine\":\"3d1219c7c4c5404aaa1f6d2a48adfda4\","
    "\"boot\":\"3db9694f-7036-43eb-9235-e0eeadcc0acb\",\"pidns\":"
    "\"4026531836\",\"keeper_pid\":997,\"keeper_start\":3765149,\"cgroup\":"
    "\"\",\"started_at\":1796051698070,\"keeper_version\":\"0.1.0\","
    "\"commands\":\"stop daemon leave\",\"main_exited\":true,\"main_pid\":999,"
    "\"exit_code\":0,\"exit_signal\":0,\"main_ended_at\":1796051698071,"
    "\"stop_reason\":\"\",\"spawn_stage\":\"\",\"spawn_errno\":0,\"ended_at\":"
    "1796051698071,\"elapsed\":1,\"utime\":0,\"stime\":0,\"maxrss_kb\":1076,"
    "\"memory_peak_kb\":0,\"oom_kills\":0,\"leftovers\":0,\"leftover_names\":"
    "\"\",\"unkillable\":0,\"stdout_cut\":0,\"stderr_cut\":0,\"note\":\"\"}";

void
path_setup(void)
{
}

void
path_run(void)
{
	struct error err;

	if (jsonscan_check(record, sizeof(record) - 1, &err) != 0)
		abort();
}
