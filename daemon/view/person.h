/*
 * What failed, in the words of the command: tools speak to models, who know
 * tools and their arguments; people know verbs and options.
 */
#ifndef DAEMON_VIEW_PERSON_H
#define DAEMON_VIEW_PERSON_H

/* Returns the text of a tool that failed as a person reads it; caller frees. */
char *person_words(const char *text);

#endif
