/*
 * The prompt of an agent.
 */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

struct error;

/*
 * Returns the words with spaces between, or, when there are none or only -,
 * what stdin has; the caller frees.  NULL with err.
 */
char *prompt_text(char *const *words, struct error *err);

#endif
