/*
 * ccproc: the command for people.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/verbs/verbs.h"
#include "common/log.h"

/*
 * Else the next descriptor, perhaps the daemon's socket, would be one of
 * these.  Reading alone: what is written there fails, as it did before.
 */
static void
fill_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= STDIN_FILENO && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

int
main(int argc, char **argv)
{
	log_init("ccproc", false, false);
	fill_standard_descriptors();
	/*
	 * The daemon takes this as the directory of tasks, because MCP
	 * clients have theirs there; a command's is where it is typed.
	 */
	unsetenv("CLAUDE_PROJECT_DIR");
	return verbs_main(argc, argv);
}
