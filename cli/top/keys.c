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
#define IS_GROUP 0x800 /* with such tasks, which it is about */

/*
 * In a command %t is the id of the task, or of a group, and %q that of its
 * question.
 */
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
	{ 's', "s", "stop all", "stop -g %t", IS_GROUP | IS_LIVE, NULL, true },
	{ 'p', "p", "pause", "pause %t", IS_RUNNING | NOT_PAUSED, NULL, false },
	{ 'p', "p", "go on", "unpause %t", IS_RUNNING | ONLY_PAUSED, NULL,
	    false },
	{ 'p', "p", "pause all", "pause -g %t",
	    IS_GROUP | IS_RUNNING | NOT_PAUSED, NULL, true },
	{ 'p', "p", "all go on", "unpause -g %t",
	    IS_GROUP | IS_RUNNING | ONLY_PAUSED, NULL, true },
	{ '+', "+", "first", "move --first %t", IS_QUEUED, NULL, false },
	{ '-', "-", "last", "move --last %t", IS_QUEUED, NULL, false },
	{ 'h', "h", "hold", "hold %t", IS_QUEUED | NOT_HELD, NULL, false },
	{ 'h', "h", "release", "release %t", IS_QUEUED | ONLY_HELD, NULL,
	    false },
	{ 'h', "h", "hold all", "hold -g %t", IS_GROUP | IS_QUEUED | NOT_HELD,
	    NULL, true },
	{ 'h', "h", "release all", "release -g %t",
	    IS_GROUP | IS_QUEUED | ONLY_HELD, NULL, true },
	{ 'R', "R", "again", "restart %t", IS_ENDED, NULL, false },
	{ 'R', "R", "failed again", "restart --failed -g %t",
	    IS_GROUP | IS_ENDED, NULL, true },
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

/* So many of the tasks that a key wants, those of a group that are shown. */
static size_t
count(const struct key *key, const struct item *item)
{
	const struct tally *t = &item->tally;
	size_t n = 0;

	if (item->section == SECTION_ENDED)
		return (key->when & IS_ENDED) != 0 ? t->failed : 0;
	if ((key->when & IS_RUNNING) != 0)
		n += (key->when & ONLY_PAUSED) != 0 ? t->paused :
		    (key->when & NOT_PAUSED) != 0   ? t->running - t->paused :
						      t->running;
	if ((key->when & IS_QUEUED) != 0)
		n += (key->when & ONLY_HELD) != 0 ? t->held :
		    (key->when & NOT_HELD) != 0   ? t->queued - t->held :
						    t->queued;
	return n;
}

static bool
is_for_row(const struct key *key, const struct row *row)
{
	static const unsigned of[SECTIONS] = { IS_ASKING, IS_RUNNING, IS_QUEUED,
		IS_ENDED };

	return (key->when & of[row->section]) != 0 &&
	    ((key->when & ONLY_AGENT) == 0 || row->agent) &&
	    ((key->when & ONLY_CHOICE) == 0 || row->choice) &&
	    ((key->when & NO_CHOICE) == 0 || !row->choice) &&
	    ((key->when & ONLY_PAUSED) == 0 || row->paused) &&
	    ((key->when & NOT_PAUSED) == 0 || !row->paused) &&
	    ((key->when & ONLY_HELD) == 0 || row->held) &&
	    ((key->when & NOT_HELD) == 0 || !row->held);
}

static bool
is_for(const struct key *key, const struct item *item)
{
	bool group = (key->when & IS_GROUP) != 0;

	if (key->when == 0)
		return true;
	if (item == NULL)
		return false;
	if (item->kind == ITEM_GROUP)
		return group && count(key, item) > 0;
	return item->kind == ITEM_TASK && !group && is_for_row(key, item->row);
}

const struct key *
keys_find(int code, const struct item *item)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if (keys[i].code == code && is_for(&keys[i], item))
			return &keys[i];
	return NULL;
}

const struct key *
keys_usual(const struct item *item)
{
	static const int codes[SECTIONS] = { 'y', 's', 's', 'R' };
	const struct key *key = item == NULL || item->row == NULL ?
	    NULL :
	    keys_find(codes[item->kind == ITEM_GROUP ? item->section :
						       item->row->section],
		item);

	return key == NULL || key->command == NULL ? NULL : key;
}

size_t
keys_count(const struct key *key, const struct item *item)
{
	return item->kind == ITEM_GROUP ? count(key, item) : 0;
}

char **
keys_command(const struct key *key, const struct item *item, const char *text)
{
	const struct row *row = item == NULL ? NULL : item->row;
	char *copy, *at, *word, **words = NULL;

	if (key->command == NULL || row == NULL)
		return NULL;
	copy = at = xstrdup(key->command);
	while ((word = strsep(&at, " ")) != NULL)
		if (strcmp(word, "%t") == 0)
			words = strv_add(words,
			    item->kind == ITEM_GROUP ? row->group : row->id);
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
	int x = 0, width;
	size_t i;

	for (i = 0; i < KEYS; i++) {
		if (!is_for(&keys[i], item))
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
keys_help(const struct item *item, struct buf *out)
{
	bool group = item != NULL && item->kind == ITEM_GROUP;
	char **words;
	size_t i;

	for (i = 0; i < KEYS; i++) {
		if (keys[i].when != 0 &&
		    ((keys[i].when & IS_GROUP) != 0) != group)
			continue;
		buf_printf(out, "%-7s%s", keys[i].shown, keys[i].word);
		if (is_for(&keys[i], item) &&
		    (words = keys_command(&keys[i], item, "TEXT")) != NULL) {
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
