/*
 * Draws a frame.  See draw.h.  Long because all of a line's columns are known
 * to whatever draws a line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/top/draw.h"
#include "cli/top/grid.h"
#include "cli/top/keys.h"
#include "cli/top/list.h"
#include "cli/top/model.h"
#include "cli/top/pane.h"
#include "cli/top/spell.h"
#include "common/mem.h"
#include "common/timefmt.h"

/* Where the columns of the list are; 0 columns: there is none. */
struct columns {
	int name_at, name;
	int last_at, last;
	int cpu_at; /* the first column behind `last' */
	int cpu, bars, age, memory, cost;
};

#define GAP 2
#define CPU 6
#define BARS 4
#define AGE 8
#define MEMORY 6
#define COST 7
#define NAME_LEAST 14
/* A bar of progress is short where there is less room. */
#define BAR_ROOM 56
#define UNSEEN 6
#define UNSEEN_LEAST 30

struct drawing {
	struct grid *grid;
	struct model *model;
	int64_t now;
	struct columns columns;
};

static const char *const signs[SECTIONS] = { "!", "▶", "◌", "✔" };
static const char *const titles[SECTIONS] = { "NEEDS YOU", "RUNNING", "QUEUED",
	"ENDED" };
static const int looks[SECTIONS] = { STYLE_NEEDS, STYLE_RUNNING, STYLE_QUEUED,
	STYLE_GOOD };

/* Adds " 4/16", with a bar before it where there is room. */
static void
add_slots(struct buf *out, const char *what, size_t used, int64_t limit,
    bool bars)
{
	int64_t i, lit;

	buf_printf(out, "%s ", what);
	if (bars && limit > 0) {
		lit = ((int64_t)used * 8 + limit - 1) / limit;
		for (i = 0; i < 8; i++)
			buf_puts(out, i < lit ? "▮" : "▯");
		buf_puts(out, " ");
	}
	buf_printf(out, "%zu", used);
	if (limit > 0)
		buf_printf(out, "/%" PRId64, limit);
}

static void
add_use(const struct model *model, struct buf *out)
{
	double percent = 0;
	int64_t memory = 0;
	char text[SPELL_SIZE];
	const struct row *row;
	bool cpu = false;
	size_t i;

	for (i = 0; i < model->rows.n; i++) {
		row = model->rows.items[i];
		if (row->section > SECTION_RUNNING)
			continue;
		cpu = cpu || row->figures.percent >= 0;
		percent += row->figures.percent > 0 ? row->figures.percent : 0;
		memory += row->figures.memory > 0 ? row->figures.memory : 0;
	}
	if (cpu)
		buf_printf(out, "   cpu %s", spell_percent(percent, text));
	if (memory > 0)
		buf_printf(out, "  mem %s", spell_memory(memory, text));
}

static void
add_costs(const struct model *model, struct buf *out)
{
	char text[SPELL_SIZE];

	if (model->cost_today_usd <= 0 && model->limits.budget_usd <= 0)
		return;
	buf_printf(out, "   %s today", spell_cost(model->cost_today_usd, text));
	if (model->limits.budget_usd > 0)
		buf_printf(out, " / %.4g", model->limits.budget_usd);
}

static void
count_slots(const struct model *model, size_t *commands, size_t *agents)
{
	const struct row *row;
	size_t i;

	*commands = *agents = 0;
	for (i = 0; i < model->rows.n; i++) {
		row = model->rows.items[i];
		if (row->section <= SECTION_RUNNING)
			++*(row->agent ? agents : commands);
	}
}

