// What happens at one step and no other: the build has them
// (--enable-test-steps), and a program stops there until the test goes on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { answers, ask, asked, askers, begin } from
	'../system/lib/askers.mjs';
import { killDaemon } from '../system/lib/daemon.mjs';
import { kill, processesWith, startWorld, waitFor } from '../system/lib/harness.mjs';
import { ready } from '../system/lib/session.mjs';
import { stepsOf } from './lib/steps.mjs';
import { comm, read } from './lib/world.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));

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
	/** The process that has come to the armed step. */
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
		const wire = await ready(world);
		const daemon = world.daemon();

		// the stop would wake it, and it would act
		kill(daemon, 'SIGSTOP');
		kill(keeper, 'SIGKILL');
		wire.request('stop', 'tools/call', { name: 'stop_tasks',
			arguments: { ids: ['t1'] } });
		await waitFor(() => wire.socket.writableLength === 0);
		kill(daemon, 'SIGCONT');
		assert.match(JSON.stringify(await wire.answer('stop')),
			/"t1 cancelled: by user/);
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

			const { text: told } = await bridge.tool('check_tasks',
				{ ids, wait_s: 20, detail: 'status' });

			for (const end of ['a completed', 'b failed: exit code 5',
				'c completed'])
				assert.match(told, new RegExp(`^t\\d ${end}`, 'm'));
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

/** Ends what the agent of t1 waits in. */
const sendTerm = (world) => waitFor(() => processesWith(world.root)
	.filter((pid) => comm(pid) === 'fake-claude')
	.map((pid) => kill(pid, 'SIGTERM')).length > 0,
{ what: 'the agent of t1' });

/** All names below a folder, without those of a worktree. */
const below = (dir) => fs.readdirSync(dir, { recursive: true }).map(String);

describe('an agent that goes on', { skip, concurrency: 3 }, () => {
	const REPLAY = 'REPLAY stream-json.out';
	const REFUSED = 'REPLAY err429.out rc=1';
	const config = { agents: { claude: { command: [FAKE] }, launches: 0,
		retry: { first_s: 0, times: 1 } } };
	const begins = async (t, prompt, options) => {
		const { world, bridge } = await connect(t, { config });

		await bridge.tool('start_tasks', { tasks: [{ prompt, options }] });
		await waitFor(() => world.output('t1').includes('init'));
		return { world, bridge };
	};
	const reply = (bridge) => bridge.tool('reply_task',
		{ id: 't1', message: REPLAY, wait_s: 40 });
	const files = (world) => below(world.taskDir('t1'));
	const costs = (world) => below(path.join(world.state, 'costs'))
		.map((day) => read(path.join(world.state, 'costs', day))).join('');

	for (const list of ['run-dir-made=kill', 'accept-env-written=kill',
		'run-linked=kill', 'run-renamed=kill', 'reply-accepted=kill'])
		for (const when of ['running', 'ended'])
			test(`is replied to when it has ${when}: ${list}`, async (t) => {
				const { world, bridge } = await begins(t,
					REPLAY + (when === 'running' ? ' hang' : ''));

				if (when === 'ended')
					await waitFor(() => world.live().length === 0);
				world.arm(list);
				const said = reply(bridge);

				await world.fired();
				if (when === 'running') {
					await waitFor(() => files(world).includes('run-2'));
					await sendTerm(world);
				}
				assert.match((await said).text, /^t1 completed .* · run 2/);
				assert.deepEqual(files(world).filter((name) =>
					/^[.]?run-\d+$|env$/.test(name)), ['run-2']);
				assert.deepEqual(world.live(), []);
			});

	test('nothing is left of a message whose sender died, too', async (t) => {
		const { world, bridge } = await begins(t, REPLAY);

		await waitFor(() => world.live().length === 0);
		world.arm('run-linked=stop');
		reply(bridge).catch(() => {});
		const daemon = await world.fired();

		bridge.child.kill('SIGKILL');
		await bridge.exited;
		kill(daemon, 'SIGKILL');
		const next = world.bridge();

		await next.legacy();
		await waitFor(() => !below(path.join(world.state, 'tasks'))
			.some((name) => /\brun-2|env$/.test(name)) &&
			world.live().length === 0,
		{ what: 'nothing of run 2' });
		assert.match((await next.tool('check_tasks', { ids: ['t1'] })).text,
			/^t1 completed/);
		assert.match((await reply(next)).text, /^t1 completed .* · run 2/);
	});

	for (const list of ['run-renamed=kill', 'run-ended=kill', 'end-seen=kill',
		'run-dir-made=kill', 'result-written=kill',
		'keep-outcome-written=kill'])
		test(`is tried again once: ${list}`, async (t) => {
			const { world, bridge } = await connect(t, { config });

			world.arm(list);
			const { text } = await bridge.tool('run_task',
				{ prompt: REFUSED, wait_s: 40, options: { env:
				{ FAKE_CLAUDE_REPLAY: `${REFUSED} sleep=0.3` } } });

			await world.fired();
			assert.match(text, /^t1 failed: rate_limited · .* · retry 1/);
			assert.deepEqual(below(path.join(world.state, 'tasks'))
				.filter((name) => /retry-\d+$|\benv$/.test(name))
				.map((name) => path.basename(name)), ['retry-2']);
			assert.deepEqual(world.live(), []);
		});

	for (const list of ['end-seen=kill', 'result-written=kill'])
		test(`each run counts: ${list}`, async (t) => {
			const { world, bridge } = await begins(t, `${REPLAY} hang`);
			const said = reply(bridge);

			await waitFor(() => files(world).includes('run-2'));
			world.arm(list);
			await sendTerm(world);
			assert.match((await said).text, /^t1 completed .* · run 2/);
			await world.fired();
			assert.match(costs(world), /^t1 1 0\.01/m);
			assert.ok(files(world).includes('result.json'));
		});

	for (const [what, prompt] of [['waits', REPLAY], ['is refused', REFUSED]])
		test(`a stop that comes too late for one that ${what}`, async (t) => {
			const { world, bridge } = await connect(t, { config });

			world.arm('keep-renamed=stop');
			await bridge.tool('start_tasks', { tasks: [{ prompt }] });
			const keeper = await world.fired();
			const said = what === 'waits' ? reply(bridge) :
				bridge.tool('check_tasks', { ids: ['t1'], wait_s: 40 });

			if (what === 'waits')
				await waitFor(() => files(world).includes('run-2'));
			const stop = bridge.tool('stop_tasks', { ids: ['t1'] });

			await signalled(keeper);
			kill(keeper, 'SIGCONT');
			const { text } = await stop;

			await said;
			assert.doesNotMatch(text, /still stopping/);
			assert.deepEqual(files(world).filter((name) =>
				/^(run|retry)-2\/stdout$/.test(name)), []);
			if (what === 'waits')
				assert.match((await reply(bridge)).text, /completed .* run 3/);
		});

	test('the keeper of a later run is killed', async (t) => {
		const { world, bridge } = await begins(t, REPLAY);

		await waitFor(() => world.live().length === 0);
		world.arm('keep-told=kill');
		const said = bridge.tool('reply_task',
			{ id: 't1', message: `${REPLAY} sleep=60`, wait_s: 40 });

		await world.fired();
		assert.match((await said).text, /^t1 lost: /);
		assert.match((await reply(bridge)).text, /^t1 completed .* · run 3/);
	});
});
