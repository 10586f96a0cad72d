// The disk of the machine is full, or read-only for a while.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Machine, say, waitFor } from './lib/machine.mjs';

describe('the disk of a machine', () => {
	const machine = new Machine();
	let bridge;

	before(async () => {
		await machine.install();
		await machine.enable();
		bridge = await machine.bridge();
		await machine.ok('mkfifo gate', { user: 'ada' });
	});
	after(() => machine.close());

	/** Tasks that end while spoil has its effect. */
	async function ridesOut(spoil, refusal, mend) {
		machine.told = [];
		await bridge.start([0, 1, 2].map((n) => ({ label: `end${n}`,
			cwd: '/home/ada', command: `${say('up')}; cat gate; exit ${n}` })));
		await bridge.start([{ label: 'later', command: 'echo later',
			after: ['end0'] }]);
		await waitFor(() => machine.told.length === 3);
		await spoil();
		const { isError, text } = await bridge.tool('run_task',
			{ command: 'true' });

		assert.equal(isError, true, text);
		assert.match(text, refusal);
		await machine.ok(': >gate', { user: 'ada' });
		await waitFor(() => machine.run('pgrep -f "[c]at gate"')
			.then(({ status }) => status !== 0));
		await mend();
		assert.deepEqual((await bridge.ended(['end0', 'end1', 'end2']))
			.map(({ state, exit_code }) => [state, exit_code]),
		[['completed', 0], ['failed', 1], ['failed', 2]]);
		assert.equal((await bridge.ended(['later']))[0].state, 'completed');
		assert.match((await bridge.tool('run_task', { command: 'echo again' }))
			.text, /completed .*\nagain$/);
	}

	test('is full: tasks are refused, exit codes are kept, and all recovers',
		() => ridesOut(() => machine.ok('head -c 64K /dev/zero >fill; ' +
			'fallocate -l $(df --output=avail -B 1 . | tail -n 1) fill; ' +
			'yes >>fill; df .', { user: 'ada' }),
		/No space left on device/, () => machine.ok('rm ~ada/fill')));

	test('is read-only: the same', () => ridesOut(
		() => machine.ok('echo u >/proc/sysrq-trigger; ' +
			'until ! touch /home/ada/x; do sleep 0.2; done 2>/dev/null'),
		/Read-only file system/, () => machine.ok('mount -o remount,rw /')));
});
