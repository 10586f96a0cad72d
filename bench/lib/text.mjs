// Results as tables for people.
import { IDLE_ENOUGH } from './machine.mjs';

/** A number with three digits that count. */
export function number(n) {
	if (n === undefined)
		return '-';
	const digits = n === 0 ? 0 :
		Math.max(0, 2 - Math.floor(Math.log10(Math.abs(n))));

	return n.toFixed(Math.min(3, digits))
		.replace(/\B(?=(\d{3})+(?!\d))/g, n >= 1000 ? ',' : '');
}

export const count = (n) => n?.toLocaleString('en') ?? '';

export const goalOf = ({ goal, unit }) => goal === undefined ? '' :
	`${goal.most !== undefined ? '<=' : '>='} ${goal.most ?? goal.least} ` +
	(goal.of ? 'of floor' : unit);

const peer = (name, { median, missing }) => median === undefined ?
	`${name} - (${missing})` : `${name} ${number(median)}`;

function cells(row) {
	const { ours, floor, ...peers } = row.columns;

	return ['', row.place, count(row.size),
		...ours.missing ? ['-', ''] : [`${number(ours.median)} ${row.unit}`,
			`${number(ours.min)}-${number(ours.max)}`],
		number(floor?.median), number(row.ratio), goalOf(row),
		row.met === undefined ? '' : row.met ? 'met' : 'not met',
		row.idle < IDLE_ENOUGH ? 'busy' : '',
		Object.entries(ours.missing ? row.columns : peers)
			.map(([name, column]) => peer(name, column)).join(', ')];
}

const HEAD = ['', 'on', 'n', 'ours', 'min-max', 'floor', 'ratio', 'goal', '',
	'', 'beside'];

function table(rows) {
	const widths = HEAD.map((_, i) => i < HEAD.length - 1 ?
		Math.max(...rows.map((row) => (row[i] ?? '').length)) : 0);

	return rows.map((row) => row.map((cell, i) => i < 2 || i > 6 ?
		cell.padEnd(widths[i]) : cell.padStart(widths[i])).join('  ').trimEnd());
}

export function machineLines({ machine, places, load }) {
	const { cpu, memory, kernel, system, ccproc, revision, node, date } =
		machine;

	return [`${cpu}, ${memory}, Linux ${kernel}, ${system}, node ${node}`,
		`${ccproc}${revision ? ` (${revision})` : ''}, ${date} UTC, ` +
			`load ${load.map((n) => n.toFixed(2)).join(' before, ')} after`,
		...Object.entries(places).filter(([name, system]) => name !== system)
			.map(([name, system]) => `${name}: ${system}`)];
}

/** The whole text of results. */
export function text(results) {
	const lines = table([HEAD, ...results.rows.map(cells)]);
	const out = [...machineLines(results),
		'Medians of the medians of interleaved rounds.  "busy": the machine' +
		' was not idle before each round.', ''];
	let group, name;

	results.rows.forEach((row, i) => {
		if (row.group !== group)
			out.push('', `== ${row.group} ==`, lines[0]);
		if (row.name !== name)
			out.push(`${row.name}: ${row.what}`);
		out.push(lines[i + 1]);
		({ group, name } = row);
	});
	return out.join('\n') + '\n';
}