static void
draw_head(const struct drawing *d)
{
	const struct model *model = d->model;
	bool wide = d->grid->width >= DRAW_WIDE;
	struct buf out = { 0 };
	size_t commands, agents;
	char *title = NULL;
	int from = 12, room;

	grid_put(d->grid, 0, 0, d->grid->width, LOOK_BOLD, "ccproc top");
	if (model->list.filter != NULL && model->list.filter[0] != '\0')
		title = xasprintf("/%s", model->list.filter);
	if (title != NULL)
		from += 1 +
		    grid_put(d->grid, 0, from, d->grid->width / 4, LOOK_BOLD,
			title);
	free(title);
	room = d->grid->width - from;
	if (model->away != NULL) {
		grid_put(d->grid, 0, from, room, STYLE_BAD | LOOK_BOLD,
		    model->away);
		return;
	}
	count_slots(model, &commands, &agents);
	add_slots(&out, "cmd", commands, model->limits.commands, wide);
	buf_puts(&out, "  ");
	add_slots(&out, "agents", agents, model->limits.agents, wide);
	if (model->totals.queued > 0)
		buf_printf(&out, "  %zu queued", model->totals.queued);
	if (wide)
		add_use(model, &out);
	add_costs(model, &out);
	grid_put_before(d->grid, 0, d->grid->width, room, STYLE_PLAIN,
	    out.data);
	buf_clear(&out);
}

static bool
has_costs(const struct model *model)
{
	size_t i;

	for (i = 0; i < model->rows.n; i++)
		if (model->rows.items[i]->cost_usd > 0)
			return true;
	return false;
}

static int
name_of_group(const struct drawing *d, const struct row *row)
{
	return row->group_name == NULL ? 0 :
					 grid_width(d->grid, row->group_name);
}

/* The widest name, with what is before it. */
static int
name_width(const struct drawing *d)
{
	const struct item *item;
	int width, most = NAME_LEAST;
	size_t i;

	for (i = 0; i < d->model->list.n; i++) {
		item = &d->model->list.items[i];
		if (item->row == NULL)
			continue;
		width = 2 * item->depth +
		    (item->kind == ITEM_GROUP ?
			    grid_width(d->grid, item->row->group) + 1 +
				name_of_group(d, item->row) :
			    grid_width(d->grid, item->row->id) + 1 +
				grid_width(d->grid, item->row->name));
		if (width > most)
			most = width;
	}
	return most;
}

static void
lay_out(struct drawing *d)
{
	struct columns *c = &d->columns;
	int width = d->grid->width, right = GAP + AGE, most;

	memset(c, 0, sizeof(*c));
	c->age = AGE;
	if (width >= DRAW_WIDE) {
		c->cpu = CPU;
		c->bars = BARS;
		c->memory = MEMORY;
		c->cost = has_costs(d->model) ? COST : 0;
		right += CPU + 1 + BARS + GAP + MEMORY +
		    (c->cost > 0 ? 1 + COST : 0);
	}
	if (width < 40) {
		c->age = 0;
		right = 0;
	}
	c->name_at = 3;
	most = (width - right - c->name_at) * 2 / 5;
	c->name = name_width(d);
	if (c->name > most)
		c->name = most;
	c->last_at = c->name_at + c->name + GAP;
	c->cpu_at = width - right + GAP;
	c->last = width - right - c->last_at;
}

/* Puts what is in the columns on the right, each of which may be NULL. */
static void
put_right(const struct drawing *d, int y, int look, const char *cpu,
    const char *bars, const char *age, const char *memory, const char *cost)
{
	const struct columns *c = &d->columns;
	int at = c->cpu_at;

	if (c->cpu > 0) {
		if (cpu != NULL)
			grid_put_before(d->grid, y, at + CPU, CPU, look, cpu);
		if (bars != NULL)
			grid_put(d->grid, y, at + CPU + 1, BARS, look, bars);
		at += CPU + 1 + BARS;
	} else
		at -= GAP;
	if (c->age > 0 && age != NULL)
		grid_put_before(d->grid, y, at + GAP + AGE, AGE, look, age);
	at += GAP + AGE;
	if (c->memory > 0 && memory != NULL)
		grid_put_before(d->grid, y, at + MEMORY, MEMORY, look, memory);
	at += c->memory + 1;
	if (c->cost > 0 && cost != NULL)
		grid_put_before(d->grid, y, at + COST, COST, look, cost);
}

