// The queue in the hands of people: held tasks, their places, a queue that is
// paused.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc, json, noTerminal, ok, onTerminal } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { buildDir, startWorld, waitFor } from './lib/harness.mjs';
import { job, one, order, queued } from './lib/queue.mjs';
import { connect, join } from './lib/session.mjs';

const ALL = { concurrency: 4 };
const CCPROC = path.join(buildDir(), 'ccproc');

const state = async (world, id) =>
	(await json(world, 'show', '-j', id))[0].state;
const version = (world) =>
	fs.readFileSync(path.join(world.state, 'version'), 'utf8');

async function refused(world, args, why) {
	const { code, err } = await ccproc(world, args);

	assert.match(err, why);
	assert.equal(code, 125);
}

describe('a held task', ALL, () => {
	test('is not among those that a question is about',
		{ skip: noTerminal }, async (t) => {
			const world = await queued(t, job('a'), job('b'), job('c'));

			await ok(world, 'hold', 'b');
			const hold = onTerminal(world, ['hold', '-l', '[abc]']);

			await hold.says(/ {2}t4 queued c\r\n {2}t2 queued a\r\nhold 2 tasks\? /);
			hold.child.stdin.write('y\n');
			assert.equal((await hold.end()).code, 0);
			assert.equal((await json(world, 'ls', '-j', '--queued'))
				.filter(({ held }) => held).length, 3);
		});

	test('does not start before it is released', async (t) => {
		const world = await queued(t, job('a'), job('b'), job('c'));

		assert.equal(version(world), '1\n');
		assert.match(await ok(world, 'hold', 'a', 'b'), new RegExp('^t2 a ' +
			'queued: held by a person, until ccproc release t2\n' +
			't3 b queued: held by a person, until ccproc release t3$'));
		assert.equal(version(world), '3\n'); // of an earlier program no more
		assert.match(await ok(world, 'hold', 'a'), /^t2 a queued: held/);
		assert.match(await ok(world, 'ls', '-a'),
			/t2 +a +held .* held by a person, until ccproc release t2\n/);
		const [task] = await json(world, 'show', '-j', 'a');

		assert.deepEqual([task.held, task.held_by], [true, 'a person']);
		world.open();
		await ccproc(world, ['wait', 'c']);
		await killDaemon(world);
		assert.deepEqual([await state(world, 'a'), await state(world, 'b')],
			['queued', 'queued']);
		assert.equal((await ok(world, 'release', '--all')).split('\n').length, 2);
		await ccproc(world, ['wait', 'a', 'b']);
		assert.equal(order(world), 'c a b');
		await refused(world, ['release', 'a'], /t2: it has ended: completed/);
	});

	test('may be so from its start', async (t) => {
		const world = await queued(t);

		world.open();
		await ccproc(world, ['wait', 't1']);
		await ok(world, 'start', '--hold', ...job('a'));
		assert.equal(version(world), '3\n');
		assert.match(await ok(world, 'show', 'a'),
			/^t2 a queued: held by who started it, until ccproc release t2\n/);
		await killDaemon(world);
		assert.equal(await state(world, 'a'), 'queued');
		await ok(world, 'release', 'a');
		await ccproc(world, ['wait', 'a']);
		assert.equal(order(world), 'a');
	});

	test('waits for release before all else', async (t) => {
		const world = await queued(t, ['-l', 'a', '--after', 't1', 'false'],
			['-l', 'b', '--after', 'a', 'true']);

		await ok(world, 'hold', 'a', 'b');
		world.open();
		await ok(world, 'release', 'a');
		await ccproc(world, ['wait', 'a']);
		assert.match(await ok(world, 'show', 'b'), /^t3 b queued: held by/);
		await ok(world, 'release', 'b');
		await ccproc(world, ['wait', 'b']);
		assert.equal(await state(world, 'b'), 'cancelled');
	});

	test('can be cancelled', async (t) => {
		const world = await queued(t, job('a'));

		await ok(world, 'hold', 'a');
		assert.match(await ok(world, 'stop', 'a'), /^t2 a cancelled: by user/);
		await ok(world, 'stop', '-n', 't1');
	});

	for (const [what, text] of [['cut off', '{"priority":7,"held'],
		['of zeros', '\0'.repeat(40)], ['no object', '[]']])
		test(`is held when what says so is ${what}`, async (t) => {
			const world = await queued(t, job('a'));

			await ok(world, 'hold', 'a');
			await killDaemon(world);
			fs.writeFileSync(path.join(world.taskDir('t2'), 'queue.json'), text);
			world.open();
			assert.match(await ok(world, 'show', 'a'), /^t2 a queued: held by damage to its queue\.json, until ccproc release t2\n/);
			await ccproc(world, ['wait', 't1']);
			await ok(world, 'release', 'a');
			await ccproc(world, ['wait', 'a']);
			assert.equal(order(world), 'a');
		});

	test('is none that runs, has ended or never was', async (t) => {
		const world = await queued(t);

		await refused(world, ['hold', 't1'],
			/t1: it runs already, .*; ccproc pause lets it stand still/);
		await refused(world, ['move', '--first', 't1'], /t1: it runs already/);
		await refused(world, ['hold', 't9'], /t9: no such task/);
		await ok(world, 'stop', '-n', 't1');
		await refused(world, ['hold', 't1'], /t1: it has ended: cancelled/);
		await refused(world, ['move', '-P', '3', 't1'], /t1: it has ended/);
		for (const args of [['hold'], ['move', 't1'],
			['move', '--first', '--last', 't1'], ['move', '-P', 'x', 't1']])
			assert.equal((await ccproc(world, args)).code, 2);
	});

	test('of others is not a task\'s to hold', async (t) => {
		const world = await queued(t, ['-l', 'a', 'true']);

		await ok(world, 'stop', '-n', 't1');
		await ccproc(world, ['wait', 'a']);
		await ok(world, 'start', '--hold', '-l', 'b', 'true');
		await ok(world, 'run', '-c', `${CCPROC} release b; ${CCPROC} move ` +
			`--first b; ${CCPROC} pause --queue; ` +
			`${CCPROC} start --hold -l own true; ${CCPROC} release own; true`);
		const said = world.output('t4', 'stderr');

		assert.equal(said.match(/t3: it was not started by t4/g).length, 2);
		assert.match(said, /the queue is paused, and goes on, by who is outside/);
		assert.match(world.output('t4'), /^t5\nt5 own queued · /);
		await ok(world, 'stop', 'b');
	});
});

