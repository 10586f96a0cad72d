// Pausing tasks and signalling them: by people, through the keeper.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { ccproc, json, ok, startAgents } from './lib/cli.mjs';
import { called, ended, killDaemon, runs } from './lib/daemon.mjs';
import { buildDir, kill, startWorld, waitFor } from './lib/harness.mjs';
import { sh, stopKeeper, Task } from './lib/keeper.mjs';
import { patient } from './lib/patience.mjs';
import { connect } from './lib/session.mjs';

const ALL = { concurrency: 4 };
const CCPROC = path.join(buildDir(), 'ccproc');
/** Two processes that never rest: one writes, and its child, too. */
const BUSY = 'while :; do echo child; sleep 0.02; done & ' +
	'while :; do echo main; sleep 0.02; done';

const states = (pids) => pids.map((pid) => fs.readFileSync(
	`/proc/${pid}/stat`, 'latin1').replace(/.*\) (\w).*/s, '$1'));
const paused = (world, id) =>
	fs.existsSync(path.join(world.taskDir(id), 'paused'));

/** Whether a task writes nothing more, which only time tells. */
async function assertStill(world, id) {
	const before = world.output(id);

	await sleep(300);
	assert.equal(world.output(id), before);
}

async function writes(world, id) {
	const { length } = world.output(id);

	await waitFor(() => /main[^]*child|child[^]*main/.test(
		world.output(id).slice(length)), { what: `${id} to go on` });
}

/** What is refused is told, and nothing else is. */
async function refused(world, args, why) {
	const { code, out, err } = await ccproc(world, args);

	assert.match(err, why);
	assert.deepEqual([code, out], [125, '']);
}

describe('a paused task', ALL, () => {
	test('stands still, and is told to be so everywhere', async (t) => {
		const { world, bridge } = await connect(t);

		await ok(world, 'start', '-l', 'busy', '-c', BUSY);
		await writes(world, 't1');
		assert.match(await ok(world, 'pause', 'busy'),
			/^t1 busy running, paused \d+ ms · /);
		await assertStill(world, 't1');
		assert.match(await ok(world, 'ls'), /t1 +busy +paused /);
		assert.match(await ok(world, 'show', 't1'),
			/^t1 busy running, paused [^]*\n +paused +\d/);
		const [task] = await json(world, 'show', '-j', 't1');

		assert.equal(task.state, 'running');
		assert.ok(Math.abs(Date.parse(task.paused_at) - Date.now()) < 60000);
		assert.match((await bridge.tool('check_tasks', { ids: ['t1'] })).text,
			/^t1 busy running, paused /);
		assert.match((await bridge.tool('list_tasks')).text, /\tpaused\t/);
		assert.match(await ok(world, 'pause', 't1'), /running, paused/); // again
		assert.match(await ok(world, 'unpause', 't1'), /^t1 busy running · /);
		await writes(world, 't1');
		assert.equal((await json(world, 'show', '-j', 't1'))[0].paused_at,
			undefined);
		assert.match(await ok(world, 'unpause', 't1'), /^t1 busy running · /);
	});

	for (const [how, more] of [['softly', []], ['at once', ['--now']]])
		test(`is stopped ${how}, with all its processes`, async (t) => {
			const world = startWorld(t);

			await ok(world, 'start', '-c',
				`trap 'echo bye; exit 3' TERM; ${BUSY}`);
			await writes(world, 't1');
			await ok(world, 'pause', 't1');
			await ok(world, 'stop', ...more, 't1');
			const [task] = await json(world, 'show', '-j', 't1');

			assert.deepEqual([task.state, task.reason], ['cancelled', 'user']);
			assert.equal(/^bye$/m.test(world.output('t1')),
				more.length === 0);
			assert.match(task.note, /^was paused for [1-9]\d* m?s/);
			assert.equal(paused(world, 't1'), false);
			assert.deepEqual(called(world, 'sleep'), []);
		});

	test('ends with the machine', async (t) => {
		const world = startWorld(t);

		await ok(world, 'start', '-c', BUSY);
		await writes(world, 't1');
		await ok(world, 'pause', 't1');
		stopKeeper(called(world, 'ccproc-keeper')[0], { reason: 'shutdown' });
		await ok(world, 'show', 't1');
		await waitFor(() => world.live().length === 0);
		assert.equal((await json(world, 'show', '-j', 't1'))[0].reason,
			'shutdown');
		assert.deepEqual(called(world, 'sleep'), []);
	});

	test('stays so when its daemon is killed', async (t) => {
		const world = startWorld(t);

		await ok(world, 'start', '-c', BUSY);
		await writes(world, 't1');
		await ok(world, 'pause', 't1');
		await killDaemon(world);
		assert.match(await ok(world, 'ls'), /t1 .* paused /);
		await assertStill(world, 't1');
		await killDaemon(world);
		assert.match(await ok(world, 'unpause', '-a'), /^t1 running · /);
		await writes(world, 't1');
	});

	test('leaves nothing when its keeper is killed', async (t) => {
		const world = startWorld(t);

		await ok(world, 'start', '-c', BUSY);
		await writes(world, 't1');
		await ok(world, 'pause', 't1');
		kill(called(world, 'ccproc-keeper')[0], 'SIGKILL');
		await ccproc(world, ['wait', 't1']);
		const [task] = await json(world, 'show', '-j', 't1');

		assert.deepEqual([task.state, task.paused_at], ['lost', undefined]);
		assert.equal(paused(world, 't1'), false);
		assert.deepEqual(called(world, 'sleep'), []);
		assert.deepEqual(called(world, 'sh'), []);
	});

	test('goes on when its program is killed', async (t) => {
		const world = startWorld(t);

		await ok(world, 'start', '-c', 'echo $$; exec sleep 600');
		await waitFor(() => world.output('t1') !== '');
		await ok(world, 'pause', 't1');
		await ok(world, 'signal', '-s', 'KILL', 't1');
		await ccproc(world, ['wait', 't1']);
		const [task] = await json(world, 'show', '-j', 't1');

		assert.deepEqual([task.state, task.signal], ['failed', 'SIGKILL']);
		assert.equal(paused(world, 't1'), false);
	});
});

