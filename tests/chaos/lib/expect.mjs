// What may be said of a task, and what must be found of it on disk.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { read } from './world.mjs';

const LOST = { state: 'lost', reason: 'keeper_lost' };
const BROKEN = { state: 'cancelled', reason: 'dependency' };
const USER = { state: 'cancelled', reason: 'user' };

/** The first lines in a text about tasks: id, and what follows it. */
export const firstLines = (text) =>
	[...text.matchAll(/^(t\d+) w\d+ (.*)$/gm)]
		.map(([, id, line]) => [id, line]);

/** The ids that the answer of a call gives its tasks; undefined: none. */
export function idsIn(text, tasks) {
	// a long group is told as a range, in the order of the call
	const [, first, last] = /^started g\d+: t(\d+)-t(\d+):/.exec(text) ?? [];
	const whole = last - first + 1 === tasks.length;

	return tasks.map(({ label }, i) =>
		new RegExp(`\\b(t\\d+) ${label}\\b`).exec(text)?.[1] ??
			(whole ? `t${Number(first) + i}` : undefined));
}

/** How a first line begins for an end. */
function wording({ state, reason, code, signal }) {
	switch (reason) {
	case 'exit_code':
		return `failed: exit code ${code} `;
	case 'signal':
		return 'failed: killed by ' + Object.entries(os.constants.signals)
			.find(([, number]) => number === signal)[0] + ' ';
	case 'wall':
		return 'timeout: 1 s wall ';
	case 'user':
		return 'cancelled: by user ';
	default:
		return state;
	}
}

/** How a task may have ended. */
function ends(task) {
	const found = [task.end];

	if (task.killed && task.killed !== 'right')
		found.push(LOST);
	if (task.killed === 'lost')
		found.shift();
	if (task.after.length !== 0)
		found.push(BROKEN);
	if (task.swept)
		found.push(USER);
	if (task.bridgeless) // who was to ask was killed; node says so
		found.push({ state: 'failed', reason: 'exit_code', code: 13,
			signal: 0 });
	return found;
}

/** Complains when line is not what may be said of task. */
export function checkLine(client, task, line) {
	// a keeper may just now be dying by our hand
	const may = client.chaos.options.keepers || client.chaos.options.steps ?
		[...ends(task), LOST] : ends(task);

	if (!may.some((end) => `${line} `.startsWith(wording(end))))
		client.chaos.complain(client, 'outcome',
			`${task.id} ${task.label}: ${line}`);
	task.said = line;
}

/** The contents of an exit record, in words of ours. */
function outcome(record) {
	const { stop_reason: stop, exit_code: code, exit_signal: signal } = record;

	if (record.spawn_stage)
		return { state: 'failed', reason: 'spawn_error' };
	switch (stop) {
	case '':
		return signal ? { state: 'failed', reason: 'signal', code, signal } :
			code === 0 ? { state: 'completed', reason: null, code, signal } :
				{ state: 'failed', reason: 'exit_code', code, signal };
	case 'user': return USER;
	case 'dependency': return BROKEN;
	case 'wall': return { state: 'timeout', reason: 'wall' };
	default: return LOST;
	}
}

const same = (a, b) => a.state === b.state && a.reason === b.reason &&
	a.code === b.code && a.signal === b.signal;

/** How many bytes of what must be there are missing, or are other ones. */
function missing(dir, name, expected, cut) {
	const has = read(path.join(dir, name), 'latin1');

	if (has === expected || (cut && expected.startsWith(has)))
		return 0;
	return Math.max(1, Math.abs(expected.length - has.length));
}

/** The directories on disk, by label: [{ dir, number, label }]. */
export function tasksOnDisk(state) {
	const days = path.join(state, 'tasks');
	const found = { tasks: [], gone: 0, dots: [] };

	for (const day of fs.existsSync(days) ? fs.readdirSync(days) : [])
		for (const name of fs.readdirSync(path.join(days, day))) {
			const dir = path.join(days, day, name);

			if (name.startsWith('.'))
				found.dots.push(dir);
			else if (name.endsWith('.gone'))
				found.gone++;
			else
				found.tasks.push({ dir, number: Number.parseInt(name, 10),
					label: JSON.parse(read(path.join(dir, 'spec.json')) ||
						'{}').label });
		}
	return found;
}

/** Whether the totals have the cost of an agent that ended. */
function isCounted(dir) {
	const costs = path.join(dir, '../../../costs');
	const line = `t${Number.parseInt(path.basename(dir), 10)} 1 0.010000`;

	return fs.existsSync(costs) && fs.readdirSync(costs).some((day) =>
		read(path.join(costs, day)).split('\n').includes(line));
}

/** Looks at the files of a task that has ended; the problems by kind. */
export function inspect(task, dir, report) {
	let record;

	try {
		record = JSON.parse(read(path.join(dir, 'exit.json')));
	} catch {
		report('unfinished', `${dir} has no whole exit.json`);
		return;
	}
	const end = outcome(record);

	task.found = end;
	if (!ends(task).some((may) => same(may, end)))
		report('wrong', `${task.id ?? dir} ${task.label}: ${
			JSON.stringify(end)}, expected ${JSON.stringify(ends(task))}`);
	if (end.reason === 'dependency')
		return;
	if (task.kind === 'ask') {
		if (end.state === 'completed' &&
			!read(path.join(dir, 'result.json')).includes(task.reason))
			report('wrong', `${dir}: its agent was not told`);
		return;
	}
	const cut = task.cut || task.swept || end.state === 'lost';
	const lost = missing(dir, 'stdout', task.stdout, cut) +
		missing(dir, 'stderr', task.stderr, cut);

	if (lost !== 0)
		report('missing', `${dir}: ${lost} bytes`, lost);
	if (task.kind === 'agent' && end.state === 'completed' &&
		!read(path.join(dir, 'result.json')).includes(`done ${task.label}`))
		report('wrong', `${dir}: no result.json`);
	if (task.kind === 'agent' && end.state === 'completed' && !isCounted(dir))
		report('wrong', `${dir}: its cost is not counted`);
}

/** Tasks that waited for others: was that right? */
export function inspectOrder(task, report) {
	const met = task.after.every(({ found }) => found?.state === 'completed');

	if (task.found && task.after.length !== 0 && !task.swept &&
		met === (task.found.reason === 'dependency'))
		report('wrong', `${task.label}: ${JSON.stringify(task.found)}, ` +
			`though it waited for ${task.after.map((other) =>
				`${other.label} ${JSON.stringify(other.found)}`)}`);
}

/** How often a task may have begun: [least, most]. */
export function starts(task) {
	const { found } = task;

	if (found === undefined || found.reason === 'dependency' ||
		task.kind === 'talk' || task.kind === 'ask') // who have no token
		return [0, 0];
	if (found.state === 'lost' || found.state === 'cancelled')
		return [0, 1]; // it may have come before the first command
	return [1, 1];
}