describe('a place in the queue', ALL, () => {
	test('is changed by a priority, first and last', async (t) => {
		const world = await queued(t, job('a'), job('b'), job('c'), job('d'));

		assert.match(await ok(world, 'move', '--first', 'c', 'd'),
			/^t4 c queued · 1st of 4 · .*\nt5 d queued · 2nd of 4 · /);
		assert.match(await ok(world, 'move', '--last', 'a'),
			/^t2 a queued · 4th of 4 · /);
		assert.match(await ok(world, 'move', '-P', '7', 'b'),
			/^t3 b queued · 1st of 4 · /);
		assert.equal((await json(world, 'show', '-j', 'b'))[0].priority, 7);
		await killDaemon(world);
		assert.match(await ok(world, 'show', 'b'), /^t3 b queued · 1st of 4 · /);
		world.open();
		await ccproc(world, ['wait', 'a', 'b', 'c', 'd']);
		assert.equal(order(world), 'b c d a');
		assert.equal(version(world), '1\n'); // it only informs
	});

	test('is changed in order for more than a call takes', async (t) => {
		const world = await queued(t);
		const lines = Array(40).fill(['-c', 'true']).flat();

		for (const group of ['a', 'b'])
			await ok(world, 'start', '-g', group, ...lines); // t2 to t81
		await ok(world, 'start', ...job('z'));
		const first = async () => (await json(world, 'ls', '-aj'))
			.sort((a, b) => a.queue_position - b.queue_position)
			.filter(({ state }) => state === 'queued')
			.map(({ id }) => Number(id.slice(1)));
		const rising = [...Array(80).keys()].map((i) => i + 2);

		await ok(world, 'move', '--last', '--queued', '-l', 'z');
		await ok(world, 'move', '--first', ...rising.map((i) => `t${i}`));
		assert.deepEqual(await first(), [...rising, 82]);
		await ok(world, 'move', '--last', ...rising.map((i) => `t${i}`));
		assert.deepEqual(await first(), [82, ...rising]);
		await ok(world, 'stop', '-n', '-a');
	});

	test('is kept by one that is held', async (t) => {
		const world = await queued(t, job('a'), job('b'));

		await ok(world, 'hold', 'b');
		await ok(world, 'move', '--first', 'b');
		assert.match(await ok(world, 'show', 'b'), /^t3 b queued: held by/);
		await ok(world, 'release', 'b');
		world.open();
		await ccproc(world, ['wait', 'a', 'b']);
		assert.equal(order(world), 'b a');
	});
});

