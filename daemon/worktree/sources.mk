libdaemon_a_SOURCES += \
	daemon/worktree/errand.c \
	daemon/worktree/errand.h \
	daemon/worktree/look.c \
	daemon/worktree/remove.c \
	daemon/worktree/worktree.c \
	daemon/worktree/worktree.h

unit_tests += tests/unit/test_worktree
tests_unit_test_worktree_SOURCES = \
	tests/unit/worktree/test_worktree.c

# Here, too, the daemon finds its scripts where the keeper is.
pkglibexec_SCRIPTS += worktree.sh
worktree.sh: daemon/worktree/worktree.sh
	$(AM_V_GEN)cp -p $< $@
EXTRA_DIST += daemon/worktree/README.md daemon/worktree/worktree.sh
