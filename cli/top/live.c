/*
 * The view as long as somebody looks.  See live.h.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/status.h"
#include "cli/terminal.h"
#include "cli/top/act.h"
#include "cli/top/config.h"
#include "cli/top/contents.h"
#include "cli/top/draw.h"
#include "cli/top/feed.h"
#include "cli/top/grid.h"
#include "cli/top/keys.h"
#include "cli/top/live.h"
#include "cli/top/model.h"
#include "cli/top/pane.h"
#include "cli/top/sample.h"
#include "cli/top/screen.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"

#define TICK_MS 1000
/* Figures and what agents do are looked at in every second tick. */
#define LOOK_TICKS 2
/* What happens meanwhile is asked for together. */
#define GATHER_MS 200
#define RETRY_MS 1000
/* A terminal with so many lines has room for the pane from the beginning. */
#define PANE_LINES 30

struct live {
	const char *ccproc;
	struct model model;
	struct grid grid;
	struct feed *feed; /* NULL: there is no daemon */
	struct act *act;
	bool changed;       /* the daemon has told something */
	int64_t refresh_at; /* when that is asked for; all times monotonic */
	int64_t retry_at;
	int64_t tick_at; /* 0: nothing runs */
	unsigned ticks;
	int64_t bytes; /* that the task in the pane had written */
	bool stale;    /* what the pane shows may have changed */
	char **asked;  /* the questions for which the bell rang */
};

static volatile sig_atomic_t ended; /* by a signal */

static void
on_signal(int signo)
{
	ended = signo;
}

static void
lose(struct live *live, const struct error *err)
{
	free(live->model.away);
	live->model.away = xasprintf("no daemon: %s", err->text);
	feed_free(live->feed);
	live->feed = NULL;
	live->changed = false;
	live->retry_at = time_mono_ms() + RETRY_MS;
}

static int
reach(struct live *live, struct error *err)
{
	live->feed = feed_open(err);
	if (live->feed == NULL || feed_watch(live->feed, err) != 0)
		return -1;
	if (feed_load(live->feed, &live->model, err) != 0)
		return -1;
	free(live->model.away);
	live->model.away = NULL;
	live->stale = true;
	return 0;
}

static void
refresh(struct live *live)
{
	struct error err;

	live->changed = false;
	live->stale = true;
	if (live->feed != NULL &&
	    feed_refresh(live->feed, &live->model, &err) != 0)
		lose(live, &err);
}

/* The title counts questions; one that is new rings. */
static void
announce(struct live *live)
{
	char **now = NULL, *name;
	bool ring = false;
	size_t i, k, n;

	for (i = 0; i < live->model.rows.n; i++) {
		const struct row *row = live->model.rows.items[i];

		if (row->asks == 0 || row->request_id == NULL)
			continue;
		name = xasprintf("%s %s", row->id, row->request_id);
		for (k = 0, n = strv_len(live->asked); k < n; k++)
			if (strcmp(live->asked[k], name) == 0)
				break;
		ring = ring || k == n;
		now = strv_add(now, name);
		free(name);
	}
	if (strv_len(now) != strv_len(live->asked) || ring)
		screen_title(strv_len(now));
	if (ring)
		screen_bell();
	strv_free(live->asked);
	live->asked = now;
}

static bool
anything_runs(const struct live *live)
{
	return rows_count(&live->model.rows, SECTION_RUNNING) +
	    rows_count(&live->model.rows, SECTION_NEEDS) >
	    0;
}

static void
tick(struct live *live)
{
	bool look = live->ticks++ % LOOK_TICKS == 0;

	sample(&live->model,
	    (look || live->ticks == 2) && live->grid.width >= DRAW_WIDE);
	live->stale = true;
	if (look && live->feed != NULL &&
	    sample_agents(&live->model, live->feed))
		refresh(live);
}

/* What files have grown by is read again, the rest when its task changes. */
static void
fill_pane(struct live *live)
{
	const struct item *item = list_at(&live->model.list);
	struct pane *pane = live->model.pane;
	enum pane_kind kind = act_pane(live->act);
	const struct row *row;
	bool anew;

	if (!pane_is_open(pane))
		return;
	row = item != NULL && item->kind == ITEM_TASK ? item->row : NULL;
	anew = pane_show(pane, kind, item == NULL ? NULL : item->key,
	    kind == PANE_QUESTION && row != NULL ? row->request_id : NULL);
	if (row == NULL && kind != PANE_HELP)
		pane_put(pane, xstrdup(""));
	else if (live->feed != NULL &&
	    (anew ||
		(live->stale && kind != PANE_QUESTION && kind != PANE_INFO &&
		    (kind != PANE_ACTIVITY || row == NULL ||
			row->bytes != live->bytes))))
		pane_put(pane,
		    contents_read(live->feed, live->ccproc, item, kind));
	live->bytes = row == NULL ? 0 : row->bytes;
	live->stale = false;
}

