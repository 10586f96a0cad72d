libdaemon_a_SOURCES = \
	daemon/os/alarm.c \
	daemon/os/alarm.h \
	daemon/os/cached.c \
	daemon/os/cached.h \
	daemon/os/cgroup.c \
	daemon/os/cgroup.h \
	daemon/os/dirwatch.c \
	daemon/os/dirwatch.h \
	daemon/os/filewatch.c \
	daemon/os/filewatch.h \
	daemon/os/heap.c \
	daemon/os/heap.h \
	daemon/os/helper.c \
	daemon/os/helper.h \
	daemon/os/loop.c \
	daemon/os/loop.h \
	daemon/os/memory.c \
	daemon/os/memory.h \
	daemon/os/mounts.c \
	daemon/os/mounts.h \
	daemon/os/process.c \
	daemon/os/process.h \
	daemon/os/scope.c \
	daemon/os/scope.h \
	daemon/os/slices.c \
	daemon/os/slices.h \
	daemon/os/spawn.c \
	daemon/os/spawn.h \
	daemon/os/sync_files.c \
	daemon/os/sync_files.h \
	daemon/os/syncer.c \
	daemon/os/syncer.h \
	daemon/os/systemd.c \
	daemon/os/systemd.h \
	daemon/os/watchdog.c \
	daemon/os/watchdog.h

unit_tests += tests/unit/test_os
tests_unit_test_os_SOURCES = \
	tests/unit/os/test_alarm.c \
	tests/unit/os/test_cached.c \
	tests/unit/os/test_dirwatch.c \
	tests/unit/os/test_filewatch.c \
	tests/unit/os/test_helper.c \
	tests/unit/os/test_loop.c \
	tests/unit/os/test_memory.c \
	tests/unit/os/test_process.c \
	tests/unit/os/test_sync_files.c \
	tests/unit/os/test_systemd.c \
	tests/unit/os/test_watchdog.c

EXTRA_DIST += daemon/os/README.md
