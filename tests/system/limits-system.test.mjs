// Systems that have run out of something, clients that do not read: who caused
// it hears of it, all others go on.
// Runs alone: the system has run out of something.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';

import { daemonAfter, killDaemon, memory } from './lib/daemon.mjs';
import { startWorld, waitFor } from './lib/harness.mjs';
import { connect, helloParams, initialized, join, ready, Wire } from
	'./lib/session.mjs';

const ALL = { concurrency: 3 };

describe('a full disk', () => {
	test('refuses new tasks, keeps exit codes, and recovers', async (t) => {
		const state = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-full-'));
		const mounted = spawnSync('mount',
			['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'none', state]);

		if (mounted.status !== 0) {
			fs.rmdirSync(state);
			t.skip('cannot mount a file system: ' +
				String(mounted.stderr ?? mounted.error).trim());
			return;
		}
		const world = startWorld(t, { env: { CCPROC_STATE_DIR: state } });

		world.state = state;
		t.after(() => { // the world has ended then
			execFileSync('umount', ['-l', state]);
			fs.rmdirSync(state);
		});
		const bridge = await join(world);
		const gate = path.join(world.work, 'gate');
		const fill = path.join(world.state, 'fill');

		await bridge.tool('start_tasks', { tasks: [
			{ command: `until [ -e ${gate} ]; do sleep 0.02; done; exit 7` },
			{ command: `until [ -e ${gate} ]; do sleep 0.02; done; ` +
				'seq 100000; exit 8' }] });
		const fd = fs.openSync(fill, 'w');

		assert.throws(() => {
			for (;;)
				fs.writeSync(fd, Buffer.alloc(4096));
		}, { code: 'ENOSPC' });
		for (let i = 0; i < 3; i++) {
			const { text, isError } = await bridge.tool('run_task',
				{ command: 'true' });

			assert.equal(isError, true);
			assert.match(text, /not accepted.*No space left on device/);
		}
		const wait = bridge.tool('check_tasks', { ids: ['g1'], wait_s: 20 });

		fs.writeFileSync(gate, '');
		assert.match((await wait).text,
			/\nt1 failed: exit code 7 [^]*\nt2 failed: exit code 8 /);
		await bridge.close();
		await killDaemon(world);
		const full = await join(world); // starts on a full disk, too

		assert.equal((await full.task('t1')).exit_code, 7);
		fs.closeSync(fd);
		fs.unlinkSync(fill);
		assert.match((await full.tool('run_task', { command: 'echo again' }))
			.text, /^t\d+ completed .*\nagain$/);
		assert.deepEqual(world.live(), []);
		const leftover = fs.readdirSync(path.join(world.state, 'tasks'))
			.flatMap((day) => fs.readdirSync(
				path.join(world.state, 'tasks', day)))
			.filter((name) => name.startsWith('.'));

		assert.deepEqual(leftover, []);
	});
});

describe('no descriptors left', ALL, () => {
	/** Connects until the daemon has none left, or one: a client takes two. */
	async function exhaust(world, most) {
		const dir = `/proc/${world.daemon()}/fd`;
		const sockets = [];

		await waitFor(() => {
			sockets.push(net.connect(world.env.CCPROC_SOCKET)
				.on('error', () => {}));
			return fs.readdirSync(dir).length >= most - 1;
		});
		return sockets;
	}

	test('calls are refused or late, none is forgotten', async (t) => {
		const world = startWorld(t);
		const most = 40;

		await daemonAfter(world, `ulimit -n ${most}`);
		const bridge = await join(world);
		const gate = path.join(world.work, 'gate');
		const gated = (code) => ({ command:
			`until [ -e ${gate} ]; do sleep 0.02; done; exit ${code}` });

		await bridge.tool('start_tasks', { max_parallel: 2, tasks:
			[gated(3), gated(4), gated(5)] });
		const wait = bridge.tool('check_tasks', { ids: ['g1'], wait_s: 25,
			detail: 'status' });
		const sockets = await exhaust(world, most);
		const during = await Promise.all(['list_tasks', 'run_task',
			'read_output'].map((name) => bridge.tool(name,
			{ run_task: { command: ['true'], wait_s: 1 },
				read_output: { id: 't1' } }[name])));

		for (const { isError, text } of during)
			if (isError)
				assert.match(text, /Too many open files|no such task/);
		fs.writeFileSync(gate, '');
		await waitFor(() => [1, 2].every((i) => fs.existsSync(
			path.join(world.taskDir(`t${i}`), 'exit.json'))));
		await bridge.request('ping');
		sockets.forEach((socket) => socket.destroy());
		const { text } = await wait;

		assert.match(text, /\nt1 failed: exit code 3 .*\nt2 failed: exit code 4 .*\nt3 failed: exit code 5 .*$/);
		assert.match((await bridge.tool('run_task', { command: ['echo', 'x'] }))
			.text, /completed .*\nx$/);
		await join(world);
		assert.deepEqual(world.live(), []);
	});

	test('at any number of free ones, a task runs once', async (t) => {
		const world = startWorld(t);
		const most = 40;

		await daemonAfter(world, `ulimit -n ${most}`);
		const bridge = await join(world);
		const dir = `/proc/${world.daemon()}/fd`;
		const file = path.join(world.work, 'runs');

		for (let free = 0; free < 8; free++) {
			const sockets = await exhaust(world, most);

			// those who wait for a descriptor would take them
			for (const socket of sockets.splice(most - 20))
				socket.destroy();
			for (let i = 0; i < free; i++)
				sockets.pop()?.destroy();
			const { text } = await bridge.tool('run_task',
				{ command: ['/bin/sh', '-c', `echo ${free} >>${file}; exit 4`],
					wait_s: 10 });

			sockets.forEach((socket) => socket.destroy());
			await waitFor(() => fs.readdirSync(dir).length < 20);
			if (/^t\d/.test(text)) {
				const [id] = text.match(/^t\d+/);

				await bridge.tool('check_tasks', { ids: [id], wait_s: 20 });
				const task = await bridge.task(id);

				assert.deepEqual([task.state, task.exit_code], ['failed', 4],
					`${free} free: ${text}`);
			} else
				assert.match(text, /Too many open files/);
		}
		const runs = fs.existsSync(file) ?
			fs.readFileSync(file, 'utf8').trim().split('\n') : [];

		assert.equal(new Set(runs).size, runs.length, String(runs));
	});

	test('connections that say no hello keep nobody out', async (t) => {
		const { world, bridge } = await connect(t);
		const begun = '{"jsonrpc":"2.0","id":1,"method":"ccproc/hel';
		const sockets = [...Array(1010).keys()].map((i) => {
			const socket = net.connect(world.env.CCPROC_SOCKET)
				.on('error', () => {}).on('data', () => {});

			if (i % 2)
				socket.write(begun); // half of one is none
			return socket;
		});

		await waitFor(() => /the most allowed/.test(world.log()));
		const other = await join(world, 'modern');

		await other.tool('list_tasks');
		await bridge.request('ping'); // hello was said: it may be silent
		await waitFor(() => sockets.every((socket) => socket.destroyed ||
			socket.readableEnded), { timeout: 20000 });
	});

	test('more connections than are served wait', async (t) => {
		const { world, bridge } = await connect(t);
		const sockets = [...Array(1010).keys()].map(() =>
			net.connect(world.env.CCPROC_SOCKET).on('error', () => {}));

		await waitFor(() => /the most allowed/.test(world.log()));
		await bridge.request('ping');
		const late = await Wire.connect(world);

		sockets.forEach((socket) => socket.destroy());
		assert.match(JSON.stringify(await late.ask('{"jsonrpc":"2.0","id":1,' +
			'"method":"x"}')), /expected ccproc\/hello/);
		assert.match((await bridge.tool('run_task', { command: 'true' })).text,
			/^t1 completed/);
	});
});

test('a task that connects all it can keeps nobody out', async (t) => {
	const { world, bridge } = await connect(t);
	const script = path.join(world.work, 'connect.mjs');
	const params = JSON.stringify(helloParams(world, { protocol: 2 }));

	// hello is said, so that only what is refused is closed
	fs.writeFileSync(script, `import { randomUUID } from 'node:crypto';
		import net from 'node:net';

		const hello = () => JSON.stringify({ jsonrpc: '2.0', id: 0, method:
			'ccproc/hello', params: { ...${params}, session: randomUUID() } });
		const all = { refused: 0, open: 0 };

		for (let i = 0; i < 1100; i++)
			net.connect(process.env.CCPROC_SOCKET).on('error', () => {})
				.on('data', (data) => {
					if (/"result"/.test(data))
						count('open');
				}).on('close', () => count('refused')).write(hello() + '\\n');
		function count(what) {
			all[what]++;
			if (all.refused + all.open === 1100) // one more, which reads
				net.connect(process.env.CCPROC_SOCKET).on('data', (data) =>
					console.log(all.refused, 'refused,', all.open, 'open:',
						String(data).match(/a task may have[^"]*/)?.[0]));
		}
	`);
	await bridge.tool('start_tasks', { tasks: [{ command: ['node', script] }] });
	await waitFor(() => world.output('t1') !== '');
	assert.equal(world.output('t1'), '1000 refused, 100 open: a task may have ' +
		'100 connections at once, and all tasks together 800: close some\n');
	assert.match((await stopped(world)).text, /^t1 cancelled/);
});

/** What a session that begins now is told when it stops the task. */
async function stopped(world) {
	const late = await join(world, 'modern');

	return late.tool('stop_tasks', { ids: ['t1'] });
}

describe('a client that does not read', ALL, () => {
	/** All n requests have their answers, in order, when it reads at last. */
	async function answered(wire, n) {
		await waitFor(() => wire.lines.length >= n, { timeout: 20000,
			what: `${n} answers` });
		wire.lines.forEach((line, i) => assert.ok(line.startsWith(
			`{"jsonrpc":"2.0","id":${i},"result":`), line.slice(0, 100)));
		assert.equal(wire.lines.length, n);
	}

	for (const [name, n, method, params] of [
		['lists', 3000, 'tools/list', {}],
		['output', 600, 'tools/call', { name: 'read_output',
			arguments: { id: 't1', max_chars: 45000 } }]])
		test(`costs no memory and holds up nobody: ${name}`, async (t) => {
			const { world, bridge } = await connect(t);

			await bridge.tool('run_task', { command: 'seq 20000' });
			const wire = await ready(world);
			const pid = world.daemon();
			const before = memory(pid);

			wire.socket.pause();
			for (let i = 0; i < n; i++)
				wire.request(String(i), method, params);
			await waitFor(() => wire.socket.writableLength > 0 ||
				wire.socket.bytesWritten > n * 50);
			for (let i = 0; i < 5; i++)
				assert.match((await bridge.tool('run_task',
					{ command: 'echo served' })).text, /completed .*\nserved$/);
			const grown = memory(pid) - before;

			assert.ok(grown < 16, `${grown.toFixed(1)} MiB more`);
			wire.socket.resume();
			await answered(wire, n);
			wire.destroy();
		});

	test('through a bridge neither', async (t) => {
		const { world, bridge } = await connect(t);
		const wire = Wire.bridge(world);
		const n = 3000;

		await initialized(wire);
		wire.child.stdout.pause();
		for (let i = 0; i < n; i++)
			wire.request(String(i), 'tools/list');
		for (let i = 0; i < 5; i++)
			assert.match((await bridge.tool('run_task',
				{ command: 'echo served' })).text, /completed/);
		for (const pid of [world.daemon(), wire.child.pid])
			assert.ok(memory(pid) < 24, `${memory(pid)} MiB`);
		wire.child.stdout.resume();
		await answered(wire, n);
	});

	test('and goes away', async (t) => {
		const { world, bridge } = await connect(t);

		for (let i = 0; i < 20; i++) {
			const wire = await ready(world);

			wire.socket.pause();
			for (let j = 0; j < 100; j++)
				wire.request(String(j), 'tools/list');
			wire.destroy();
		}
		assert.match((await bridge.tool('run_task', { command: 'echo x' }))
			.text, /^t1 completed/);
	});
});