/* The next one in the queue behind a place that may start, or NULL. */
static const struct row *
next_queued(const struct model *model, int64_t place)
{
	const struct row *row, *next = NULL;
	size_t i;

	for (i = 0; i < model->rows.n; i++) {
		row = model->rows.items[i];
		if (row->section == SECTION_QUEUED && !row->held &&
		    row->place > place &&
		    (next == NULL || row->place < next->place))
			next = row;
	}
	return next;
}

/* "next t52 t53 for a free place · t54 for t44" */
static void
add_queue(const struct model *model, struct buf *out)
{
	const struct row *row = next_queued(model, 0), *next;
	size_t n;

	for (n = 0; row != NULL && n < 8; n++, row = next) {
		next = next_queued(model, row->place);
		buf_printf(out, "%s%s", n == 0 ? "next " : " ", row->id);
		if (next != NULL && n < 7 && row->waits_for != NULL &&
		    next->waits_for != NULL &&
		    strcmp(row->waits_for, next->waits_for) == 0)
			continue;
		if (row->waits_for != NULL)
			buf_printf(out, row->drained ? ": %s" : " for %s",
			    row->waits_for);
		if (next != NULL)
			buf_puts(out, " ·");
	}
	if (row != NULL)
		buf_puts(out, " …");
}

/* "41 completed, 2 failed" */
static void
add_ended(const struct tally *t, struct buf *out)
{
	size_t others = t->ended - t->completed - t->failed;

	buf_printf(out, "%zu completed", t->completed);
	if (t->failed > 0)
		buf_printf(out, ", %zu failed", t->failed);
	if (others > 0)
		buf_printf(out, ", %zu cancelled", others);
}

static void
draw_section(const struct drawing *d, int y, const struct item *item,
    bool first)
{
	struct grid *grid = d->grid;
	const struct columns *c = &d->columns;
	struct buf out = { 0 };
	char *title;
	int x, look = looks[item->section];

	if (item->section == SECTION_QUEUED)
		add_queue(d->model, &out);
	else if (item->section == SECTION_ENDED)
		add_ended(&item->tally, &out);
	if (item->today > 0 && item->today < item->n)
		buf_printf(&out, ", %zu before", item->n - item->today);
	if (item->section == SECTION_ENDED && !d->model->whole)
		buf_puts(&out, ", and older ones");
	grid_put(grid, y, 1, 1, look | LOOK_BOLD, signs[item->section]);
	title = item->today > 0 ?
	    xasprintf("%zu ENDED TODAY", item->today) :
	    xasprintf("%zu %s", item->n, titles[item->section]);
	x = 3 + grid_put(grid, y, 3, grid->width - 3, look | LOOK_BOLD, title);
	free(title);
	if (!item->open)
		x += grid_put(grid, y, x, 2, LOOK_DIM, " ▸");
	if (out.len > 0)
		x += 1 +
		    grid_put(grid, y, x + 1,
			(first && c->cpu > 0 ? c->cpu_at : grid->width) - x - 2,
			STYLE_PLAIN, out.data);
	grid_fill(grid, y, x + 1, grid->width, LOOK_DIM, "─");
	if (first)
		put_right(d, y, LOOK_DIM, " cpu", NULL, " age", " mem",
		    " cost");
	buf_clear(&out);
}

/* Four signs, of which a full one is a whole core. */
static const char *
bars_of(const struct row *row, char *text)
{
	static const char *const steps[] = { "▁", "▃", "▅", "▇" };
	double share;
	size_t i, step;

	*text = '\0';
	for (i = 0; i < ROWS_HISTORY; i++) {
		share = row->figures.history[i];
		step = share >= 75 ? 3 : share >= 40 ? 2 : share >= 5 ? 1 : 0;
		strcat(text, steps[step]);
	}
	return text;
}

