/*
 * ccproc-top: the live view, which `ccproc top' becomes.
 */
#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/status.h"
#include "cli/top/live.h"
#include "cli/top/once.h"
#include "common/log.h"

/* Of verbs/top.c: where ccproc is, whether one frame is wanted, which task. */
int
main(int argc, char **argv)
{
	bool single = argc > 2 && strcmp(argv[2], "--once") == 0;
	const char *id = argc > 2 + single ? argv[2 + single] : NULL;

	log_init("ccproc", false, false);
	if (argc < 2) {
		say("this is a part of ccproc: type ccproc top");
		return STATUS_USAGE;
	}
	setlocale(LC_ALL, "");
	return single ? once(argv[1], id) : live(argv[1], id);
}
