/*
 * What keys do.  See keys.h.  What a key does to a task is a command, which
 * people can type, too; it has its words, its checks and its errors.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "cli/top/grid.h"
#include "cli/top/keys.h"
#include "cli/top/list.h"
#include "cli/top/model.h"
#include "cli/top/pane.h"
#include "cli/top/rows.h"
#include "common/mem.h"

/* Rows that a key is for; 0: it needs none. */
#define IS_ASKING 0x01
#define IS_RUNNING 0x02
#define IS_QUEUED 0x04
#define IS_ENDED 0x08
#define IS_LIVE (IS_ASKING | IS_RUNNING | IS_QUEUED)
#define IS_ANY (IS_LIVE | IS_ENDED)
#define ONLY_AGENT 0x10
#define ONLY_CHOICE 0x20 /* its question has answers, */
#define NO_CHOICE 0x40   /* or it has not */
#define ONLY_PAUSED 0x80
#define NOT_PAUSED 0x100
#define ONLY_HELD 0x200
#define NOT_HELD 0x400

/* In a command %t is the id of the task, and %q that of its question. */
static const struct key keys[] = {
	{ 'y', "y", "allow once", "answer -q %q %t allow",
	    IS_ASKING | NO_CHOICE, NULL, false },
	{ 'y', "y", "answer", "answer -q %q %t", IS_ASKING | ONLY_CHOICE,
	    "answer, a label or other words", false },
	{ 'A', "A", "always in this task", "answer -a -q %q %t allow",
	    IS_ASKING | NO_CHOICE, NULL, false },
	{ 'n', "n", "deny", "answer -q %q %t deny", IS_ASKING, NULL, false },
	{ 'r', "r", "deny and say why", "answer -q %q %t deny -r", IS_ASKING,
	    "reason", false },
	{ KEY_IS_ENTER, "Enter", "open", NULL, IS_ANY, NULL, false },
	{ 's', "s", "stop", "stop %t", IS_LIVE, NULL, true },
	{ 'p', "p", "pause", "pause %t", IS_RUNNING | NOT_PAUSED, NULL, false },
	{ 'p', "p", "go on", "unpause %t", IS_RUNNING | ONLY_PAUSED, NULL,
	    false },
	{ '+', "+", "first", "move --first %t", IS_QUEUED, NULL, false },
	{ '-', "-", "last", "move --last %t", IS_QUEUED, NULL, false },
	{ 'h', "h", "hold", "hold %t", IS_QUEUED | NOT_HELD, NULL, false },
	{ 'h', "h", "release", "release %t", IS_QUEUED | ONLY_HELD, NULL,
	    false },
	{ 'R', "R", "again", "restart %t", IS_ENDED, NULL, false },
	{ 'm', "m", "message", "reply -d %t", IS_ANY | ONLY_AGENT, "message",
	    false },
	{ '/', "/", "filter", NULL, 0, NULL, false },
	{ '?', "?", "help", NULL, 0, NULL, false },
	{ 'q', "q", "quit", NULL, 0, NULL, false },
	{ 't', "t", "tree", NULL, 0, NULL, false },
	{ 'E', "E", "fold", NULL, 0, NULL, false },
	{ 'S', "S", "sort", NULL, 0, NULL, false },
	{ 'G', "G", "group", NULL, 0, NULL, false },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static bool
is_for(const struct key *key, const struct row *row)
{
	static const unsigned of[SECTIONS] = { IS_ASKING, IS_RUNNING, IS_QUEUED,
		IS_ENDED };

	if (key->when == 0)
		return true;
	return row != NULL && (key->when & of[row->section]) != 0 &&
	    ((key->when & ONLY_AGENT) == 0 || row->agent) &&
	    ((key->when & ONLY_CHOICE) == 0 || row->choice) &&
	    ((key->when & NO_CHOICE) == 0 || !row->choice) &&
	    ((key->when & ONLY_PAUSED) == 0 || row->paused) &&
	    ((key->when & NOT_PAUSED) == 0 || !row->paused) &&
	    ((key->when & ONLY_HELD) == 0 || row->held) &&
	    ((key->when & NOT_HELD) == 0 || !row->held);
}

const struct key *
keys_find(int code, const struct row *row)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if (keys[i].code == code && is_for(&keys[i], row))
			return &keys[i];
	return NULL;
}

const struct key *
keys_usual(const struct row *row)
{
	static const int codes[SECTIONS] = { 'y', 's', 's', 'R' };

	return row == NULL ? NULL : keys_find(codes[row->section], row);
}

char **
keys_command(const struct key *key, const struct row *row, const char *text)
{
	char *copy, *at, *word, **words = NULL;

	if (key->command == NULL)
		return NULL;
	copy = at = xstrdup(key->command);
	while ((word = strsep(&at, " ")) != NULL)
		if (strcmp(word, "%t") == 0)
			words = strv_add(words, row->id);
		else if (strcmp(word, "%q") == 0)
			words = strv_add(words,
			    row->request_id == NULL ? "" : row->request_id);
		else
			words = strv_add(words, word);
	free(copy);
	if (key->asks != NULL)
		words = strv_add(words, text);
	return words;
}

void
keys_add_line(char *const *words, struct buf *out)
{
	char *word;

	buf_puts(out, "ccproc");
	for (; words != NULL && *words != NULL; words++) {
		word = text_quoted(*words);
		buf_printf(out, " %s", word);
		free(word);
	}
}

void
keys_draw(const struct model *model, struct grid *grid, int y)
{
	const struct item *item = list_at(&model->list);
	const struct row *row = item != NULL && item->kind == ITEM_TASK ?
	    item->row :
	    NULL;
	int x = 0, width;
	size_t i;

	for (i = 0; i < KEYS; i++) {
		if (!is_for(&keys[i], row))
			continue;
		width = (int)(strlen(keys[i].shown) + strlen(keys[i].word)) + 1;
		if (x + width > grid->width)
			continue;
		x += grid_put(grid, y, x, grid->width, LOOK_BOLD,
			 keys[i].shown) +
		    1;
		x += grid_put(grid, y, x, grid->width, STYLE_PLAIN,
			 keys[i].word) +
		    2;
	}
}

void
keys_help(const struct row *row, struct buf *out)
{
	char **words;
	size_t i;

	for (i = 0; i < KEYS; i++) {
		buf_printf(out, "%-7s%s", keys[i].shown, keys[i].word);
		if (row != NULL && is_for(&keys[i], row) &&
		    (words = keys_command(&keys[i], row, "TEXT")) != NULL) {
			buf_printf(out, "%*s$ ",
			    (int)(24 - strlen(keys[i].word)), "");
			keys_add_line(words, out);
			strv_free(words);
		}
		buf_puts(out, "\n");
	}
	buf_puts(out,
	    "\nUp Down PageUp PageDown Home End, j k   move\n"
	    "Space  fold or open a section, a group or a tree\n"
	    "Enter  open the pane, Tab goes there and back, Esc closes it\n"
	    "J K    scroll the pane; o e a i: output, stderr, activity, info\n"
	    "/      filters the list, or where you are in it the pane\n"
	    "^L     ask for everything anew, and draw it\n");
}
