// System calls that fail on purpose, one at a time, by strace.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

import { attachTo } from './calls.mjs';

/** Why strace cannot be used here, or false. */
export const whyNoStrace = spawnSync('strace',
	['-e', 'trace=none', '-o', '/dev/null', 'true']).status !== 0 &&
	'no strace, or it may not trace';

const read = (file) => fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';

/** Arguments of strace that make the nth of a call fail. */
export const failing = (call, error, n, log) => ['-q', '-o', log,
	'-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${n}`];

/** The calls that failed on purpose, as strace shows them. */
export const injected = (log) => read(log).split('\n')
	.filter((line) => line.includes('(INJECTED)'));

/** Lets the nth call of a running process fail; resolves to its end. */
export async function attach(pid, call, error, n, log) {
	fs.rmSync(log, { force: true });
	// which says that it is attached unless it is to be quiet
	const end = await attachTo(pid, failing(call, error, n, log)
		.filter((word) => word !== '-q'));

	return async () => {
		await end();
		return injected(log);
	};
}