static const char *
age_of(const struct drawing *d, const struct row *row, char *text)
{
	int64_t from = row->started_at != 0 ? row->started_at : row->created_at;

	if (row->section == SECTION_ENDED)
		return row->ended_at == 0 ?
		    "" :
		    spell_moment(row->ended_at, d->now, text);
	if (row->section == SECTION_QUEUED)
		return row->created_at == 0 ?
		    "" :
		    spell_moment(row->created_at, d->now, text);
	return from == 0 ? "" : spell_age(d->now - from, text);
}

static void
add_question(const struct drawing *d, const struct row *row, struct buf *out)
{
	char text[SPELL_SIZE];

	if (row->asks > 1)
		buf_printf(out, "asks %zu things", row->asks);
	else
		buf_puts(out, "asks");
	if (row->asked_at != 0)
		buf_printf(out, " %s", spell_age(d->now - row->asked_at, text));
	if (row->expires_at != 0)
		buf_printf(out, ", denied in %s",
		    spell_age(row->expires_at - d->now, text));
	if (row->question != NULL)
		buf_printf(out, "  %s", row->question);
}

/* What a row says in its middle. */
static void
add_last(const struct drawing *d, const struct item *item, struct buf *out)
{
	const struct row *row = item->row;
	char text[TIMEFMT_SIZE];

	if (row->section == SECTION_NEEDS) {
		add_question(d, row, out);
		return;
	}
	if (row->section == SECTION_QUEUED) {
		buf_puts(out,
		    row->held                  ? "held" :
			row->waits_for != NULL ? row->waits_for :
						 "");
		return;
	}
	if (row->paused)
		buf_puts(out, "paused  ");
	if (item->folds) /* a tree */
		buf_printf(out, "%zu %s, %zu running  ", item->n,
		    item->n == 1 ? "child" : "children", item->tally.running);
	if (row->section == SECTION_ENDED) {
		if (!row->completed)
			buf_printf(out, "%s, ", row->outcome);
		buf_printf(out, "took %s  ", timefmt_span(row->took_ms, text));
	}
	if (row->last != NULL)
		buf_puts(out, row->last);
}

static const char *
sign_of(const struct row *row, int *look)
{
	*look = looks[row->section];
	if (row->section == SECTION_ENDED && row->failed) {
		*look = STYLE_BAD;
		return "✘";
	}
	if (row->section == SECTION_ENDED && !row->completed) {
		*look = STYLE_CANCELLED;
		return "✘";
	}
	return row->paused ? "‖" : signs[row->section];
}

static void
put_name(const struct drawing *d, int y, const struct item *item,
    const char *id, const char *name, int look)
{
	const struct columns *c = &d->columns;
	int x = c->name_at + 2 * item->depth, end = c->name_at + c->name;

	if (item->folds && item->section == SECTION_ENDED)
		x += 2; /* behind its sign */
	if (item->folds)
		grid_put(d->grid, y, x - 2, 1, look, item->open ? "▾" : "▸");
	x += grid_put(d->grid, y, x, end - x, look, id) + 1;
	if (x < end)
		grid_put(d->grid, y, x, end - x,
		    look & LOOK_DIM ? look : look | LOOK_BOLD, name);
}

