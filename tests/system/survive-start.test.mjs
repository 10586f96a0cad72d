// What meets the next daemon: bridges, a second daemon, tasks whose keeper was
// killed, and what was left half done.
// Runs alone: it has half a second for a wait.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';

import { called, ended, killDaemon, runs } from './lib/daemon.mjs';
import { buildDir, kill, patient, startWorld, waitFor }
	from './lib/harness.mjs';
import { connect, envelope, ERAS, join, records, Wire }
	from './lib/session.mjs';

const ALL = { concurrency: 3 };

describe('a bridge', ALL, () => {
	for (const era of ERAS)
		test(`goes on with the next daemon, ${era}`, async (t) => {
			const { world, bridge } = await connect(t, { era });
			const call = bridge.tool('run_task',
				{ command: 'sleep 1.5; echo x; exit 3', wait_s: 40 });

			await waitFor(() => world.live().length === 1);
			await killDaemon(world);
			assert.equal((await bridge.task('t1')).state, 'running');
			assert.match((await call).text,
				/^t1 failed: exit code 3 .*\nx$/);
			assert.ok((await bridge.request('tools/list')).tools.length > 0);
			assert.match((await bridge.tool('run_task',
				{ command: 'echo y' })).text, /^t2 completed .*\ny$/);
		});

	test('opens its listens again, and tells nobody', async (t) => {
		const { world } = await connect(t);
		const wire = Wire.bridge(world);

		wire.request('l', 'subscriptions/listen',
			{ ...envelope(), notifications: {} });
		assert.match(await wire.line(), /subscriptions\/acknowledged/);
		for (let i = 0; i < 3; i++) {
			await killDaemon(world);
			wire.request(String(i), 'tools/list', envelope());
			assert.ok((await wire.answer(i)).result.tools);
		}
		assert.deepEqual(wire.lines, []);
		// open indeed: its id is taken
		wire.request('l', 'server/discover', envelope());
		assert.equal((await wire.answer('l')).error.code, -32600);
	});

	test('has names of its own for tasks after a restart', async (t) => {
		const { world, bridge } = await connect(t);
		const uuids = [];
		const start = async () => {
			const { text } = await bridge.tool('run_task', { command: 'true' });

			uuids.push((await bridge.task(text.match(/^t\d+/)[0])).uuid);
		};

		for (let i = 0; i < 9; i++)
			bridge.notify('notifications/cancelled', { requestId: `x${i}` });
		await start();
		await start();
		await killDaemon(world);
		for (let i = 0; i < 20; i++)
			await start();
		assert.equal(new Set(uuids).size, uuids.length);
	});

	test('starts one daemon with others at the same time', async (t) => {
		const world = startWorld(t);
		const bridges = [...Array(8).keys()].map(() => world.bridge());

		await Promise.all(bridges.map((bridge, i) => bridge[ERAS[i % 2]]()));
		assert.equal(called(world, 'ccprocd').length, 1);
		assert.equal(world.log().match(/: version /g).length, 1);
		await killDaemon(world);
		await Promise.all(bridges.map((bridge) =>
			bridge.request('tools/list')));
		assert.equal(called(world, 'ccprocd').length, 1);
		assert.equal(world.log().match(/: version /g).length, 2);
	});

	for (const how of ['end of input', 'SIGINT', 'SIGTERM'])
		test(`leaves at once on ${how}, whatever is open`, async (t) => {
			const { world, bridge } = await connect(t);
			const open = bridge.tool('run_task',
				{ command: 'sleep 60', wait_s: 30 });

			open.catch(() => {});
			await waitFor(() => world.live().length === 1);
			const began = Date.now();

			if (how === 'end of input')
				bridge.child.stdin.end();
			else
				bridge.child.kill(how);
			assert.deepEqual(await bridge.exited, [0, null]);
			assert.ok(Date.now() - began < patient(500), `${Date.now() - began} ms`);
			assert.deepEqual(world.live(), ['t1']);
		});
});

