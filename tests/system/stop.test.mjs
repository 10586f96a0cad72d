// Stopping: whatever a task has started, nothing of it is left.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { called, killDaemon } from './lib/daemon.mjs';
import { describe as named, kill, patient, processesWith, waitFor }
	from './lib/harness.mjs';
import { program } from './lib/keeper.mjs';
import { connect, ERAS, join } from './lib/session.mjs';

const ALL = { concurrency: 4 };
const trees = (...args) => [program('trees'), ...args.map(String)];
// daemons: setsid and double fork, descriptors closed; ignorers: deaf to
// TERM; stopped: by SIGSTOP; respawner: always makes new ones; hoppers: fork
// and leave, for ever; threads: the first thread has gone
const KINDS = [['daemons', 5], ['ignorers', 5], ['stopped', 5],
	['respawner', 8], ['hoppers', 3], ['subreapers', 3], ['chain', 12],
	['threads', 1]];

/** Processes of one task, by a mark in its environment. */
const own = (mark) => processesWith(`TEST_MARK=${mark}`);

let marks = 0;

/** Starts a tree and waits until it stands; its mark. */
async function grow(bridge, world, args, more) {
	const mark = `${process.pid}-${++marks}-x`;
	const { text } = await bridge.tool('run_task', { ...more, command: args,
		wait_s: 0, options: { env: { TEST_MARK: mark } } });
	const [id] = text.match(/^t\d+/);

	await waitFor(() => world.output(id).includes('ready'),
		{ what: `${args} to stand: ${text}` });
	assert.notEqual(own(mark).length, 0);
	return { mark, id };
}

async function gone(mark, timeout = 5000) {
	await waitFor(() => own(mark).length === 0, { timeout,
		what: 'the end of ' + own(mark).map(named).join('; ') });
}

