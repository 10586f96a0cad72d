/*
 * What a key does.  See act.h.  What a command is about is taken when its key
 * is pressed, from what was on the screen then.  Long because a key is one thing
 * while another is asked about, and all that can be asked is here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "cli/top/act.h"
#include "cli/top/job.h"
#include "cli/top/keys.h"
#include "cli/top/list.h"
#include "cli/top/model.h"
#include "cli/top/pane.h"
#include "cli/top/typing.h"
#include "common/mem.h"

enum mode { MODE_KEYS, MODE_FILTER, MODE_WORDS, MODE_SURE };

struct act {
	const char *ccproc;
	struct model *model;
	enum mode mode;
	struct buf typed;
	const struct key *key; /* whose words are typed, or that needs a yes */
	char **words;          /* of its command */
	size_t about;          /* so many tasks; 0: one that is named */
	struct job *jobs[ACT_JOBS];
	char *lines[ACT_JOBS]; /* as what they were run */
	size_t njobs;
	int kind;      /* of the pane that was chosen; -1: what fits */
	char *kind_of; /* the task of which, where it asks */
};

struct act *
act_new(const char *ccproc, struct model *model)
{
	struct act *act = xcalloc(1, sizeof(*act));

	act->ccproc = ccproc;
	act->model = model;
	act->kind = -1;
	return act;
}

static void
drop_job(struct act *act, size_t i)
{
	job_free(act->jobs[i]);
	free(act->lines[i]);
	act->njobs--;
	act->jobs[i] = act->jobs[act->njobs];
	act->lines[i] = act->lines[act->njobs];
}

void
act_free(struct act *act)
{
	if (act == NULL)
		return;
	while (act->njobs > 0)
		drop_job(act, 0);
	buf_clear(&act->typed);
	strv_free(act->words);
	free(act->kind_of);
	free(act);
}

static const struct row *
row_at(const struct act *act)
{
	const struct item *item = list_at(&act->model->list);

	return item != NULL && item->kind == ITEM_TASK ? item->row : NULL;
}

/* Takes text; NULL: nothing is said any more. */
static void
say_line(struct act *act, char *text, bool bad)
{
	free(act->model->message);
	act->model->message = text;
	act->model->message_bad = bad;
}

static char *
line_of(char *const *words)
{
	struct buf line = { 0 };
	char *clean;

	keys_add_line(words, &line);
	clean = text_clean(line.data, false);
	buf_clear(&line);
	return clean;
}

static void
run(struct act *act, char *const *words)
{
	struct job *job = act->njobs == ACT_JOBS ?
	    NULL :
	    job_start(act->ccproc, words);

	if (job == NULL) {
		say_line(act,
		    xstrdup("too much runs at once; try again in a moment"),
		    true);
		return;
	}
	act->jobs[act->njobs] = job;
	act->lines[act->njobs] = line_of(words);
	say_line(act, xasprintf("$ %s ...", act->lines[act->njobs]), false);
	act->njobs++;
}

size_t
act_fds(const struct act *act, int *fds)
{
	size_t i;

	for (i = 0; i < act->njobs; i++)
		fds[i] = job_fd(act->jobs[i]);
	return act->njobs;
}

bool
act_read(struct act *act)
{
	bool any = false;
	char *said;
	size_t i;

	for (i = act->njobs; i > 0; i--) {
		if (!job_read(act->jobs[i - 1]))
			continue;
		any = true;
		said = job_said(act->jobs[i - 1]);
		say_line(act,
		    *said != '\0' ? xstrdup(said) :
				    xasprintf("$ %s", act->lines[i - 1]),
		    job_failed(act->jobs[i - 1]));
		free(said);
		drop_job(act, i - 1);
	}
	return any;
}

static void
end_typing(struct act *act)
{
	act->mode = MODE_KEYS;
	act->typed.len = 0;
	strv_free(act->words);
	act->words = NULL;
}

static const char *
typed(const struct act *act)
{
	return act->typed.len == 0 ? "" : act->typed.data;
}

static void
set_filter(struct act *act)
{
	struct pane *pane = act->model->pane;
	struct list *list = &act->model->list;

	if (pane_has_focus(pane)) {
		pane_filter(pane, typed(act));
		return;
	}
	free(list->filter);
	list->filter = xstrdup(typed(act));
}

