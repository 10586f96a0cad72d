/*
 * Errors for people.  See say.h.
 */
#include "cli/say.h"
#include "cli/status.h"
#include "common/error.h"
#include "common/log.h"

int
say_failed(const struct error *err)
{
	log_warnx("%s", err->text);
	return STATUS_OURS;
}

int
say_usage(const char *verb, const struct error *err)
{
	log_warnx("%s: %s; see ccproc %s --help", verb, err->text, verb);
	return STATUS_USAGE;
}
