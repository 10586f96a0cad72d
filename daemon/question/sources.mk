libdaemon_a_SOURCES += \
	daemon/question/files.c \
	daemon/question/files.h \
	daemon/question/question.c \
	daemon/question/question.h

unit_tests += tests/unit/test_question
tests_unit_test_question_SOURCES = \
	tests/unit/question/test_question.c

EXTRA_DIST += daemon/question/README.md
