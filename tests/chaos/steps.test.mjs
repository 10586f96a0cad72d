// What happens at one step and no other: the build has them
// (--enable-test-steps), and a program stops there until the test goes on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { answers, ask, asked, askers, begin } from
	'../system/lib/askers.mjs';
import { killDaemon } from '../system/lib/daemon.mjs';
import { kill, startWorld, waitFor } from '../system/lib/harness.mjs';
import { stepsOf } from './lib/steps.mjs';
import { read } from './lib/world.mjs';

const skip = stepsOf().length === 0 && 'this build has no steps';

/** A world with a bridge and steps that can be armed. */
async function connect(t, options) {
	const world = startWorld(t, options);

	world.armed = path.join(world.root, 'steps');
	world.env.CCPROC_STEP = `@${world.armed}`;
	world.arm = (list) => {
		fs.rmSync(`${world.armed}.fired`, { force: true });
		fs.writeFileSync(`${world.armed}.new`, list);
		fs.renameSync(`${world.armed}.new`, world.armed);
	};
	/** Who has come to the armed step. */
	world.fired = async () => {
		await waitFor(() => fs.existsSync(`${world.armed}.fired`),
			{ what: read(world.armed) });
		return Number(read(`${world.armed}.fired`).split('\0')[1]);
	};
	const bridge = world.bridge();

	await bridge.legacy();
	return { world, bridge };
}

/** The keeper of the task has this signal waiting for it. */
const signalled = (pid) => waitFor(() => !/^ShdPnd:\s+0+$/m
	.test(read(`/proc/${pid}/status`)), { what: `a signal for ${pid}` });

describe('a stop', { skip, concurrency: 2 }, () => {
	test('of a task whose first keeper was another daemon\'s', async (t) => {
		const { world, bridge } = await connect(t);
		const file = path.join(world.work, 'ran');

		world.arm('keep-opened=stop');
		const run = bridge.tool('run_task',
			{ command: `echo x >>${file}; exec sleep 60`, wait_s: 40 });
		const first = await world.fired();

		world.arm('keep-opened=stop');
		await killDaemon(world); // the next one starts a keeper, too
		const second = await world.fired();

		assert.notEqual(first, second);
		kill(first, 'SIGCONT');
		await waitFor(() => read(file) === 'x\n');
		const stop = bridge.tool('stop_tasks', { ids: ['t1'] });

		await signalled(second);
		kill(second, 'SIGCONT'); // which finds the claim taken, and goes
		assert.match((await stop).text, /^t1 cancelled: by user/);
		assert.match((await run).text, /^t1 cancelled: by user/);
		assert.equal(read(file), 'x\n');
	});

	test('of a task whose keeper dies before it begins', async (t) => {
		const { world, bridge } = await connect(t);
		const file = path.join(world.work, 'ran');

		world.arm('keep-opened=stop');
		const run = bridge.tool('run_task',
			{ command: `echo x >>${file}; exec sleep 60`, wait_s: 40 });
		const keeper = await world.fired();
		const stop = bridge.tool('stop_tasks', { ids: ['t1'] });

		await signalled(keeper);
		kill(keeper, 'SIGKILL');
		assert.match((await stop).text, /^t1 cancelled: by user/);
		assert.match((await run).text, /^t1 cancelled: by user/);
		assert.equal(read(file), '');
	});
});

describe('a group of which a part was accepted', { skip }, () => {
	for (const list of ['accept-dir-made:2=kill', 'accepted-one=kill',
		'accepted-one:2=kill'])
		test(`keeps its order: ${list}`, async (t) => {
			const { world, bridge } = await connect(t);

			world.arm(list);
			// the first waits for one that had not been accepted then
			const { text } = await bridge.tool('start_tasks', { tasks: [
				{ command: 'true', label: 'a', after: ['c'] },
				{ command: 'exit 5', label: 'b' },
				{ command: 'true', label: 'c' }] });

			await world.fired();
			const ids = ['a', 'b', 'c'].map((label) =>
				new RegExp(`\\b(t\\d+) ${label}\\b`).exec(text)[1]);

			assert.match((await bridge.tool('check_tasks',
				{ ids, wait_s: 20, detail: 'status' })).text,
			/^t\d a completed .*\nt\d b failed: exit code 5 .*\nt\d c completed/);
		});
});

describe('an agent that asks', { skip, concurrency: 2 }, () => {
	const config = { agents: askers };

	test('the daemon dies when its question is on disk', async (t) => {
		const { world, bridge } = await connect(t, { config });

		world.arm('ask-published=kill');
		await begin(bridge, ask('x'));
		await world.fired();
		await asked(bridge);
		await bridge.tool('reply_task', { id: 't1', wait_s: 0,
			answer: { decision: 'deny', reason: 'no' } });
		assert.match((await answers(bridge)).answers[0].message, /: no$/);
		assert.ok(!fs.existsSync(path.join(world.taskDir('t1'),
			'ask-2.json')));
	});

	test('the daemon dies when the answer is on disk', async (t) => {
		const { world, bridge } = await connect(t, { config });

		await begin(bridge, ask('x'));
		await asked(bridge);
		world.arm('ask-published=kill');
		const reply = bridge.tool('reply_task', { id: 't1', wait_s: 20,
			answer: { decision: 'deny', reason: 'no' } });

		await world.fired();
		const { text, isError } = await reply; // by the next one

		assert.equal(isError, false, text);
		assert.match(text, /^t1 completed/);
		assert.match((await answers(bridge)).answers[0].message, /: no$/);
	});
});
