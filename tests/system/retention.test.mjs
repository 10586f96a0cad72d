// What is old, too much or too large goes by itself or by ccproc prune; a
// daemon that dies in the middle leaves nothing half done.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { ccproc, ok } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { kill, startWorld, waitFor } from './lib/harness.mjs';
import { connect, join } from './lib/session.mjs';

const ALL = { concurrency: 3 };
const HOUR = 3600;
const day = (ms) => new Date(ms).toISOString().slice(0, 10);

/** Puts tasks 1 to n into a state directory, as if they had ended long ago. */
function fill(world, n, { age = 100 * HOUR, seen = true } = {}) {
	const at = Date.now() - age * 1000;
	const folder = path.join(world.state, 'tasks', day(at));

	fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
	for (let i = 1; i <= n; i++) {
		const uuid = randomUUID();
		const dir = path.join(folder, `${i}-${uuid}`);
		const put = (name, text) =>
			fs.writeFileSync(path.join(dir, name), text, { mode: 0o600 });

		fs.mkdirSync(dir, { mode: 0o700 });
		put('spec.json', JSON.stringify({ version: 1, uuid, owner: uuid,
			created_at: new Date(at).toISOString(), origin: 'ccproc',
			umask: 18, command: 'true', cwd: '/' }));
		put('exit.json', JSON.stringify({ version: 1, machine: 'm', boot: 'b',
			pidns: '1', keeper_pid: 1, keeper_start: 1, cgroup: '',
			started_at: at, main_exited: true, main_pid: 2, exit_code: 0,
			exit_signal: 0, main_ended_at: at, stop_reason: '',
			spawn_stage: '', spawn_errno: 0, ended_at: at, elapsed: 1,
			utime: 0, stime: 0, maxrss_kb: 1, leftovers: 0,
			leftover_names: '', unkillable: 0, note: '' }));
		put('stdout', 'x'.repeat(100));
		put('stderr', '');
		if (seen)
			put('seen', '');
		fs.utimesSync(path.join(dir, 'exit.json'), at / 1000, at / 1000);
	}
	fs.writeFileSync(path.join(world.state, 'seq'),
		`${String(n).padStart(20, '0')}\n`, { mode: 0o600 });
	return folder;
}

const names = (folder) => fs.existsSync(folder) ? fs.readdirSync(folder) : [];
const tasks = (folder) => names(folder).filter((name) =>
	!name.endsWith('.gone')).length;

