/*
 * The list of open requests.  See pending.h.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/pending.h"
#include "common/mem.h"

void
pending_init(struct pending_list *list)
{
	memset(list, 0, sizeof(*list));
	list->end = &list->first;
}

void
pending_clear(struct pending_list *list)
{
	while (list->first != NULL)
		pending_drop(list, &list->first);
}

static size_t
cost(const struct pending *p)
{
	return sizeof(*p) + p->id.len + p->line_len;
}

struct pending *
pending_add(struct pending_list *list, struct jsonspan id, char *line,
    size_t line_len)
{
	struct pending *p = xcalloc(1, sizeof(*p) + id.len);
	char *copy = (char *)(p + 1);

	if (id.at != NULL) {
		memcpy(copy, id.at, id.len);
		p->id = (struct jsonspan){ copy, id.len };
	}
	p->line = line;
	p->line_len = line_len;
	*list->end = p;
	list->end = &p->next;
	list->bytes += cost(p);
	list->open++;
	return p;
}

void
pending_keep(struct pending_list *list, struct pending *p)
{
	if (!p->kept)
		list->open--;
	p->kept = true;
}

void
pending_drop(struct pending_list *list, struct pending **at)
{
	struct pending *p = *at;

	*at = p->next;
	if (list->end == &p->next)
		list->end = at;
	list->bytes -= cost(p);
	if (!p->kept)
		list->open--;
	free(p->line);
	free(p);
}

struct pending **
pending_find(struct pending_list *list, struct jsonspan id)
{
	struct pending **at;

	for (at = &list->first; *at != NULL; at = &(*at)->next) {
		if ((!(*at)->kept || (*at)->swallow) &&
		    message_same_id((*at)->id, id))
			return at;
	}
	return NULL;
}
