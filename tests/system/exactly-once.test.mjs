// A call that a daemon has had and not answered comes to the next one: it
// must do what was asked once, mean the same tasks, and answer the same.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { killDaemon } from './lib/daemon.mjs';
import { patient, waitFor } from './lib/harness.mjs';
import { connect, envelope, ERAS, join, running, Wire }
	from './lib/session.mjs';

const ALL = { concurrency: 3 };

/** A session on the daemon's socket, whose calls can come again. */
class Caller {
	constructor(world) {
		this.world = world;
		this.session = randomUUID();
		this.ordinal = 1;
	}

	/** Sends a new call; its number. */
	async send(name, args) {
		this.wire ??= await Wire.greeted(this.world, { protocol: 2,
			session: this.session, ordinal: this.ordinal });
		this.wire.request(String(this.ordinal), 'tools/call',
			{ name, arguments: args, ...envelope() });
		return this.ordinal++;
	}

	async #text(ordinal) {
		const { result } = await this.wire.answer(ordinal);

		return { isError: result.isError ?? false,
			text: result.content[0].text };
	}

	async call(name, args) {
		return this.#text(await this.send(name, args));
	}

	/** The same call again, to a daemon that has not had it. */
	async again(ordinal, name, args, { age = 100, kill = true } = {}) {
		if (kill)
			await killDaemon(this.world);
		await join(this.world); // which starts one
		this.wire = await Wire.greeted(this.world, { protocol: 2,
			session: this.session, ordinal: this.ordinal,
			replays: [[ordinal, age]] });
		this.wire.request(String(ordinal), 'tools/call',
			{ name, arguments: args, ...envelope() });
		return this.#text(ordinal);
	}
}

/** Counts how often it was run, by what it leaves. */
const counted = (world, name) => `echo x >>'${path.join(world.root, name)}'`;
const count = (world, name) => {
	try {
		return fs.readFileSync(path.join(world.root, name), 'utf8').length / 2;
	} catch {
		return 0;
	}
};

describe('calls in flight ride through the death of the daemon', ALL, () => {
	for (const era of ERAS)
		test(`twice in a row, ${era}`, async (t) => {
			const { world, bridge } = await connect(t, { era });
			const go = path.join(world.root, 'go');
			const run = bridge.tool('run_task', { wait_s: 40, command:
				`${counted(world, 'runs')}; until [ -e '${go}' ]; ` +
				'do sleep 0.05; done; echo done; exit 3' });

			await waitFor(() => world.live().length === 1);
			const check = bridge.tool('check_tasks',
				{ ids: ['t1'], wait_s: 40 });
			const read = bridge.tool('read_output',
				{ id: 't1', cursor: 0, wait_s: 40 });

			await killDaemon(world);
			await waitFor(() => world.daemon() !== undefined);
			await killDaemon(world);
			assert.equal((await bridge.task('t1')).state, 'running');
			fs.writeFileSync(go, '');
			const ran = await run;

			assert.match(ran.text, /^t1 failed: exit code 3 .*\ndone$/);
			assert.equal(ran.isError, true);
			assert.match((await check).text, /^t1 failed: exit code 3 /);
			assert.match((await read).text, /^t1 stdout 0-5 of 5 .*\ndone\n$/);
			assert.equal(count(world, 'runs'), 1);
		});

	test('with many starts at once', async (t) => {
		const { world, bridge } = await connect(t);
		const calls = [...Array(30).keys()].map((i) =>
			bridge.tool('run_task', { wait_s: 40,
				command: `${counted(world, `n${i}`)}; exit ${i}` }));

		for (let i = 0; i < 5; i++) {
			await waitFor(() => world.daemon() !== undefined);
			await killDaemon(world);
		}
		for (const [i, call] of calls.entries()) {
			assert.match((await call).text, i === 0 ? /^t\d+ completed / :
				new RegExp(`^t\\d+ failed: exit code ${i} `));
			assert.equal(count(world, `n${i}`), 1);
		}
		assert.equal(new Set((await Promise.all(calls)).map(({ text }) =>
			text.match(/^t\d+/)[0])).size, 30);
	});
});

