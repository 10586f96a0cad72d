libdaemon_a_SOURCES += \
	daemon/worktree/look.c \
	daemon/worktree/remove.c \
	daemon/worktree/worktree.c \
	daemon/worktree/worktree.h

tests_unit_test_worktree_SOURCES = \
	tests/unit/worktree/test_worktree.c
