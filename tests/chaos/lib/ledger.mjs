// What tasks have noted of themselves outside of the state directory, and
// whether what was told of them agrees with it.  tests/programs/ledgered and
// fake-claude have the lines.
import fs from 'node:fs';

import { read } from './world.mjs';

/** A file that grows, by lines that are whole. */
class Tail {
	constructor(file) {
		this.fd = fs.openSync(file, 'a+');
		this.at = 0;
		this.rest = '';
	}

	lines() {
		const buffer = Buffer.alloc(1 << 16);
		let text = this.rest;

		for (let n; (n = fs.readSync(this.fd, buffer, 0, buffer.length,
			this.at)) > 0; this.at += n)
			text += buffer.toString('latin1', 0, n);
		const lines = text.split('\n');

		this.rest = lines.pop();
		return lines;
	}
}

/** Whether a process that began at those ticks still does something. */
function lives({ pid, ticks }) {
	const [state, ...rest] = read(`/proc/${pid}/stat`)
		.replace(/.*\) /s, '').split(' ');

	return !['', 'Z', 'X'].includes(state) && rest[18] === ticks;
}

export class Ledger {
	#tails;
	#entries = new Map();
	#none = { starts: 0, ends: [], processes: [] };

	constructor(...files) {
		this.#tails = files.map((file) => new Tail(file));
	}

	/** { starts, ends, processes } of a label. */
	of(label) {
		for (const line of this.#tails.flatMap((tail) => tail.lines()))
			this.#take(line.split(' '));
		return this.#entries.get(label) ?? this.#none;
	}

	#take([word, label, ...rest]) {
		let entry = this.#entries.get(label);

		if (entry === undefined)
			this.#entries.set(label,
				entry = { starts: 0, ends: [], processes: [] });
		if (word === 'start' || word === 'begin')
			entry.starts++;
		if (word === 'start' || word === 'child')
			entry.processes.push({ pid: rest[0], ticks: rest[1] });
		if (word === 'end')
			entry.ends.push(rest[1]);
	}

	/** The processes of a label that are still there. */
	alive(label) {
		return this.of(label).processes.filter(lives)
			.map(({ pid }) => pid);
	}

	/** Of a task that was told and found right only the count stays. */
	settle(label) {
		const entry = this.of(label);

		if (entry !== this.#none)
			entry.processes = [];
	}

	get labels() {
		this.of('');
		return this.#entries.keys();
	}
}

/** What the ledger must have of an end: [starts, its last line or none]. */
function expected({ state, reason, exit_code: code, signal }) {
	switch (state === 'failed' ? reason : state) {
	case 'completed': return [1, '0'];
	case 'exit_code': return [1, String(code)];
	case 'signal': return [1, signal.replace(/^SIG/, '')];
	case 'spawn_error': return [0, undefined];
	case 'timeout': return [1, undefined];
	default: return undefined;
	}
}

/**
 * Why what was told of a command is not what it has noted, or undefined.
 * May: { lost, stopped, timeout, broken } ends that we have caused.
 */
export function wrong(told, entry, may) {
	const { state, reason } = told;
	const must = expected(told);

	if (entry.starts > 1)
		return `it was started ${entry.starts} times`;
	if (state === 'lost')
		return may.lost ? undefined : 'nobody has killed its keeper';
	if (state === 'timeout' && !may.timeout)
		return 'it had no timeout';
	if (state === 'cancelled' && reason === 'dependency')
		return !may.broken ? 'what it waited for was completed' :
			entry.starts === 0 ? undefined : 'it was started';
	if (state === 'cancelled')
		return may.stopped ? undefined : 'nobody has stopped it';
	if (must === undefined)
		return 'it cannot end so';
	if (entry.starts !== must[0])
		return `it was started ${entry.starts} times`;
	if (entry.ends.at(-1) !== must[1])
		return `it has noted the end ${entry.ends.at(-1)}`;
	return undefined;
}