describe('a start that comes again', ALL, () => {
	test('finds its task, running or ended', async (t) => {
		const world = await running(t);
		const caller = new Caller(world);
		const args = { command: `${counted(world, 'runs')}; exit 4` };

		assert.match((await caller.call('run_task', args)).text,
			/^t1 failed: exit code 4 /);
		for (let i = 0; i < 2; i++)
			assert.match((await caller.again(1, 'run_task', args)).text,
				/^t1 failed: exit code 4 /);
		assert.equal(count(world, 'runs'), 1);
		assert.match((await caller.call('run_task', args)).text, /^t2 /);
	});

	test('finds its group', async (t) => {
		const world = await running(t);
		const caller = new Caller(world);
		const args = { tasks: ['a', 'b', 'c'].map((label) =>
			({ label, command: 'sleep 60' })) };

		await caller.call('start_tasks', args);
		assert.match((await caller.again(1, 'start_tasks', args)).text,
			/^started g1: t1 a running, t2 b running, t3 c running /);
		assert.equal(world.live().length, 3);
	});

	test('says when the task was cleaned up meanwhile', async (t) => {
		const world = await running(t);
		const caller = new Caller(world);

		await caller.call('run_task', { command: 'true' });
		await caller.call('cleanup_tasks', { ids: ['t1'] });
		assert.deepEqual(await caller.again(1, 'run_task', { command: 'true' }),
			{ isError: true,
				text: 't1 was started by this call: it was cleaned up since' });
	});

	test('starts what no daemon has accepted', async (t) => {
		const world = await running(t);
		const caller = new Caller(world);

		assert.match((await caller.again(9, 'run_task', { command: 'true' },
			{ kill: false })).text, /^t1 completed/);
	});

	test('waits as long as was left', async (t) => {
		const world = await running(t);
		const caller = new Caller(world);
		const args = { command: 'sleep 60', wait_s: 40 };

		await caller.send('run_task', args);
		await waitFor(() => world.live().length === 1);
		const began = Date.now();
		const { text } = await caller.again(1, 'run_task', args,
			{ age: 39800 });

		assert.match(text, /^t1 running/);
		assert.ok(Date.now() - began < patient(20000));
	});
});

describe('a call that changes tasks means the same ones', ALL, () => {
	test('a label that another task has, too', async (t) => {
		const world = await running(t);
		const caller = new Caller(world);
		const start = () => caller.call('run_task', { label: 'server',
			command: 'trap "" TERM; sleep 60 & wait; wait', wait_s: 0 });

		await start();
		const args = { ids: ['server'], grace_s: 1 };
		const stop = await caller.send('stop_tasks', args);

		await start(); // so the stop was read
		assert.match((await caller.again(stop, 'stop_tasks', args)).text,
			/^t1 server cancelled: by user/);
		assert.match((await caller.again(stop, 'stop_tasks', args)).text,
			/^t1 server cancelled: by user/);
		assert.match((await caller.call('check_tasks', { ids: ['t2'] })).text,
			/^t2 server running/);
	});

	test('mine, of which there are more now', async (t) => {
		const world = await running(t);
		const caller = new Caller(world);

		await caller.call('run_task', { command: 'sleep 60', wait_s: 0 });
		assert.match((await caller.call('stop_tasks', { scope: 'mine' })).text,
			/^t1 cancelled/);
		await caller.call('run_task', { command: 'sleep 60', wait_s: 0 });
		assert.match((await caller.again(2, 'stop_tasks', { scope: 'mine' }))
			.text, /^t1 cancelled/);
		assert.match((await caller.call('check_tasks', { ids: ['t2'] })).text,
			/^t2 running/);
	});

	test('a signal', async (t) => {
		const caller = new Caller(await running(t));
		const { world } = caller;
		const signal = (number) => ['control_tasks', { ids: ['t1'],
			action: 'signal', signal: number }];
		const call = signal(10);

		await caller.call('start_tasks', { tasks: [{ command:
			'trap "echo got" USR1; trap "echo then" USR2; echo up; while :; do sleep 0.02; done' }] });
		await waitFor(() => world.output('t1') === 'up\n');
		for (const n of [1, 2]) { // another one is not taken for it
			const ordinal = await caller.send(...call);

			await waitFor(() => world.output('t1').match(/got/g)?.length === n);
			const { text } = await caller.again(ordinal, ...call);

			assert.match(text, /^t1 running · /);
			// a second one would come before what was sent later
			await caller.call(...signal(12));
			await waitFor(() => world.output('t1').match(/then/g)?.length === n);
			assert.equal(world.output('t1').match(/got/g).length, n);
		}
	});

	test('a release of a task that has run since', async (t) => {
		const caller = new Caller(await running(t));
		const { world } = caller;
		const call = ['control_tasks', { ids: ['t1'], action: 'release' }];

		await caller.call('start_tasks', { tasks: [{ command: 'echo ran',
			options: { hold: true } }] });
		const ordinal = await caller.send(...call);

		await waitFor(() => world.live().length === 0);
		assert.equal(world.output('t1'), 'ran\n');
		assert.match((await caller.again(ordinal, ...call)).text,
			/^t1 completed/);
	});

	test('a deletion', async (t) => {
		const world = await running(t);
		const caller = new Caller(world);

		const run = () => caller.call('run_task',
			{ label: 'x', command: 'echo x' });
		const args = { ids: ['x'] };

		await run();
		const { text } = await caller.call('cleanup_tasks', args);

		assert.match(text, /^removed 1 task, freed [1-9]\d* bytes$/);
		await run();
		assert.equal((await caller.again(2, 'cleanup_tasks', args)).text, text);
		assert.match((await caller.call('check_tasks', { ids: ['x'] })).text,
			/^t2 x completed/);
	});

	test('notes are gone with their session', async (t) => {
		const { world, bridge } = await connect(t);
		const notes = path.join(world.state, 'calls');

		await bridge.tool('run_task', { command: 'true' });
		await bridge.tool('cleanup_tasks', { ids: ['t1'] });
		assert.equal(fs.readdirSync(notes).length, 1);
		await bridge.close();
		await waitFor(() => fs.readdirSync(notes).length === 0);
	});
});

