libkeeper_a_SOURCES = \
	keeper/agent.c \
	keeper/agent.h \
	keeper/cap.c \
	keeper/cap.h \
	keeper/cgroup.c \
	keeper/cgroup.h \
	keeper/child.c \
	keeper/child.h \
	keeper/clock.h \
	keeper/environment.c \
	keeper/environment.h \
	keeper/errand.c \
	keeper/errand.h \
	keeper/events.c \
	keeper/events.h \
	keeper/explain.c \
	keeper/explain.h \
	keeper/fds.c \
	keeper/fds.h \
	keeper/hold.c \
	keeper/hold.h \
	keeper/idle.c \
	keeper/idle.h \
	keeper/keeper.c \
	keeper/keeper.h \
	keeper/leave.c \
	keeper/leave.h \
	keeper/limits.c \
	keeper/limits.h \
	keeper/mark.c \
	keeper/mark.h \
	keeper/numbers.c \
	keeper/numbers.h \
	keeper/orders.c \
	keeper/orders.h \
	keeper/orphans.c \
	keeper/orphans.h \
	keeper/path_lookup.c \
	keeper/path_lookup.h \
	keeper/pause.c \
	keeper/pause.h \
	keeper/print.c \
	keeper/print.h \
	keeper/probe.c \
	keeper/probe.h \
	keeper/procstat.c \
	keeper/procstat.h \
	keeper/record.c \
	keeper/record.h \
	keeper/revive.c \
	keeper/revive.h \
	keeper/run_dir.c \
	keeper/run_dir.h \
	keeper/signals.c \
	keeper/signals.h \
	keeper/streams.c \
	keeper/streams.h \
	keeper/tree.c \
	keeper/tree.h \
	keeper/watch.c \
	keeper/watch.h

unit_tests += tests/unit/test_keeper
tests_unit_test_keeper_SOURCES = \
	tests/unit/keeper/test_agent.c \
	tests/unit/keeper/test_cgroup.c \
	tests/unit/keeper/test_events.c \
	tests/unit/keeper/test_idle.c \
	tests/unit/keeper/test_mark.c \
	tests/unit/keeper/test_tree.c

dist_man_MANS += keeper/ccproc-keeper.8
pkglibexec_SCRIPTS += leave.sh
leave.sh: keeper/leave.sh
	$(AM_V_GEN)cp $(srcdir)/keeper/leave.sh $@ && chmod +x $@
EXTRA_DIST += keeper/README.md keeper/leave.sh keeper/main.c