/* What was typed is done. */
static void
finish(struct act *act)
{
	char **words;

	if (act->mode == MODE_WORDS && act->typed.len > 0) {
		words = strv_dup(act->words);
		words = strv_add(words, typed(act));
		run(act, words);
		strv_free(words);
	}
	end_typing(act);
}

static void
key_typed(struct act *act, int key)
{
	struct buf *b = &act->typed;

	if (key == KEY_IS_ESCAPE) {
		b->len = 0;
		if (act->mode == MODE_FILTER)
			set_filter(act);
		end_typing(act);
		return;
	}
	if (key == KEY_IS_ENTER) {
		finish(act);
		return;
	}
	typing_key(b, key);
	if (act->mode == MODE_FILTER)
		set_filter(act);
}

static void
key_sure(struct act *act, int key)
{
	if (key == 'y')
		run(act, act->words);
	else if (key == KEY_IS_RESIZE)
		return;
	end_typing(act);
}

static bool
is_answer(const struct key *key)
{
	return key->command != NULL && strncmp(key->command, "answer", 6) == 0;
}

/* No answer to what was not read: it is shown, to its end if that is longer. */
static bool
has_read(struct act *act, const struct row *row)
{
	struct pane *pane = act->model->pane;

	if (pane_has_shown(pane, row->id, row->request_id))
		return true;
	if (!pane_is_open(pane) || pane_kind(pane) != PANE_QUESTION) {
		pane_open(pane, true);
		act->kind = -1;
		say_line(act,
		    xstrdup("this is what it asks; press the key again to "
			    "answer"),
		    false);
	} else {
		say_line(act,
		    xstrdup("there is more of it below: read on with J, or "
			    "Enter and Down"),
		    true);
	}
	return false;
}

static void
press(struct act *act, const struct key *key, const struct item *item)
{
	char **words;

	if (is_answer(key) && !has_read(act, item->row))
		return;
	words = keys_command(key, item, NULL);
	act->about = keys_count(key, item);
	act->key = key;
	if (key->asks == NULL && !key->harmful) {
		run(act, words);
		strv_free(words);
		return;
	}
	act->words = words;
	act->mode = key->harmful ? MODE_SURE : MODE_WORDS;
	act->typed.len = 0;
}

/* Keys that move in the list, or scroll the pane; false: it is another. */
static bool
move(struct act *act, int key)
{
	struct pane *pane = act->model->pane;
	bool focus = pane_has_focus(pane);
	int page = pane_height(pane) > 1 ? pane_height(pane) - 1 : 1, by;

	switch (key) {
	case KEY_IS_UP:
	case 'k':
		by = -1;
		break;
	case KEY_IS_DOWN:
	case 'j':
		by = 1;
		break;
	case KEY_IS_PAGE_UP:
		by = focus ? -page : -10;
		break;
	case KEY_IS_PAGE_DOWN:
		by = focus ? page : 10;
		break;
	case KEY_IS_HOME:
		by = -1000000;
		break;
	case KEY_IS_END:
		by = 1000000;
		break;
	case 'J':
	case 'K':
		focus = true;
		by = key == 'J' ? page : -page;
		break;
	default:
		return false;
	}
	if (focus)
		pane_scroll(pane, by);
	else
		list_move(&act->model->list, by);
	return true;
}

static void
key_enter(struct act *act)
{
	struct pane *pane = act->model->pane;

	if (row_at(act) == NULL)
		list_turn(&act->model->list);
	else if (!pane_is_open(pane))
		pane_open(pane, true);
	else
		pane_focus(pane, !pane_has_focus(pane));
}

static void
key_escape(struct act *act)
{
	struct pane *pane = act->model->pane;
	struct list *list = &act->model->list;

	if (pane_has_focus(pane))
		pane_focus(pane, false);
	else if (pane_is_open(pane))
		pane_open(pane, false);
	else if (list->filter != NULL) {
		free(list->filter);
		list->filter = NULL;
	}
	if (act->kind == PANE_HELP)
		act->kind = -1;
}

static void
show(struct act *act, enum pane_kind kind)
{
	const struct row *row = row_at(act);

	act->kind = (int)kind;
	free(act->kind_of);
	act->kind_of = row == NULL ? NULL : xstrdup(row->id);
	pane_open(act->model->pane, true);
}

