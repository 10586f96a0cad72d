/*
 * Editors.  See editor.h.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/editor.h"
#include "cli/input.h"
#include "common/error.h"
#include "common/io.h"
#include "common/limits.h"
#include "common/mem.h"

static const char *
editor_line(void)
{
	const char *line = getenv("VISUAL");

	if (line == NULL || *line == '\0')
		line = getenv("EDITOR");
	return line == NULL || *line == '\0' ? "vi" : line;
}

int
editor_run(const char *path, struct error *err)
{
	const char *editor = editor_line();
	char *line = xasprintf("%s \"$@\"", editor);
	char **argv = strv_add(strv_add(strv_add(NULL, "/bin/sh"), "-c"), line);
	int status;

	argv = strv_add(strv_add(argv, editor), path);
	status = child_run(argv, -1, NULL);
	strv_free(argv);
	free(line);
	if (status == 0)
		return 0;
	if (status == 127)
		fail(err, ERR_INVALID,
		    "the editor '%.100s' was not found; set EDITOR to one",
		    editor);
	else
		fail(err, ERR_INVALID,
		    "the editor '%.100s' did not end with success, so its "
		    "text is not used",
		    editor);
	return -1;
}

static char *
edit_file(const char *path, struct error *err)
{
	struct buf text = { 0 };

	if (editor_run(path, err) != 0)
		return NULL;
	if (input_file(path, LINE_MAX_BYTES, &text, err) == 0)
		return buf_steal(&text);
	buf_clear(&text);
	return NULL;
}

char *
editor_edit(const char *text, const char *suffix, struct error *err)
{
	const char *tmp = getenv("TMPDIR");
	char *edited = NULL,
	     *path = xasprintf("%s/ccproc-XXXXXX%s",
		 tmp == NULL || *tmp == '\0' ? "/tmp" : tmp, suffix);
	int fd = mkstemps(path, (int)strlen(suffix));

	if (fd == -1)
		fail_errno(err, "cannot make %s", path);
	else if (io_write(fd, text, strlen(text)) != 0)
		fail_errno(err, "cannot write %s", path);
	else
		edited = edit_file(path, err);
	if (fd != -1) {
		close(fd);
		unlink(path);
	}
	free(path);
	return edited;
}