describe('a second daemon', ALL, () => {
	test('refuses with a sentence', async (t) => {
		const { world } = await connect(t);
		const { code, stderr } = await world.run('ccprocd', []);

		assert.equal(code, 1);
		assert.ok(stderr.includes(
			`another daemon (pid ${world.daemon()}) serves ${world.state}`),
		stderr);
		assert.equal(called(world, 'ccprocd').length, 1);
	});

	test('on another socket is refused too, and found', async (t) => {
		const { world, bridge } = await connect(t);
		const socket = path.join(world.root, 'other');
		const { code } = await world.run('ccprocd', [],
			{ env: { CCPROC_SOCKET: socket } });

		assert.equal(code, 1);
		assert.equal(fs.existsSync(socket), false);
		await bridge.tool('run_task', { command: 'true' });
		const lost = await join(world, 'legacy',
			{ env: { CCPROC_SOCKET: socket } });

		assert.equal((await lost.task('t1')).state, 'completed');
		assert.equal(called(world, 'ccprocd').length, 1);
	});

	test('comes when the socket file is gone', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'true' });
		fs.unlinkSync(world.env.CCPROC_SOCKET);
		const next = world.bridge();
		// a daemon nobody can reach: said, or served; never two
		const answer = await next.legacy().catch((error) => error);

		if (answer instanceof Error)
			assert.match(answer.message, /another daemon|cannot be reached/);
		assert.equal(called(world, 'ccprocd').length, 1);
		assert.equal((await bridge.task('t1')).state, 'completed');
	});
});

