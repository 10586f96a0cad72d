/*
 * The lines of the list.  See list.h.  Long because what a line is made from and
 * where the cursor finds it again are decided together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/top/list.h"
#include "common/mem.h"

/* A group of more members takes too much room. */
#define SMALL_GROUP 8

/* Of sections. */
static const char *const keys[SECTIONS] = { "#needs", "#running", "#queued",
	"#ended" };

const char *
list_order_name(enum order order)
{
	static const char *const names[ORDERS] = { "start", "cpu", "memory",
		"cost", "name" };

	return names[order];
}

void
list_clear(struct list *list)
{
	free(list->filter);
	strv_free(list->turned);
	free(list->items);
	free(list->key);
	memset(list, 0, sizeof(*list));
}

static bool
is_turned(const struct list *list, const char *key)
{
	char *const *turned = list->turned;

	for (; turned != NULL && *turned != NULL; turned++)
		if (strcmp(*turned, key) == 0)
			return true;
	return false;
}

static bool
filters(const struct list *list)
{
	return list->filter != NULL && list->filter[0] != '\0';
}

static bool
has(const char *text, const char *wanted)
{
	return text != NULL && strcasestr(text, wanted) != NULL;
}

static bool
is_wanted(const struct list *list, const struct row *row)
{
	const char *f = list->filter;

	return !filters(list) || has(row->id, f) || has(row->name, f) ||
	    has(row->last, f) || has(row->state, f) || has(row->group, f) ||
	    has(row->group_name, f) || has(row->outcome, f) ||
	    has(row->question, f) || (row->unseen && has("unseen", f));
}

static const struct list *sorting; /* by qsort */

static int
compare_numbers(double a, double b)
{
	return a < b ? -1 : a > b;
}

/* What is largest comes first. */
static int
by_choice(const struct row *a, const struct row *b)
{
	switch (sorting->order) {
	case ORDER_CPU:
		return compare_numbers(b->figures.percent, a->figures.percent);
	case ORDER_MEMORY:
		return compare_numbers((double)b->figures.memory,
		    (double)a->figures.memory);
	case ORDER_COST:
		return compare_numbers(b->cost_usd, a->cost_usd);
	case ORDER_NAME:
		return strcasecmp(a->name, b->name);
	default:
		return 0;
	}
}

/*
 * The oldest first, so that what is new comes at the end and moves nothing;
 * but the queue by its places, and what has ended backwards.
 */
static int
by_section(const struct row *a, const struct row *b)
{
	if (a->shown == SECTION_QUEUED && a->place != b->place)
		return a->place == 0 ?
		    1 :
		    b->place == 0 ?
		    -1 :
		    compare_numbers((double)a->place, (double)b->place);
	if (a->shown == SECTION_ENDED && a->ended_at != b->ended_at)
		return compare_numbers((double)b->ended_at,
		    (double)a->ended_at);
	if (a->shown == SECTION_ENDED)
		return compare_numbers((double)b->number, (double)a->number);
	if (a->shown == SECTION_NEEDS && a->asked_at != b->asked_at)
		return compare_numbers((double)a->asked_at,
		    (double)b->asked_at);
	return compare_numbers((double)a->number, (double)b->number);
}

static int
compare(const void *one, const void *other)
{
	const struct row *a = *(struct row *const *)one;
	const struct row *b = *(struct row *const *)other;
	int result;

	if (a->shown != b->shown)
		return a->shown < b->shown ? -1 : 1;
	result = a->shown == SECTION_QUEUED ? 0 : by_choice(a, b);
	return result != 0 ? result : by_section(a, b);
}

static struct item *
add(struct list *list, enum item_kind kind, enum section section,
    const struct row *row, int depth)
{
	struct item *item;

	list->items = xreallocarray(list->items, list->n + 1,
	    sizeof(*list->items));
	item = &list->items[list->n++];
	*item = (struct item){ .kind = kind,
		.section = section,
		.row = row,
		.depth = depth };
	if (row != NULL)
		snprintf(item->key, sizeof(item->key), "%s", row->id);
	return item;
}

/* Sections are open by themselves, but the queue; small groups where they run. */
static bool
is_open(const struct list *list, const struct item *item)
{
	bool open = item->kind == ITEM_SECTION ?
	    item->section != SECTION_QUEUED :
	    item->kind != ITEM_GROUP ||
		(item->section != SECTION_ENDED &&
		    item->tally.total <= SMALL_GROUP);

	return filters(list) || open != is_turned(list, item->key);
}

static void
turn(struct list *list, const char *key)
{
	size_t i;

	if (!is_turned(list, key)) {
		list->turned = strv_add(list->turned, key);
		return;
	}
	for (i = 0; strcmp(list->turned[i], key) != 0; i++)
		continue;
	free(list->turned[i]);
	for (; list->turned[i] != NULL; i++)
		list->turned[i] = list->turned[i + 1];
}

/* The same of one of these rows, which is wanted where it has the cursor. */
static bool
open_for(struct list *list, const struct item *item, struct row *const *rows,
    size_t n)
{
	size_t i;

	if (is_open(list, item))
		return true;
	for (i = 0; list->reveal && i < n; i++)
		if (strcmp(rows[i]->id, list->key) == 0) {
			turn(list, item->key);
			return true;
		}
	return false;
}

