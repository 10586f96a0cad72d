/*
 * Mounts.  See mounts.h.  /proc/self/mountinfo tells by poll(2) when another
 * mount has come or gone since, so that its ids are not mistaken.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "common/mem.h"
#include "daemon/os/mounts.h"

/* Of a longer table so much is known; the rest is not local. */
#define TABLE_BYTES (64u << 10)
#define LOCAL_MAX 256

static int fd = -1;
static bool is_read; /* the table */
static uint64_t local[LOCAL_MAX];
static size_t n;

/* Not overlay, which may lie on anything. */
static const char *const types[] = { "tmpfs", "ramfs", "btrfs", "bcachefs",
	"zfs" };

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw" */
static bool
is_local(const char *line)
{
	const char *type = strstr(line, " - ");
	size_t i, len;

	if (type == NULL)
		return false;
	type += 3;
	len = strcspn(type, " ");
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i]) == len &&
		    strncmp(type, types[i], len) == 0)
			return true;
	return false;
}

static void
read_table(void)
{
	char *text = xcalloc(1, TABLE_BYTES + 1), *line, *end;
	ssize_t len = -1;

	n = 0;
	is_read = true;
	if (lseek(fd, 0, SEEK_SET) == 0)
		len = io_read(fd, text, TABLE_BYTES);
	for (line = text; len > 0 && n < LOCAL_MAX; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL)
			break;
		*end = '\0';
		if (is_local(line))
			local[n++] = strtoull(line, NULL, 10);
	}
	free(text);
}

void
mounts_init(void)
{
	if (fd == -1)
		fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
}

static bool
know(void)
{
	struct pollfd changed = { .fd = fd, .events = POLLPRI };

	if (fd == -1)
		return false;
	if (!is_read || poll(&changed, 1, 0) != 0)
		read_table();
	return true;
}

bool
mounts_local(uint64_t id)
{
	size_t i;

	if (!know())
		return false;
	for (i = 0; i < n; i++)
		if (local[i] == id)
			return true;
	return false;
}

void
mounts_forget(void)
{
	if (fd != -1)
		close(fd);
	fd = -1;
	is_read = false;
}
