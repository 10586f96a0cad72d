/*
 * The pane below the list: a text of the task at the cursor, wrapped, searched
 * and followed.  It knows when all of a question has been on the screen.
 */
#ifndef CLI_TOP_PANE_H
#define CLI_TOP_PANE_H

#include <stdbool.h>
#include <stddef.h>

struct grid;

enum pane_kind {
	PANE_QUESTION,
	PANE_OUTPUT,
	PANE_ERRORS,
	PANE_ACTIVITY,
	PANE_INFO,
	PANE_HELP,
};

struct pane;

struct pane *pane_new(void);
void pane_free(struct pane *pane);

bool pane_is_open(const struct pane *pane);
void pane_open(struct pane *pane, bool open);
bool pane_has_focus(const struct pane *pane);
void pane_focus(struct pane *pane, bool focus);

/*
 * What it shows: of a task, or a question of it.  False: it shows that
 * already; else its text is to be put.
 */
bool pane_show(struct pane *pane, enum pane_kind kind, const char *id,
    const char *request_id);
enum pane_kind pane_kind(const struct pane *pane);
/* Takes the text, which is clean; where it is followed its end is shown. */
void pane_put(struct pane *pane, char *text);
/* Only lines that have this; NULL or "": all. */
void pane_filter(struct pane *pane, const char *filter);
void pane_scroll(struct pane *pane, int lines);
/* Lines that it had when it was drawn last. */
int pane_height(const struct pane *pane);
/* Whether all of that question has been on the screen. */
bool pane_has_shown(const struct pane *pane, const char *id,
    const char *request_id);

/* Draws it from that line on, in so many. */
void pane_draw(struct pane *pane, struct grid *grid, int y, int height);

#endif