static bool
is_in_group(const struct row *row, const char *group)
{
	return row->group != NULL && strcmp(row->group, group) == 0;
}

static void
count(const struct row *row, struct tally *tally)
{
	tally->total++;
	tally->ended += row->section == SECTION_ENDED;
	tally->completed += row->completed;
	tally->failed += row->failed;
	tally->running += row->section <= SECTION_RUNNING;
	tally->paused += row->paused;
	tally->held += row->held;
	if (row->group_budget_usd > 0)
		tally->budget_usd = row->group_budget_usd;
	tally->cost_usd += row->cost_usd;
	if (row->section <= SECTION_RUNNING && row->figures.percent > 0)
		tally->percent += row->figures.percent;
	if (row->section <= SECTION_RUNNING && row->figures.memory >= 0)
		tally->memory = (tally->memory < 0 ? 0 : tally->memory) +
		    row->figures.memory;
	if (row->started_at > 0 &&
	    (tally->started_at == 0 || row->started_at < tally->started_at))
		tally->started_at = row->started_at;
}

/* Of those in the queue, only some have rows. */
static struct tally
tally_group(const struct rows *rows, const struct totals *totals,
    const char *group)
{
	struct tally tally = { .memory = -1 };
	size_t i;

	for (i = 0; i < rows->n; i++)
		if (is_in_group(rows->items[i], group)) {
			if (rows->items[i]->section == SECTION_QUEUED)
				tally.queued++;
			count(rows->items[i], &tally);
		}
	for (i = 0; i < totals->ngroups; i++)
		if (strcmp(totals->groups[i].id, group) == 0 &&
		    totals->groups[i].queued > tally.queued) {
			tally.total += totals->groups[i].queued - tally.queued;
			tally.queued = totals->groups[i].queued;
		}
	return tally;
}

/* The rows of a section in their order. */
struct part {
	struct row **rows;
	size_t n;
	const struct rows *all;
	const struct totals *totals;
};

static void
add_group(struct list *list, const struct part *part, size_t first)
{
	const struct row *row = part->rows[first];
	struct row **members = xcalloc(part->n + 1, sizeof(*members));
	struct item *item = add(list, ITEM_GROUP, row->shown, row, 0);
	size_t i, n = 0;

	for (i = first; i < part->n; i++)
		if (is_in_group(part->rows[i], row->group))
			members[n++] = part->rows[i];
	snprintf(item->key, sizeof(item->key), "%s%s", row->group,
	    row->shown == SECTION_ENDED ? " ended" : "");
	item->folds = true;
	item->n = n;
	item->tally = tally_group(part->all, part->totals, row->group);
	item->open = open_for(list, item, members, n);
	for (i = 0; item->open && i < n; i++) {
		add(list, ITEM_TASK, row->shown, members[i], 1);
		item = &list->items[list->n - 2 - i];
	}
	free(members);
}

static bool
is_below(const struct row *row, const struct row *parent)
{
	return row != parent && row->parent != NULL &&
	    strcmp(row->parent, parent->id) == 0;
}

static void
add_tree(struct list *list, const struct part *part, const struct row *row,
    int depth)
{
	size_t i, at = list->n;
	bool open;

	add(list, ITEM_TASK, row->shown, row, depth);
	open = is_open(list, &list->items[at]);
	list->items[at].tally.memory = -1;
	for (i = 0; i < part->all->n; i++)
		if (is_below(part->all->items[i], row)) {
			list->items[at].n++;
			count(part->all->items[i], &list->items[at].tally);
		}
	list->items[at].folds = list->items[at].n > 0;
	list->items[at].open = open;
	for (i = 0; open && i < part->n && depth < 16; i++)
		if (is_below(part->rows[i], row))
			add_tree(list, part, part->rows[i], depth + 1);
}

static bool
has_parent(const struct part *part, const struct row *row)
{
	size_t i;

	for (i = 0; i < part->n; i++)
		if (is_below(row, part->rows[i]))
			return true;
	return false;
}

/* One of several of its group, here or, of one that runs, anywhere. */
static bool
is_grouped(const struct list *list, const struct part *part, size_t at,
    bool *first)
{
	const struct row *row = part->rows[at];
	size_t i, n = 0;

	*first = true;
	if (list->nest != NEST_GROUPS || row->group == NULL ||
	    row->shown == SECTION_NEEDS || row->shown == SECTION_QUEUED)
		return false;
	for (i = 0; i < part->n; i++)
		if (is_in_group(part->rows[i], row->group)) {
			n++;
			if (i < at)
				*first = false;
		}
	return n > 1 ||
	    (row->shown == SECTION_RUNNING &&
		tally_group(part->all, part->totals, row->group).total > 1);
}

static void
add_rows(struct list *list, const struct part *part)
{
	bool first;
	size_t i;

	for (i = 0; i < part->n; i++) {
		if (is_grouped(list, part, i, &first)) {
			if (first)
				add_group(list, part, i);
		} else if (list->nest != NEST_TREE)
			add(list, ITEM_TASK, part->rows[i]->shown,
			    part->rows[i], 0);
		else if (!has_parent(part, part->rows[i]))
			add_tree(list, part, part->rows[i], 0);
	}
}

