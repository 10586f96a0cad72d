// Daemons that nobody outside asks for: a queue goes on with nobody
// connected, and a client inside of a task gets one that is not below it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { called, comm, killDaemon, runs } from './lib/daemon.mjs';
import { buildDir, kill, LEGACY, UNSAFE, patient, waitFor }
	from './lib/harness.mjs';
import { connect, join, records } from './lib/session.mjs';
import { Work } from './lib/work.mjs';

const ALL = { concurrency: 3 };
const ONE = { commands: { max_running: 1 } };

/** The names of all processes above one. */
function ancestors(pid) {
	const names = [];
	const parent = (of) => Number(fs.readFileSync(`/proc/${of}/stat`,
		'latin1').replace(/.*\) \S /s, '').split(' ')[0]);

	for (let at = parent(pid); at > 0; at = parent(at))
		names.push(comm(at));
	return names;
}

/** The daemon of a world is nobody's whom a task could end. */
const isFree = (world) => assert.deepEqual(ancestors(world.daemon())
	.filter((name) => /^ccproc|^sh$/.test(name)), []);

const gate = (world) => path.join(world.work, 'gate');
const gated = (world) => `until [ -e ${gate(world)} ]; do sleep 0.02; done; `;

describe('a queue with nobody connected', ALL, () => {
	test('goes on when the daemon is killed', async (t) => {
		const { world, bridge } = await connect(t, { config: ONE });
		const works = [...Array(6).keys()].map((i) =>
			new Work(world, i, { gate: i ? undefined : gate(world) }));

		await bridge.tool('start_tasks',
			{ tasks: works.map((work) => work.spec) });
		await waitFor(() => works[0].began);
		await bridge.close();
		await killDaemon(world);
		fs.writeFileSync(gate(world), '');
		await waitFor(() => world.live().length === 0,
			{ what: 'the end of all tasks' });
		isFree(world);
		const next = await join(world);

		(await records(next, ['g1'])).forEach((task, i) =>
			works[i].check(world, task));
		assert.equal(called(world, 'ccprocd').length, 1);
	});

	test('goes on when the daemon is killed again and again', async (t) => {
		const { world, bridge } = await connect(t, { config: ONE });
		const works = [...Array(8).keys()].map((i) =>
			new Work(world, i, { gate: gate(world) + i }));

		await bridge.tool('start_tasks',
			{ tasks: works.map((work) => work.spec) });
		await bridge.close();
		for (let i = 0; i < works.length; i++) {
			await waitFor(() => works[i].began);
			await killDaemon(world);
			fs.writeFileSync(gate(world) + i, '');
		}
		await waitFor(() => called(world, 'ccproc-keeper').length === 0);
		const next = await join(world);

		(await records(next, ['g1'])).forEach((task, i) =>
			works[i].check(world, task));
	});

	test('many keepers that end at once start one daemon', async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { commands: { max_running: 20 } } });
		const works = [...Array(30).keys()].map((i) =>
			new Work(world, i, { gate: gate(world) }));

		await bridge.tool('start_tasks',
			{ tasks: works.map((work) => work.spec) });
		await waitFor(() => works[19].began);
		await bridge.close();
		await killDaemon(world);
		fs.writeFileSync(gate(world), '');
		await waitFor(() => world.live().length === 0);
		assert.equal(called(world, 'ccprocd').length, 1);
		assert.equal(world.log().match(/: version /g).length, 2);
		assert.doesNotMatch(world.log(), /another daemon/);
	});

	test('a last task wakes nobody', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('run_task', { wait_s: 0,
			command: `${gated(world)} exit 3` });
		await bridge.close();
		await killDaemon(world);
		fs.writeFileSync(gate(world), '');
		await waitFor(() => called(world, 'ccproc-keeper').length === 0);
		assert.equal(world.daemon(), undefined);
		assert.equal((await (await join(world)).task('t1')).exit_code, 3);
	});

	test('a keeper that somebody outside ends wakes nobody', async (t) => {
		const { world, bridge } = await connect(t, { config: ONE });

		await bridge.tool('start_tasks', { tasks: [
			{ command: 'trap "exit 0" TERM; echo up; while :; do sleep 0.02; done' },
			{ command: 'echo second' }] });
		await waitFor(() => world.output('t1') === 'up\n');
		await bridge.close();
		await killDaemon(world);
		const [keeper] = called(world, 'ccproc-keeper');

		kill(keeper, 'SIGTERM');
		await waitFor(() => called(world, 'ccproc-keeper').length === 0);
		assert.equal(world.daemon(), undefined);
		const next = await join(world);
		const task = await next.task('t1');

		assert.deepEqual([task.state, task.reason, task.exit_code],
			['failed', 'interrupted', 0]);
		assert.match((await next.tool('check_tasks', { ids: ['t1'] })).text,
			/a SIGTERM that ccproc did not send/);
		await next.tool('check_tasks', { ids: ['t2'], wait_s: 20 });
		assert.equal((await next.task('t2')).state, 'completed');
	});

	test('a daemon that cannot start says so in the log', async (t) => {
		const { world, bridge } = await connect(t, { config: ONE });

		await bridge.tool('start_tasks', { tasks: [
			{ command: gated(world) }, { command: 'echo second' }] });
		await bridge.close();
		await killDaemon(world);
		world.openState();
		fs.writeFileSync(gate(world), '');
		await waitFor(() => UNSAFE.test(world.log()));
		assert.equal(world.daemon(), undefined);
		fs.chmodSync(world.state, 0o700);
		await (await join(world)).tool('check_tasks',
			{ ids: ['t2'], wait_s: 20 });
		assert.equal(world.output('t2'), 'second\n');
	});

	test('nothing of the daemon\'s environment gets to a task', async (t) => {
		const { world, bridge } = await connect(t, { env: {
			CCPROC_LEAK: 'leak', XDG_LEAK: 'leak', LC_LEAK: 'leak' } });

		await bridge.close();
		for (const name of ['CCPROC_LEAK', 'XDG_LEAK', 'LC_LEAK'])
			delete world.env[name];
		const next = await join(world);
		const { text } = await next.tool('run_task', { wait_s: 0,
			command: 'env; exec sleep 60' });

		await waitFor(() => comm(called(world, 'sleep')[0] ?? 0));
		assert.match(text, /^t1 /);
		assert.match(world.output('t1'), /^PATH=/m);
		assert.doesNotMatch(world.output('t1'), /leak/);
		const keeper = called(world, 'ccproc-keeper')[0];

		// which has it, and so has what it starts
		assert.match(fs.readFileSync(`/proc/${keeper}/environ`, 'utf8'),
			/CCPROC_LEAK=leak/);
	});
});