test('a keeper has nothing of its task on its command line', async (t) => {
	const { world, bridge } = await connect(t);
	const args = ['', 'two words', '--', '-a', ''];

	await bridge.tool('start_tasks', { tasks: [
		{ label: 'sleeper', command: 'sleep 61.375' },
		{ command: ['sh', '-c', 'printf "<%s>" "$@"', 'sh', ...args] }] });
	await waitFor(() => world.live().join() === 't1' &&
		world.output('t2') !== '');
	assert.equal(world.output('t2'), args.map((arg) => `<${arg}>`).join(''));
	const lines = called(world, 'ccproc-keeper').map((pid) =>
		fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'));

	assert.deepEqual(lines, ['ccproc-keeper\0t1\0']);
	assert.equal(fs.existsSync(path.join(world.taskDir('t1'), 'orders')),
		false);
	await bridge.tool('stop_tasks', { ids: ['t1'], mode: 'now' });
});

describe('stop_tasks leaves nothing', ALL, () => {
	for (const mode of ['now', 'graceful'])
		for (const [kind, n] of KINDS)
			test(`${kind}, ${mode}`, async (t) => {
				const { world, bridge } = await connect(t,
					{ era: mode === 'now' ? 'modern' : 'legacy' });
				const { mark, id } = await grow(bridge, world,
					trees(kind, n));
				const { text } = await bridge.tool('stop_tasks',
					{ ids: [id], mode, grace_s: 1 });

				assert.match(text, /^t1 cancelled: by user/);
				// when it is said to be over, it is
				assert.deepEqual(own(mark).map(named), []);
				const task = await bridge.task(id);

				assert.equal(task.state, 'cancelled');
				assert.equal(task.reason, 'user');
			});

	test('many at once', async (t) => {
		const { world, bridge } = await connect(t);
		const grown = await Promise.all(KINDS.map(([kind, n]) =>
			grow(bridge, world, trees(kind, n))));
		const { text } = await bridge.tool('stop_tasks',
			{ scope: 'mine', grace_s: 1 });

		assert.equal(text.match(/cancelled: by user/g).length, KINDS.length);
		for (const { mark } of grown)
			assert.deepEqual(own(mark).map(named), []);
	});

	test('two sessions stop the same one', async (t) => {
		const { world, bridge } = await connect(t);
		const other = await join(world, 'modern');
		const { mark } = await grow(bridge, world, trees('ignorers', 3));
		const began = Date.now();
		const [slow, fast] = await Promise.all([
			bridge.tool('stop_tasks', { ids: ['t1'], grace_s: 60 }),
			other.tool('stop_tasks', { ids: ['t1'], mode: 'now' })]);

		assert.equal(slow.text, fast.text);
		assert.match(fast.text, /^t1 cancelled: by user/);
		assert.ok(Date.now() - began < patient(5000));
		await gone(mark);
	});

	test('two stops reach a busy keeper', async (t) => {
		const { world, bridge } = await connect(t);
		const { mark } = await grow(bridge, world, trees('ignorers', 3));
		const keeper = world.processes().find((pid) => fs.readFileSync(
			`/proc/${pid}/comm`, 'utf8') === 'ccproc-keeper\n');

		kill(keeper, 'SIGSTOP'); // as if it was not scheduled
		const stops = [{ grace_s: 100 }, { mode: 'now' }].map((args) =>
			bridge.tool('stop_tasks', { ids: ['t1'], ...args }));

		await bridge.request('ping'); // so both were read
		kill(keeper, 'SIGCONT');
		for (const stop of stops)
			assert.match((await stop).text, /^t1 cancelled: by user/);
		assert.deepEqual(own(mark).map(named), []);
	});

	test('one that has just ended, or is about to', async (t) => {
		const { bridge } = await connect(t);

		for (let i = 1; i <= 40; i++) {
			await bridge.tool('run_task', { wait_s: 0,
				command: `sleep 0.0${i % 10}; exit 5` });
			await bridge.tool('stop_tasks', { ids: [`t${i}`] });
			const { state, reason, exit_code, signal } =
				await bridge.task(`t${i}`);

			// either it was faster, or the stop was
			if (state === 'failed')
				assert.deepEqual([reason, exit_code, signal],
					['exit_code', 5, null]);
			else
				assert.deepEqual([state, reason], ['cancelled', 'user']);
		}
	});
});

describe('a task that works against its stop', ALL, () => {
	/** Starts a shell line in a tree of its own; its mark. */
	async function start(bridge, world, line) {
		const mark = `${process.pid}-${++marks}-x`;

		await bridge.tool('start_tasks', { tasks: [{ command: line,
			options: { env: { TEST_MARK: mark } } }] });
		await waitFor(() => world.output('t1').includes('ready'));
		return mark;
	}

	test('by stopping its keeper', async (t) => {
		const { world, bridge } = await connect(t);
		const mark = await start(bridge, world,
			'kill -STOP $PPID; echo ready; exec sleep 300');
		const { text } = await bridge.tool('stop_tasks', { ids: ['t1'] });

		assert.match(text, /^t1 cancelled: by user/);
		assert.deepEqual(own(mark).map(named), []);
	});

	// it hears what it is told, and is stopped before it does that
	test('by stopping its keeper again and again', async (t) => {
		const { world, bridge } = await connect(t);
		const mark = await start(bridge, world, 'trap "" TERM; echo ready; ' +
			'while kill -STOP $PPID; do :; done');
		const { text } = await bridge.tool('stop_tasks', { ids: ['t1'] });

		assert.match(text, /^t1 (cancelled: by user|lost: keeper killed)/);
		assert.deepEqual(own(mark).map(named), []);
	});

	/** A task that traces its keeper; false: nobody may, here. */
	async function traces(bridge, world) {
		const gate = path.join(world.work, 'gate');

		// a keeper that is traced cannot tell that its program runs
		await bridge.tool('run_task', { wait_s: 0, command:
			`until [ -e ${gate} ]; do sleep 0.02; done; ` +
			`exec ${program('tracer')}` });
		fs.writeFileSync(gate, '');
		await waitFor(() => world.output('t1').endsWith('\n'));
		return world.output('t1') === 'traces\n';
	}

	test('by tracing its keeper', async (t) => {
		const { world, bridge } = await connect(t);

		if (!await traces(bridge, world))
			return t.skip('nobody may trace its parent');
		assert.match((await bridge.tool('stop_tasks', { ids: ['t1'] })).text,
			/^t1 lost: keeper killed/);
		assert.deepEqual(called(world, 'tracer'), []);
	});

	test('by holding its keeper, who is dead', async (t) => {
		const { world, bridge } = await connect(t);

		if (!await traces(bridge, world))
			return t.skip('nobody may trace its parent');
		kill(called(world, 'ccproc-keeper')[0], 'SIGKILL');
		await bridge.tool('check_tasks', { ids: ['t1'], wait_s: 20 });
		assert.equal((await bridge.task('t1')).state, 'lost');
		await waitFor(() => called(world, 'ccproc-keeper').length === 0);
		assert.deepEqual(called(world, 'tracer'), []);
	});

	test('by an exit record that it has written itself', async (t) => {
		const { world, bridge } = await connect(t);
		const mark = await start(bridge, world, 'cd "$CCPROC_STATE_DIR"; ' +
			'echo \'{"version":1,"main_exited":true,"exit_code":0,' +
			'"ended_at":1}\' >tasks/*/1-*/exit.json.new; cd tasks/*/1-*; ' +
			'mv exit.json.new exit.json; echo ready; exec sleep 300');

		await killDaemon(world);
		assert.equal((await bridge.task('t1')).state, 'running');
		const { text } = await bridge.tool('stop_tasks', { ids: ['t1'] });

		assert.match(text, /^t1 cancelled: by user/);
		assert.deepEqual(own(mark).map(named), []);
	});
});

describe('a timeout leaves nothing', ALL, () => {
	for (const [kind, n] of [['daemons', 3], ['ignorers', 3],
		['stopped', 2], ['respawner', 3]])
		test(kind, async (t) => {
			const { world, bridge } = await connect(t);
			const { mark, id } = await grow(bridge, world, trees(kind, n),
				{ timeout_s: 1 });

			const { text } = await bridge.tool('check_tasks',
				{ ids: [id], wait_s: 30 });

			assert.match(text, /^t1 timeout: 1 s wall · /);
			assert.deepEqual(own(mark).map(named), []);
			const task = await bridge.task(id);

			assert.deepEqual([task.state, task.reason],
				['timeout', 'wall']);
		});

	test('while its keeper is stopped', async (t) => {
		const { bridge } = await connect(t);
		const { text } = await bridge.tool('run_task', { timeout_s: 1,
			wait_s: 40, command: 'kill -STOP $PPID; exec sleep 300' });

		assert.match(text, /^t1 timeout: 1 s wall/);
	});

	test('while no daemon is there', async (t) => {
		const { world, bridge } = await connect(t);
		const { mark } = await grow(bridge, world, trees('daemons', 3),
			{ timeout_s: 2 });

		await bridge.close();
		kill(world.daemon(), 'SIGKILL');
		await gone(mark, 8000);
		const next = await join(world, 'modern');

		assert.equal((await next.task('t1')).reason, 'wall');
	});
});

describe('what outlives the main process', ALL, () => {
	for (const era of ERAS)
		test(`is ended and named, ${era}`, async (t) => {
			const { world, bridge } = await connect(t, { era });
			const mark = `${process.pid}-${++marks}-x`;
			const { text, isError } = await bridge.tool('run_task', {
				command: trees('left', 3),
				options: { env: { TEST_MARK: mark } } });

			assert.equal(isError, true);
			assert.match(text, /^t1 failed: exit code 3 · /);
			assert.match(text,
				/\[3 processes outlived it and were stopped: .*trees/);
			assert.deepEqual(own(mark).map(named), []);
			const task = await bridge.task('t1');

			assert.equal(task.exit_code, 3);
			assert.equal(task.leftovers, 3);
			assert.ok(world.log().includes('t1: failed: exit code 3'));
		});

	test('gets a moment to end by itself', async (t) => {
		const { world, bridge } = await connect(t);
		const file = path.join(world.work, 'late');
		const { text } = await bridge.tool('run_task', { command:
			`(sleep 0.5; echo late; : >${file}) & echo main` });

		assert.match(text, /^t1 completed · .*\nmain\nlate$/);
		assert.ok(fs.existsSync(file));
		assert.equal((await bridge.task('t1')).leftovers, 0);
	});

	test('is stopped at once when the task is', async (t) => {
		const { world, bridge } = await connect(t);
		const mark = `${process.pid}-${++marks}-x`;

		await bridge.tool('run_task', { command: trees('left', 2), wait_s: 0,
			options: { env: { TEST_MARK: mark } } });
		await waitFor(() => world.output('t1').includes('ready'));
		await bridge.tool('stop_tasks', { ids: ['t1'], mode: 'now' });
		assert.deepEqual(own(mark).map(named), []);
		assert.equal((await bridge.task('t1')).exit_code, 3);
	});
});

describe('a stop that takes long', ALL, () => {
	test('goes on without the daemon that was told', async (t) => {
		const { world, bridge } = await connect(t);
		const { mark } = await grow(bridge, world, trees('ignorers', 3));
		const stop = bridge.tool('stop_tasks', { ids: ['t1'], grace_s: 2 });

		await waitFor(() => bridge.child.stdin.writableLength === 0);
		await bridge.request('ping'); // so the stop was read
		kill(world.daemon(), 'SIGKILL');
		const next = await join(world, 'modern');
		const { text } = await next.tool('check_tasks',
			{ ids: ['t1'], wait_s: 20 });

		assert.match(text, /^t1 cancelled: by user/);
		assert.deepEqual(own(mark).map(named), []);
		assert.match((await stop).text, /^t1 cancelled: by user/);
	});

	test('can be made short by another one', async (t) => {
		const { world, bridge } = await connect(t);
		const { mark } = await grow(bridge, world, trees('ignorers', 3));
		const slow = bridge.tool('stop_tasks', { ids: ['t1'], grace_s: 100 });

		await bridge.request('ping');
		const began = Date.now();

		await bridge.tool('stop_tasks', { ids: ['t1'], grace_s: 0 });
		assert.match((await slow).text, /^t1 cancelled/);
		assert.ok(Date.now() - began < patient(4000));
		assert.deepEqual(own(mark).map(named), []);
	});

	test('of more than an answer can tell', async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { commands: { max_running: 1 } } });

		for (let n = 0; n < 1000; n += 50)
			await bridge.tool('start_tasks', { tasks: Array.from(
				{ length: 50 }, (_, i) => ({ command: ['sleep', '300'],
					label: `a-label-that-is-rather-long-${n + i}` })) });
		const { text } = await bridge.tool('stop_tasks',
			{ scope: 'mine', mode: 'now' });

		assert.match(text, /\nand \d+ more: \d+ ended, 0 still stopping$/);
		assert.ok(text.length < 50000, `${text.length}`);
		assert.deepEqual(world.live(), []);
	});

	test('does not hold up others', async (t) => {
		const { world, bridge } = await connect(t);
		const { mark } = await grow(bridge, world, trees('respawner', 5));
		const stop = bridge.tool('stop_tasks', { ids: ['t1'], grace_s: 1 });
		const { text } = await bridge.tool('run_task',
			{ command: 'echo quick' });

		assert.match(text, /^t2 completed/);
		await stop;
		await gone(mark);
	});
});
