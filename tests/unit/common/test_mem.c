/*
 * Memory: copies, string vectors, the growing buffer.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "tests/unit/unit.h"

START_TEST(zeroed)
{
	char *p = xcalloc(3, 7);
	size_t i;

	for (i = 0; i < 21; i++)
		ck_assert_int_eq(p[i], 0);
	free(p);
}
END_TEST

START_TEST(too_much_ends_the_process)
{
	free(xreallocarray(NULL, SIZE_MAX / 2, 3));
}
END_TEST

START_TEST(strings)
{
	char *s;

	ck_assert_ptr_null(xstrdup(NULL));
	s = xstrdup("abc");
	ck_assert_str_eq(s, "abc");
	free(s);
	s = xstrndup("abc", 2);
	ck_assert_str_eq(s, "ab");
	free(s);
	s = xstrndup("abc", 100);
	ck_assert_str_eq(s, "abc");
	free(s);
	s = xasprintf("%s-%d", "t", 7);
	ck_assert_str_eq(s, "t-7");
	free(s);
}
END_TEST

START_TEST(vectors)
{
	char **v = NULL, **copy;

	ck_assert_uint_eq(strv_len(NULL), 0);
	ck_assert_ptr_null(strv_dup(NULL));
	strv_free(NULL);
	v = strv_add(v, "a");
	v = strv_add(v, "");
	ck_assert_uint_eq(strv_len(v), 2);
	copy = strv_dup(v);
	ck_assert_ptr_ne(copy[0], v[0]);
	ck_assert_str_eq(copy[0], "a");
	ck_assert_str_eq(copy[1], "");
	ck_assert_ptr_null(copy[2]);
	strv_free(copy);
	strv_free(v);
}
END_TEST

START_TEST(a_buffer_grows)
{
	struct buf b = { 0 };
	char *s;
	int i;

	buf_add(&b, "", 0);
	ck_assert_ptr_null(b.data);
	for (i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i % 10);
	ck_assert_uint_eq(b.len, 2000);
	ck_assert_uint_eq(strlen(b.data), 2000);
	buf_drop(&b, 1998);
	ck_assert_str_eq(b.data, "9,");
	buf_drop(&b, 0);
	buf_puts(&b, "x");
	s = buf_steal(&b);
	ck_assert_str_eq(s, "9,x");
	ck_assert_ptr_null(b.data);
	ck_assert_uint_eq(b.len, 0);
	free(s);
}
END_TEST

START_TEST(nothing_is_a_string_too)
{
	struct buf b = { 0 };
	char *s = buf_steal(&b);

	ck_assert_str_eq(s, "");
	free(s);
	buf_reserve(&b, 10);
	ck_assert_str_eq(b.data, "");
	buf_clear(&b);
	buf_clear(&b);
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(bytes_may_be_nul)
{
	struct buf b = { 0 };

	buf_add(&b, "a\0b", 4);
	buf_add(&b, "c", 1);
	ck_assert_uint_eq(b.len, 5);
	ck_assert_mem_eq(b.data, "a\0b\0c", 6);
	buf_clear(&b);
}
END_TEST

START_TEST(one_and_more)
{
	struct buf b = { 0 };

	buf_count(&b, 1, "task");
	buf_puts(&b, ", ");
	buf_count(&b, 0, "file");
	ck_assert_str_eq(b.data, "1 task, 0 files");
	buf_clear(&b);
}
END_TEST

UNIT_SUITE
{
	TCase *tcase = unit_suite("mem", NULL, NULL, zeroed, strings, vectors,
	    a_buffer_grows, nothing_is_a_string_too, bytes_may_be_nul,
	    one_and_more, NULL);

	tcase_add_exit_test(tcase, too_much_ends_the_process, 1);
}
