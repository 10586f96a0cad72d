// A system at its limits while the daemon runs: no inode, no descriptor, no
// process left; very many clients and very many tasks.  What cannot be done
// is refused or waits, and afterwards everything is as it was.
// Runs alone: the system is at its limits.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc } from './lib/cli.mjs';
import { called, memory } from './lib/daemon.mjs';
import { patient, startWorld, waitFor } from './lib/harness.mjs';
import { connect, join, ready, Wire } from './lib/session.mjs';
import { installed } from './lib/versions.mjs';

const NOBODY = 65534;
const descriptors = (pid) => fs.readdirSync(`/proc/${pid}/fd`).length;
const target = (file) => {
	try {
		return fs.readlinkSync(file);
	} catch {
		return ''; // closed since the folder was read
	}
};
/** Less those for what syncs, which is started when it is first needed. */
const ofTasks = (pid) => descriptors(pid) - (fs.readdirSync(`/proc/${pid}/fd`)
	.some((fd) => target(`/proc/${pid}/fd/${fd}`)
		.includes('ccproc-sync')) ? 3 : 0);
/** The first that is free; a limit of so many leaves none. */
const firstFree = (pid) => [...Array(descriptors(pid) + 1).keys()]
	.find((fd) => !fs.readdirSync(`/proc/${pid}/fd`).includes(String(fd)));
const prlimit = (pid, what, user) =>
	execFileSync('prlimit', ['--pid', String(pid), `--${what}`],
		user === undefined ? {} : { uid: user, gid: user });
const soft = (pid, name) => Number(new RegExp(`${name}\\s+(\\d+)`).exec(
	fs.readFileSync(`/proc/${pid}/limits`, 'utf8'))[1]);
const noPrlimit = spawnSync('prlimit', ['--version']).status !== 0 &&
	'prlimit(1) is not installed';

/** A world with its state on a small file system, or undefined. */
function onSmallDisk(t, options) {
	const state = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-small-'));
	const { status, stderr, error } = spawnSync('mount',
		['-t', 'tmpfs', '-o', `mode=700,${options}`, 'none', state]);

	if (status !== 0) {
		fs.rmdirSync(state);
		t.skip(`cannot mount a file system: ${String(stderr ?? error).trim()}`);
		return undefined;
	}
	const world = startWorld(t, { env: { CCPROC_STATE_DIR: state } });

	world.state = state;
	t.after(() => { // the world has ended then
		execFileSync('umount', ['-l', state]);
		fs.rmdirSync(state);
	});
	return world;
}

describe('no inode left', () => {
	test('refuses new tasks, keeps exit codes, and recovers', async (t) => {
		const world = onSmallDisk(t, 'size=8m,nr_inodes=80');

		if (world === undefined)
			return;
		const bridge = await join(world);
		const gate = path.join(world.work, 'gate');
		const until = `until [ -e ${gate} ]; do sleep 0.02; done; `;

		await bridge.tool('start_tasks', { tasks: [
			{ command: `${until}echo one; exit 7` },
			{ command: `${until}seq 20000; exit 8` }] });
		await waitFor(() => [1, 2].every((i) => fs.existsSync(
			path.join(world.taskDir(`t${i}`), 'stdout'))));
		const fill = path.join(world.state, 'fill');
		let n = 0;

		fs.mkdirSync(fill);
		assert.throws(() => {
			for (;; n++)
				fs.writeFileSync(path.join(fill, String(n)), '');
		}, { code: 'ENOSPC' });
		for (let i = 0; i < 3; i++) {
			const { text, isError } = await bridge.tool('run_task',
				{ command: 'true' });

			assert.equal(isError, true);
			assert.match(text, /not accepted.*No space left on device/);
		}
		const wait = bridge.tool('check_tasks', { ids: ['g1'], wait_s: 20,
			detail: 'status' });

		fs.writeFileSync(gate, '');
		assert.match((await wait).text,
			/\nt1 failed: exit code 7 [^]*\nt2 failed: exit code 8 /);
		assert.equal(world.output('t1'), 'one\n');
		assert.equal(world.output('t2').split('\n').length, 20001);
		fs.rmSync(fill, { recursive: true });
		assert.match((await bridge.tool('run_task', { command: 'echo again' }))
			.text, /^t\d+ completed .*\nagain$/);
		assert.deepEqual(world.live(), []);
	});
});

