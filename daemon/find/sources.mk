libdaemon_a_SOURCES += \
	daemon/find/labels.c \
	daemon/find/labels.h \
	daemon/find/observer.c \
	daemon/find/observer.h \
	daemon/find/resolve.c \
	daemon/find/resolve.h \
	daemon/find/wait.c \
	daemon/find/wait.h

unit_tests += tests/unit/test_find
tests_unit_test_find_SOURCES = \
	tests/unit/find/test_labels.c \
	tests/unit/find/test_observer.c \
	tests/unit/find/test_resolve.c \
	tests/unit/find/test_wait.c

EXTRA_DIST += daemon/find/README.md
