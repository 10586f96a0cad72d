/*
 * Reading names when the daemon starts.  See names.h.
 */
#include <stddef.h>

#include "common/error.h"
#include "common/log.h"
#include "daemon/find/labels.h"
#include "daemon/names.h"
#include "daemon/os/slices.h"
#include "daemon/store/index.h"

static struct slices *slices; /* NULL: nothing is read */
static bool named;            /* labels are read next, or were */
static void (*known)(void);

/* What cannot be read now is tried again by those who ask. */
static bool
step(void *arg)
{
	struct error err;
	int more = named ? labels_step(&err) : index_step(&err);

	(void)arg;
	if (more == -1)
		log_warnx("%s", err.text);
	return more == 1;
}

static void
done(void *arg)
{
	(void)arg;
	slices = NULL;
	if (named)
		return;
	named = true;
	slices = slices_new(step, done, NULL);
	known();
}

void
names_read(void (*fn)(void))
{
	known = fn;
	if (slices != NULL)
		return;
	if (slices_once(step, NULL))
		slices = slices_new(step, done, NULL);
	else
		done(NULL);
}

bool
names_are_read(void)
{
	return named || slices == NULL;
}

void
names_stop(void)
{
	slices_free(slices);
	slices = NULL;
	named = false;
	labels_stop();
}
