// Thousands of tasks through one daemon: it has no more descriptors and no
// more memory in the end than after the first thousand.
//
// CCPROC_SOAK_TASKS  how many (default: 3000)
// Runs alone: it takes all that the machine has.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';

import { memory } from './lib/daemon.mjs';
import { startWorld, waitFor } from './lib/harness.mjs';
import { join } from './lib/session.mjs';

const FIRST = 1000;
const BATCH = 50;
const TASKS = Number(process.env.CCPROC_SOAK_TASKS ?? 3000);

test(`${TASKS} tasks through one daemon`, { timeout: 3600000 }, async (t) => {
	const world = startWorld(t, { config: { commands: { max_running: 8 } } });
	const bridge = await join(world, 'modern');
	const pid = world.daemon();
	const descriptors = () => fs.readdirSync(`/proc/${pid}/fd`).length;
	const began = performance.now();
	let done = 0;

	/** Starts a batch, waits for it, looks at how each ended. */
	async function batch() {
		const specs = [...Array(BATCH).keys()].map((i) => ({
			command: i % 10 ? ['true'] : `echo ${i}; exit ${i}` }));
		const { isError, text } = await bridge.tool('start_tasks',
			{ tasks: specs }, { timeout: 120000 });

		assert.equal(isError, false, text);
		const [, group] = /^started (g\d+)/.exec(text);
		const all = await bridge.tool('check_tasks', { ids: [group],
			wait_s: 45, detail: 'status' }, { timeout: 120000 });
		const [, ...lines] = all.text.split('\n');

		assert.equal(lines.length, BATCH, all.text);
		for (const line of lines) { // those that failed come first
			const i = Number(/^t(\d+)/.exec(line)[1]) -
				Number(group.slice(1));

			assert.match(line, i % 10 || i === 0 ? /^t\d+ completed/ :
				new RegExp(`^t\\d+ failed: exit code ${i} `));
		}
		done += BATCH;
	}

	/** At rest: nothing is under way that would hold something. */
	async function figures() {
		let before;

		await waitFor(async () => {
			const last = before;

			before = descriptors();
			return last === before && world.live().length === 0 &&
				fs.readdirSync(`${world.state}/trash`).length === 0;
		}, { timeout: 30000 });
		return { tasks: done, descriptors: descriptors(), mib: memory(pid) };
	}

	while (done < FIRST)
		await batch();
	const first = await figures();
	const seen = [first];

	while (done < TASKS) {
		await batch();
		if (done % Math.max(FIRST, Math.ceil(TASKS / 10 / BATCH) * BATCH) === 0)
			seen.push(await figures());
	}
	const last = await figures();
	const took = (performance.now() - began) / 1000;

	for (const { tasks, descriptors: n, mib } of [...seen, last])
		t.diagnostic(`after ${tasks} tasks: ${n} descriptors, ${mib.toFixed(2)} MiB`);
	t.diagnostic(`${(done / took).toFixed(0)} tasks a second`);
	assert.equal(world.daemon(), pid);
	assert.equal(last.descriptors, first.descriptors);
	assert.ok(last.mib <= first.mib * 1.1, `${last.mib} MiB of ${first.mib}`);
});
