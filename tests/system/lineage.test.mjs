// Tasks that start tasks: by the command, by real agents; how deep, how many,
// and the end of a whole tree.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';

import { claude, startWithServer, use } from './lib/claude.mjs';
import { ccproc as person, json, ok } from './lib/cli.mjs';
import { called, killDaemon } from './lib/daemon.mjs';
import { plan } from './lib/fake-api.mjs';
import { buildDir, patient, waitFor } from './lib/harness.mjs';
import { connect, join, records } from './lib/session.mjs';

const ALL = { concurrency: 2 };
const CCPROC = path.join(buildDir(), 'ccproc');
const CHAIN = 'this task is t3, started by t2, started by t1: tasks may ' +
	'start tasks 3 deep; do the work here, or return and let the session ' +
	'that started t1 start it';

/** The argv of a command in so many others, each of which starts the next. */
const nested = (levels, command, verb = 'run') => levels === 0 ? command :
	[CCPROC, verb, '--', ...nested(levels - 1, command, verb)];

const lineage = (tasks) => tasks.map(({ id, parent, depth }) =>
	[id, parent, depth]);

/** Waits until these live, and no other. */
const live = (world, ids) => waitFor(() =>
	world.live().sort().join(' ') === ids.join(' '),
{ timeout: 30000, what: `${ids.join(' ')} to live` });

/** Nothing lives, not a process of any task. */
async function nothingLives(world) {
	assert.deepEqual(world.live(), []);
	await waitFor(() => called(world, 'ccproc-keeper').length === 0);
	assert.deepEqual(called(world, 'sleep'), []);
}

describe('tasks that start tasks', ALL, () => {
	test('three deep, and no deeper', async (t) => {
		const { world, bridge } = await connect(t);
		const { text } = await bridge.tool('run_task',
			{ command: nested(3, ['true']) });

		assert.match(text, /^t1 failed: exit code 125 · /);
		assert.ok(world.output('t3', 'stderr').includes(CHAIN),
			world.output('t3', 'stderr'));
		assert.deepEqual(lineage(await records(bridge, ['t1', 't2', 't3'])),
			[['t1', null, 1], ['t2', 't1', 2], ['t3', 't2', 3]]);
		assert.doesNotMatch((await bridge.tool('list_tasks')).text, /^t4/m);
	});

	test('an agent does not reply to itself for ever', async (t) => {
		const say = [CCPROC, 'reply', '-d', 't1', 'again'];
		const self = { command: ['/bin/sh', '-c',
			`${say.join(' ')} 2>&1; ${CCPROC} run -- ${say.join(' ')} 2>&1`],
		resume: ['true', '{session}'] };
		const { bridge } = await connect(t, { config: { agents: { self } } });
		const { text } = await bridge.tool('run_task',
			{ prompt: 'x', options: { profile: 'self' } });

		assert.equal(text.match(/no reply to t1 from inside of it: /g).length,
			2, text);
		assert.equal((await bridge.task('t1')).runs, 1);
	});

	test('the depth is the configuration\'s', async (t) => {
		const { bridge } = await connect(t,
			{ config: { agents: { max_depth: 1 } } });
		const { text } = await bridge.tool('run_task',
			{ command: nested(1, ['true']) });

		assert.match(text, /this task is t1: tasks may start tasks 1 deep; do the work here, or return and let the session that started t1 start it/);
	});

	test('an empty environment hides nothing', async (t) => {
		const { world, bridge } = await connect(t);
		const kept = ['CCPROC_SOCKET', 'CCPROC_STATE_DIR', 'CCPROC_LIBEXEC',
			'CCPROC_CONFIG', 'HOME', 'PATH']
			.map((name) => `${name}=${world.env[name]}`);

		await bridge.tool('run_task', { command:
			['setsid', 'env', '-i', ...kept, ...nested(1, ['true'])] });
		assert.deepEqual(lineage(await records(bridge, ['t1', 't2'])),
			[['t1', null, 1], ['t2', 't1', 2]]);
	});

	test('a session that was there before its daemon is found again',
		async (t) => {
			const { world, bridge } = await connect(t);
			const gate = path.join(world.work, 'gate');

			await bridge.tool('start_tasks', { tasks: [{ command:
				`until [ -e ${gate} ]; do sleep 0.02; done; ` +
				`env -u CCPROC_TASK ${CCPROC} run -- true` }] });
			await killDaemon(world);
			await ok(world, 'run', '--', 'touch', gate);
			await bridge.tool('check_tasks', { ids: ['t1'], wait_s: 20 });
			assert.deepEqual(lineage(await records(bridge, ['t2', 't3'])),
				[['t2', null, 1], ['t3', 't1', 2]]);
		});

	test('no more than so many below one', async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { agents: { max_descendants: 2 } } });
		const { text } = await bridge.tool('run_task', { command:
			`for i in 1 2 3; do ${CCPROC} start -- sleep 300; done` });

		assert.match(text, /^t1 failed: exit code 125 · .*\nt2\nt3\n\[stderr\]\n.*this task is t1: 2 tasks that t1 has started, by itself or by others, have not ended, 1 more would be more than the 2 allowed \(agents\.max_descendants\); wait for some of them/);
		assert.deepEqual(world.live().sort(), ['t2', 't3']);
		// they outlive it, and a person may start more
		await ok(world, 'start', '--', 'sleep', '300');
		await ok(world, 'stop', '--now', 't2', 't3', 't4');
	});
});