static void
draw_task(const struct drawing *d, int y, const struct item *item)
{
	const struct row *row = item->row;
	char cpu[SPELL_SIZE], age[SPELL_SIZE], memory[SPELL_SIZE];
	char cost[SPELL_SIZE], bars[ROWS_HISTORY * 4 + 1];
	int style, look = row->moved_at != 0 ? LOOK_DIM : 0;
	bool runs = row->section <= SECTION_RUNNING;
	int last = d->columns.last;
	struct buf out = { 0 };
	const char *sign = sign_of(row, &style);

	/* where all are the same, the section's line has it */
	if (row->section != SECTION_RUNNING || row->shown != row->section ||
	    row->paused)
		grid_put(d->grid, y, 1, 1, style | look, sign);
	put_name(d, y, item, row->id, row->name, look);
	add_last(d, item, &out);
	if (row->unseen && last > UNSEEN_LEAST) {
		grid_put_before(d->grid, y, d->columns.last_at + last, UNSEEN,
		    LOOK_DIM, "unseen");
		last -= UNSEEN + GAP;
	}
	if (out.len > 0)
		grid_put(d->grid, y, d->columns.last_at, last,
		    row->section == SECTION_NEEDS ? style | look : look,
		    out.data);
	put_right(d, y, look,
	    runs && row->figures.percent >= 0 ?
		spell_percent(row->figures.percent, cpu) :
		NULL,
	    runs && row->figures.percent >= 0 ? bars_of(row, bars) : NULL,
	    age_of(d, row, age),
	    runs && row->figures.memory > 0 ?
		spell_memory(row->figures.memory, memory) :
		NULL,
	    row->cost_usd > 0 ? spell_cost(row->cost_usd, cost) : NULL);
	buf_clear(&out);
}

/* "▮▮▮▮▮▮▮▯▯▯▯▯ 29/50 done, 1 failed, about 9 min" */
static void
add_progress(const struct drawing *d, const struct tally *t, struct buf *out)
{
	size_t i, bars = d->columns.last >= BAR_ROOM ? 12 : 6;
	size_t lit = t->ended * bars / (t->total == 0 ? 1 : t->total);
	char cost[SPELL_SIZE], budget[SPELL_SIZE];
	int64_t left;

	for (i = 0; i < bars; i++)
		buf_puts(out, i < lit ? "▮" : "▯");
	buf_printf(out, " %zu/%zu done", t->ended, t->total);
	if (t->failed > 0)
		buf_printf(out, ", %zu failed", t->failed);
	if (t->running > t->paused)
		buf_printf(out, ", %zu running", t->running - t->paused);
	if (t->paused > 0)
		buf_printf(out, ", %zu paused", t->paused);
	if (t->held > 0)
		buf_printf(out, ", %zu held", t->held);
	if (t->budget_usd > 0)
		buf_printf(out, ", %s of %s", spell_cost(t->cost_usd, cost),
		    spell_cost(t->budget_usd, budget));
	if (t->ended < 3 || t->ended == t->total || t->started_at == 0)
		return;
	left = (d->now - t->started_at) / (int64_t)t->ended *
	    (int64_t)(t->total - t->ended) / 1000;
	if (left < 90)
		buf_printf(out, ", about %" PRId64 " s", left);
	else if (left < 5400)
		buf_printf(out, ", about %" PRId64 " min", (left + 30) / 60);
	else
		buf_printf(out, ", about %" PRId64 " h", (left + 1800) / 3600);
}

static void
draw_group(const struct drawing *d, int y, const struct item *item)
{
	const struct row *row = item->row;
	const struct tally *t = &item->tally;
	char cpu[SPELL_SIZE], age[SPELL_SIZE], memory[SPELL_SIZE];
	char cost[SPELL_SIZE];
	bool ended = item->section == SECTION_ENDED;
	struct buf out = { 0 };

	if (ended)
		grid_put(d->grid, y, 1, 1,
		    t->failed > 0 ? STYLE_BAD : STYLE_GOOD,
		    t->failed > 0 ? "✘" : "✔");
	put_name(d, y, item, row->group,
	    row->group_name == NULL ? "" : row->group_name, 0);
	if (ended)
		add_ended(t, &out);
	else
		add_progress(d, t, &out);
	grid_put(d->grid, y, d->columns.last_at, d->columns.last, 0, out.data);
	put_right(d, y, 0,
	    t->running > 0 && t->percent > 0 ? spell_percent(t->percent, cpu) :
					       NULL,
	    NULL,
	    ended                 ? spell_moment(row->ended_at, d->now, age) :
		t->started_at > 0 ? spell_age(d->now - t->started_at, age) :
				    NULL,
	    !ended && t->memory > 0 ? spell_memory(t->memory, memory) : NULL,
	    t->cost_usd > 0 ? spell_cost(t->cost_usd, cost) : NULL);
	buf_clear(&out);
}

