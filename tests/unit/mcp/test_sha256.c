/*
 * SHA-256 by the vectors of FIPS 180-4 and RFC 6234, HMAC by RFC 4231.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/sha256.h"
#include "tests/unit/unit.h"

static void
expect(const unsigned char mac[SHA256_BYTES], const char *hex)
{
	char got[2 * SHA256_BYTES + 1];
	size_t i;

	for (i = 0; i < SHA256_BYTES; i++)
		snprintf(got + 2 * i, 3, "%02x", mac[i]);
	ck_assert_str_eq(got, hex);
}

static void
hash(const char *text, const char *hex)
{
	unsigned char out[SHA256_BYTES];
	struct sha256 sha;

	sha256_init(&sha);
	sha256_add(&sha, text, strlen(text));
	sha256_end(&sha, out);
	expect(out, hex);
}

START_TEST(hashes)
{
	hash("",
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	hash("abc",
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1");
	hash("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	     "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	    "cf5b16a778af8380036ce59e7b049237"
	    "0b249b11e8f07a51afac45037afee9d1");
}
END_TEST

/* A million times "a", in pieces of every length. */
START_TEST(in_pieces)
{
	unsigned char out[SHA256_BYTES];
	size_t left = 1000000, n = 1;
	struct sha256 sha;
	char piece[200];

	memset(piece, 'a', sizeof(piece));
	sha256_init(&sha);
	while (left > 0) {
		n = n % sizeof(piece) + 1;
		if (n > left)
			n = left;
		sha256_add(&sha, piece, n);
		left -= n;
	}
	sha256_end(&sha, out);
	expect(out,
	    "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

static void
authenticate(const char *key, size_t key_len, const char *text, size_t len,
    const char *hex)
{
	unsigned char out[SHA256_BYTES];
	struct hmac hmac;

	hmac_init(&hmac, key, key_len);
	hmac_add(&hmac, text, len / 2);
	hmac_add(&hmac, text + len / 2, len - len / 2);
	hmac_end(&hmac, out);
	expect(out, hex);
}

START_TEST(hmacs)
{
	static const char long_text[] =
	    "This is a test using a larger than block-size key and a larger "
	    "than block-size data. The key needs to be hashed before being "
	    "used by the HMAC algorithm.";
	char key[131], data[50];

	memset(key, 0x0b, 20);
	authenticate(key, 20, "Hi There", 8,
	    "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7");
	authenticate("Jefe", 4, "what do ya want for nothing?", 28,
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	memset(data, 0xdd, sizeof(data));
	authenticate(key, 20, data, sizeof(data),
	    "773ea91e36800e46854db8ebd09181a7"
	    "2959098b3ef8c122d9635514ced565fe");
	authenticate(key, 131,
	    "Test Using Larger Than Block-Size Key - Hash Key First", 54,
	    "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54");
	authenticate(key, 131, long_text, sizeof(long_text) - 1,
	    "9b09ffa71b942fcb27635fbcd5b0e944"
	    "bfdc63644f0713938a7f51535c3a35e2");
}
END_TEST

UNIT_SUITE
{
	unit_suite("sha256", NULL, NULL, hashes, in_pieces, hmacs, NULL);
}
