/*
 * Everything that a frame is drawn from.  See model.h.
 */
#include <stdlib.h>

#include "cli/top/model.h"
#include "cli/top/spell.h"
#include "common/mem.h"
#include "common/timefmt.h"

void
model_forget_groups(struct model *model)
{
	struct totals *totals = &model->totals;

	while (totals->ngroups > 0)
		free(totals->groups[--totals->ngroups].id);
	free(totals->groups);
	totals->groups = NULL;
}

void
model_clear(struct model *model)
{
	model_forget_groups(model);
	rows_clear(&model->rows);
	list_clear(&model->list);
	free(model->away);
	free(model->message);
	free(model->question);
	free(model->command);
}

void
model_list(struct model *model)
{
	model->list.today = spell_midnight(time_wall_ms());
	list_build(&model->list, &model->rows, &model->totals);
}
