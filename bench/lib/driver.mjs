// Measures rows: a figure at one place, with one size.  The columns of a row
// (ours, the floor, the peers) take turns in rounds, A B A B; a round's value
// is the median of its samples, a column's the median of its rounds.  Rows of
// the same scene share it.
import { Missing } from './missing.mjs';
import { settle } from './machine.mjs';

const ROUNDS = 5;
// of the time there is, when one round must do
const HURRY = 0.8;

export const median = (list) =>
	[...list].sort((a, b) => a - b)[list.length >> 1];

/** The columns of a figure that are measured, ours first. */
const columnsOf = (figure, peers) => ['ours', 'floor', ...peers]
	.filter((name) => figure[name] !== undefined);

/** All rows of figures, in their order. */
export const rowsOf = (figures) => figures.flatMap((figure) =>
	(figure.places ?? ['tmpfs']).flatMap((place) =>
		(figure.sizes ?? [undefined]).map((size) => ({ figure, place, size }))));

/** Whether the goal is met; undefined without one. */
export function met({ goal, columns, ratio }) {
	if (!goal || columns.ours?.median === undefined)
		return undefined;
	const value = goal.of ? ratio : columns.ours.median;

	if (value === undefined)
		return undefined;
	return goal.most !== undefined ? value <= goal.most : value >= goal.least;
}

async function oneRow({ figure, size }, context, { peers, rounds, spent }) {
	const values = new Map(columnsOf(figure, peers).map((name) => [name, []]));
	const missing = new Map();
	const most = rounds ?? figure.rounds ?? ROUNDS;
	let idle = 1;

	for (let round = 0; round < (spent() > HURRY ? 1 : most); round++)
		for (const [name, list] of values) {
			if (missing.has(name))
				continue;
			idle = Math.min(idle, await settle());
			try {
				const value = await figure[name](context, size);

				list.push(Array.isArray(value) ? median(value) : value);
			} catch (error) {
				missing.set(name, error instanceof Missing ? error.message :
					`failed: ${error.message.trim().split('\n').pop()}`);
			}
		}
	const columns = Object.fromEntries([...values].map(([name, list]) =>
		[name, missing.has(name) ? { missing: missing.get(name) } :
			{ median: median(list), min: Math.min(...list),
				max: Math.max(...list), rounds: list }]));

	return { columns, idle };
}

/** What a row says to those who print it. */
function finished({ figure, place, size }, { columns, idle }) {
	const { name, what, unit, goal, group, picture } = figure;
	const row = { name, what, group, place, size, unit, goal, picture, idle,
		columns };

	if (columns.ours.missing === undefined &&
	    columns.floor?.median !== undefined)
		row.ratio = columns.ours.median / columns.floor.median;
	row.met = met(row);
	return row;
}

const unmeasured = (row) => finished(row, { idle: 1, columns: {
	ours: { missing: 'no time was left' } } });

/**
 * Measures all rows of the figures: { peers, rounds, open, spent, progress },
 * where open(row) makes what the functions of a row are called with, and spent
 * says which part of the time is over.
 */
export async function measure(figures, options) {
	const rows = rowsOf(figures);
	const scenes = new Map();
	const done = new Map();

	for (const row of rows) {
		const key = `${row.place} ${row.figure.scene} ${row.size}`;

		scenes.set(key, [...scenes.get(key) ?? [], row]);
	}
	for (const group of scenes.values()) {
		if (options.spent() > 1) {
			group.forEach((row) => done.set(row, unmeasured(row)));
			continue;
		}
		const context = await options.open(group[0]);

		try {
			for (const row of group) {
				done.set(row, finished(row,
					await oneRow(row, context, options)));
				options.progress(done.get(row), done.size, rows.length);
			}
		} finally {
			await context.close();
		}
	}
	return rows.map((row) => done.get(row));
}
