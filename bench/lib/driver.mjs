// Measures rows: a figure at one place, with one size.  The columns of a row
// (ours, the floor, the peers) take turns in rounds, A B A B; a round's value
// is the median of its samples, a column's the median of its rounds.  Rows of
// the same scene share it.
import { Missing } from './missing.mjs';
import { settle } from './machine.mjs';

const ROUNDS = 5;
const PEER_ROUNDS = 3; // they cost most of the time
// of the time there is, when one round must do
const HURRY = 0.8;

export const median = (list) =>
	[...list].sort((a, b) => a - b)[list.length >> 1];

/** The columns of a figure that are measured. */
const columnsOf = (figure, without) => Object.keys(figure).filter((name) =>
	typeof figure[name] === 'function' && !without.includes(name));

const isPeer = (name) => !/^(ours|floor)/.test(name);

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

async function oneRow({ figure, size }, context, { without, rounds, spent }) {
	const values = new Map(columnsOf(figure, without).map((name) => [name, []]));
	const missing = new Map();
	const most = rounds ?? figure.rounds ?? ROUNDS;
	let idle = 1;

	for (let round = 0; round < (spent() > HURRY ? 1 : most); round++)
		for (const [name, list] of values) {
			if (missing.has(name) || (round >= PEER_ROUNDS && isPeer(name)))
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

const unmeasured = (row, why) =>
	finished(row, { idle: 1, columns: { ours: { missing: why } } });

/** The rows of one scene; each is given to note. */
async function oneScene(rows, options, note) {
	const left = new Set(rows);
	let why = 'no time was left', context;

	try {
		context = options.spent() > 1 ? undefined :
			await options.open(rows[0]);
		for (const row of context && options.spent() <= 1 ? rows : []) {
			note(row, finished(row, await oneRow(row, context, options)));
			left.delete(row);
		}
		await context?.close();
	} catch (error) {
		console.error(`${rows[0].figure.scene}: ${error.message}`);
		why = `failed: ${error.message.trim().split('\n').pop()}`;
	}
	left.forEach((row) => note(row, unmeasured(row, why)));
}

/**
 * Measures all rows of the figures: { without, rounds, open, spent, progress },
 * where columns in without are left out, open(row) makes what the functions of
 * a row are called with, and spent says which part of the time is over.
 */
export async function measure(figures, options) {
	const rows = rowsOf(figures);
	const scenes = new Map();
	const done = new Map();

	for (const row of rows) {
		const key = `${row.place} ${row.figure.scene} ${row.size}`;

		scenes.set(key, [...scenes.get(key) ?? [], row]);
	}
	for (const group of scenes.values())
		await oneScene(group, options, (row, result) => {
			done.set(row, result);
			options.progress(result, done.size, rows.length);
		});
	return rows.map((row) => done.get(row));
}
