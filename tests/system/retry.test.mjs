// Agents that the API refuses for now: queued again, in their conversation.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { claude, startClaude } from './lib/claude.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { plan } from './lib/fake-api.mjs';
import { startWorld, waitFor } from './lib/harness.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));

async function join(world) {
	const bridge = world.bridge();

	await bridge.legacy();
	return bridge;
}

async function start(t, retry) {
	const world = startWorld(t, { config: { agents: { retry,
		claude: { command: [FAKE] } } } });

	return { world, bridge: await join(world) };
}

const REPLAY = 'REPLAY err429.out rc=1';
const REFUSED = { prompt: REPLAY,
	options: { env: { FAKE_CLAUDE_REPLAY: REPLAY } } };

describe('claude', { skip: claude === undefined && 'claude is not installed',
	concurrency: 2 }, () => {
	for (const status of [429, 529]) {
		test(`is tried again after ${status}`, async (t) => {
			const { api, world } = await startClaude(t,
				{ agents: { retry: { first_s: 1 } } });

			world.env.CLAUDE_CODE_MAX_RETRIES = '0';
			const bridge = await join(world);
			const { text } = await bridge.tool('run_task', { prompt:
				`the task ${plan({ status, times: 2, text: 'served' })}` });
			const task = await bridge.task('t1');

			assert.match(text, /^t1 completed · .* · retry 2\nserved$/);
			assert.equal(task.run, 3);
			assert.equal(task.session_id, task.uuid);
			assert.match(JSON.stringify(api.requests.at(-1).messages),
				/the task.*Go on where you were interrupted/);
			assert.equal(fs.readdirSync(world.taskDir('t1'))
				.includes('env'), false);
		});
	}

	test('keeps what it had done', async (t) => {
		const { api, world } = await startClaude(t,
			{ agents: { retry: { first_s: 0 } } });

		world.env.CLAUDE_CODE_MAX_RETRIES = '0';
		const bridge = await join(world);
		const { text } = await bridge.tool('run_task', {
			allowed_tools: ['Bash'], prompt: plan({ calls: [{ name: 'Bash',
				input: { command: 'echo did it' } }] },
			{ status: 429, times: 1, text: 'end' }) });

		assert.match(text, /^t1 completed · .* · retry 1\nend$/);
		assert.match(JSON.stringify(api.requests.at(-1).messages), /did it/);
	});
});

describe('an agent that is refused', { concurrency: 3 }, () => {
	test('waits longer each time, and fails at last', async (t) => {
		const { world, bridge } = await start(t, { times: 2, first_s: 1 });
		const { text, isError } = await bridge.tool('run_task', REFUSED);

		assert.equal(isError, true);
		assert.match(text, /^t1 failed: rate_limited · .* · retry 2\n/);
		const began = ['', 'retry-2/', 'retry-3/'].map((run) =>
			JSON.parse(world.output('t1', `${run}exit.json`)).started_at);

		assert.ok(began[1] - began[0] >= 1000, String(began));
		assert.ok(began[2] - began[1] >= 2000, String(began));
		assert.equal(world.output('t1', 'retry-4/run.json'), '');
		for (const run of ['', 'retry-2/', 'retry-3/'])
			assert.equal(fs.existsSync(path.join(world.taskDir('t1'), run,
				'env')), false, run);
	});

	test('says when it is tried again, and can be stopped', async (t) => {
		const { world, bridge } = await start(t, { first_s: 60 });

		await bridge.tool('start_tasks', { tasks: [REFUSED] });
		await waitFor(async () => /^t1 queued · 1st of 1 · waits for (59|60|1 min)[^·]*, since the API refused it · .*retry 1/
			.test((await bridge.tool('check_tasks', { ids: ['t1'] })).text));
		assert.deepEqual(world.live(), ['t1']);
		const { text } = await bridge.tool('stop_tasks', { ids: ['t1'] });

		assert.match(text, /^t1 cancelled: by user/);
		assert.match((await bridge.task('t1')).result, /fake error 429/);
		assert.deepEqual(world.live(), []);
		assert.equal(world.output('t1', 'retry-2/env'), '');
	});

	test('fails at once where the configuration says so', async (t) => {
		const { bridge } = await start(t, { times: 0 });
		const { text } = await bridge.tool('run_task', REFUSED);

		assert.match(text, /^t1 failed: rate_limited · [^\n]*\$0\.00\n/);
	});

	test('is tried again by the next daemon', async (t) => {
		const { world, bridge } = await start(t, { times: 1, first_s: 2 });
		const run = bridge.tool('run_task', REFUSED);

		await waitFor(() => world.output('t1', 'retry-2/run.json') !== '');
		await killDaemon(world);
		assert.match((await run).text, /^t1 failed: rate_limited .*retry 1/);
		assert.notEqual(world.output('t1', 'retry-2/stdout'), '');
	});

	test('holds back those that wait for it', async (t) => {
		const { world, bridge } = await start(t, { times: 1, first_s: 1 });

		await bridge.tool('start_tasks', { tasks: [
			{ ...REFUSED, label: 'first' },
			{ command: 'true', after: ['first'] }] });
		await waitFor(() => world.output('t1', 'retry-2/run.json') !== '');
		assert.equal((await bridge.task('t2')).state, 'queued');
		const { text } = await bridge.tool('check_tasks',
			{ ids: ['t1', 't2'], wait_s: 30 });

		assert.match(text, /^t2 cancelled: t1 failed/m);
	});
});
