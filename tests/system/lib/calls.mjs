// The system calls of a daemon and all that it starts, in their order, by
// strace.
import { spawn } from 'node:child_process';
import fs from 'node:fs';

import { waitFor } from './harness.mjs';

const read = (file) => fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';

/** Attaches strace to pid; resolves to what ends that. */
export async function attachTo(pid, options) {
	const child = spawn('strace', [...options, '-p', String(pid)],
		{ stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';

	child.stderr.on('data', (data) => { said += data; });
	await waitFor(() => said.includes('attached') ||
		child.exitCode !== null, { what: 'strace to attach' });
	if (child.exitCode !== null)
		throw new Error(said);
	return async () => {
		child.kill('SIGINT');
		if (child.exitCode === null && child.signalCode === null)
			await new Promise((resolve) => child.once('exit', resolve));
	};
}

/** Traces these calls of pid and what it starts, to the log. */
export const follow = (pid, log, ...options) => attachTo(pid,
	['-f', '-yy', '-s', '100000', '-o', log, ...options]);

/**
 * The lines of the log as [pid, name, text, at its end]: a call that another
 * one interrupts in the log is there twice, when it begins and when it is
 * over.
 */
export function calls(log) {
	const begun = new Map();

	return read(log).split('\n').flatMap((line) => {
		const [, pid, rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
		const [, name] = /^(?:<\.\.\. )?(\w+)/.exec(rest) ?? [];

		if (name === undefined)
			return [];
		if (rest.endsWith('<unfinished ...>')) {
			begun.set(pid, rest);
			return [{ pid: Number(pid), name, text: rest, over: false }];
		}
		if (!rest.startsWith('<...'))
			return [{ pid: Number(pid), name, text: rest, over: false },
				{ pid: Number(pid), name, text: rest, over: true }];
		return [{ pid: Number(pid), name, over: true,
			text: (begun.get(pid) ?? '') + rest }];
	});
}
