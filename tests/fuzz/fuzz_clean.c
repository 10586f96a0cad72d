/*
 * Fuzzing what is made of the output of tasks: whatever they wrote, it
 * becomes UTF-8 without control sequences that is no longer than before,
 * and there is nothing left to clean.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "daemon/view/clean.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + (size == 0)); /* of the exact size */
	char *plain, *clean;

	memcpy(copy, data, size);
	plain = utf8_clean(copy, size);
	clean = clean_output(copy, size);
	require(utf8_valid(clean, strlen(clean)));
	require(strchr(clean, '\033') == NULL && strchr(clean, '\r') == NULL);
	require(utf8_chars(clean, strlen(clean)) <=
	    utf8_chars(plain, strlen(plain)));
	free(clean);
	free(plain);
	free(copy);
	return 0;
}
