/*
 * What is read of running tasks.  See sample.h.
 */
#include "cli/top/feed.h"
#include "cli/top/figures.h"
#include "cli/top/lastline.h"
#include "cli/top/model.h"
#include "cli/top/sample.h"
#include "common/timefmt.h"

void
sample(struct model *model, bool figures)
{
	struct row *row;
	size_t i;

	for (i = 0; i < model->rows.n; i++) {
		row = model->rows.items[i];
		if (figures)
			figures_read(row, time_mono_ms() * 1000);
		if (row->section == SECTION_RUNNING && !row->agent)
			lastline_read(row);
	}
}

bool
sample_agents(struct model *model, struct feed *feed)
{
	struct row *row;
	bool any = false;
	size_t i;

	for (i = 0; i < model->rows.n; i++) {
		row = model->rows.items[i];
		if (row->section == SECTION_RUNNING && row->agent &&
		    lastline_grew(row)) {
			feed_look(feed, row->id);
			any = true;
		}
	}
	return any;
}
