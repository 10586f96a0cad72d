// The clock of the machine is set far ahead and far back.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Machine } from './lib/machine.mjs';

const DAY_S = 24 * 3600;

describe('the clock of a machine', () => {
	const machine = new Machine();
	let bridge;

	before(async () => {
		await machine.install();
		await machine.enable({ retention: { max_age_s: 30 * DAY_S } });
		bridge = await machine.bridge();
		await bridge.start([{ label: 'runs', command: 'exec sleep 600',
			timeout_s: 3600 }]);
		await ends(1);
		await ends(2);
	});
	after(() => machine.close());

	/** A task with a label that others have, too, ends. */
	async function ends(code) {
		const { text } = await bridge.tool('run_task',
			{ label: 'same', command: `exit ${code}` });

		assert.match(text, new RegExp(`failed: exit code ${code}`));
	}

	/** What is told once the clock was set, before and after a restart. */
	async function holds(by) {
		await machine.ok(`date -s '${by}'`);
		for (const act of ['true', 'ccproc daemon restart', 'ccproc prune']) {
			await machine.ok(act, { user: 'ada' });
			const said = await machine.ccproc('ls --plain');

			// the age is that of the boot
			assert.match(said, /^t1\truns\trunning\t(\d+(\.\d)? s|\d+ min)\t/m, act);
			assert.match(said, /^t3\t[^]*^t2\t/m, act);
			assert.equal((await bridge.task('same')).exit_code, 2, act);
		}
	}

	test('goes ahead: nothing is deleted, or told as older', () =>
		holds('40 days'));

	test('goes back: nor is what was new told as old', async () => {
		await holds('80 days ago');
		await ends(3);
		assert.equal((await bridge.task('same')).exit_code, 3);
		assert.match(await machine.ccproc('ls --plain'), /^t4\t[^]*^t3\t[^]*^t2\t/m);
	});
});