static void
draw(struct live *live)
{
	int width, height;

	screen_size(&width, &height);
	model_list(&live->model);
	fill_pane(live);
	act_tell(live->act);
	grid_size(&live->grid, width, height);
	draw_frame(&live->grid, &live->model);
	screen_paint(&live->grid);
	announce(live);
}

/* Until when there is nothing to do by itself; -1: for ever. */
static int
wait_ms(struct live *live)
{
	int64_t now = time_mono_ms();
	int64_t next = rows_settle(&live->model.rows, now), left;

	if (live->tick_at == 0 && anything_runs(live))
		live->tick_at = now;
	else if (live->tick_at != 0 && !anything_runs(live))
		live->tick_at = 0;
	left = live->tick_at - now;
	if (live->tick_at != 0 && (next == -1 || left < next))
		next = left;
	left = live->refresh_at - now;
	if (live->changed && (next == -1 || left < next))
		next = left;
	left = live->retry_at - now;
	if (live->feed == NULL && (next == -1 || left < next))
		next = left;
	return next < 0 ? next == -1 ? -1 : 0 : (int)next;
}

/* What is due by the clock. */
static void
do_due(struct live *live)
{
	int64_t now = time_mono_ms();
	struct error err;

	if (live->tick_at != 0 && now >= live->tick_at) {
		tick(live);
		live->tick_at = now + TICK_MS;
	}
	if (live->changed && now >= live->refresh_at)
		refresh(live);
	if (live->feed == NULL && now >= live->retry_at &&
	    reach(live, &err) != 0)
		lose(live, &err);
}

static void
take(struct live *live)
{
	struct error err;
	int got;

	while ((got = feed_take(live->feed, &err)) == 1) {
		if (!live->changed)
			live->refresh_at = time_mono_ms() + GATHER_MS;
		live->changed = true;
	}
	if (got == -1)
		lose(live, &err);
}

/* False: it is over. */
static bool
take_keys(struct live *live)
{
	struct error err;
	int key;

	while ((key = screen_key()) != KEY_IS_NONE)
		switch (act_key(live->act, key)) {
		case ACT_QUIT:
			return false;
		case ACT_ANEW:
			screen_redraw();
			live->retry_at = 0;
			if (live->feed != NULL &&
			    feed_load(live->feed, &live->model, &err) != 0)
				lose(live, &err);
			break;
		default:
			/*
			 * The next key is about what is at the cursor now,
			 * and no page of a question is passed over unseen.
			 */
			if (pane_is_open(live->model.pane))
				draw(live);
			else
				model_list(&live->model);
			break;
		}
	return true;
}

static bool
step(struct live *live)
{
	struct pollfd fds[ACT_JOBS + 2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	int job_fds[ACT_JOBS];
	size_t i, jobs = act_fds(live->act, job_fds);

	fds[1] = (struct pollfd){
		.fd = live->feed == NULL ? -1 : feed_fd(live->feed),
		.events = POLLIN,
	};
	for (i = 0; i < jobs; i++)
		fds[2 + i] = (struct pollfd){ .fd = job_fds[i],
			.events = POLLIN };
	if (poll(fds, 2 + jobs, wait_ms(live)) == -1 && errno != EINTR)
		return false;
	if (ended != 0 || (fds[0].revents & (POLLHUP | POLLERR)) != 0)
		return false;
	if (live->feed != NULL && fds[1].revents != 0)
		take(live);
	act_read(live->act);
	do_due(live);
	return take_keys(live);
}

static void
watch(struct live *live)
{
	do {
		rows_settle(&live->model.rows, time_mono_ms());
		draw(live);
	} while (step(live));
}

int
live(const char *ccproc, const char *id)
{
	struct live live = { .ccproc = ccproc,
		.model = { .whole = true, .keys = true } };
	struct sigaction action = { .sa_handler = on_signal };
	struct error err;
	int status = STATUS_OURS, height;

	if (reach(&live, &err) != 0 ||
	    (id != NULL && feed_go(live.feed, &live.model, id, &err) != 0)) {
		say_failed(&err);
		goto out;
	}
	top_config_read(ccproc, &live.model.limits);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (screen_open(&err) != 0) {
		say_failed(&err);
		goto out;
	}
	screen_size(&live.grid.width, &height);
	live.grid.ascii = !terminal_is_utf8();
	live.model.pane = pane_new();
	pane_open(live.model.pane, height >= PANE_LINES || id != NULL);
	live.act = act_new(ccproc, &live.model);
	watch(&live);
	screen_close();
	status = ended == 0 || ended == SIGINT ? 0 : STATUS_SIGNAL + ended;
out:
	act_free(live.act);
	pane_free(live.model.pane);
	feed_free(live.feed);
	strv_free(live.asked);
	model_clear(&live.model);
	grid_clear(&live.grid);
	return status;
}