/** A bridge that runs in a task, t1. */
class Inner {
	#input;
	#read = 0;

	/** Options: what the task runs before the bridge, and more of its env. */
	static async start(t, bridge, world, { before = '', env } = {}) {
		const inner = new Inner();
		const fifo = path.join(world.work, 'in');

		execFileSync('mkfifo', [fifo]);
		await bridge.tool('run_task', { wait_s: 0, options: { env }, command:
			`${before} ${path.join(buildDir(), 'ccproc-bridge')} <in` });
		inner.world = world;
		inner.#input = await new Promise((resolve, reject) =>
			fs.open(fifo, 'w', (error, fd) =>
				error ? reject(error) : resolve(fd)));
		t.after(() => fs.closeSync(inner.#input));
		await inner.request('initialize', { protocolVersion: LEGACY,
			capabilities: {}, clientInfo: { name: 'x', version: '1' } });
		return inner;
	}

	/** The answer, whole. */
	async request(method, params = {}) {
		fs.writeSync(this.#input, JSON.stringify({ jsonrpc: '2.0',
			id: ++this.#read, method, params }) + '\n');
		const line = await waitFor(() => this.world.output('t1')
			.split('\n').slice(0, -1)[this.#read - 1],
		{ timeout: 20000, what: `the answer to ${method}` });

		return JSON.parse(line);
	}

	async list() {
		const { error, result } = await this.request('tools/call',
			{ name: 'list_tasks', arguments: { scope: 'all' } });

		assert.equal(error, undefined);
		return result.content[0].text;
	}
}

describe('a bridge inside of a task', ALL, () => {
	test('meets the next daemon, and is not above it', async (t) => {
		const { world, bridge } = await connect(t);
		const inner = await Inner.start(t, bridge, world);

		await bridge.close();
		for (let i = 0; i < 3; i++) {
			assert.match(await inner.list(), /1 running/);
			await killDaemon(world);
		}
		assert.match(await inner.list(), /1 running/);
		const daemon = world.daemon();

		isFree(world);
		const next = await join(world);

		await next.tool('stop_tasks', { ids: ['t1'], mode: 'now' });
		assert.ok(runs(daemon));
		assert.equal(world.daemon(), daemon);
		assert.equal((await next.task('t1')).state, 'cancelled');
		// nor does it seem to be a process of the task
		assert.doesNotMatch(fs.readFileSync(`/proc/${daemon}/environ`,
			'utf8'), /CCPROC_TASK/);
	});

	test('without an environment to know it by', async (t) => {
		const { world, bridge } = await connect(t);
		const pass = Object.entries(world.env).filter(([name]) =>
			/^CCPROC_(STATE|SOCKET)/.test(name))
			.map((pair) => pair.join('='));
		const inner = await Inner.start(t, bridge, world,
			{ before: `exec setsid env -i ${pass.join(' ')}` });

		await bridge.close();
		await killDaemon(world);
		assert.match(await inner.list(), /1 running/);
		isFree(world);
	});

	test('may start tasks with the next daemon', async (t) => {
		const { world, bridge } = await connect(t);
		const inner = await Inner.start(t, bridge, world);

		await bridge.close();
		await killDaemon(world);
		const { result } = await inner.request('tools/call', { name: 'run_task',
			arguments: { command: 'echo $CCPROC_DEPTH' } });

		assert.match(result.content[0].text, /^t2 completed.*\n2$/);
	});

	test('is told when none can be started', async (t) => {
		const { world, bridge } = await connect(t);
		const inner = await Inner.start(t, bridge, world);

		await bridge.close();
		world.openState();
		await killDaemon(world);
		const answer = await inner.request('tools/call',
			{ name: 'list_tasks', arguments: {} });

		assert.match(JSON.stringify(answer), /from inside a task of ccproc none is started/);
		assert.equal(world.daemon(), undefined);
		assert.match(world.log(), UNSAFE);
		fs.chmodSync(world.state, 0o700);
		assert.match(await inner.list(), /1 running/);
	});

	test('with a state directory of its own starts none, and at once',
		async (t) => {
			const { world, bridge } = await connect(t);
			const began = Date.now();
			const state = path.join(world.root, 'other');
			const { text } = await bridge.tool('run_task', { wait_s: 20,
				options: { env: { CCPROC_STATE_DIR: state,
					CCPROC_SOCKET: path.join(state, 'sock') } },
				command: `${path.join(buildDir(), 'ccproc')} ls` });

			assert.match(text, /from inside a task of ccproc none is started/);
			assert.ok(Date.now() - began < patient(5000));
			assert.equal(called(world, 'ccprocd').length, 1);
		});

	test('the command too', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('run_task', { wait_s: 0, command: gated(world) +
			`${path.join(buildDir(), 'ccproc')} ls; exec sleep 60` });
		await bridge.close();
		await killDaemon(world);
		fs.writeFileSync(gate(world), '');
		await waitFor(() => /t1.*running/.test(world.output('t1')));
		isFree(world);
	});

	test('a keeper asked by others does nothing while a daemon serves',
		async (t) => {
			const { world, bridge } = await connect(t);

			await bridge.tool('run_task', { wait_s: 0, command: 'sleep 60' });
			const [keeper] = called(world, 'ccproc-keeper');

			for (let i = 0; i < 20; i++)
				execFileSync('kill', ['-41', String(keeper)]);
			const { text } = await bridge.tool('stop_tasks',
				{ ids: ['t1'], mode: 'now' });

			assert.match(text, /^t1 cancelled/);
			assert.equal(world.log().match(/: version /g).length, 1);
		});
});
