/*
 * The prompt of an agent.
 */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include <stdbool.h>

struct error;

/*
 * Returns the words with spaces between and, if piped, what is piped in; or,
 * when there are no words or only -, what stdin has; the caller frees.  NULL
 * with err.
 */
char *prompt_text(char *const *words, bool piped, struct error *err);

#endif
