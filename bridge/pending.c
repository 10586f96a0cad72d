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

size_t
pending_bytes(size_t id_len, size_t line_len)
{
	return sizeof(struct pending) + id_len + line_len;
}

struct pending *
pending_insert(struct pending_list *list, struct pending **at,
    struct jsonspan id, char *line, size_t line_len)
{
	struct pending *p = xcalloc(1, sizeof(*p) + id.len);
	char *copy = (char *)(p + 1);

	memcpy(copy, id.at, id.len);
	p->id = (struct jsonspan){ copy, id.len };
	p->line = line;
	p->line_len = line_len;
	p->next = *at;
	*at = p;
	if (list->end == at)
		list->end = &p->next;
	list->bytes += pending_bytes(id.len, line_len);
	return p;
}

void
pending_drop(struct pending_list *list, struct pending **at)
{
	struct pending *p = *at;

	*at = p->next;
	if (list->end == &p->next)
		list->end = at;
	list->bytes -= pending_bytes(p->id.len, p->line_len);
	free(p->line);
	free(p);
}

struct pending **
pending_find(struct pending_list *list, struct jsonspan id)
{
	struct pending **at;

	for (at = &list->first; *at != NULL; at = &(*at)->next) {
		if (message_same_id((*at)->id, id))
			return at;
	}
	return NULL;
}

char *
pending_take_line(struct pending_list *list, struct pending *p)
{
	char *line = p->line;

	list->bytes -= p->line_len;
	p->line = NULL;
	p->line_len = 0;
	return line;
}
