/* Reading an exit record from its file. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/paths/path.h"
#include "common/error.h"
#include "common/exitrec.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static int fd;

void
path_setup(void)
{
	struct exitrec rec = taskbox_exit(0);
	struct error err;

	fd = open(unit_path("record"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || exitrec_write_claim(fd, &rec, &err) != 0 ||
	    exitrec_write_main(fd, &rec, &err) != 0 ||
	    exitrec_write_outcome(fd, &rec, &err) != 0)
		abort();
	path_at_end(unit_cleanup);
}

void
path_run(void)
{
	struct exitrec rec;
	struct error err;

	lseek(fd, 0, SEEK_SET);
	if (exitrec_read_fd(fd, &rec, &err) != 0 || !rec.complete)
		abort();
}
