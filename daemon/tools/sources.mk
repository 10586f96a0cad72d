libdaemon_a_SOURCES += \
	daemon/tools/check_tasks.c \
	daemon/tools/cleanup_tasks.c \
	daemon/tools/control_tasks.c \
	daemon/tools/debug_daemon.c \
	daemon/tools/debug_daemon.h \
	daemon/tools/grep.c \
	daemon/tools/grep.h \
	daemon/tools/list_tasks.c \
	daemon/tools/permission.c \
	daemon/tools/permission.h \
	daemon/tools/prune_tasks.c \
	daemon/tools/read_output.c \
	daemon/tools/reply_task.c \
	daemon/tools/run_task.c \
	daemon/tools/start_tasks.c \
	daemon/tools/stop_tasks.c \
	daemon/tools/tools.c \
	daemon/tools/tools.h \
	daemon/tools/watch_tasks.c

unit_tests += tests/unit/test_tools
tests_unit_test_tools_SOURCES = \
	tests/unit/tools/test_arguments.c \
	tests/unit/tools/test_tools.c

EXTRA_DIST += daemon/tools/README.md
