/*
 * The pane below the list.  See pane.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "cli/top/grid.h"
#include "cli/top/pane.h"
#include "common/mem.h"
#include "common/utf8.h"

#define TAB 8

struct pane {
	bool open, focus, follow;
	enum pane_kind kind;
	char *id, *request_id, *filter;
	char *text;
	char **lines; /* of the text, wrapped to this width */
	size_t n;
	int width, height;
	size_t top;
	/* Of a question: so many lines have been on the screen, in their order. */
	size_t seen;
	bool whole; /* all have */
};

struct pane *
pane_new(void)
{
	struct pane *pane = xcalloc(1, sizeof(*pane));

	pane->text = xstrdup("");
	return pane;
}

static void
forget_lines(struct pane *pane)
{
	strv_free(pane->lines);
	pane->lines = NULL;
	pane->n = 0;
	pane->width = 0;
}

void
pane_free(struct pane *pane)
{
	if (pane == NULL)
		return;
	forget_lines(pane);
	free(pane->id);
	free(pane->request_id);
	free(pane->filter);
	free(pane->text);
	free(pane);
}

bool
pane_is_open(const struct pane *pane)
{
	return pane->open;
}

void
pane_open(struct pane *pane, bool open)
{
	pane->open = open;
	if (!open)
		pane->focus = false;
}

bool
pane_has_focus(const struct pane *pane)
{
	return pane->focus;
}

