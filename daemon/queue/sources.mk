libdaemon_a_SOURCES += \
	daemon/queue/depend.c \
	daemon/queue/depend.h \
	daemon/queue/drain.c \
	daemon/queue/drain.h \
	daemon/queue/launches.c \
	daemon/queue/launches.h \
	daemon/queue/leaving.c \
	daemon/queue/leaving.h \
	daemon/queue/queue.c \
	daemon/queue/queue.h \
	daemon/queue/stall.c \
	daemon/queue/stall.h \
	daemon/queue/turn.c \
	daemon/queue/turn.h \
	daemon/queue/window.c \
	daemon/queue/window.h

unit_tests += tests/unit/test_queue
tests_unit_test_queue_SOURCES = \
	tests/unit/queue/test_launches.c \
	tests/unit/queue/test_queue.c \
	tests/unit/queue/test_window.c

EXTRA_DIST += daemon/queue/README.md