describe('limits of a daemon that runs', { skip: noPrlimit }, () => {
	test('no descriptor: tasks wait, clients wait', async (t) => {
		const { world, bridge } = await connect(t);
		const pid = world.daemon();
		const most = soft(pid, 'Max open files');
		const before = ofTasks(pid);
		const wait = bridge.tool('run_task', { command: 'sleep 1; exit 4',
			wait_s: 20 });

		await waitFor(() => called(world, 'ccproc-keeper').length === 1);
		prlimit(pid, `nofile=${firstFree(pid)}:`);
		const { text } = await bridge.tool('run_task', { command: 'exit 5',
			wait_s: 1 });
		const late = Wire.connect(world).then((wire) =>
			wire.ask('{"jsonrpc":"2.0","id":1,"method":"x"}'));

		if (!/^t\d/.test(text))
			assert.match(text, /Too many open files/);
		await waitFor(() => fs.existsSync(path.join(world.taskDir('t1'),
			'exit.json')));
		await bridge.request('ping');
		prlimit(pid, `nofile=${most}:`);
		assert.match((await wait).text, /^t1 failed: exit code 4/);
		assert.match(JSON.stringify(await late), /expected ccproc\/hello/);
		if (/^t2/.test(text))
			assert.match((await bridge.tool('check_tasks', { ids: ['t2'],
				wait_s: 20 })).text, /^t2 failed: exit code 5/);
		assert.match((await bridge.tool('run_task', { command: 'exit 6' }))
			.text, /^t\d failed: exit code 6/);
		await waitFor(() => ofTasks(pid) <= before + 1);
		assert.deepEqual(world.live(), []);
	});

	test('no process: tasks stay in the queue', async (t) => {
		if (process.getuid() !== 0) {
			t.skip('not run as root');
			return;
		}
		const world = startWorld(t);
		const plain = (...args) => ccproc(world, ['--reuid', String(NOBODY),
			'--regid', String(NOBODY), '--clear-groups', '--',
			path.join(world.bin, 'ccproc'), ...args], { program: 'setpriv' });

		world.bin = path.join(world.root, 'bin');
		installed(world.bin);
		world.env.CCPROC_LIBEXEC = world.bin;
		for (const dir of [world.root, world.state, world.home, world.work])
			fs.chownSync(dir, NOBODY, NOBODY);
		const first = await plain('run', '-c', 'exit 3');

		if (first.code !== 3) {
			t.skip(`a plain user cannot run here: ${first.err.trim()}`);
			return;
		}
		const pid = world.daemon();
		const most = /Max processes\s+(\S+)/.exec(fs.readFileSync(
			`/proc/${pid}/limits`, 'utf8'))[1];

		prlimit(pid, 'nproc=1:', NOBODY);
		// a line for a shell needs no look before it is accepted
		const { code, out, err } = await plain('start', '-c', 'exit 4');

		prlimit(pid, `nproc=${most}:`, NOBODY);
		if (code === 0) {
			assert.equal(out, 't2\n');
			assert.equal((await plain('wait', 't2')).code, 4);
			assert.match(world.log(), /t2: not started yet: .*Resource temporarily unavailable/);
		} else
			assert.match(err, /Resource temporarily unavailable/);
		assert.equal((await plain('run', '-c', 'exit 5')).code, 5);
		assert.equal(world.daemon(), pid);
	});
});

describe('very many', () => {
	test('clients: 500 at once', async (t) => {
		const { world, bridge } = await connect(t);
		const pid = world.daemon();
		const before = { descriptors: ofTasks(pid), mib: memory(pid) };
		const wires = await Promise.all([...Array(500).keys()].map(() =>
			ready(world)));
		const answers = await Promise.all(wires.map((wire, i) => {
			wire.request(String(i), 'ping');
			return wire.answer(i);
		}));

		assert.ok(answers.every(({ result }) => result !== undefined));
		assert.equal(ofTasks(pid), before.descriptors + 500);
		const each = (memory(pid) - before.mib) * 1024 / 500;

		t.diagnostic(`${memory(pid).toFixed(1)} MiB with 500 clients, ${
			each.toFixed(1)} KiB each`);
		assert.ok(each < 32, `${each} KiB`);
		assert.match((await bridge.tool('run_task', { command: 'exit 2' }))
			.text, /^t1 failed: exit code 2/);
		await Promise.all(wires.map((wire) => wire.destroy()));
		await waitFor(() => ofTasks(pid) === before.descriptors);
		assert.match((await bridge.tool('run_task', { command: 'true' }))
			.text, /^t2 completed/);
	});

	test('running tasks: 1,000', { timeout: patient(180000) }, async (t) => {
		const { world, bridge } = await connect(t, { era: 'modern',
			config: { commands: { max_running: 1000 } } });
		const pid = world.daemon();
		const before = ofTasks(pid);
		const began = performance.now();
		const rest = async () => (await bridge.tool('list_tasks',
			{ scope: 'active', limit: 1 })).text;

		for (let i = 0; i < 20; i++) {
			const { isError, text } = await bridge.tool('start_tasks',
				{ tasks: Array(50).fill({ command: ['sleep', '600'] }) });

			assert.equal(isError, false, text);
		}
		await waitFor(async () => /1000 running, 0 queued/.test(await rest()),
			{ timeout: 60000 });
		const started = performance.now();
		const listed = await bridge.tool('list_tasks',
			{ scope: 'active', limit: 200 });

		assert.match(listed.text, /\nt1000\t/);
		t.diagnostic(`started in ${((started - began) / 1000).toFixed(1)} s, ` +
			`listed in ${(performance.now() - started).toFixed(0)} ms, ` +
			`${descriptors(pid)} descriptors, ${memory(pid).toFixed(1)} MiB`);
		assert.ok(ofTasks(pid) <= before + 2100);
		const stopping = performance.now();

		for (let i = 0; i < 20; i++) {
			const ids = [...Array(50).keys()].map((k) => `t${50 * i + k + 1}`);
			const { text } = await bridge.tool('stop_tasks',
				{ ids, mode: 'now' }, { timeout: 60000 });

			assert.match(text, /^t\d+ cancelled: by user/);
		}
		await waitFor(async () => /0 running, 0 queued/.test(await rest()),
			{ timeout: 60000 });
		assert.equal(called(world, 'ccproc-keeper').length, 0);
		await waitFor(() => ofTasks(pid) === before);
		assert.deepEqual(world.live(), []);
		t.diagnostic(`stopped in ${((performance.now() - stopping) / 1000)
			.toFixed(1)} s, ${memory(pid).toFixed(1)} MiB afterwards`);
	});
});
