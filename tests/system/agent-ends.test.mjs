// Agents that give their result and stay, and tasks that fall silent, through
// the tools; with recordings of claude instead of claude.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { called, killDaemon } from './lib/daemon.mjs';
import { kill, startWorld, waitFor } from './lib/harness.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));
const NOTE = 'lingered for 1 s after its result and was stopped';

async function start(t, linger_s) {
	const world = startWorld(t, { config: { agents: { linger_s,
		claude: { command: [FAKE] } } } });
	const bridge = world.bridge();

	await bridge.legacy();
	return { world, bridge };
}

const has = (world, id, name) =>
	fs.existsSync(path.join(world.taskDir(id), name));

/** Starts an agent that stays after its result, and waits for that. */
async function staying(world, bridge, recording = 'stream-json.out') {
	await bridge.tool('start_tasks', { tasks: [
		{ prompt: `REPLAY ${recording} hang server` }] });
	await waitFor(() => world.output('t1').includes('"num_turns"'));
}

describe('an agent that lingers', { concurrency: 4 }, () => {
	test('has completed', async (t) => {
		const { bridge } = await start(t, 1);
		const { text, isError } = await bridge.tool('run_task',
			{ prompt: 'REPLAY stream-json.out hang server' });
		const task = await bridge.task('t1');

		assert.match(text, /^t1 completed · .* · \$0\.01\n[^]*hi there/);
		assert.equal(isError, false);
		assert.equal(task.state, 'completed');
		assert.equal(task.reason, null);
		assert.equal(task.note, NOTE);
	});

	test('has failed, if its result says so', async (t) => {
		const { bridge } = await start(t, 1);

		await bridge.tool('start_tasks', { tasks: ['err400.out',
			'stream-json-denied.out'].map((name) =>
			({ prompt: `REPLAY ${name} hang` })) });
		await bridge.tool('check_tasks', { ids: ['g1'], wait_s: 30,
			until: 'all' });
		for (const [n, reason] of [[1, 'api_error'], [2, 'denied']]) {
			const task = await bridge.task(`t${n}`);

			assert.equal(task.reason, reason);
			assert.equal(task.note, NOTE);
		}
	});

	test('ends without a daemon', async (t) => {
		const { world, bridge } = await start(t, 2);

		await staying(world, bridge);
		await bridge.close();
		await killDaemon(world);
		await waitFor(() => has(world, 't1', 'exit.json'));
		assert.deepEqual(called(world, 'ccprocd'), []);
		const next = world.bridge();

		await next.legacy();
		const task = await next.task('t1');

		assert.equal(task.state, 'completed');
		assert.equal(task.result, 'hi there');
		assert.match(task.note, /^lingered for 2 s/);
	});

	test('is lost with its keeper, but not its words', async (t) => {
		const { world, bridge } = await start(t, 60);

		await staying(world, bridge);
		kill(called(world, 'ccproc-keeper')[0], 'SIGKILL');
		const { text } = await bridge.tool('check_tasks',
			{ ids: ['t1'], wait_s: 30 });
		const task = await bridge.task('t1');

		assert.match(text, /^t1 lost: keeper killed.*\n[^]*hi there/);
		assert.equal(task.result, 'hi there');
		assert.equal(task.reason, 'keeper_lost');
	});
});

describe('a task that falls silent', { concurrency: 4 }, () => {
	for (const [kind, spec, words] of [
		['command', { command: 'echo so far; exec sleep 1000' }, /so far/],
		['agent', { prompt: 'REPLAY interrupted-tool.out lines=2 hang' },
			/I am going to wait/]])
		test(kind, async (t) => {
			const { bridge } = await start(t, 60);
			const { text, isError } = await bridge.tool('run_task',
				{ ...spec, timeout_s: 900, options: { idle_timeout_s: 1 } });
			const task = await bridge.task('t1');

			assert.match(text, /^t1 timeout: 1 s idle · /);
			assert.match(text, words);
			assert.equal(isError, true);
			assert.deepEqual([task.state, task.reason], ['timeout', 'idle']);
		});

	test('started by a person', async (t) => {
		const { world } = await start(t, 60);
		const { code, stdout, stderr } = await world.run('ccproc', ['run',
			'--idle-timeout', '1', '--', 'sleep', '1000']);

		assert.equal(code, 124, stdout + stderr);
		assert.match(stderr, /timeout: 1 s idle/);
		assert.match((await world.run('ccproc', ['show', 't1'])).stdout,
			/^ *idle timeout +1 s$/m);
	});

	test('has a week at most', async (t) => {
		const { bridge } = await start(t, 60);
		const { text, isError } = await bridge.tool('run_task',
			{ command: 'true', options: { idle_timeout_s: 604801 } });

		assert.equal(isError, true);
		assert.match(text, /options\.idle_timeout_s: 604801 is out of range/);
	});
});
