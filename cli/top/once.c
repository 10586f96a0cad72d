/*
 * One frame as plain text.  See once.h.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/status.h"
#include "cli/terminal.h"
#include "cli/top/config.h"
#include "cli/top/draw.h"
#include "cli/top/feed.h"
#include "cli/top/grid.h"
#include "cli/top/model.h"
#include "cli/top/once.h"
#include "cli/top/sample.h"
#include "common/error.h"

#define WIDTH 80
#define HEIGHT 24
#define SIZE_MAX_CELLS 1000
/* What is between the two looks that tell how much CPU is used. */
#define LOOK_MS 200

/* Of stdout, or what LINES says, as under watch(1). */
static int
lines_of_terminal(void)
{
	const char *lines = getenv("LINES");
	long n = lines == NULL ? 0 : strtol(lines, NULL, 10);
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
		return size.ws_row;
	return n > 0 && n < SIZE_MAX_CELLS ? (int)n : HEIGHT;
}

static int
columns_of_terminal(void)
{
	size_t width = terminal_width();

	return width > 0 && width < SIZE_MAX_CELLS ? (int)width : WIDTH;
}

static void
print(struct model *model, struct grid *grid)
{
	int y, last = grid->height;
	char *line;

	draw_frame(grid, model);
	for (; last > 0; last--) {
		line = grid_line(grid, last - 1);
		if (*line != '\0')
			break;
		free(line);
	}
	if (last > 0)
		free(line);
	for (y = 0; y < last; y++) {
		line = grid_line(grid, y);
		puts(line);
		free(line);
	}
}

int
once(const char *ccproc, const char *id)
{
	struct grid grid = { .ascii = !terminal_is_utf8() };
	struct model model = { .whole = true };
	struct error err;
	struct feed *feed;
	int status = 0;

	grid_size(&grid, columns_of_terminal(), lines_of_terminal());
	feed = feed_open(&err);
	if (feed == NULL || feed_load(feed, &model, &err) != 0 ||
	    (id != NULL && feed_go(feed, &model, id, &err) != 0))
		status = say_failed(&err);
	else {
		top_config_read(ccproc, &model.limits);
		sample(&model, grid.width >= DRAW_WIDE);
		if (grid.width >= DRAW_WIDE &&
		    rows_count(&model.rows, SECTION_RUNNING) > 0) {
			poll(NULL, 0, LOOK_MS);
			sample(&model, true);
		}
		model_list(&model);
		print(&model, &grid);
	}
	feed_free(feed);
	model_clear(&model);
	grid_clear(&grid);
	return status;
}