static void
add_section(struct list *list, enum section section, const struct part *part)
{
	struct item *item;
	size_t i, all = part->n, today = 0;
	struct tally tally = { .memory = -1 };
	bool open;

	if (part->n == 0)
		return;
	if (section == SECTION_QUEUED && part->totals->queued > all)
		all = part->totals->queued;
	item = add(list, ITEM_SECTION, section, NULL, 0);
	snprintf(item->key, sizeof(item->key), "%s", keys[section]);
	for (i = 0; i < part->n; i++)
		if (section == SECTION_ENDED &&
		    part->rows[i]->ended_at >= list->today)
			today++;
	for (i = 0; i < part->n; i++)
		if (today == 0 || part->rows[i]->ended_at >= list->today)
			count(part->rows[i], &tally);
	item->tally = tally;
	item->n = all;
	item->today = today;
	item->folds = true;
	item->open = open = open_for(list, item, part->rows, part->n);
	if (!open)
		return;
	add_rows(list, part);
	if (all > part->n && !filters(list)) {
		item = add(list, ITEM_MORE, section, NULL, 0);
		item->n = all - part->n;
	}
}

const struct item *
list_at(const struct list *list)
{
	return list->cursor < list->n ? &list->items[list->cursor] : NULL;
}

static void
remember(struct list *list)
{
	const struct item *item = list_at(list);

	free(list->key);
	list->key = item == NULL ? NULL : xstrdup(item->key);
}

/* The nearest to where the cursor was, which is no remark. */
static void
find_cursor(struct list *list)
{
	size_t i, before = list->cursor;

	for (i = 0; list->key != NULL && i < list->n; i++)
		if (strcmp(list->items[i].key, list->key) == 0) {
			list->cursor = i;
			/* what is scrolled stays where it is on the screen */
			if (list->top > 0 && list->top + i > before)
				list->top += i - before;
			return;
		}
	if (list->key == NULL) /* the first task */
		for (before = 0; before + 1 < list->n &&
		     list->items[before].kind == ITEM_SECTION &&
		     list->items[before].open;
		     before++)
			continue;
	list->cursor = before < list->n ? before : list->n - (list->n > 0);
	if (list->n > 0 && list->items[list->cursor].kind == ITEM_MORE)
		list->cursor--;
	if (list->key == NULL)
		remember(list);
}

void
list_build(struct list *list, const struct rows *rows,
    const struct totals *totals)
{
	struct row **wanted = xcalloc(rows->n + 1, sizeof(*wanted));
	struct part part = { .all = rows, .totals = totals };
	size_t i, n = 0;
	enum section section;

	for (i = 0; i < rows->n; i++)
		if (is_wanted(list, rows->items[i]))
			wanted[n++] = rows->items[i];
	sorting = list;
	qsort(wanted, n, sizeof(*wanted), compare);
	list->n = 0;
	part.rows = wanted;
	for (section = 0; section < SECTIONS; section++) {
		for (part.n = 0, i = (size_t)(part.rows - wanted);
		     i < n && wanted[i]->shown == section; i++)
			part.n++;
		add_section(list, section, &part);
		part.rows += part.n;
	}
	free(wanted);
	list->reveal = false;
	find_cursor(list);
}

void
list_move(struct list *list, int lines)
{
	size_t n = list->n, step = (size_t)(lines < 0 ? -lines : lines);

	if (n == 0)
		return;
	if (lines < 0)
		list->cursor = step > list->cursor ? 0 : list->cursor - step;
	else
		list->cursor = step > n - 1 - list->cursor ?
		    n - 1 :
		    list->cursor + step;
	if (list->items[list->cursor].kind == ITEM_MORE)
		list->cursor--;
	remember(list);
}

bool
list_turn(struct list *list)
{
	const struct item *item = list_at(list);

	if (item == NULL || !item->folds)
		return false;
	remember(list);
	turn(list, item->key);
	return true;
}

void
list_turn_all(struct list *list)
{
	bool any = false;
	size_t i;

	for (i = 0; i < list->n; i++)
		any = any ||
		    (list->items[i].kind == ITEM_GROUP && list->items[i].open);
	for (i = 0; i < list->n; i++)
		if (list->items[i].kind == ITEM_GROUP &&
		    list->items[i].open == any)
			turn(list, list->items[i].key);
}

void
list_go(struct list *list, const struct row *row)
{
	free(list->key);
	list->key = xstrdup(row->id);
	list->reveal = true;
}

void
list_scroll(struct list *list, size_t height)
{
	if (height == 0)
		return;
	if (list->cursor < list->top)
		list->top = list->cursor;
	if (list->cursor >= list->top + height)
		list->top = list->cursor - height + 1;
	if (list->cursor == 1 && list->top == 1 && height > 1)
		list->top = 0; /* its section's line, too */
	if (list->n <= height)
		list->top = 0;
	else if (list->top > list->n - height)
		list->top = list->n - height;
}
