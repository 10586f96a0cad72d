/*
 * What keepers of several versions know.  See keeperctl.h.
 */
#include <string.h>

#include "common/error.h"
#include "common/exitrec.h"
#include "common/keeperctl.h"

/* Whether the words, with a space between any two, have that one. */
static bool
has_word(const char *words, const char *word)
{
	size_t len = strlen(word), n;

	for (; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (n == len && strncmp(words, word, len) == 0)
			return true;
	}
	return false;
}

int
keeperctl_check(const struct exitrec *claim, const char *command,
    struct error *err)
{
	const char *version = claim->keeper_version;

	if (has_word(claim->commands[0] == '\0' ? KEEPER_FIRST_COMMANDS :
						  claim->commands,
		command))
		return 0;
	fail(err, ERR_INVALID,
	    "its keeper is of version %s, which does not know the command %s; "
	    "it runs on as it is",
	    version[0] == '\0' ? "0.1.0 or earlier" : version, command);
	return -1;
}
