/*
 * Where things are.  See paths.h.
 */
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/paths.h"

static int put(char *buf, size_t size, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static int
put(char *buf, size_t size, struct error *err, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= size) {
		fail(err, ERR_INVALID,
		    "the path '%.100s...' has %d bytes, expected less than %zu",
		    buf, n, size);
		return -1;
	}
	return 0;
}

/*
 * A variable of ours: 1 and its value, 0 when it is not set.  A relative
 * path would mean another place in every folder, so that is an error.
 */
static int
ours(const char *name, const char **value, struct error *err)
{
	const char *s = getenv(name);

	if (s == NULL || *s == '\0')
		return 0;
	if (*s != '/') {
		fail(err, ERR_INVALID, "%s is '%s', expected an absolute path",
		    name, s);
		return -1;
	}
	*value = s;
	return 1;
}

/* An XDG variable, or NULL; the standard has relative ones ignored. */
static const char *
xdg(const char *name)
{
	const char *s = getenv(name);

	return s != NULL && *s == '/' ? s : NULL;
}

static int
home(const char **value, struct error *err)
{
	const struct passwd *pw;
	const char *s = getenv("HOME");

	if (s == NULL || *s != '/') {
		pw = getpwuid(geteuid());
		s = pw != NULL ? pw->pw_dir : NULL;
	}
	if (s == NULL || *s != '/') {
		fail(err, ERR_NOT_FOUND,
		    "uid %u has no home directory: HOME is not set and the "
		    "password file has none; set HOME or CCPROC_STATE_DIR",
		    (unsigned)geteuid());
		return -1;
	}
	*value = s;
	return 0;
}

/* $variable/leaf, else home/below/leaf. */
static int
xdg_place(const char *variable, const char *below, const char *leaf, char *buf,
    size_t size, struct error *err)
{
	const char *base = xdg(variable);

	if (base != NULL)
		return put(buf, size, err, "%s/%s", base, leaf);
	if (home(&base, err) != 0)
		return -1;
	return put(buf, size, err, "%s/%s/%s", base, below, leaf);
}

int
paths_state(char *buf, size_t size, struct error *err)
{
	const char *dir;
	int set = ours("CCPROC_STATE_DIR", &dir, err);

	if (set != 0)
		return set == -1 ? -1 : put(buf, size, err, "%s", dir);
	return xdg_place("XDG_STATE_HOME", ".local/state", "ccproc", buf, size,
	    err);
}

int
paths_config(char *buf, size_t size, struct error *err)
{
	const char *path;
	int set = ours("CCPROC_CONFIG", &path, err);

	if (set != 0)
		return set == -1 ? -1 : put(buf, size, err, "%s", path);
	return xdg_place("XDG_CONFIG_HOME", ".config", "ccproc/config.json",
	    buf, size, err);
}

/*
 * 1: the runtime directory is dir.  One that is named but not there (a
 * login that is over, a container) is passed over, for nobody but the
 * system makes it.  Somebody else's is refused: after su or sudo -E the
 * variable still names that of the first user.
 */
static int
runtime_dir(char *dir, size_t size, struct error *err)
{
	const char *named = xdg("XDG_RUNTIME_DIR");
	struct stat st;

	if (named != NULL && stat(named, &st) == 0) {
		if (st.st_uid != geteuid()) {
			fail(err, ERR_INVALID,
			    "XDG_RUNTIME_DIR is %s, which belongs to uid %u "
			    "and not to us (uid %u); unset it or set "
			    "CCPROC_SOCKET",
			    named, (unsigned)st.st_uid, (unsigned)geteuid());
			return -1;
		}
		return put(dir, size, err, "%s", named) == 0 ? 1 : -1;
	}
	snprintf(dir, size, "/run/user/%u", (unsigned)geteuid());
	return stat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_uid == geteuid();
}

static int
socket_place(char *buf, size_t size, struct error *err)
{
	const char *path;
	char dir[SOCKET_PATH_SIZE];
	int set = ours("CCPROC_SOCKET", &path, err);

	if (set != 0)
		return set == -1 ? -1 : put(buf, size, err, "%s", path);
	set = runtime_dir(dir, sizeof(dir), err);
	if (set != 0)
		return set == -1 ? -1 :
				   put(buf, size, err, "%s/ccproc/sock", dir);
	if (paths_state(dir, sizeof(dir), err) != 0)
		return -1;
	return put(buf, size, err, "%s/sock", dir);
}

int
paths_socket(char *buf, size_t size, struct error *err)
{
	if (size > SOCKET_PATH_SIZE)
		size = SOCKET_PATH_SIZE;
	if (socket_place(buf, size, err) != 0) {
		fail_prefix(err, "the socket (CCPROC_SOCKET names another)");
		return -1;
	}
	return 0;
}