describe('a tree', ALL, () => {
	/** t1 has started t2, which has started t3; t4 is somebody else's. */
	async function start(t) {
		const { world, bridge } = await connect(t);

		await bridge.tool('run_task', { wait_s: 0,
			command: nested(2, ['sleep', '300']) });
		await live(world, ['t1', 't2', 't3']);
		await bridge.tool('run_task',
			{ wait_s: 0, command: ['sleep', '300'] });
		return { world, bridge };
	}

	test('is listed', async (t) => {
		const { world, bridge } = await start(t);
		const ids = (text) => text.split('\n').slice(1, -1)
			.map((line) => line.split('\t')[0]);
		const list = async (args) =>
			ids((await bridge.tool('list_tasks', args)).text);

		assert.deepEqual(await list({ tree: 't1' }), ['t3', 't2', 't1']);
		assert.deepEqual(await list({ tree: 't2', scope: 'active' }),
			['t3', 't2']);
		assert.deepEqual(await list({ tree: 't4' }), ['t4']);
		assert.deepEqual((await json(world, 'ls', '--json', '--tree', 't2'))
			.map(({ id }) => id), ['t3', 't2']);
		const { text, isError } = await bridge.tool('list_tasks',
			{ tree: 't77' });

		assert.equal(isError, true);
		assert.match(text, /^t77: no such task/);
		await ok(world, 'stop', '--now', 't3');
		await live(world, ['t4']);
		assert.deepEqual(await list({ tree: 't1' }), ['t3', 't2', 't1']);
		// what was in the middle is gone: the chain is not
		await bridge.tool('cleanup_tasks', { ids: ['t2'] });
		assert.deepEqual(await list({ tree: 't1' }), ['t3', 't1']);
	});

	test('lives on when its root is stopped', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('run_task', { wait_s: 0, command:
			`${CCPROC} start -- sleep 300; sleep 300` });
		await live(world, ['t1', 't2']);
		await bridge.tool('stop_tasks', { ids: ['t1'] });
		assert.deepEqual(world.live(), ['t2']);
	});

	test('is stopped as one', async (t) => {
		const { world, bridge } = await start(t);
		const { text } = await bridge.tool('stop_tasks',
			{ ids: ['t1'], tree: true });

		assert.deepEqual(text.split('\n').map((line) =>
			/^t\d (cancelled|failed)/.test(line)), [true, true, true]);
		assert.deepEqual(world.live(), ['t4']);
		await ok(world, 'stop', '--now', 't4');
		await nothingLives(world);
	});

	test('a person stops one', async (t) => {
		const { world } = await start(t);

		assert.match(await ok(world, 'stop', '--tree', '--now', 't1'),
			/^t1 cancelled: by user/);
		assert.deepEqual(world.live(), ['t4']);
	});

	test('what is started during the stop does not outlive it',
		async (t) => {
			const { world, bridge } = await connect(t, { config: {
				agents: { max_descendants: 1000 },
				commands: { max_running: 100 } } });

			// deaf to the first signal, and it never stops starting
			await bridge.tool('run_task', { wait_s: 0, command:
				`trap '' TERM; while :; do ${CCPROC} start -- ` +
				'sleep 300; done' });
			await waitFor(() => world.live().length > 5);
			const { text } = await bridge.tool('stop_tasks',
				{ ids: ['t1'], tree: true, grace_s: 1 });

			assert.match(text, /^t1 cancelled: by user/);
			await nothingLives(world);
			assert.match(world.output('t1', 'stderr'),
				/nothing more is started in t1, which was stopped with all that it started/);
			// a person's session is none of its
			assert.match((await bridge.tool('run_task',
				{ command: 'true' })).text, / completed/);
		});

	test('nor what goes on because of a reply during the stop', async (t) => {
		const on = { command: ['echo', '{session}'],
			resume: ['sh', '-c', 'exec sleep 300', '{session}'] };
		const { world, bridge } = await connect(t, { config: { agents: { on } } });

		await bridge.tool('run_task', { wait_s: 0, command:
			`trap '' TERM; ${CCPROC} run --agent --profile on -l other hi; ` +
			`while :; do ${CCPROC} reply -d other more; done` });
		await waitFor(async () => world.live().includes('t2') &&
			(await bridge.task('t2')).run > 1);
		const { text } = await bridge.tool('stop_tasks',
			{ ids: ['t1'], tree: true, grace_s: 1 });

		assert.match(text, /^t1 cancelled: by user/);
		await nothingLives(world);
		assert.match(world.output('t1', 'stderr'),
			/nothing more is started in t1, which was stopped with all that it started/);
		// a person's session is none of its
		await bridge.tool('reply_task', { id: 't2', message: 'x', wait_s: 0 });
		assert.deepEqual(world.live(), ['t2']);
	});

	test('the daemon is killed in the middle of the stop', async (t) => {
		const { world, bridge } = await connect(t, { config: {
			agents: { max_descendants: 1000 },
			commands: { max_running: 100 } } });

		await bridge.tool('run_task', { wait_s: 0, command:
			`trap '' TERM; while :; do ${CCPROC} start -- sh -c ` +
			'"trap \'\' TERM; sleep 300"; done' });
		await waitFor(() => world.live().length > 5);
		const answer = bridge.tool('stop_tasks',
			{ ids: ['t1'], tree: true, grace_s: 2 });

		await waitFor(() => /which was stopped with all/
			.test(world.output('t1', 'stderr')));
		await killDaemon(world);
		assert.match((await answer).text, /^t1 cancelled: by user/);
		await nothingLives(world);
	});
});