void
pane_focus(struct pane *pane, bool focus)
{
	pane->focus = focus && pane->open;
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
pane_show(struct pane *pane, enum pane_kind kind, const char *id,
    const char *request_id)
{
	if (pane->kind == kind && is_same(pane->id, id) &&
	    is_same(pane->request_id, request_id))
		return false;
	free(pane->id);
	free(pane->request_id);
	pane->kind = kind;
	pane->id = xstrdup(id);
	pane->request_id = xstrdup(request_id);
	pane->follow = kind == PANE_OUTPUT || kind == PANE_ERRORS ||
	    kind == PANE_ACTIVITY;
	pane->top = pane->seen = 0;
	pane->whole = false;
	return true;
}

enum pane_kind
pane_kind(const struct pane *pane)
{
	return pane->kind;
}

void
pane_put(struct pane *pane, char *text)
{
	if (strcmp(pane->text, text) == 0) {
		free(text);
		return;
	}
	free(pane->text);
	pane->text = text;
	pane->seen = 0; /* of another text */
	pane->whole = false;
	forget_lines(pane);
}

void
pane_filter(struct pane *pane, const char *filter)
{
	free(pane->filter);
	pane->filter = filter == NULL || *filter == '\0' ? NULL :
							   xstrdup(filter);
	forget_lines(pane);
}

/* One that is searched may not have shown all. */
static bool
is_wanted(const struct pane *pane, const char *line)
{
	return pane->filter == NULL || pane->kind == PANE_QUESTION ||
	    strcasestr(line, pane->filter) != NULL;
}

static void
add_line(struct pane *pane, struct buf *line)
{
	pane->lines = xreallocarray(pane->lines, pane->n + 2,
	    sizeof(*pane->lines));
	pane->lines[pane->n++] = buf_steal(line);
	pane->lines[pane->n] = NULL;
}

/* Breaks one line of the text into as many as it takes. */
static void
wrap_line(struct pane *pane, const char *text, int width)
{
	char one[CELL_BYTES];
	struct buf line = { 0 };
	int used = 0, columns;
	size_t n;

	for (; *text != '\0'; text += n) {
		n = utf8_next(text, strlen(text));
		n = n == 0 ? 1 : n;
		snprintf(one, sizeof(one), "%.*s", (int)n, text);
		columns = *text == '\t' ? TAB - used % TAB :
					  (int)text_width(one);
		if (used + columns > width) {
			add_line(pane, &line);
			used = 0;
			columns = *text == '\t' ? TAB : columns;
		}
		if (*text == '\t')
			buf_printf(&line, "%*s",
			    columns < width ? columns : width, "");
		else
			buf_puts(&line, one);
		used += columns;
	}
	add_line(pane, &line);
}

static void
wrap(struct pane *pane, int width)
{
	char *copy, *at, *line;

	if (pane->width == width || width <= 0)
		return;
	forget_lines(pane);
	pane->width = width;
	if (!pane->whole)
		pane->seen = 0; /* other lines */
	copy = at = xstrdup(pane->text);
	while ((line = strsep(&at, "\n")) != NULL)
		if ((at != NULL || *line != '\0') && is_wanted(pane, line))
			wrap_line(pane, line, width);
	free(copy);
}

static size_t
last_top(const struct pane *pane)
{
	size_t height = (size_t)(pane->height > 0 ? pane->height : 0);

	return pane->n > height ? pane->n - height : 0;
}

void
pane_scroll(struct pane *pane, int lines)
{
	size_t step = (size_t)(lines < 0 ? -lines : lines);
	size_t last = last_top(pane);
	bool follows = pane->kind != PANE_QUESTION && pane->kind != PANE_INFO &&
	    pane->kind != PANE_HELP;

	if (lines < 0)
		pane->top = step > pane->top ? 0 : pane->top - step;
	else
		pane->top = pane->top + step > last ? last : pane->top + step;
	pane->follow = follows && pane->top == last;
}

int
pane_height(const struct pane *pane)
{
	return pane->height;
}

bool
pane_has_shown(const struct pane *pane, const char *id, const char *request_id)
{
	return pane->open && pane->kind == PANE_QUESTION && pane->whole &&
	    is_same(pane->id, id) && is_same(pane->request_id, request_id);
}

static void
note_seen(struct pane *pane)
{
	size_t end = pane->top + (size_t)pane->height;

	if (pane->height <= 0 || pane->n == 0 || pane->kind != PANE_QUESTION)
		return;
	if (pane->top <= pane->seen && end > pane->seen)
		pane->seen = end;
	if (pane->seen >= pane->n)
		pane->whole = true;
}

static void
draw_title(const struct pane *pane, struct grid *grid, int y)
{
	static const char *const names[] = { "question", "output", "stderr",
		"activity", "info", "keys" };
	static const char *const keys[] = { "[w]hat it asks", "[o]utput",
		"[e]rr", "[a]ctivity", "[i]nfo", NULL };
	struct buf title = { 0 };
	size_t i, from;
	int x;

	buf_printf(&title, "── %s%s%s ──", pane->id == NULL ? "" : pane->id,
	    pane->id == NULL ? "" : " ", names[pane->kind]);
	x = grid_put(grid, y, 0, grid->width,
	    pane->focus ? LOOK_BOLD : STYLE_PLAIN, title.data);
	title.len = 0;
	from = pane->request_id == NULL;
	for (i = from; keys[i] != NULL && pane->kind != PANE_HELP; i++)
		buf_printf(&title, " %s", keys[i]);
	if (pane->filter != NULL)
		buf_printf(&title, " ── /%s", pane->filter);
	if (pane->follow)
		buf_puts(&title, " ── following");
	else if (pane->n > (size_t)pane->height)
		buf_printf(&title, "%s %zu%% of %zu lines",
		    title.len > 0 ? " ──" : "",
		    (pane->top + (size_t)pane->height) * 100 / pane->n,
		    pane->n);
	if (title.len > 0)
		x += grid_put(grid, y, x, grid->width - x - 1, LOOK_DIM,
		    title.data);
	grid_fill(grid, y, x + 1, grid->width, LOOK_DIM, "─");
	buf_clear(&title);
}

void
pane_draw(struct pane *pane, struct grid *grid, int y, int height)
{
	int i;

	if (height < 1)
		return;
	pane->height = height - 1;
	wrap(pane, grid->width);
	if (pane->follow || pane->top > last_top(pane))
		pane->top = last_top(pane);
	note_seen(pane);
	draw_title(pane, grid, y);
	for (i = 0; i < pane->height && pane->top + (size_t)i < pane->n; i++)
		grid_put(grid, y + 1 + i, 0, grid->width, STYLE_PLAIN,
		    pane->lines[pane->top + (size_t)i]);
	if (pane->n == 0 && pane->height > 0)
		grid_put(grid, y + 1, 1, grid->width - 1, LOOK_DIM,
		    pane->filter != NULL ? "no line has that" : "nothing yet");
}
