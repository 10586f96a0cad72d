/*
 * The terminal.  See screen.h.
 */
#include <errno.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

/* Macros of term.h. */
#undef columns
#undef lines

#include "cli/terminal.h"
#include "cli/top/grid.h"
#include "cli/top/keys.h"
#include "cli/top/screen.h"
#include "common/error.h"
#include "common/mem.h"

static SCREEN *screen;
static bool coloured, titled;
static attr_t attributes[STYLES];

/* As `ls' has them. */
static void
choose_colours(void)
{
	static const short colours[STYLES] = { [STYLE_NEEDS] = COLOR_MAGENTA,
		[STYLE_RUNNING] = COLOR_CYAN,
		[STYLE_QUEUED] = COLOR_BLUE,
		[STYLE_GOOD] = COLOR_GREEN,
		[STYLE_BAD] = COLOR_RED,
		[STYLE_CANCELLED] = COLOR_YELLOW };
	int i;

	coloured = terminal_coloured(STDOUT_FILENO, NULL) && has_colors() &&
	    start_color() == OK;
	if (!coloured)
		return;
	use_default_colors();
	for (i = 1; i < STYLES; i++) {
		init_pair((short)i, colours[i], -1);
		attributes[i] = (attr_t)COLOR_PAIR(i);
	}
}

/* Terminals that take a title, as far as their names tell. */
static bool
has_title(const char *term)
{
	static const char *const names[] = { "xterm", "screen", "tmux", "rxvt",
		"foot", "alacritty", "konsole", "gnome", "vte", "putty",
		"kitty", "wezterm", "st-", "ghostty" };
	size_t i;

	for (i = 0; term != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(term, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

int
screen_open(struct error *err)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		fail(err, ERR_INVALID,
		    "top is for a terminal, and stdin or stdout is none; "
		    "--once prints a frame");
		return -1;
	}
	if (term != NULL && *term != '\0')
		screen = newterm(NULL, stdout, stdin);
	if (screen == NULL || tigetstr("cup") == NULL ||
	    tigetstr("clear") == NULL) {
		if (screen != NULL)
			endwin();
		fail(err, ERR_INVALID,
		    "nothing can be drawn on a terminal of the kind "
		    "TERM='%.60s'; set TERM, or see --once, which prints a "
		    "frame",
		    term == NULL ? "" : term);
		return -1;
	}
	set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	intrflush(stdscr, FALSE);
	curs_set(0);
	choose_colours();
	titled = has_title(term);
	if (titled)
		fputs("\033[22;0t", stdout); /* keeps the one there is */
	return 0;
}

void
screen_close(void)
{
	if (screen == NULL)
		return;
	endwin();
	if (titled)
		fputs("\033]0;\007\033[23;0t", stdout);
	fflush(stdout);
	delscreen(screen);
	screen = NULL;
}

void
screen_size(int *width, int *height)
{
	*width = COLS;
	*height = LINES;
}

static attr_t
attribute_of(unsigned char look)
{
	attr_t attribute = attributes[look & LOOK_STYLE];

	if ((look & LOOK_BOLD) != 0)
		attribute |= A_BOLD;
	if ((look & LOOK_DIM) != 0)
		attribute |= A_DIM;
	if ((look & LOOK_CURSOR) != 0)
		attribute |= A_REVERSE;
	return attribute;
}

/* The cells from x on that look alike; returns where the others begin. */
static int
paint_run(const struct grid *grid, int y, int x)
{
	const struct cell *cells = grid->cells +
	    (size_t)y * (size_t)grid->width;
	unsigned char look = cells[x].look;
	struct buf run = { 0 };
	int from = x;

	while (x < grid->width && cells[x].look == look)
		buf_puts(&run, cells[x++].text);
	attrset((int)attribute_of(look));
	mvaddstr(y, from, run.data);
	buf_clear(&run);
	return x;
}

void
screen_paint(const struct grid *grid)
{
	int y, x;

	for (y = 0; y < grid->height; y++)
		for (x = 0; x < grid->width;)
			x = paint_run(grid, y, x);
	attrset(A_NORMAL);
	refresh();
}

void
screen_redraw(void)
{
	clearok(stdscr, TRUE);
}

void
screen_title(size_t asking)
{
	if (!titled)
		return;
	if (asking > 0)
		printf("\033]0;!%zu ccproc\007", asking);
	else
		fputs("\033]0;ccproc\007", stdout);
	fflush(stdout);
}

void
screen_bell(void)
{
	beep();
}

/* What has a name of ncurses, by ours. */
static int
named(wint_t key)
{
	switch (key) {
	case KEY_UP:
		return KEY_IS_UP;
	case KEY_DOWN:
		return KEY_IS_DOWN;
	case KEY_LEFT:
		return KEY_IS_LEFT;
	case KEY_RIGHT:
		return KEY_IS_RIGHT;
	case KEY_PPAGE:
		return KEY_IS_PAGE_UP;
	case KEY_NPAGE:
		return KEY_IS_PAGE_DOWN;
	case KEY_HOME:
		return KEY_IS_HOME;
	case KEY_END:
		return KEY_IS_END;
	case KEY_ENTER:
		return KEY_IS_ENTER;
	case KEY_BACKSPACE:
	case KEY_DC:
		return KEY_IS_ERASE;
	case KEY_RESIZE:
		return KEY_IS_RESIZE;
	default:
		return KEY_IS_OTHER;
	}
}

int
screen_key(void)
{
	wint_t key;

	switch (get_wch(&key)) {
	case KEY_CODE_YES:
		return named(key);
	case OK:
		break;
	default:
		return KEY_IS_NONE;
	}
	switch (key) {
	case '\r':
	case '\n':
		return KEY_IS_ENTER;
	case 0x1b:
		return KEY_IS_ESCAPE;
	case 0x7f:
	case '\b':
		return KEY_IS_ERASE;
	case '\t':
		return KEY_IS_TAB;
	default:
		return (int)key;
	}
}