describe('pause', ALL, () => {
	test('is refused where nothing runs that is ours', async (t) => {
		const world = startWorld(t, { config: { commands: { max_running: 1 } } });

		await ok(world, 'run', '-l', 'done', 'true');
		await ok(world, 'start', '-c', BUSY);
		await ok(world, 'start', 'true');
		await refused(world, ['pause', 'done'], /t1: it has ended: completed/);
		await refused(world, ['pause', 't3'],
			/t3: it is queued, .*: ccproc hold t3/);
		await refused(world, ['unpause', 't3'], /t3: it is queued, and not paused/);
		await refused(world, ['signal', '-s', 'HUP', 't3'], /t3: it is queued/);
		await refused(world, ['pause', 'nothing'], /nothing: no such task/);
		// one that refuses keeps no other from it
		const { code, out, err } = await ccproc(world, ['pause', 't1', 't2']);

		assert.match(out, /^t2 running, paused .*\n$/);
		assert.deepEqual([code, err], [125,
			'ccproc: t1: it has ended: completed\n']);
	});

	test('of many tasks at once, by what selects them', async (t) => {
		const world = startWorld(t,
			{ config: { commands: { max_running: 57 } } });
		const lines = Array(28).fill(['-c', 'exec sleep 600']).flat();

		await ok(world, 'start', '-g', 'night', ...lines);
		await ok(world, 'start', '-g', 'night', ...lines);
		await ok(world, 'start', '-l', 'other', '-c', 'exec sleep 601');
		await waitFor(() => called(world, 'sleep').length === 57);
		// the name means the newest of the groups that have it
		assert.equal((await ok(world, 'pause', '-g', 'night')).split('\n').length,
			28);
		assert.equal(states(called(world, 'sleep'))
			.filter((state) => state === 'T').length, 28);
		assert.equal((await ok(world, 'pause', '--all')).split('\n').length, 29);
		assert.equal((await ok(world, 'unpause', '--all')).split('\n').length,
			57);
		await waitFor(() => states(called(world, 'sleep'))
			.every((state) => state === 'S'));
		await ok(world, 'stop', '-n', '-a');
	});

	test('is for what a task has started, from inside of it', async (t) => {
		const world = startWorld(t);

		await ok(world, 'start', '-l', 'other', 'sleep', '600');
		await ok(world, 'run', '-c', `${CCPROC} start -l mine sleep 600; ` +
			`${CCPROC} pause mine; ${CCPROC} pause other; ` +
			`${CCPROC} signal -s KILL other; ${CCPROC} pause $CCPROC_TASK; true`);
		assert.match(world.output('t2'), /^t3\nt3 mine running, paused .*\n$/);
		assert.equal(world.output('t2', 'stderr')
			.match(/t1: it was not started by t2, and what is inside/g).length, 2);
		assert.match(world.output('t2', 'stderr'), /t2: it was not started by t2/);
		assert.equal((await json(world, 'show', '-j', 't1'))[0].paused_at,
			undefined);
		await ok(world, 'stop', 't1', 't3');
	});

	test('waits for an agent\'s conversation', async (t) => {
		const world = startAgents(t);

		await ok(world, 'start', '--agent', 'RUN echo on; sleep 600');
		await waitFor(() => called(world, 'sleep').length === 1);
		assert.match(await ok(world, 'pause', 't1'), /^t1 running, paused/);
		assert.deepEqual(states(called(world, 'sleep')), ['T']);
		await ok(world, 'unpause', 't1');
		await waitFor(() => states(called(world, 'sleep')).join() === 'S');
		await ok(world, 'stop', '-n', 't1');
	});
});

