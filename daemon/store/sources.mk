libdaemon_a_SOURCES += \
	daemon/store/accept.c \
	daemon/store/accept_run.c \
	daemon/store/costs.c \
	daemon/store/delete.c \
	daemon/store/files.c \
	daemon/store/files.h \
	daemon/store/keys.c \
	daemon/store/lock.c \
	daemon/store/notes.c \
	daemon/store/secret.c \
	daemon/store/steps.c \
	daemon/store/store.c \
	daemon/store/store.h \
	daemon/store/trash.c \
	daemon/store/trash.h \
	daemon/store/version.c \
	daemon/store/walk.c

tests_unit_test_store_SOURCES = \
	tests/unit/store/test_lock.c \
	tests/unit/store/test_secret.c \
	tests/unit/store/test_store.c \
	tests/unit/store/test_version.c
