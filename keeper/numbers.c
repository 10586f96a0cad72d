/*
 * Numbers in text and among the names of a folder.  See numbers.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "keeper/numbers.h"

/* getdents64(2); libc's readdir(3) would bring malloc(3) along. */
struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t size;
	uint8_t type;
	char name[];
};

bool
numbers_open(struct numbers *numbers, const char *path)
{
	numbers->at = numbers->len = 0;
	numbers->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return numbers->fd >= 0;
}

static const struct entry *
next_entry(struct numbers *numbers)
{
	const struct entry *entry;

	if (numbers->at >= numbers->len) {
		numbers->at = 0;
		numbers->len = (int)syscall(SYS_getdents64, numbers->fd,
		    numbers->buf, sizeof(numbers->buf));
		if (numbers->len <= 0)
			return NULL;
	}
	entry = (const void *)(numbers->buf + numbers->at);
	numbers->at += entry->size;
	return entry;
}

int
numbers_next(struct numbers *numbers)
{
	const struct entry *entry;
	int number;

	while ((entry = next_entry(numbers)) != NULL) {
		number = (int)number_parse(entry->name, 10, INT_MAX);
		if (number >= 0)
			return number;
	}
	return -1;
}

const char *
numbers_next_name(struct numbers *numbers, unsigned type)
{
	const struct entry *entry;

	while ((entry = next_entry(numbers)) != NULL)
		if ((entry->type == type || entry->type == DT_UNKNOWN) &&
		    strcmp(entry->name, ".") != 0 &&
		    strcmp(entry->name, "..") != 0)
			return entry->name;
	return NULL;
}

void
numbers_close(struct numbers *numbers)
{
	close(numbers->fd);
}

int64_t
number_parse(const char *text, int base, int64_t max)
{
	int64_t number = 0;
	int digit;

	do {
		digit = *text - '0';
		if (digit < 0 || digit >= base || number > (max - digit) / base)
			return -1;
		number = number * base + digit;
	} while (*++text != '\0');
	return number;
}
