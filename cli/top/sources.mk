# What needs no ncurses, so that it can be tested.
libcli_a_SOURCES += \
	cli/top/act.c \
	cli/top/act.h \
	cli/top/config.c \
	cli/top/config.h \
	cli/top/contents.c \
	cli/top/contents.h \
	cli/top/draw.c \
	cli/top/draw.h \
	cli/top/feed.c \
	cli/top/feed.h \
	cli/top/figures.c \
	cli/top/figures.h \
	cli/top/grid.c \
	cli/top/grid.h \
	cli/top/job.c \
	cli/top/job.h \
	cli/top/keys.c \
	cli/top/keys.h \
	cli/top/lastline.c \
	cli/top/lastline.h \
	cli/top/list.c \
	cli/top/list.h \
	cli/top/model.c \
	cli/top/model.h \
	cli/top/once.c \
	cli/top/once.h \
	cli/top/pane.c \
	cli/top/pane.h \
	cli/top/rows.c \
	cli/top/rows.h \
	cli/top/sample.c \
	cli/top/sample.h \
	cli/top/spell.c \
	cli/top/spell.h \
	cli/top/typing.c \
	cli/top/typing.h

unit_tests += tests/unit/test_top
tests_unit_test_top_SOURCES = \
	tests/unit/top/test_grid.c \
	tests/unit/top/test_list.c \
	tests/unit/top/test_pane.c

if HAVE_NCURSES
pkglibexec_PROGRAMS = ccproc-top
endif
ccproc_top_SOURCES = \
	cli/top/live.c \
	cli/top/live.h \
	cli/top/main.c \
	cli/top/screen.c \
	cli/top/screen.h
ccproc_top_LDADD = libcli.a libjson.a libcommon.a $(NCURSES_LIBS) \
	$(JSONC_LIBS) $(UUID_LIBS)

EXTRA_DIST += cli/top/README.md
