libdaemon_a_SOURCES += \
	daemon/store/accept.c \
	daemon/store/accept.h \
	daemon/store/accept_into.c \
	daemon/store/accept_into.h \
	daemon/store/accept_run.c \
	daemon/store/accept_run.h \
	daemon/store/claim.c \
	daemon/store/claim.h \
	daemon/store/costs.c \
	daemon/store/costs.h \
	daemon/store/delete.c \
	daemon/store/delete.h \
	daemon/store/files.c \
	daemon/store/files.h \
	daemon/store/hooks.c \
	daemon/store/hooks.h \
	daemon/store/index.c \
	daemon/store/index.h \
	daemon/store/keys.c \
	daemon/store/keys.h \
	daemon/store/live.c \
	daemon/store/live.h \
	daemon/store/lock.c \
	daemon/store/lock.h \
	daemon/store/name.c \
	daemon/store/name.h \
	daemon/store/notes.c \
	daemon/store/notes.h \
	daemon/store/number.c \
	daemon/store/number.h \
	daemon/store/refusals.c \
	daemon/store/refusals.h \
	daemon/store/secret.c \
	daemon/store/secret.h \
	daemon/store/store.c \
	daemon/store/store.h \
	daemon/store/survey.c \
	daemon/store/survey.h \
	daemon/store/task_dir.c \
	daemon/store/task_dir.h \
	daemon/store/trash.c \
	daemon/store/trash.h \
	daemon/store/unsynced.c \
	daemon/store/unsynced.h \
	daemon/store/version.c \
	daemon/store/version.h

unit_tests += tests/unit/test_store
tests_unit_test_store_SOURCES = \
	tests/unit/store/test_index.c \
	tests/unit/store/test_lock.c \
	tests/unit/store/test_secret.c \
	tests/unit/store/test_store.c \
	tests/unit/store/test_unsynced.c \
	tests/unit/store/test_version.c

EXTRA_DIST += daemon/store/README.md
