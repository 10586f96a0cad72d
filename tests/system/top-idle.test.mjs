// While nothing runs, `ccproc top' does not run either; while something does,
// it wakes once a second, and the daemon not at all.
// Runs alone: it measures that nothing runs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { ok } from './lib/cli.mjs';
import { buildDir, waitFor } from './lib/harness.mjs';
import { noTmux, startTerminal } from './lib/tmux.mjs';

const WINDOW_MS = 5000;

/** How often a process went to sleep, as it does behind each of its turns. */
const sleeps = (pid) => Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8')
	.match(/^voluntary_ctxt_switches:\s*(\d+)/m)[1]);

/** How often these have run in a window. */
async function turns(...pids) {
	const before = pids.map(sleeps);

	await sleep(WINDOW_MS);
	return pids.map((pid, i) => sleeps(pid) - before[i]);
}

/** Waits until they sleep. */
const settled = (pids) => waitFor(async () => {
	const before = pids.map(sleeps).join();

	await sleep(500);
	return pids.map(sleeps).join() === before;
}, { timeout: 20000, what: 'a quiet half second' });

test('top is idle where nothing happens', { skip: noTmux ||
	(!fs.existsSync(path.join(buildDir(), 'ccproc-top')) &&
		'ccproc was built without top') }, async (t) => {
	const { world, terminal } = startTerminal(t);

	await ok(world, 'run', 'true');
	terminal.open(['top'], { columns: 120, rows: 30 });
	await terminal.shows(/nothing runs/);
	const pids = [terminal.pid, world.daemon()];

	await settled(pids);
	assert.deepEqual(await turns(...pids), [0, 0]);
	await ok(world, 'start', '-l', 'nap', 'sleep 300');
	await terminal.shows(/t2 nap .* 0 %/);
	await waitFor(async () => {
		const [top, daemon] = await turns(...pids);

		// a write to the terminal may sleep, too
		return top >= 1 && top <= 3 * WINDOW_MS / 1000 && daemon === 0;
	}, { what: 'a top that wakes once a second, a daemon that sleeps' });
});