test('what was unseen when check_tasks came is so when it comes again',
	async (t) => {
		const world = await running(t);
		const caller = new Caller(world);

		await caller.call('start_tasks', { tasks: [
			{ command: 'echo a' }, { command: 'echo b; exit 2' }] });
		await caller.call('check_tasks',
			{ ids: ['t1', 't2'], detail: 'status', wait_s: 20 });
		const { text } = await caller.call('check_tasks', {});

		assert.match(text, /t2 failed: exit code 2/);
		assert.match((await caller.call('check_tasks', {})).text,
			/^no unfinished or unseen tasks/);
		assert.equal((await caller.again(3, 'check_tasks', {},
			{ age: 20000 })).text, text);
	});

describe('a key', ALL, () => {
	const key = { options: { key: 'nightly build' } };

	test('gives the same task, to every session and daemon', async (t) => {
		const { world, bridge } = await connect(t);
		const args = { command: `${counted(world, 'runs')}; exit 5`, ...key };

		assert.match((await bridge.tool('run_task', args)).text,
			/^t1 failed: exit code 5 /);
		await killDaemon(world);
		const other = await join(world, 'modern');

		assert.match((await other.tool('run_task', args)).text,
			/^t1 failed: exit code 5 /);
		assert.match((await bridge.tool('start_tasks', { tasks: [
			{ command: 'true' }, args] })).text,
		/^started: t2 \w+, t1 failed: exit code 5 .*\nnext: check_tasks \{"ids":\["t2","t1"\]/s);
		assert.equal(count(world, 'runs'), 1);
	});

	test('is refused for another task', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'true', ...key });
		const { isError, text } = await bridge.tool('run_task',
			{ command: 'false', ...key });

		assert.equal(isError, true);
		assert.equal(text, 'key "nightly build" is t1\'s, which was asked to ' +
			'be something else; give another key for another task');
	});

	test('is given once in a call', async (t) => {
		const { world, bridge } = await connect(t);
		const { isError, text } = await bridge.tool('start_tasks', { tasks: [
			{ command: 'true', ...key }, { command: 'true', ...key }] });

		assert.equal(isError, true);
		assert.match(text, /tasks\[1\]\.options\.key: "nightly build" is tasks\[0\]'s already/);
		assert.equal(world.live().length, 0);
	});

	test('is free again when its task was cleaned up', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'true', ...key });
		await bridge.tool('cleanup_tasks', { ids: ['t1'] });
		assert.match((await bridge.tool('run_task',
			{ command: 'true', ...key })).text, /^t2 completed/);
	});
});