describe('a paused queue', ALL, () => {
	test('starts nothing until it goes on', async (t) => {
		const world = await queued(t, job('a'));

		assert.equal(await ok(world, 'pause', '--queue'), 'the queue is ' +
			'paused, nothing more of it starts; 1 queued, 1 running');
		assert.match(await ok(world, 'show', 'a'), /^t2 a queued · 1st of 1 · the queue is paused, until ccproc unpause --queue\n/);
		assert.match(await ok(world, 'ls', '-a'),
			/t2 +a +queued .* the queue is paused, until ccproc unpause --queue/);
		assert.equal(await ok(world, 'status', '--line'),
			'1 running, 1 queued, queue paused');
		assert.match(await ok(world, 'daemon'),
			/1 running, 1 queued, and the queue is paused/);
		assert.match((await (await join(world)).tool('check_tasks',
			{ ids: ['a'] })).text, /the queue is paused/);
		world.open();
		await ccproc(world, ['wait', 't1']);
		await killDaemon(world);
		await ok(world, 'start', ...job('b'));
		assert.deepEqual([await state(world, 'a'), await state(world, 'b')],
			['queued', 'queued']);
		assert.equal(version(world), '3\n');
		assert.equal(await ok(world, 'pause', '--queue'), 'the queue is ' +
			'paused, nothing more of it starts; 2 queued, 0 running');
		assert.match(await ok(world, 'unpause', '--queue'),
			/^the queue goes on; /);
		await ccproc(world, ['wait', 'a', 'b']);
		assert.equal(order(world), 'a b');
		assert.equal(fs.existsSync(path.join(world.state, 'drained')), false);
	});

	test('may be that of a group only', async (t) => {
		const world = await queued(t, ['-g', 'night', '-c', 'echo n >>order',
			'-c', 'echo m >>order'], job('a'));

		assert.match(await ok(world, 'pause', '--queue', '-g', 'night'),
			/^g2 is paused, nothing more of it starts/);
		await refused(world, ['pause', '--queue', '-g', 'a'],
			/a: no such group/);
		await refused(world, ['pause', '--queue', '-g', 'none'],
			/none: no such group/);
		assert.match(await ok(world, 'unpause', '--queue'),
			/^the queue goes on; .*; still paused: g2 \(ccproc unpause --queue -g g2\)$/);
		world.open();
		await ccproc(world, ['wait', 'a']);
		await killDaemon(world);
		assert.match(await ok(world, 'show', 't2'),
			/^t2 queued .* g2 is paused, until ccproc unpause --queue -g g2\n/);
		assert.equal((await ccproc(world, ['pause', '--queue', 't2'])).code, 2);
		await ok(world, 'unpause', '--queue', '-g', 'g2');
		await ccproc(world, ['wait', 'night']);
		assert.equal(order(world), 'a n m');
	});

	test('is forgotten with the group that was paused', async (t) => {
		const world = await queued(t);
		const drained = () => fs.readFileSync(path.join(world.state, 'drained'),
			'utf8');

		for (const name of ['x', 'y']) // g2, and g4 in its place
			await ok(world, 'start', '-g', name, '-c', 'true', '-c', 'true');
		await ok(world, 'pause', '--queue', '-g', 'x');
		await ok(world, 'stop', '-n', '-g', 'x');
		await ok(world, 'rm', 'x');
		// its numbers are not those of others, either
		await ok(world, 'start', ...Array(50).fill(['-c', 'true']).flat());
		await ok(world, 'pause', '--queue', '-g', 'y');
		assert.equal(drained(), 'g4\n');
		await ok(world, 'stop', '-n', '-a');
	});

	test('is none of a task of another daemon, nor is a task there',
		async (t) => {
			const world = await queued(t, job('a')), other = startWorld(t);
			const there = `env -u CCPROC_TASK CCPROC_STATE_DIR=${world.state} ` +
				`CCPROC_SOCKET=${world.env.CCPROC_SOCKET} ` +
				`CCPROC_CONFIG=${world.env.CCPROC_CONFIG} ${CCPROC}`;

			await ok(other, 'run', '-c', `${there} pause --queue; ` +
				`${there} hold a; ${there} move --first a; true`);
			const said = other.output('t1', 'stderr');

			assert.match(said, /the queue is paused, and goes on, by who is outside/);
			assert.equal(said.match(/t2: it was not started by this task/g)
				?.length, 2, said);
			assert.match(await ok(world, 'show', 'a'), /^t2 a queued · 1st of 1 · waits/);
		});

	test('is one whose file is damaged', async (t) => {
		const world = await queued(t, job('a'));

		await killDaemon(world);
		fs.writeFileSync(path.join(world.state, 'drained'), '\0\0\0');
		world.open();
		assert.match(await ok(world, 'show', 'a'), /the queue is paused/);
		await ccproc(world, ['wait', 't1']);
		assert.match(world.log(), /drained cannot be read: the queue counts as paused/);
		await ok(world, 'unpause', '--queue');
		await ccproc(world, ['wait', 'a']);
	});
});

test('a hold and the end of the daemon, at any moment', async (t) => {
	const { world } = await connect(t, one);

	await ok(world, 'start', 'sleep', '600');
	await ok(world, 'start', 'sleep', '601');
	for (let i = 0; i < 6; i++) {
		const verb = i % 2 === 0 ? 'hold' : 'release';
		const asked = ccproc(world, [verb, 't2']);

		if (world.daemon() !== undefined)
			await killDaemon(world);
		const { code, out, err } = await asked;

		assert.equal(code, 0, err);
		assert.equal(/: held by a person/.test(out), i % 2 === 0, out);
		await waitFor(() => world.daemon() !== undefined);
	}
	await ok(world, 'stop', '-n', 't1', 't2');
});
