libcli_a_SOURCES += \
	cli/verbs/answer.c \
	cli/verbs/apply.c \
	cli/verbs/asks.c \
	cli/verbs/completion.c \
	cli/verbs/config.c \
	cli/verbs/daemon.c \
	cli/verbs/debug.c \
	cli/verbs/diff.c \
	cli/verbs/doctor.c \
	cli/verbs/edit.c \
	cli/verbs/events.c \
	cli/verbs/hold.c \
	cli/verbs/install.c \
	cli/verbs/logs.c \
	cli/verbs/ls.c \
	cli/verbs/mcp.c \
	cli/verbs/move.c \
	cli/verbs/pause.c \
	cli/verbs/prune.c \
	cli/verbs/reply.c \
	cli/verbs/report.c \
	cli/verbs/restart.c \
	cli/verbs/rm.c \
	cli/verbs/run.c \
	cli/verbs/show.c \
	cli/verbs/signal.c \
	cli/verbs/start.c \
	cli/verbs/stats.c \
	cli/verbs/status.c \
	cli/verbs/stop.c \
	cli/verbs/top.c \
	cli/verbs/verbs.c \
	cli/verbs/verbs.h \
	cli/verbs/wait.c

EXTRA_DIST += cli/verbs/README.md cli/verbs/install.sh
