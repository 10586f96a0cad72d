/*
 * Everything that a frame is drawn from.  See model.h.
 */
#include <stdlib.h>

#include "cli/top/model.h"
#include "common/mem.h"

void
model_forget(struct model *model)
{
	struct totals *totals = &model->totals;

	rows_clear(&model->rows);
	while (totals->ngroups > 0)
		free(totals->groups[--totals->ngroups].id);
	free(totals->groups);
	totals->groups = NULL;
	totals->queued = 0;
}

void
model_clear(struct model *model)
{
	model_forget(model);
	list_clear(&model->list);
	free(model->away);
	free(model->message);
	free(model->question);
	free(model->command);
}

void
model_list(struct model *model)
{
	list_build(&model->list, &model->rows, &model->totals);
}
