libdaemon_a_SOURCES += \
	daemon/task/account.c \
	daemon/task/account.h \
	daemon/task/adopt.c \
	daemon/task/control.c \
	daemon/task/control.h \
	daemon/task/conversation.c \
	daemon/task/conversation.h \
	daemon/task/cost.c \
	daemon/task/cost.h \
	daemon/task/create.c \
	daemon/task/environment.c \
	daemon/task/environment.h \
	daemon/task/exit_record.c \
	daemon/task/exit_record.h \
	daemon/task/inside.h \
	daemon/task/keeper.c \
	daemon/task/keeper.h \
	daemon/task/life.c \
	daemon/task/life.h \
	daemon/task/limits.c \
	daemon/task/limits.h \
	daemon/task/lineage.c \
	daemon/task/lineage.h \
	daemon/task/live.c \
	daemon/task/lookup.c \
	daemon/task/lookup.h \
	daemon/task/next_run.c \
	daemon/task/next_run.h \
	daemon/task/peer.c \
	daemon/task/peer.h \
	daemon/task/probe.c \
	daemon/task/probe.h \
	daemon/task/replace.c \
	daemon/task/replace.h \
	daemon/task/reply.c \
	daemon/task/result.c \
	daemon/task/result.h \
	daemon/task/seen_before.c \
	daemon/task/seen_before.h \
	daemon/task/standing.c \
	daemon/task/standing.h \
	daemon/task/task.c \
	daemon/task/task.h \
	daemon/task/whereabouts.c \
	daemon/task/whereabouts.h

unit_tests += tests/unit/test_task
tests_unit_test_task_SOURCES = \
	tests/unit/task/test_account.c \
	tests/unit/task/test_cost.c \
	tests/unit/task/test_create.c \
	tests/unit/task/test_environment.c \
	tests/unit/task/test_limits.c \
	tests/unit/task/test_lineage.c \
	tests/unit/task/test_live.c \
	tests/unit/task/test_next_run.c \
	tests/unit/task/test_peer.c \
	tests/unit/task/test_replace.c \
	tests/unit/task/test_seen_before.c \
	tests/unit/task/test_task.c

EXTRA_DIST += daemon/task/README.md