static void
draw_more(const struct drawing *d, int y, const struct item *item)
{
	char *text = xasprintf("… %zu more", item->n);

	grid_put(d->grid, y, d->columns.name_at, d->grid->width, LOOK_DIM,
	    text);
	free(text);
}

static void
draw_item(const struct drawing *d, int y, size_t i)
{
	const struct list *list = &d->model->list;
	const struct item *item = &list->items[i];

	if (item->kind == ITEM_SECTION)
		draw_section(d, y, item, i == 0);
	else if (item->kind == ITEM_GROUP)
		draw_group(d, y, item);
	else if (item->kind == ITEM_MORE)
		draw_more(d, y, item);
	else
		draw_task(d, y, item);
	if (!d->model->keys || i != list->cursor)
		return;
	grid_put(d->grid, y, 0, 1, LOOK_BOLD, "▸");
	grid_mark(d->grid, y, LOOK_CURSOR);
}

/* The lines below the list and the pane: keys, and the command. */
static int
foot_lines(const struct model *model, int height)
{
	return !model->keys ? 0 : height >= 10 ? 2 : 1;
}

static int
pane_lines(const struct model *model, int height)
{
	int room = height - 1 - foot_lines(model, height);

	if (model->pane == NULL || !pane_is_open(model->pane))
		return 0;
	return height < 14 || pane_kind(model->pane) == PANE_HELP ?
	    room - 1 :
	    room * 2 / 5;
}

int
draw_list_lines(const struct model *model, int height)
{
	int lines = height - 1 - foot_lines(model, height) -
	    pane_lines(model, height);

	return lines > 0 ? lines : 0;
}

static void
draw_foot(const struct drawing *d)
{
	const struct model *model = d->model;
	struct grid *grid = d->grid;
	int y = grid->height - 1, right = grid->width;
	char *command;

	if (model->question != NULL) {
		grid_put(grid, y, 0, right, LOOK_BOLD, model->question);
		if (grid->height >= 10)
			keys_draw(model, grid, y - 1);
		return;
	}
	if (model->command != NULL) {
		command = xasprintf("$ %s", model->command);
		right -= grid_width(grid, command);
		grid_put_before(grid, y, grid->width, grid->width, LOOK_DIM,
		    command);
		free(command);
	}
	if (model->message != NULL)
		grid_put(grid, y, 0, right - 2,
		    model->message_bad ? STYLE_BAD : STYLE_PLAIN,
		    model->message);
	if (grid->height >= 10)
		keys_draw(model, grid, y - 1);
}

static bool
is_active(const struct model *model)
{
	size_t i;

	for (i = 0; i < model->rows.n; i++)
		if (model->rows.items[i]->shown != SECTION_ENDED)
			return true;
	return false;
}

void
draw_frame(struct grid *grid, struct model *model)
{
	struct drawing d = { .grid = grid,
		.model = model,
		.now = time_wall_ms() };
	int y = 1, lines = draw_list_lines(model, grid->height);
	struct list *list = &model->list;
	size_t i;

	lay_out(&d);
	draw_head(&d);
	if (!is_active(model) && model->away == NULL && lines > 0) {
		grid_put(grid, y++, 1, grid->width - 1, STYLE_PLAIN,
		    "nothing runs. Start something: ccproc start make -j8");
		lines--;
	}
	list_scroll(list, (size_t)lines);
	for (i = list->top; i < list->n && lines > 0; i++, lines--)
		draw_item(&d, y++, i);
	if (model->pane != NULL && pane_is_open(model->pane))
		pane_draw(model->pane, grid,
		    1 + draw_list_lines(model, grid->height),
		    pane_lines(model, grid->height));
	if (model->keys)
		draw_foot(&d);
}
