/*
 * The numbers among the names in a folder of /proc, without stdio and
 * without memory that stays.
 */
#ifndef KEEPER_NUMBERS_H
#define KEEPER_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct numbers {
	int fd;
	int at, len; /* in buf */
	char buf[1024] __attribute__((aligned(8)));
};

/* False when there is no such folder. */
bool numbers_open(struct numbers *numbers, const char *path);
/* The next one, in no order; -1 at the end. */
int numbers_next(struct numbers *numbers);
/*
 * The next name instead, of what has this type (DT_DIR, DT_LNK) or none that
 * the file system tells; good until the next; NULL at the end.
 */
const char *numbers_next_name(struct numbers *numbers, unsigned type);
void numbers_close(struct numbers *numbers);

/*
 * The number that text is, without sign or blanks, in base 8 or 10; -1 when
 * it is none or more than max.
 */
int64_t number_parse(const char *text, int base, int64_t max);

#endif
