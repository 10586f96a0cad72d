// Agents whose account has used up a window: they go on when it opens.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { claude, startClaude } from './lib/claude.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { plan } from './lib/fake-api.mjs';
import { patient, startWorld, waitFor } from './lib/harness.mjs';
import { join } from './lib/session.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));
const PARKED = /^t1 queued until (\d{4}-\d\d-\d\d )?\d\d:\d\d: usage limit \(five_hour\)/;

const first = async (bridge) =>
	(await bridge.tool('check_tasks', { ids: ['t1'] })).text;

/** What a task has said when it has completed, however slow the machine is. */
async function end(bridge, id) {
	let text;

	await waitFor(async () => {
		({ text } = await bridge.tool('check_tasks', { ids: [id], wait_s: 45 }));
		return !/^\S+ (\S+ )?(queued|running)/.test(text);
	}, { timeout: 60000 });
	assert.match(text, /^\S+ (\S+ )?completed · /);
	return text.split('\n').at(-1);
}

/** The texts of all messages of a request that are the user's. */
const said = ({ messages }) => JSON.stringify(messages.filter(
	({ role }) => role === 'user'));

const count = (text, word) => text.split(word).length - 1;

describe('claude', { skip: claude === undefined && 'claude is not installed',
	concurrency: 2 }, () => {
	// a subscription, as claude takes it
	const env = { ANTHROPIC_API_KEY: undefined,
		CLAUDE_CODE_OAUTH_TOKEN: 'anything' };

	test('goes on when the window opens, in its conversation', async (t) => {
		const { api, world } = await startClaude(t, { env });
		const until = Date.now() + patient(6000);

		api.window = { claim: 'five_hour', until };
		const bridge = await join(world);

		await bridge.tool('start_tasks', { tasks: [{ prompt:
			`the task ${plan({ text: 'served' })}` }] });
		await waitFor(async () => PARKED.test(await first(bridge)));
		assert.equal(api.early.length, 1);
		assert.deepEqual(world.live(), ['t1']);
		assert.equal(await end(bridge, 't1'), 'served');
		assert.equal(api.early.length, 1); // nobody has asked meanwhile
		const task = await bridge.task('t1');
		const asked = said(api.requests.at(-1));

		assert.equal(task.session_id, task.uuid);
		assert.equal(count(asked, 'the task FAKE:'), 1);
		assert.equal(count(asked, 'Go on where you were interrupted'), 1);
		assert.ok(JSON.parse(world.output('t1', 'retry-2/exit.json'))
			.started_at >= Math.floor(until / 1000) * 1000);
	});

	test('keeps what it had done, over the death of a daemon', async (t) => {
		const { api, world } = await startClaude(t, { env });
		const bridge = await join(world);

		await bridge.tool('start_tasks', { tasks: [{ allowed_tools: ['Bash'],
			prompt: plan({ calls: [{ name: 'Bash',
				input: { command: 'sleep 1; echo did it' } }] },
			{ text: 'end' }) }] });
		await waitFor(() => api.requests.length === 1);
		api.window = { claim: 'five_hour', until: Date.now() + patient(7000) };
		await waitFor(async () => PARKED.test(await first(bridge)));
		await killDaemon(world);
		assert.match(await first(bridge), PARKED);
		assert.equal(await end(bridge, 't1'), 'end');
		assert.equal(api.early.length, 1);
		assert.match(said(api.requests.at(-1)), /did it/);
	});

	test('of the same account is not asked for meanwhile', async (t) => {
		const { api, world } = await startClaude(t, { env,
			agents: { launches: 0, max_running: 10 } });
		const bridge = await join(world);
		const other = await join(world, 'legacy', { env:
			{ CLAUDE_CODE_OAUTH_TOKEN: 'of somebody else' } });
		const work = (label, ms) => ({ label, allowed_tools: ['Bash'],
			prompt: `${label}: ${plan({ calls: [{ name: 'Bash',
				input: { command: `sleep ${ms / 1000}; echo ${label}` } }] },
			{ text: `end of ${label}`, delay: 1500 })}` });
		const many = ['a', 'b', 'c'];

		await bridge.tool('start_tasks', { tasks:
			many.map((label) => work(label, 1500)) });
		await waitFor(() => api.requests.length === 3);
		const until = Date.now() + patient(9000);

		api.window = { claim: 'five_hour', until };
		await waitFor(() => api.early.length === 3);
		await bridge.tool('start_tasks', { tasks: [work('late', 0)] });
		const parked = async () => (await bridge.tool('check_tasks',
			{ ids: [...many, 'late'] })).text
			.match(/queued until [\d:]+: usage limit/g)?.length;

		await waitFor(async () => await parked() === 4);
		await killDaemon(world);
		assert.equal(await parked(), 4);
		// another account is not kept, and has a limit of its own
		await other.tool('start_tasks', { tasks: [work('other', 0)] });
		await waitFor(() => api.early.length === 4);
		for (const label of [...many, 'late', 'other'])
			assert.equal(await end(bridge, label), `end of ${label}`);
		assert.equal(api.early.length, 4);
		const [probe, ...rest] = api.at.slice(3)
			.filter((_, i) => !said(api.requests[i + 3]).includes('other: FAKE'));

		assert.ok(probe >= until && rest.every((at) => at >= probe + 1400),
			`${until}: ${probe}, ${rest}`);
	});
});

describe('a usage limit', { concurrency: 3 }, () => {
	const start = async (t, usage_limit, word) => {
		const world = startWorld(t, { config: { agents: { usage_limit,
			retry: { times: 1, first_s: 1 }, claude: { command: [FAKE] } } } });
		const replay = `REPLAY usage-limit.out rc=1 ${word}`;

		return { world, bridge: await join(world), task: { prompt: replay,
			options: { env: { FAKE_CLAUDE_REPLAY: replay } } } };
	};
	const hint = /^t1 failed: usage_limit · .*\n(.*\n)*.*the usage limit of the account \(five_hour\) is reached until (\d{4}-\d\d-\d\d )?\d\d:\d\d; then reply_task t1 goes on/;

	test('that is longer than somebody waits is a failure', async (t) => {
		const { world, bridge, task } = await start(t, { max_wait_s: 100 },
			'resets=1000');

		assert.match((await bridge.tool('run_task', task)).text, hint);
		assert.equal(fs.existsSync(path.join(world.taskDir('t1'), 'retry-2')),
			false);
	});

	test('is a failure where the configuration says so', async (t) => {
		const { bridge, task } = await start(t, { then: 'fail' }, 'resets=5');

		assert.match((await bridge.tool('run_task', task)).text, hint);
	});

	test('can be waited for, and the wait be stopped', async (t) => {
		const { world, bridge, task } = await start(t, {}, 'resets=1000');

		await bridge.tool('start_tasks', { tasks: [task] });
		await waitFor(async () => PARKED.test(await first(bridge)));
		assert.match((await bridge.tool('stop_tasks', { ids: ['t1'] })).text,
			/^t1 cancelled: by user/);
		assert.deepEqual(world.live(), []);
	});

	for (const [what, word] of [['whose time nobody knows', ''],
		['that has reset meanwhile', 'resets=-5']])
		test(`${what} is asked for again a few times`, async (t) => {
			const { bridge, task } = await start(t, {}, word);

			assert.match((await bridge.tool('run_task', task)).text,
				/^t1 failed: usage_limit · .* · retry 1\n/);
		});
});