static void
nest(struct act *act, enum nest wanted)
{
	struct list *list = &act->model->list;

	list->nest = list->nest == wanted ? NEST_NONE : wanted;
	say_line(act,
	    xstrdup(list->nest == NEST_TREE ? "tasks below those that started "
					      "them" :
		    list->nest == NEST_GROUPS ? "tasks by groups" :
						"tasks without groups"),
	    false);
}

/* Keys that change what is shown; false: it is another. */
static bool
look(struct act *act, int key)
{
	struct list *list = &act->model->list;

	switch (key) {
	case KEY_IS_ENTER:
		key_enter(act);
		break;
	case KEY_IS_ESCAPE:
		key_escape(act);
		break;
	case KEY_IS_TAB:
		pane_focus(act->model->pane, !pane_has_focus(act->model->pane));
		break;
	case ' ':
		if (pane_has_focus(act->model->pane))
			move(act, KEY_IS_PAGE_DOWN);
		else
			list_turn(list);
		break;
	case '/':
		act->mode = MODE_FILTER;
		act->typed.len = 0;
		break;
	case 'w':
		act->kind = -1;
		break;
	case 'o':
		show(act, PANE_OUTPUT);
		break;
	case 'e':
		show(act, PANE_ERRORS);
		break;
	case 'a':
		show(act, PANE_ACTIVITY);
		break;
	case 'i':
		show(act, PANE_INFO);
		break;
	case '?':
		show(act, PANE_HELP);
		break;
	case 't':
		nest(act, NEST_TREE);
		break;
	case 'G':
		nest(act, NEST_GROUPS);
		break;
	case 'E':
		list_turn_all(list);
		break;
	case 'S':
		list->order = (list->order + 1) % ORDERS;
		say_line(act,
		    xasprintf("sorted by %s", list_order_name(list->order)),
		    false);
		break;
	default:
		return false;
	}
	return true;
}

enum act_wish
act_key(struct act *act, int key)
{
	const struct item *item = list_at(&act->model->list);
	const struct key *known;

	if (key == KEY_IS_RESIZE)
		return ACT_NOTHING;
	if (act->mode == MODE_SURE)
		key_sure(act, key);
	else if (act->mode != MODE_KEYS)
		key_typed(act, key);
	else {
		say_line(act, NULL, false);
		if (key == 'q')
			return ACT_QUIT;
		if (key == ('L' & 0x1f))
			return ACT_ANEW;
		if (!look(act, key) && !move(act, key)) {
			known = keys_find(key, item);
			if (known != NULL && known->command != NULL)
				press(act, known, item);
		}
	}
	return ACT_NOTHING;
}

enum pane_kind
act_pane(const struct act *act)
{
	const struct row *row = row_at(act);
	bool asks = row != NULL && row->asks > 0;

	if (act->kind >= 0 &&
	    (!asks || act->kind == PANE_HELP ||
		(act->kind_of != NULL && strcmp(act->kind_of, row->id) == 0)))
		return (enum pane_kind)act->kind;
	if (asks)
		return PANE_QUESTION;
	if (row != NULL && row->agent && row->section != SECTION_ENDED)
		return PANE_ACTIVITY;
	return row != NULL && row->failed && !row->agent && row->err_bytes > 0 ?
	    PANE_ERRORS :
	    PANE_OUTPUT;
}

/* The command of a key that needs more, or else of the usual one. */
void
act_tell(struct act *act)
{
	struct model *model = act->model;
	const struct item *item = list_at(&model->list);
	const struct key *usual = keys_usual(item);
	char **words, *line;

	free(model->question);
	free(model->command);
	model->question = model->command = NULL;
	if (act->mode == MODE_FILTER)
		model->question = xasprintf("filter /%s_", typed(act));
	else if (act->mode != MODE_KEYS) {
		line = line_of(act->words);
		model->question = act->mode == MODE_WORDS ?
		    xasprintf("$ %s   %s: %s_", line, act->key->asks,
			typed(act)) :
		    act->about == 0 ?
		    xasprintf("$ %s   sure? y does it, any other key does not",
			line) :
		    xasprintf("$ %s   %zu task%s: sure? y does it, any other "
			      "key does not",
			line, act->about, act->about == 1 ? "" : "s");
		free(line);
	} else if (usual != NULL) {
		words = keys_command(usual, item, "TEXT");
		line = line_of(words);
		model->command = xasprintf("%s: %s", usual->shown, line);
		free(line);
		strv_free(words);
	}
}