describe('a keeper', ALL, () => {
	/** A running task, its keeper and its program's process id. */
	async function kept(t, options) {
		const { world, bridge } = await connect(t, options);

		await bridge.tool('run_task', { command: 'echo $$; exec sleep 60',
			wait_s: 0 });
		await waitFor(() => world.output('t1').endsWith('\n'));
		const pid = Number(world.output('t1'));

		t.after(() => kill(pid, 'SIGKILL'));
		return { world, bridge, pid, keeper: called(world, 'ccproc-keeper')[0] };
	}

	test('that is killed loses its task, and says so', async (t) => {
		const { world, bridge, pid, keeper } = await kept(t);
		const wait = bridge.tool('check_tasks', { ids: ['t1'], wait_s: 30 });

		kill(keeper, 'SIGKILL');
		const { text } = await wait;
		const task = await bridge.task('t1');

		assert.match(text, /^t1 lost: keeper killed( · .*)?\n\d+(\n\[.*\])*$/);
		assert.deepEqual([task.state, task.reason, task.exit_code,
			task.signal], ['lost', 'keeper_lost', null, null]);
		assert.deepEqual(world.live(), []);
		// when it is said to be lost, nothing of it runs
		assert.equal(runs(pid), false);
		assert.equal(task.leftovers, 1);
		assert.match(text, new RegExp(`\\b${pid} sleep\\b`));
	});

	test('that is killed with the daemon', async (t) => {
		const { world, bridge, pid, keeper } = await kept(t);

		await bridge.close(); // which would start the next one at once
		await killDaemon(world);
		kill(keeper, 'SIGKILL');
		await ended(keeper);
		assert.equal(runs(pid), true);
		const next = await join(world);

		await next.tool('check_tasks', { ids: ['t1'], wait_s: 30 });
		const task = await next.task('t1');

		assert.deepEqual([task.state, task.reason, task.exit_code,
			task.leftovers], ['lost', 'keeper_lost', null, 1]);
		assert.equal(runs(pid), false);
		assert.match((await next.tool('run_task', { command: 'true' }))
			.text, /^t2 completed/);
	});

	/**
	 * Options of a world where the keeper that is to end orphans does this
	 * first; where it notes that it was started.
	 */
	function orphansKeeper(t, script) {
		const libexec = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-'));
		const log = path.join(libexec, 'log');

		t.after(() => fs.rmSync(libexec, { recursive: true }));
		fs.writeFileSync(path.join(libexec, 'ccproc-keeper'), '#!/bin/sh\n' +
			`if [ "$1" = --orphans ]; then echo $$ >>${log}; ${script}; fi\n` +
			`exec ${path.join(buildDir(), 'ccproc-keeper')} "$@"\n`,
		{ mode: 0o755 });
		return { log, libexec, env: { CCPROC_LIBEXEC: libexec } };
	}
	const started = ({ log }) => fs.existsSync(log) ?
		fs.readFileSync(log, 'utf8').trim().split('\n').length : 0;

	test('that ends orphans and is killed is started again', async (t) => {
		const orphans = orphansKeeper(t, '[ -e ${0%/*}/once ] || ' +
			'{ >${0%/*}/once; kill -KILL $$; }');
		const { bridge, pid, keeper } = await kept(t, orphans);

		kill(keeper, 'SIGKILL');
		await bridge.tool('check_tasks', { ids: ['t1'], wait_s: 30 });
		const task = await bridge.task('t1');

		assert.deepEqual([task.state, task.leftovers, runs(pid)],
			['lost', 1, false]);
		assert.equal(started(orphans), 2);
	});

	test('that ends orphans and always dies: the daemon says so',
		async (t) => {
			const orphans = orphansKeeper(t, 'kill -KILL $$');
			const { bridge, pid, keeper } = await kept(t, orphans);

			kill(keeper, 'SIGKILL');
			const { text } = await bridge.tool('check_tasks',
				{ ids: ['t1'], wait_s: 30 });
			const task = await bridge.task('t1');

			assert.match(text, /^t1 lost: keeper killed/);
			assert.match(task.note, /processes of it may still be there/);
			assert.equal(runs(pid), true);
			assert.equal(started(orphans), 3);
			kill(pid, 'SIGKILL');
		});

	test('that is killed: stops, and daemons that die meanwhile',
		async (t) => {
			const orphans = orphansKeeper(t,
				'until [ -e ${0%/*}/go ]; do sleep 0.02; done');
			const { world, bridge, pid, keeper } = await kept(t, orphans);

			kill(keeper, 'SIGKILL');
			await waitFor(() => started(orphans) === 1);
			assert.equal((await bridge.task('t1')).state, 'running');
			await killDaemon(world);
			assert.equal((await bridge.task('t1')).state, 'running');
			await waitFor(() => started(orphans) === 2);
			const stop = bridge.tool('stop_tasks',
				{ ids: ['t1'], mode: 'now' });

			await bridge.request('ping'); // so it was read
			fs.writeFileSync(path.join(orphans.libexec, 'go'), '');
			assert.match((await stop).text, /^t1 lost: keeper killed/);
			assert.deepEqual([runs(pid), (await bridge.task('t1')).leftovers],
				[false, 1]);
			assert.deepEqual(world.live(), []);
		});

	test('that is killed: tasks that were started inside go on',
		async (t) => {
			const { world, bridge } = await connect(t);
			const command = path.join(buildDir(), 'ccproc');

			await bridge.tool('run_task', { wait_s: 0, command:
				`${command} start -- sh -c 'echo $$; exec sleep 66'; sleep 65` });
			await waitFor(() => world.output('t2').endsWith('\n'));
			const inner = Number(world.output('t2'));
			const keeper = called(world, 'ccproc-keeper').find((pid) =>
				fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8') ===
					'ccproc-keeper\0t1\0');

			kill(keeper, 'SIGKILL');
			await bridge.tool('check_tasks', { ids: ['t1'], wait_s: 30 });
			assert.deepEqual((await records(bridge, ['t1', 't2']))
				.map((task) => task.state), ['lost', 'running']);
			assert.equal(runs(inner), true);
			await bridge.tool('stop_tasks', { ids: ['t2'], mode: 'now' });
		});

	/** Lets keeper and daemon die, then changes who they say they were. */
	async function pretend({ world, bridge, pid, keeper }, key) {
		const run = path.join(world.taskDir('t1'), 'run');

		await bridge.close();
		await killDaemon(world);
		kill(keeper, 'SIGKILL');
		kill(pid, 'SIGKILL');
		await ended(keeper);
		const text = fs.readFileSync(run, 'utf8');
		const id = text.match(new RegExp(`"${key}(?:_id)?":"([^"]+)"`));

		assert.ok(id, text);
		fs.writeFileSync(run, text.replace(id[1],
			id[1].replace(/[0-9a-f]/g, '7')));
		return run;
	}

	test('of a machine that was restarted', async (t) => {
		const kit = await kept(t);

		await pretend(kit, 'boot');
		const { state, reason, note, started_at: began } =
			await (await join(kit.world)).task('t1');
		const [, from, to] = /; it ended between (\S+) and (\S+)$/.exec(note);

		assert.deepEqual([state, reason], ['lost', 'reboot']);
		assert.ok(began <= from && from <= to, note);
	});

	test('of another machine keeps its task', async (t) => {
		const kit = await kept(t);
		const { world } = kit;
		const run = await pretend(kit, 'machine');
		const before = fs.readFileSync(run, 'utf8');
		const next = await join(world);

		assert.match((await next.tool('run_task', { command: 'true' })).text,
			/^t2 completed/);
		assert.equal(fs.readFileSync(run, 'utf8'), before);
		assert.deepEqual(world.live(), ['t1']);
		assert.match(world.log(), /t1: .*another machine/);
		fs.rmSync(path.join(world.state, 'live'), { recursive: true });
	});
});

