// Prompts through the bridge, in both eras.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { killDaemon } from './lib/daemon.mjs';
import { connect, ERAS, join, owned } from './lib/session.mjs';

const get = async (bridge, name, args = {}) => {
	const { messages } = await bridge.request('prompts/get',
		{ name, arguments: args });

	assert.equal(messages.length, 1);
	assert.equal(messages[0].role, 'user');
	return messages[0].content.text;
};

describe('prompts', { concurrency: 4 }, () => {
	for (const era of ERAS) {
		test(`what there is, ${era}`, async (t) => {
			const { bridge } = await connect(t, { era });
			const { prompts } = await bridge.request('prompts/list');

			assert.deepEqual(prompts.map(({ name }) => name),
				['status', 'fan_out', 'pick_up']);
			// in Claude Code a missing argument is an error
			for (const prompt of prompts)
				assert.ok(!prompt.arguments.some(({ required }) => required));
			await assert.rejects(bridge.request('prompts/get',
				{ name: 'nothing' }), { code: -32602 });
			await assert.rejects(bridge.request('prompts/get',
				{ name: 'fan_out', arguments: { x: 'y' } }), { code: -32602 });
		});

		test(`results of an earlier session, ${era}`, async (t) => {
			const { world, bridge } = await connect(t,
				{ era, bridge: owned('before') });

			await bridge.tool('start_tasks', { tasks: [
				{ command: 'echo the answer is 42', label: 'deep' },
				{ command: 'sleep 60' }] });
			await bridge.tool('check_tasks', { ids: ['t1'], wait_s: 20,
				detail: 'status' });
			await bridge.close();
			await killDaemon(world);
			const later = await join(world, era, owned('after'));

			assert.match(await get(later, 'status'),
				/no unfinished or unseen tasks/);
			assert.match(await get(later, 'pick_up'),
				/\n\ng1: 1 of 2 ended, 1 running\n\nt1 deep completed · .*\nthe answer is 42\n\nt2 running · /);
			assert.doesNotMatch(await get(later, 'pick_up'), /t1 /);
			assert.match(await get(later, 'pick_up', { ids: 'deep' }),
				/\nthe answer is 42\n/);
			assert.match(await get(await join(world, era, owned('before')),
				'status'), /\n\nt2 running · [^]*Do not wait/);
		});
	}

	test('arguments are completed', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'true', label: 'build' });
		const { completion } = await bridge.request('completion/complete', {
			ref: { type: 'ref/prompt', name: 'pick_up' },
			argument: { name: 'ids', value: 'b' } });

		assert.deepEqual(completion.values, ['build']);
	});
});
