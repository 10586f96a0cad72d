/*
 * The units of systemd.  See unit.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/unit.h"
#include "common/mem.h"

#define SERVICE "/ccprocd.service"

/* Its cgroup, or one below that, is the service's. */
bool
unit_has(pid_t pid)
{
	char path[64], line[4096], *at;
	bool has = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	while (!has && fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		at = strstr(line, SERVICE);
		has = at != NULL && strchr("/", at[strlen(SERVICE)]) != NULL;
	}
	fclose(file);
	return has;
}

/* The links that `systemctl --user enable` makes; one to nothing counts, too. */
bool
unit_is_enabled(void)
{
	static const char *const links[] = {
		"sockets.target.wants/ccprocd.socket",
		"default.target.wants/ccprocd.service",
	};
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	bool own = config != NULL && config[0] == '/';
	char target[1], *path;
	bool enabled = false;
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]) && !enabled; i++) {
		path = xasprintf("%s%s/systemd/user/%s",
		    own              ? config :
			home != NULL ? home :
				       "",
		    own ? "" : "/.config", links[i]);
		enabled = readlink(path, target, sizeof(target)) > 0;
		free(path);
	}
	return enabled;
}