describe('signal', ALL, () => {
	const LOOP = 'while :; do sleep 0.02; done';
	const CATCHES = `trap "echo main" USR1; sh -c 'trap "echo child" USR1; ` +
		`echo ready; ${LOOP}' & ${LOOP}`;

	test('goes to the program, or to its tree', async (t) => {
		const world = startWorld(t);

		await ok(world, 'start', '-c', CATCHES);
		await waitFor(() => world.output('t1') === 'ready\n');
		assert.match(await ok(world, 'signal', '-s', 'USR1', 't1'),
			/^t1 running · /);
		await waitFor(() => world.output('t1') === 'ready\nmain\n');
		// the sleeps of both die of it
		await ok(world, 'signal', '--tree', '-s', '10', 't1');
		await waitFor(() => /child/.test(world.output('t1')) &&
			world.output('t1').match(/main/g).length === 2);
		await ok(world, 'signal', '-s', 'sigusr1', '--all');
		await waitFor(() => world.output('t1').match(/main/g).length === 3);
		assert.equal(world.output('t1').match(/child/g).length, 1);
		await ok(world, 'stop', '-n', 't1');
	});

	test('ends a task only as a signal does', async (t) => {
		const world = startWorld(t);

		await ok(world, 'start', 'sleep', '600');
		const { code, err } = await ccproc(world, ['signal', '-s', 'TERM', 't1']);

		assert.equal(code, 0);
		assert.match(err, /ccproc stop ends a task with every process/);
		await ccproc(world, ['wait', 't1']);
		const [task] = await json(world, 'show', '-j', 't1');

		assert.deepEqual([task.state, task.signal], ['failed', 'SIGTERM']);
	});

	test('names what it does not send', async (t) => {
		const world = startWorld(t);

		for (const [args, why] of [
			[['t1'], /expected -s SIGNAL/],
			[['-s', 'NOPE', 't1'], /-s: expected a signal, .* got 'NOPE'/],
			[['-s', '0', 't1'], /expected a signal/],
			[['-s', '65', 't1'], /expected a signal/],
			[['-s', 'STOP', 't1'], /ccproc pause stops a task/],
			[['-s', '18', 't1'], /unpause lets it go on/],
			[['-s', 'HUP'], /expected ID/],
		]) {
			const { code, err } = await ccproc(world, ['signal', ...args]);

			assert.match(err, why);
			assert.equal(code, 2);
		}
	});
});

describe('the keeper of a paused task', ALL, () => {
	const order = (keeper, mode, signo = 0) =>
		keeper.stop({ mode, grace: signo });

	for (const [what, option, reason] of [['timeout', '-t', 'wall'],
		['idle timeout', '-i', 'idle']])
		test(`has its ${what} stand still`, async (t) => {
			const task = new Task(t);
			// so much passes before the pause at most
			const limit_s = Math.ceil(patient(1000) / 1000);
			const keeper = task.keep(sh('echo up; exec sleep 600'),
				{ args: [option, String(limit_s)] });

			await task.says('up');
			order(keeper, 'pause');
			await waitFor(() => task.has('paused'));
			await sleep(limit_s * 1000 + 500);
			// the daemon, whose clock has not stood still
			stopKeeper(keeper.pid, { reason: 'wall' });
			await sleep(300);
			assert.equal(task.has('exit.json'), false);
			assert.equal(task.processes().filter(runs).length, 1);
			order(keeper, 'unpause');
			await keeper.ended();
			assert.equal(task.record.stop_reason, reason);
			assert.ok(task.record.elapsed >= limit_s * 2000, task.record.elapsed);
			const [, spent] = task.record.note.match(/was paused for (\d+) s/);

			assert.ok(spent > limit_s, task.record.note);
		});

	test('lets nothing of it run, however it forks', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('i=0; while :; do (i=$((i+1)); : $i; ' +
			'echo x); done & while :; do (echo y); done'));

		await task.says('y');
		order(keeper, 'pause');
		await waitFor(() => task.has('paused'));
		const { length } = task.stdout;

		await sleep(300);
		assert.equal(task.stdout.length, length);
		order(keeper, 'unpause');
		await waitFor(() => task.stdout.length > length);
		keeper.stop({ mode: 'now' });
		await keeper.ended();
		assert.equal(task.has('paused'), false);
	});

	test('does not pause what is ending', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('trap "" TERM; echo up; ' +
			'while :; do sleep 0.02; done'));

		await task.says('up');
		keeper.stop({ grace: 1 });
		order(keeper, 'pause');
		await keeper.ended();
		assert.equal(task.has('paused'), false);
		assert.equal(task.record.exit_signal, 9);
	});
});

test('a pause and the end of the daemon, at any moment', async (t) => {
	const world = startWorld(t);

	await ok(world, 'start', '-c', BUSY);
	await writes(world, 't1');
	for (let i = 0; i < 6; i++) {
		const verb = i % 2 === 0 ? 'pause' : 'unpause';
		const asked = ccproc(world, [verb, 't1']);

		await sleep(i);
		if (world.daemon() !== undefined)
			await killDaemon(world);
		assert.deepEqual([(await asked).code, paused(world, 't1')],
			[0, i % 2 === 0], (await asked).err);
	}
	const [keeper] = called(world, 'ccproc-keeper');

	await ok(world, 'stop', '-n', 't1');
	await ended(keeper);
});