describe('what an earlier daemon left half done', ALL, () => {
	test('goes at the next start', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'true' });
		await bridge.close();
		await killDaemon(world);
		const day = path.dirname(world.taskDir('t1'));
		const uuid = '11111111-2222-3333-4444-555555555555';
		const live = path.join(world.state, 'live');
		const dots = [`.90-${uuid}`, `.91-${uuid}`];

		for (const dot of dots) {
			fs.mkdirSync(path.join(day, dot));
			fs.writeFileSync(path.join(day, dot, 'spec.json'), '{');
		}
		fs.symlinkSync(`../tasks/${path.basename(day)}/90-${uuid}`,
			path.join(live, `90-${uuid}`));
		fs.symlinkSync('/etc', path.join(live, `92-${uuid}`));
		fs.mkdirSync(path.join(world.state, 'trash', `5-${uuid}`));
		const next = await join(world);

		assert.match((await next.tool('run_task', { command: 'true' })).text,
			/^t93 completed/); // no name that there was is used again
		await waitFor(() => dots.every((dot) =>
			!fs.existsSync(path.join(day, dot))));
		assert.deepEqual(world.live(), []);
		await waitFor(() => fs.readdirSync(
			path.join(world.state, 'trash')).length === 0);
		assert.ok(fs.existsSync('/etc/passwd'));
	});

	for (const [name, spoil] of [
		['lost', (file) => fs.unlinkSync(file)],
		['empty', (file) => fs.writeFileSync(file, '')],
		['spoilt', (file) => fs.writeFileSync(file, '\0\0\0x')]])
		test(`numbers are not used twice when seq is ${name}`, async (t) => {
			const { world, bridge } = await connect(t);

			for (let i = 0; i < 3; i++)
				await bridge.tool('run_task', { command: 'true' });
			await bridge.tool('cleanup_tasks', { ids: ['t3'] });
			await bridge.close();
			await killDaemon(world);
			spoil(path.join(world.state, 'seq'));
			const next = await join(world);

			assert.match((await next.tool('run_task', { command: 'true' }))
				.text, /^t4 completed/);
		});

	test('a kept exit record is settled', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'exit 9' });
		await bridge.close();
		await killDaemon(world);
		const dir = world.taskDir('t1');

		fs.symlinkSync(path.join('..', path.relative(world.state, dir)),
			path.join(world.state, 'live', path.basename(dir)));
		const next = await join(world);

		assert.equal((await next.task('t1')).exit_code, 9);
		assert.deepEqual(world.live(), []);
	});
});
