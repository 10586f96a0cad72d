libdaemon_a_SOURCES += \
	daemon/question/answer.c \
	daemon/question/files.c \
	daemon/question/files.h \
	daemon/question/parts.h \
	daemon/question/question.c \
	daemon/question/question.h

tests_unit_test_question_SOURCES = \
	tests/unit/question/test_question.c
