/*
 * The lines of the list, and frames that are drawn of them.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tasks.h"
#include "cli/top/draw.h"
#include "cli/top/grid.h"
#include "cli/top/keys.h"
#include "cli/top/list.h"
#include "cli/top/model.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "tests/unit/unit.h"

static struct model model;
static struct grid grid;
static int64_t now; /* of rows */

static void
setup(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	memset(&model, 0, sizeof(model));
	model.whole = true;
	now = 1000;
}

static void
teardown(void)
{
	model_clear(&model);
	grid_clear(&grid);
}

static char dir[] = "/nonexistent";

/* Tells of a task in a state, perhaps of a group. */
static void
tell(const char *id, const char *state, const char *group)
{
	char *name = xasprintf("n%s", id), *told = xstrdup(state);
	char *key = xstrdup(id), *of = xstrdup(group);
	struct ask_info ask = { .request_id = name, .tool = name };
	struct task_info task = { .id = key,
		.name = name,
		.state = told,
		.group = of,
		.exit_code = -1,
		.queue_position = strtol(id + 1, NULL, 10),
		.run = 1,
		.runs = 1,
		.output = { .dir = dir } };

	if (strcmp(state, "needs_input") == 0)
		task.asks = (struct field_array){ .items = &ask, .n = 1 };
	rows_update(&model.rows, &task, now);
	free(of);
	free(key);
	free(told);
	free(name);
	model_list(&model);
}

/* The keys of the lines, with a mark at the cursor. */
static void
expect(const char *want)
{
	struct buf seen = { 0 };
	size_t i;

	buf_reserve(&seen, 1);
	seen.data[0] = '\0';
	for (i = 0; i < model.list.n; i++)
		buf_printf(&seen, "%s%s%s", i == 0 ? "" : " ",
		    i == model.list.cursor ? ">" : "",
		    model.list.items[i].kind == ITEM_MORE ?
			"more" :
			model.list.items[i].key);
	ck_assert_str_eq(seen.data, want);
	buf_clear(&seen);
}

START_TEST(sections)
{
	model_list(&model);
	expect("");
	tell("t3", "running", NULL);
	tell("t1", "running", NULL);
	tell("t2", "needs_input", NULL);
	tell("t5", "queued", NULL);
	tell("t4", "failed", NULL);
	tell("t6", "completed", NULL);
	free(model.list.key);
	model.list.key = xstrdup("t1");
	model_list(&model);
	expect("#needs t2 #running >t1 t3 #queued #ended t6 t4");
}
END_TEST

START_TEST(cursor_stays)
{
	tell("t2", "running", NULL);
	tell("t3", "running", NULL);
	list_move(&model.list, 1);
	expect("#running t2 >t3");
	tell("t1", "running", NULL);
	expect("#running t1 t2 >t3");
	rows_remove(&model.rows, "t3");
	model_list(&model);
	expect("#running t1 >t2");
	list_move(&model.list, -10);
	expect(">#running t1 t2");
	list_move(&model.list, 10);
	expect("#running t1 >t2");
}
END_TEST

START_TEST(row_stays_for_a_while)
{
	tell("t1", "running", NULL);
	tell("t2", "running", NULL);
	expect("#running >t1 t2");
	tell("t1", "completed", NULL);
	expect("#running >t1 t2");
	ck_assert_int_eq(rows_settle(&model.rows, now + 500), 1500);
	expect("#running >t1 t2");
	ck_assert_int_eq(rows_settle(&model.rows, now + ROWS_STAY_MS), -1);
	list_go(&model.list, rows_find(&model.rows, "t1"));
	model_list(&model);
	expect("#running t2 #ended >t1");
	/* one that comes back stays where it was */
	tell("t2", "needs_input", NULL);
	tell("t2", "running", NULL);
	ck_assert_int_eq(rows_settle(&model.rows, now), -1);
}
END_TEST

START_TEST(groups)
{
	tell("t1", "completed", "night");
	tell("t2", "running", "night");
	tell("t3", "failed", "night");
	tell("t4", "running", "alone");
	list_move(&model.list, -10);
	list_move(&model.list, 1);
	expect("#running >night t2 t4 #ended night ended");
	ck_assert_uint_eq(model.list.items[1].tally.total, 3);
	ck_assert_uint_eq(model.list.items[1].tally.failed, 1);
	list_go(&model.list, rows_find(&model.rows, "t3"));
	model_list(&model);
	expect("#running night t2 t4 #ended night ended >t3 t1");
	list_turn_all(&model.list);
	model_list(&model);
	expect("#running night t4 #ended >night ended");
	model.list.nest = NEST_NONE;
	model_list(&model);
	expect("#running t2 t4 #ended >t3 t1"); /* where it was */
}
END_TEST

START_TEST(queue_is_folded)
{
	tell("t1", "queued", NULL);
	tell("t2", "queued", NULL);
	model.totals.queued = 7;
	model_list(&model);
	expect(">#queued");
	ck_assert_uint_eq(model.list.items[0].n, 7);
	ck_assert(list_turn(&model.list));
	model_list(&model);
	expect(">#queued t1 t2 more");
	list_move(&model.list, 10);
	expect("#queued t1 >t2 more");
	rows_forget_queue(&model.rows);
	tell("t2", "queued", NULL);
	rows_drop_untold(&model.rows);
	model_list(&model);
	expect("#queued >t2 more");
}
END_TEST

START_TEST(filter)
{
	tell("t1", "running", NULL);
	tell("t2", "queued", NULL);
	tell("t3", "completed", "g");
	model.list.filter = xstrdup("NT2");
	model_list(&model);
	expect("#queued >t2");
}
END_TEST

