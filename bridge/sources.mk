libbridge_a_SOURCES = \
	bridge/answer.c \
	bridge/answer.h \
	bridge/bridge.c \
	bridge/bridge.h \
	bridge/link.c \
	bridge/link.h \
	bridge/message.c \
	bridge/message.h \
	bridge/pending.c \
	bridge/pending.h \
	bridge/queue.c \
	bridge/queue.h \
	bridge/relay.c \
	bridge/relay.h \
	bridge/replay.c \
	bridge/replay.h

dist_man_MANS += bridge/ccproc-bridge.1
EXTRA_DIST += bridge/README.md bridge/main.c
