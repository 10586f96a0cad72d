/*
 * Tests of common/base64.c: the vectors of RFC 4648, every length both ways,
 * and what is not base64.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "common/base64.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

static const struct {
	const char *plain, *coded;
} rows[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xff\xfe\xfb\xff", "//77/w==" },
	{ "\xfb\xef\xbe", "++++" },
};

START_TEST(encodes_and_decodes)
{
	const char *plain = rows[_i].plain, *coded = rows[_i].coded;
	size_t len = strlen(plain), n = 99;
	struct buf b = { 0 };
	char out[64];

	buf_puts(&b, ">");
	base64_encode(&b, plain, len);
	ck_assert_str_eq(b.data + 1, coded);
	buf_clear(&b);
	ck_assert_int_eq(base64_decode(coded, strlen(coded), out, len, &n), 0);
	ck_assert_uint_eq(n, len);
	ck_assert_mem_eq(out, plain, len);
}
END_TEST

START_TEST(every_byte_comes_back)
{
	unsigned char in[256], out[256];
	struct buf b = { 0 };
	size_t i, n;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(255 - i);
	for (i = 0; i <= sizeof(in); i++) {
		b.len = 0;
		base64_encode(&b, in, i);
		ck_assert_uint_eq(b.len, (i + 2) / 3 * 4);
		ck_assert_int_eq(base64_decode(b.data, b.len, out, i, &n), 0);
		ck_assert_uint_eq(n, i);
		ck_assert_mem_eq(out, in, i);
		if (i > 0)
			ck_assert_int_eq(base64_decode(b.data, b.len, out,
					     i - 1, &n),
			    -1);
	}
	buf_clear(&b);
}
END_TEST

START_TEST(refuses_what_is_not_base64)
{
	static const char *const texts[] = { "Z", "Zg",
		"Zg=", "Zg==Zg==", "====", "Z===", "=Zg=", "Zm=v", "Zm9v\n",
		"Zm 9", "Zm9-", "Zm_v", "Zh==", "Zm9=", "Zm9vY", "Zm9\xc3",
		"Zg==\n" };
	char out[64];
	size_t i, n = 99;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(base64_decode(texts[i], strlen(texts[i]), out,
				  sizeof(out), &n) == -1,
		    "%s", texts[i]);
	ck_assert_int_eq(base64_decode("Zm9\0", 4, out, sizeof(out), &n), -1);
	ck_assert_uint_eq(n, 99);
}
END_TEST

UNIT_SUITE
{
	TCase *tc = unit_suite("base64", NULL, NULL, every_byte_comes_back,
	    refuses_what_is_not_base64, NULL);

	tcase_add_loop_test(tc, encodes_and_decodes, 0,
	    sizeof(rows) / sizeof(rows[0]));
}