describe('ccproc prune', ALL, () => {
	test('says what would go, and lets it go', async (t) => {
		const world = startWorld(t);
		const folder = fill(world, 5);

		assert.match(await ok(world, 'prune', '--dry-run'),
			/^would remove 0 tasks, freeing 0 bytes\n5 tasks, [\d.]+ kB would stay$/);
		await killDaemon(world);
		fs.writeFileSync(world.env.CCPROC_CONFIG, JSON.stringify(
			{ retention: { max_tasks: 3, max_age_s: 0 } }));
		fs.rmSync(path.join(folder, names(folder).find((name) =>
			name.startsWith('1-')), 'seen'));
		// the pass at the start does the same; both see the whole
		const text = await ok(world, 'prune', '--dry-run');

		assert.match(text, /^would remove [01] tasks?, freeing [\d.]+ (bytes|kB)/);
		assert.match(text, /kept all the same: 1 whose outcome nobody has seen/);
		assert.match(await ok(world, 'prune'), /^removed [01] tasks?, /);
		await waitFor(() => tasks(folder) === 4);
		assert.match(await ok(world, 'prune', '-n'), /^would remove 0 tasks/);
		assert.match(await ok(world, 'show', 't5'), /^t5 completed/);
		const { code, err } = await ccproc(world, ['show', 't2']);

		assert.equal(code, 125);
		assert.match(err, /t2: was cleaned up/);
		assert.match(await ok(world, 'start', 'true'), /^t6$/);
	});

	test('spares what a queued task waits for', async (t) => {
		const world = startWorld(t, { config: { retention: { max_tasks: 2 },
			commands: { max_running: 1 } } });

		fill(world, 2);
		const bridge = await join(world);
		const gate = path.join(world.work, 'gate');

		await bridge.tool('start_tasks', { tasks: [
			{ command: `until [ -e ${gate} ]; do sleep 0.02; done` },
			{ command: 'echo after', after: ['t1'] }] });
		assert.match(await ok(world, 'prune'),
			/^removed 1 task, [^]*: t2\n1 are too many .*\nkept all the same: 1 that tasks in the queue wait for/);
		await killDaemon(world);
		fs.writeFileSync(gate, '');
		assert.match((await bridge.tool('check_tasks',
			{ ids: ['t4'], wait_s: 20 })).text, /^t4 completed.*\nafter/);
	});

	test('spares what stands for what a queued task waits for', async (t) => {
		const world = startWorld(t, { config: { commands: { max_running: 1 },
			retention: { max_tasks: 1, unseen_grace_s: 0 } } });
		const gate = path.join(world.work, 'gate');

		await ok(world, 'start', '-c',
			`until [ -e ${gate} ]; do sleep 0.02; done; echo one`);
		await ok(world, 'start', '--hold', '-l', 'a', 'true');
		await ok(world, 'start', '--hold', '--after', 'a', 'echo', 'after');
		for (const id of ['t2', 't4']) // by t4, by t5
			assert.equal((await ccproc(world, ['edit', id], { env:
				{ EDITOR: `sed -i -e 's/"a/"ab/'`, VISUAL: '' } })).code, 0);
		fs.writeFileSync(gate, '');
		await ok(world, 'release', 't5');
		await ccproc(world, ['wait', 't1', 't5']);
		await ok(world, 'run', 'true');
		assert.match(await ok(world, 'prune'),
			/kept all the same: .*that tasks in the queue wait for/);
		await ccproc(world, ['release', 't3']); // which may not find it again
		// it may be cleaned up as soon as it has ended
		await waitFor(() => /t3: completed\n/.test(world.log()));
	});

	test('is explained, and checks its words', async (t) => {
		const world = startWorld(t);

		assert.match(await ok(world, 'help', 'prune'), /--dry-run/);
		const { code, err } = await ccproc(world, ['prune', 't1']);

		assert.equal(code, 2);
		assert.match(err, /expected nothing after it/);
	});
});

describe('by itself', ALL, () => {
	test('at the start, and when enough has ended', async (t) => {
		const world = startWorld(t, { config: { retention:
			{ max_age_s: 24 * HOUR, max_tasks: 40, unseen_grace_s: 0 } } });
		const folder = fill(world, 60);
		const bridge = await join(world);

		await waitFor(() => tasks(folder) === 0);
		assert.match(world.log(), /retention: deleted 60 tasks, \d+ bytes: t1-t60\n/);
		for (let i = 0; i < 46; i++)
			await bridge.tool('run_task', { command: 'true' });
		const today = path.join(world.state, 'tasks', day(Date.now()));

		await waitFor(() => tasks(today) <= 44);
		assert.equal(world.taskDir('t61'), undefined);
		assert.match((await bridge.tool('check_tasks', { ids: ['t106'] }))
			.text, /^t106 completed/);
	});

	test('not at a start after which nothing is different', async (t) => {
		const { world, bridge } = await connect(t);
		const file = (name) => path.join(world.state, name);
		const text = () => fs.existsSync(file('retention')) ?
			fs.readFileSync(file('retention'), 'utf8') : '';
		const clock = () => fs.statSync(file('clock')).mtimeMs; // of a pass
		const starts = async () => {
			const before = clock();

			await killDaemon(world);
			await ok(world, 'ls');
			await ok(world, 'run', 'true'); // whose end is noted
			return clock() !== before;
		};

		await bridge.close();
		await waitFor(() => text() !== '');
		assert.equal(await starts(), false);
		assert.equal(await starts(), false);
		fs.rmSync(file('retention'));
		assert.equal(await starts(), true);
		await waitFor(() => text() !== '');
		fs.rmSync(world.taskDir('t1'), { recursive: true });
		assert.equal(await starts(), true);
		await waitFor(() => text() !== '');
		assert.equal(await starts(), false);
	});

	test('serves others meanwhile', async (t) => {
		const world = startWorld(t, { config: { retention: { max_age_s: 1 } } });
		const folder = fill(world, 3000, { seen: false });
		const [bridge, other] = [await join(world), await join(world)];

		await ok(world, 'prune'); // after the pass of the start
		for (const name of names(folder))
			fs.writeFileSync(path.join(folder, name, 'seen'), '');
		let over = false, during = 0;
		const prune = bridge.tool('prune_tasks').then((answer) => {
			over = true;
			return answer;
		});

		for (await other.request('ping'); !over; during++)
			await other.request('ping');
		assert.match((await prune).text, /^removed 3000 tasks, /);
		assert.equal(tasks(folder), 0);
		assert.ok(during > 0);
		t.diagnostic(`${during} answers meanwhile`);
	});

	test('a kill at any moment leaves nothing half done', async (t) => {
		const world = startWorld(t, { config: { retention:
			{ max_age_s: 24 * HOUR } } });
		const folder = fill(world, 2000);
		const all = new Set(names(folder));
		let kills = 0;

		while (tasks(folder) > 0) {
			await (await join(world)).close();
			await sleep(Math.random() * 30); // any moment
			const pid = world.daemon();

			if (pid !== undefined)
				kill(pid, 'SIGKILL');
			kills++;
			await waitFor(() => world.daemon() === undefined);
			// each is whole, or gone with a tombstone
			for (const name of names(folder))
				if (!name.endsWith('.gone'))
					assert.deepEqual(fs.readdirSync(path.join(folder, name))
						.sort(), ['exit.json', 'seen', 'spec.json', 'stderr',
						'stdout']);
			for (const name of all)
				assert.ok(fs.existsSync(path.join(folder, name)) ||
					fs.existsSync(path.join(folder, `${name}.gone`)), name);
		}
		const { bridge } = { bridge: await join(world) };

		await waitFor(() => names(path.join(world.state, 'trash')).length === 0);
		assert.equal(names(folder).length, 2000);
		assert.match((await bridge.tool('run_task', { command: 'true' })).text,
			/^t2001 completed/);
		t.diagnostic(`${kills} kills`);
	});
});

