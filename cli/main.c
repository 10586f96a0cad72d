/*
 * ccproc: the command for people.
 */
#include <stdlib.h>

#include "cli/verbs.h"
#include "common/log.h"

int
main(int argc, char **argv)
{
	log_init("ccproc", false, false);
	/*
	 * The daemon takes this as the directory of tasks, because MCP
	 * clients have theirs there; a command's is where it is typed.
	 */
	unsetenv("CLAUDE_PROJECT_DIR");
	return verbs_main(argc, argv);
}
