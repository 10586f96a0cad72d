libdaemon_a_SOURCES += \
	daemon/question/files.c \
	daemon/question/files.h \
	daemon/question/question.c \
	daemon/question/question.h

tests_unit_test_question_SOURCES = \
	tests/unit/question/test_question.c