/* The folder of the running program, without a slash at its end. */
static int
own_folder(char *buf, size_t size, struct error *err)
{
	ssize_t n = readlink("/proc/self/exe", buf, size);
	char *slash;

	if (n == -1) {
		fail_errno(err, "cannot read /proc/self/exe");
		return -1;
	}
	if ((size_t)n >= size) {
		fail(err, ERR_INVALID,
		    "the path of this program has more than %zu bytes",
		    size - 1);
		return -1;
	}
	buf[n] = '\0';
	if ((slash = strrchr(buf, '/')) != NULL)
		*slash = '\0';
	return 0;
}

static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    access(path, X_OK) == 0;
}

static int
put_program(const char *path, char *buf, size_t size, struct error *err)
{
	if (is_program(path))
		return put(buf, size, err, "%s", path);
	fail(err, ERR_OURS,
	    "there is no program %s; install ccproc whole, with all its "
	    "programs",
	    path);
	return -1;
}

int
paths_program(const char *name, char *buf, size_t size, struct error *err)
{
	char dir[4096], path[4096 + 64];

	if (own_folder(dir, sizeof(dir), err) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return put_program(path, buf, size, err);
}

int
paths_libexec(const char *name, char *buf, size_t size, struct error *err)
{
	const char *libexec = NULL;
	char dir[4096], path[4096 + 64];

	if (ours("CCPROC_LIBEXEC", &libexec, err) == -1 ||
	    own_folder(dir, sizeof(dir), err) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/%s", libexec != NULL ? libexec : dir,
	    name);
	if (libexec == NULL && !is_program(path))
		snprintf(path, sizeof(path), "%s/../libexec/ccproc/%s", dir,
		    name);
	return put_program(path, buf, size, err);
}

/* The last part of path, which was just made or was there before. */
static int
check_private(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0) {
		fail_errno(err, "cannot look at %s", path);
		return -1;
	}
	if (!S_ISDIR(st.st_mode))
		fail(err, ERR_INVALID, "%s is no directory; move it away",
		    path);
	else if (st.st_uid != geteuid())
		fail(err, ERR_INVALID,
		    "%s belongs to uid %u and not to us (uid %u)", path,
		    (unsigned)st.st_uid, (unsigned)geteuid());
	else if ((st.st_mode & 077) != 0)
		fail(err, ERR_INVALID,
		    "%s has mode %03o, so others get in, "
		    "expected 700; run chmod 700 on it",
		    path, (unsigned)st.st_mode & 0777);
	else
		return 0;
	return -1;
}

/*
 * Whether what is missing may be made in a folder: in ours, or in one for
 * all, but not in a home that somebody else's HOME has led us to, which would
 * get folders that its owner cannot enter.
 */
static bool
is_place_for_us(const struct stat *st)
{
	return st->st_uid == geteuid() || st->st_uid == 0 ||
	    (st->st_mode & S_ISVTX) != 0;
}

/* Makes a folder in one that is there, and tells who keeps us from it. */
static int
make_in(const char *path, const struct stat *above, struct error *err)
{
	int errnum = EACCES;

	if (is_place_for_us(above)) {
		if (mkdir(path, 0700) == 0 || errno == EEXIST)
			return 0;
		errnum = errno;
	}
	errno = errnum;
	fail_errno(err, "cannot make the directory %s", path);
	if (errnum == EACCES && above->st_uid != geteuid())
		fail_add(err, ERR_SYSTEM,
		    "the one that it belongs into is of uid %u and not ours "
		    "(uid %u); HOME, or the variable that leads there, should "
		    "name a place of our own",
		    (unsigned)above->st_uid, (unsigned)geteuid());
	return -1;
}

int
paths_make_private(const char *path, struct error *err)
{
	struct stat above, st;
	char part[4096];
	char *slash;
	size_t len;

	if (put(part, sizeof(part), err, "%s", path) != 0)
		return -1;
	/* lstat(2) would follow a symlink with a slash after it */
	for (len = strlen(part); len > 1 && part[len - 1] == '/';)
		part[--len] = '\0';
	if (stat("/", &above) != 0)
		memset(&above, 0, sizeof(above));
	for (slash = part; slash != NULL;) {
		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		if (stat(part, &st) != 0 && make_in(part, &above, err) != 0)
			return -1;
		if (stat(part, &above) != 0) {
			fail_errno(err, "cannot look at %s", part);
			return -1;
		}
		if (slash != NULL)
			*slash = '/';
	}
	return check_private(part, err);
}
