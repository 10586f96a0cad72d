libdaemon_a_SOURCES += \
	daemon/reply/await.c \
	daemon/reply/await.h \
	daemon/reply/change.c \
	daemon/reply/change.h \
	daemon/reply/elicit.c \
	daemon/reply/elicit.h \
	daemon/reply/form.c \
	daemon/reply/form.h \
	daemon/reply/later.c \
	daemon/reply/later.h \
	daemon/reply/namesakes.c \
	daemon/reply/namesakes.h \
	daemon/reply/options.c \
	daemon/reply/options.h \
	daemon/reply/sliced.c \
	daemon/reply/sliced.h \
	daemon/reply/start.c \
	daemon/reply/start.h \
	daemon/reply/stop.c \
	daemon/reply/stop.h \
	daemon/reply/targets.c \
	daemon/reply/targets.h \
	daemon/reply/task_handle.c \
	daemon/reply/task_handle.h \
	daemon/reply/tool.c \
	daemon/reply/tool.h

unit_tests += tests/unit/test_reply
tests_unit_test_reply_SOURCES = \
	tests/unit/reply/test_change.c \
	tests/unit/reply/test_task_handle.c

EXTRA_DIST += daemon/reply/README.md