describe('agents that start agents', { skip: !claude && 'no claude',
	timeout: patient(180000), ...ALL }, () => {
	const allowed_tools = ['mcp__ccproc'];

	/** The task of an agent that starts a task and then does more. */
	const starts = (task, ...more) => ({ allowed_tools,
		prompt: plan(use('start_tasks', { tasks: [task] }), ...more) });

	test('stop at the limit, and see why', async (t) => {
		const { world } = await startWithServer(t);
		const bridge = await join(world);
		const echo = { echo: true };

		await bridge.tool('start_tasks', { tasks: [starts(starts(starts(
			{ command: 'true' }, echo), echo), echo)] });
		await waitFor(() => world.taskDir('t3'), { timeout: 60000 });
		await waitFor(() => world.live().length === 0, { timeout: 60000,
			what: 'the end of all agents' });
		const tasks = await records(bridge, ['t1', 't2', 't3']);

		assert.deepEqual(lineage(tasks),
			[['t1', null, 1], ['t2', 't1', 2], ['t3', 't2', 3]]);
		assert.deepEqual(tasks.map(({ state }) => state),
			Array(3).fill('completed'));
		assert.match(tasks[0].result, /^started g2: t2 (queued|running)/);
		assert.ok(tasks[2].result.includes(CHAIN), tasks[2].result);
		assert.equal(world.taskDir('t4'), undefined);
	});

	test('are stopped with all they started', async (t) => {
		const { world } = await startWithServer(t);
		const bridge = await join(world);
		const wait = { hang: true };

		await bridge.tool('start_tasks', { tasks: [starts(starts(
			{ command: ['sleep', '300'] }, wait), wait)] });
		await live(world, ['t1', 't2', 't3']);
		const { text } = await bridge.tool('stop_tasks',
			{ ids: ['t1'], tree: true });

		assert.match(text, /^t1 cancelled: by user.*\nt2 cancelled: by user.*\nt3 cancelled: by user/);
		await nothingLives(world);
		const { code, err } = await person(world, ['ls', '--tree', 't1']);

		assert.equal(code, 0, err);
	});
});