/* No size, and no place of the cursor, is too small. */
START_TEST(sizes)
{
	char id[16];
	int i, width, height;

	for (i = 1; i <= 40; i++) {
		snprintf(id, sizeof(id), "t%d", i);
		tell(id,
		    i % 4 == 0     ? "queued" :
			i % 4 == 1 ? "running" :
			i % 4 == 2 ? "needs_input" :
				     "failed",
		    i % 3 == 0 ? "g" : NULL);
	}
	model.keys = true;
	for (width = 1; width < 130; width += 3)
		for (height = 1; height < 30; height += 2) {
			list_move(&model.list, width % 2 == 0 ? 7 : -5);
			grid_size(&grid, width, height);
			draw_frame(&grid, &model);
		}
}
END_TEST

/* The line of a group in the list, or whatever line a task would have. */
static struct item
line_of(const char *key)
{
	struct item item = { .kind = ITEM_TASK,
		.row = rows_find(&model.rows, key) };
	size_t i;

	for (i = 0; item.row == NULL && i < model.list.n; i++)
		if (strcmp(model.list.items[i].key, key) == 0)
			item = model.list.items[i];
	ck_assert_ptr_nonnull(item.row);
	return item;
}

/* The command of a key for a task or group, or "-". */
static void
runs(int code, const char *id, const char *want)
{
	const struct item item = line_of(id);
	const struct key *key = keys_find(code, &item);
	struct buf line = { 0 };
	char **words = key == NULL ? NULL : keys_command(key, &item, "TEXT");

	if (words != NULL)
		keys_add_line(words, &line);
	ck_assert_str_eq(words == NULL ? "-" : line.data, want);
	strv_free(words);
	buf_clear(&line);
}

START_TEST(keys)
{
	tell("t1", "running", NULL);
	tell("t2", "queued", NULL);
	runs('s', "t1", "ccproc stop t1");
	runs('h', "t1", "-");
	runs('h', "t2", "ccproc hold t2");
	runs('+', "t2", "ccproc move --first t2");
	runs('-', "t2", "ccproc move --last t2");
	rows_find(&model.rows, "t2")->held = true;
	runs('h', "t2", "ccproc release t2");
	tell("t2", "completed", NULL);
	runs('h', "t2", "-");
	runs('R', "t2", "ccproc restart t2");
	tell("t3", "needs_input", NULL);
	runs('n', "t3", "ccproc answer -q nt3 t3 deny");
	runs('A', "t3", "ccproc answer -a -q nt3 t3 allow");
	runs('r', "t3", "ccproc answer -q nt3 t3 deny -r TEXT");
}
END_TEST

static void
counts(int code, const char *key, size_t want)
{
	const struct item item = line_of(key);
	const struct key *known = keys_find(code, &item);

	ck_assert_ptr_nonnull(known);
	ck_assert(known->harmful); /* it asks, and says how many */
	ck_assert_uint_eq(keys_count(known, &item), want);
}

START_TEST(keys_of_groups)
{
	char name[] = "g1";
	struct group_total total = { name, 60 };

	tell("t1", "running", "g1");
	tell("t2", "running", "g1");
	tell("t3", "queued", "g1");
	tell("t4", "failed", "g1");
	tell("t5", "completed", "g1");
	model.totals.groups = &total; /* of which one has a row */
	model.totals.ngroups = 1;
	model_list(&model);
	runs('s', "g1", "ccproc stop -g g1");
	counts('s', "g1", 62);
	runs('p', "g1", "ccproc pause -g g1");
	counts('p', "g1", 2);
	runs('h', "g1", "ccproc hold -g g1");
	counts('h', "g1", 60);
	runs('R', "g1", "-");
	runs('y', "g1", "-");
	runs('R', "g1 ended", "ccproc restart --failed -g g1");
	counts('R', "g1 ended", 1);
	runs('s', "g1 ended", "-");
	total.queued = 0;
	rows_find(&model.rows, "t1")->paused = true;
	rows_find(&model.rows, "t3")->held = true;
	model_list(&model);
	counts('p', "g1", 1);
	runs('h', "g1", "ccproc release -g g1");
	rows_find(&model.rows, "t2")->paused = true;
	model_list(&model);
	runs('p', "g1", "ccproc unpause -g g1");
	counts('p', "g1", 2);
	model.totals.groups = NULL;
	model.totals.ngroups = 0;
}
END_TEST

/* What has ended today is counted apart. */
START_TEST(today)
{
	char *line;

	tell("t1", "completed", NULL);
	tell("t2", "failed", NULL);
	rows_find(&model.rows, "t2")->ended_at = time_wall_ms();
	rows_find(&model.rows, "t2")->unseen = true;
	model_list(&model);
	ck_assert_uint_eq(model.list.items[0].today, 1);
	ck_assert_uint_eq(model.list.items[0].tally.failed, 1);
	ck_assert_uint_eq(model.list.items[0].tally.completed, 0);
	grid_size(&grid, 80, 24);
	draw_frame(&grid, &model);
	line = grid_line(&grid, 2);
	ck_assert_ptr_nonnull(strstr(line,
	    "1 ENDED TODAY 0 completed, 1 failed, 1 before"));
	free(line);
	line = grid_line(&grid, 3);
	ck_assert_ptr_nonnull(strstr(line, " unseen  "));
	free(line);
	rows_find(&model.rows, "t2")->ended_at = 0;
	model_list(&model);
	ck_assert_uint_eq(model.list.items[0].today, 0);
	ck_assert_uint_eq(model.list.items[0].tally.completed, 1);
}
END_TEST

UNIT_SUITE
{
	unit_suite("list", setup, teardown, sections, cursor_stays,
	    row_stays_for_a_while, groups, queue_is_folded, filter, sizes, keys,
	    keys_of_groups, today, NULL);
}
