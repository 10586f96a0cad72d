/*
 * Accounts of agents.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "daemon/task/account.h"
#include "tests/unit/unit.h"

/* Returns the account of an environment of n variables; it stays. */
static const char *
account(char *const *variables, size_t n)
{
	static char *last[8];
	static size_t at;
	struct buf env = { 0 };

	while (n-- > 0) {
		buf_add(&env, *variables, strlen(*variables) + 1);
		variables++;
	}
	at = (at + 1) % 8;
	free(last[at]);
	last[at] = account_of(&env);
	buf_clear(&env);
	return last[at];
}

START_TEST(same_folder_api_and_credentials)
{
	char home[] = "HOME=/nowhere/ada", dir[] = "CLAUDE_CONFIG_DIR=/nowhere",
	     key[] = "ANTHROPIC_API_KEY=secret", term[] = "TERM=xterm",
	     other[] = "ANTHROPIC_API_KEY=another",
	     url[] = "ANTHROPIC_BASE_URL=https://gateway.example";
	const char *first = account((char *[]){ home, key }, 2);

	ck_assert_uint_eq(strlen(first), 36);
	ck_assert_ptr_null(strstr(first, "secret"));
	ck_assert_str_eq(first, account((char *[]){ key, term, home }, 3));
	ck_assert_str_ne(first, account((char *[]){ home, other }, 2));
	ck_assert_str_ne(first, account((char *[]){ home }, 1));
	ck_assert_str_ne(first, account((char *[]){ home, key, dir }, 3));
	ck_assert_str_ne(first, account((char *[]){ home, key, url }, 3));
	ck_assert_str_ne(first, account((char *[]){ term }, 1));
}
END_TEST

START_TEST(a_folder_by_two_names)
{
	char *real = xasprintf("CLAUDE_CONFIG_DIR=%s", unit_path("real"));
	char *name = xasprintf("CLAUDE_CONFIG_DIR=%s", unit_path("name"));

	ck_assert_int_eq(mkdir(unit_path("real"), 0700), 0);
	ck_assert_int_eq(symlink("real", unit_path("name")), 0);
	ck_assert_str_eq(account(&real, 1), account(&name, 1));
	free(real);
	free(name);
}
END_TEST

UNIT_SUITE
{
	unit_suite("account", NULL, unit_cleanup,
	    same_folder_api_and_credentials, a_folder_by_two_names, NULL);
}
