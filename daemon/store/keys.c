/*
 * The store: keys of callers, each a link in keys/ to the task that has it.
 * A link to nothing counts as none: it is made before its task is accepted,
 * and stays when somebody else deletes the task.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uuid/uuid.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/store/keys.h"
#include "daemon/store/live.h"
#include "daemon/store/name.h"
#include "daemon/store/unsynced.h"

/* Returns the path of a key's link; a key may hold any characters. */
static char *
path_of(const char *key)
{
	uuid_t none, uuid;
	char text[37];

	uuid_clear(none);
	uuid_generate_sha1(uuid, none, key, strlen(key));
	uuid_unparse_lower(uuid, text);
	return xasprintf("keys/%s", text);
}

int
store_find_key(const char *key, struct store_name *name, struct error *err)
{
	char *link = path_of(key);
	int found = store_follow(link, name);

	if (found == 0 && errno != 0) {
		fail_errno(err, "cannot look where %s/%s leads", store_root(),
		    link);
		found = -1;
	}
	free(link);
	return found;
}

int
store_write_key(const char *key, const char *path, struct error *err)
{
	char *link = path_of(key), *target = xasprintf("../%s", path);
	int result = 0;

	if (mkdirat(store_rootfd(), "keys", 0700) == -1 && errno != EEXIST) {
		fail_errno(err, "cannot make %s/keys", store_root());
		result = -1;
	} else {
		unlinkat(store_rootfd(), "keys/.new", 0);
		if (symlinkat(target, store_rootfd(), "keys/.new") == -1 ||
		    renameat(store_rootfd(), "keys/.new", store_rootfd(),
			link) == -1) {
			fail_errno(err, "cannot make %s/%s", store_root(),
			    link);
			result = -1;
		}
	}
	free(target);
	free(link);
	return result;
}

void
store_drop_key(const struct record *rec)
{
	const char *key = rec->spec.options.key;
	struct store_name name;
	char *link;

	if (key == NULL)
		return;
	link = path_of(key);
	if (store_follow(link, &name) ? strcmp(name.path, rec->path) == 0 :
					errno == 0) {
		unlinkat(store_rootfd(), link, 0);
		unsynced_folder("keys");
	}
	free(link);
}
