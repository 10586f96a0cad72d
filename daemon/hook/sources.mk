libdaemon_a_SOURCES += \
	daemon/hook/accept.c \
	daemon/hook/accept.h \
	daemon/hook/file.c \
	daemon/hook/file.h \
	daemon/hook/hook.c \
	daemon/hook/hook.h \
	daemon/hook/launcher.c \
	daemon/hook/launcher.h \
	daemon/hook/notice.c \
	daemon/hook/notice.h \
	daemon/hook/only.c \
	daemon/hook/only.h \
	daemon/hook/undecided.c \
	daemon/hook/undecided.h

EXTRA_DIST += daemon/hook/README.md
