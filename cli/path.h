/*
 * Directories as they are typed and as the daemon needs them.
 */
#ifndef CLI_PATH_H
#define CLI_PATH_H

/*
 * Returns the absolute path of a directory, which the caller frees.  An
 * absolute one stays as it is, since it may be known by that name.
 */
char *path_absolute(const char *dir);
/* Returns it with ~ for the home, for people; NULL of NULL. */
char *path_short(const char *path);

/*
 * Returns where PATH has the program, which the caller frees; NULL: nowhere.
 */
char *path_find(const char *program);

#endif