test('nothing wakes the daemon when all is kept', async (t) => {
	const { world, bridge } = await connect(t);

	await bridge.tool('run_task', { command: 'true' });
	await ok(world, 'prune');
	const switches = () => Number(/voluntary_ctxt_switches:\s+(\d+)/.exec(
		fs.readFileSync(`/proc/${world.daemon()}/status`, 'utf8'))[1]);
	let before;

	await waitFor(async () => { // what was under way has come to rest
		before = switches();
		await sleep(300);
		return switches() === before;
	});
	await sleep(1000);
	assert.equal(switches(), before);
});

describe('a clock that was set', ALL, () => {
	/** Lets a daemon find that the clock was so far behind ten minutes ago. */
	function lastSeen(world, behind_s, agreed_s) {
		const up = Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
		const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
		const since = agreed_s && Date.now() - agreed_s * 1000;

		fs.writeFileSync(path.join(world.state, 'clock'), `${Date.now() -
			(600 + behind_s) * 1000} ${boot.trim()} ${
			Math.trunc(up * 1000) - 600000} ${since}\n`);
	}

	test('deletes nothing, until it has agreed for a day', async (t) => {
		const world = startWorld(t, { config: { retention:
			{ max_age_s: 24 * HOUR, unseen_grace_s: 0 } } });
		const folder = fill(world, 5);

		lastSeen(world, 90 * 24 * HOUR, 0);
		await ok(world, 'ls');
		await waitFor(() => /nothing is deleted by age/.test(world.log()));
		await killDaemon(world);
		lastSeen(world, 0, 23 * HOUR);
		await ok(world, 'ls');
		await ok(world, 'prune');
		assert.equal(tasks(folder), 5);
		await killDaemon(world);
		lastSeen(world, 0, 25 * HOUR);
		await ok(world, 'ls');
		await waitFor(() => tasks(folder) === 0);
	});

	test('leaves tasks in the order of their numbers', async (t) => {
		const { world, bridge } = await connect(t);
		const days = path.join(world.state, 'tasks');
		const run = (by, command) => by.tool('run_task',
			{ command, label: 'x' });

		await run(bridge, 'echo old');
		await bridge.close(); // it would start the next daemon too early
		await killDaemon(world);
		// as if the clock had been ahead then
		fs.renameSync(path.join(days, fs.readdirSync(days)[0]),
			path.join(days, '2199-01-01'));
		const next = await join(world);

		await run(next, 'echo new');
		assert.match((await next.tool('check_tasks', { ids: ['x'] })).text,
			/^t2 x completed .*\nnew$/);
		assert.match((await next.tool('list_tasks', {})).text,
			/\nt2\t.*\nt1\t/);
	});
});
