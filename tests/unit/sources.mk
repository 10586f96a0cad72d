# What unit tests share.
libunit_a_SOURCES = \
	tests/unit/fieldtable.h \
	tests/unit/main.c \
	tests/unit/mcpasks.c \
	tests/unit/mcpasks.h \
	tests/unit/mcppeer.c \
	tests/unit/mcppeer.h \
	tests/unit/provided.c \
	tests/unit/provided.h \
	tests/unit/taskbox.c \
	tests/unit/taskbox.h \
	tests/unit/unit.c \
	tests/unit/unit.h
