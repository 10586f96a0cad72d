// Sessions and daemons come and go; tasks stay: no exit code is wrong, no byte
// is missing, nothing runs twice.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { called, comm, killDaemon } from './lib/daemon.mjs';
import { describe as named, kill, patient, RpcError, startWorld, waitFor }
	from './lib/harness.mjs';
import { connect, ERAS, join, records } from './lib/session.mjs';
import { Work } from './lib/work.mjs';

const ALL = { concurrency: 3 };
const other = (era) => ERAS.find((name) => name !== era);

describe('the session', ALL, () => {
	for (const era of ERAS)
		test(`dies; twenty tasks do not, ${era}`, async (t) => {
			const { world, bridge } = await connect(t, { era,
				config: { commands: { max_running: 20 } } });
			const gate = path.join(world.work, 'gate');
			const works = [...Array(20).keys()].map((i) =>
				new Work(world, i, { gate: i % 4 ? gate : undefined }));

			await bridge.tool('start_tasks',
				{ tasks: works.map((work) => work.spec) });
			await waitFor(() => works.every((work) => work.began));
			bridge.child.kill('SIGKILL');
			await bridge.exited;
			fs.writeFileSync(gate, '');
			const next = await join(world, other(era));

			await next.tool('check_tasks',
				{ ids: ['g1'], wait_s: 30, detail: 'status' });
			(await records(next, ['g1'])).forEach((task, i) =>
				works[i].check(world, task));
			assert.deepEqual(world.live(), []);
		});
});

describe('the daemon', ALL, () => {
	for (const era of ERAS)
		test(`dies with tasks in every state, ${era}`, async (t) => {
			const { world, bridge } = await connect(t, { era,
				config: { commands: { max_running: 8 } } });
			const gate = path.join(world.work, 'gate');
			const works = [...Array(20).keys()].map((i) =>
				new Work(world, i, { gate: i >= 5 ? gate : undefined }));

			await bridge.tool('start_tasks',
				{ tasks: works.map((work) => work.spec) });
			await waitFor(() => world.live().length === 15 &&
				works[12].began);
			const before = await records(bridge, ['g1']);
			const count = (state) => before.filter((task) =>
				task.state === state).length;

			assert.deepEqual([count('running'), count('queued')], [8, 7]);
			bridge.child.kill('SIGKILL');
			await killDaemon(world);
			fs.writeFileSync(gate, ''); // the running ones end alone,
			// and so do those in the queue: a keeper starts a daemon
			await waitFor(() => world.live().length === 0);
			const next = await join(world, other(era));

			await next.tool('check_tasks',
				{ ids: ['g1'], wait_s: 30, detail: 'status' });
			const after = await records(next, ['g1']);

			after.forEach((task, i) => works[i].check(world, task));
			assert.deepEqual(after.map((task) => task.uuid),
				before.map((task) => task.uuid));
		});

	test('dies while tasks run on and are taken over', async (t) => {
		const { world, bridge } = await connect(t);
		const gate = path.join(world.work, 'gate');
		const works = [...Array(6).keys()].map((i) =>
			new Work(world, i, { gate }));

		await bridge.tool('start_tasks',
			{ tasks: works.map((work) => work.spec) });
		await waitFor(() => works.every((work) => work.began));
		for (let i = 0; i < 5; i++) {
			await killDaemon(world);
			const tasks = await records(bridge, ['g1']); // a new one starts

			assert.ok(tasks.every((task) => task.state === 'running' &&
				task.started_at), JSON.stringify(tasks.map((x) => x.state)));
		}
		const all = bridge.tool('check_tasks', { ids: ['g1'], wait_s: 30 });

		fs.writeFileSync(gate, '');
		await all;
		(await records(bridge, ['g1'])).forEach((task, i) =>
			works[i].check(world, task));
	});

	test('dies at any moment', { timeout: patient(55000) }, async (t) => {
		const world = startWorld(t, { config: { commands: { max_running: 6 } } });
		const works = [];
		const end = Date.now() + 5000;
		let over = false, kills = 0;
		const killer = (async () => {
			while (!over) {
				await sleep(Math.random() * 120); // any moment
				const pid = world.daemon();

				if (pid === undefined)
					continue;
				kill(pid, 'SIGKILL');
				kills++;
			}
		})();
		const client = async (era, first) => {
			const bridge = world.bridge();
			// what is lost on the way is said; all else is a bug
			const attempt = async (fn) => {
				try {
					return await fn();
				} catch (error) {
					assert.ok(error instanceof RpcError, error);
					assert.match(error.message,
						/-32603: the ccproc daemon (restarted|went away|cannot be reached)/);
				}
			};

			while (!await attempt(() => bridge[era]()))
				;
			for (let i = 0; Date.now() < end; i++) {
				const batch = [0, 1, 2].map((j) => new Work(world,
					first + 3 * i + j, { lines: 300 }));

				works.push(...batch);
				await attempt(() => bridge.tool('start_tasks',
					{ tasks: batch.map((work) => work.spec) }));
				if (i % 3 === 2)
					await attempt(() => bridge.tool('check_tasks',
						{ wait_s: 1, until: 'any' }));
				await sleep(Math.random() * 40); // any moment
			}
		};

		try {
			await Promise.all([client('legacy', 0), client('modern', 1000)]);
		} finally {
			over = true;
			await killer;
		}
		const bridge = await join(world);

		await waitFor(() => world.live().length === 0,
			{ timeout: 20000, what: 'the end of all tasks' });
		const seen = new Map(), uuids = new Set();
		let cursor;

		do {
			const { text } = await bridge.tool('list_tasks',
				{ limit: 40, ...(cursor && { cursor }) });
			const found = [...text.matchAll(/^t\d+/gm)].map(([id]) => id);

			cursor = text.match(/cursor "(t\d+)"/)?.[1];
			for (const task of found.length ? await records(bridge, found) :
				[]) {
				assert.ok(!seen.has(task.label), `${task.label} twice`);
				seen.set(task.label, task);
				uuids.add(task.uuid);
			}
		} while (cursor);
		for (const work of works) {
			const task = seen.get(work.spec.label);

			if (task === undefined) // lost on the way, so it never began
				assert.equal(work.began, false, work.spec.label);
			else
				work.check(world, task);
		}
		assert.equal(uuids.size, seen.size);
		t.diagnostic(`${kills} kills, ${seen.size} of ${works.length} tasks`);
		assert.ok(seen.size >= works.length / 3, `${seen.size}`);
	});

	test('dies with tasks that wait for others', async (t) => {
		const { world, bridge } = await connect(t);
		const gate = path.join(world.work, 'gate');
		const log = path.join(world.work, 'log');
		const gated = `until [ -e ${gate} ]; do sleep 0.02; done; `;
		const note = (word) => `echo ${word} >>${log}`;

		await bridge.tool('start_tasks', { max_parallel: 1, tasks: [
			{ command: gated + note('a'), label: 'a' },
			{ command: note('d'), label: 'd', after: ['c', 'b'] },
			{ command: note('b'), label: 'b', after: ['a'] },
			{ command: note('c'), label: 'c', after: ['b'] },
			{ command: 'exit 1', label: 'bad', after: ['d'] },
			{ command: note('never'), after: ['bad'] }] });
		await killDaemon(world);
		assert.deepEqual((await records(bridge, ['g1'])).map((x) => x.state),
			['running', ...Array(5).fill('queued')]);
		await killDaemon(world);
		fs.writeFileSync(gate, '');
		await waitFor(() => called(world, 'ccproc-keeper').length === 0);
		await bridge.tool('check_tasks', { ids: ['g1'], wait_s: 30 });
		assert.equal(fs.readFileSync(log, 'utf8'), 'a\nb\nc\nd\n');
		assert.deepEqual((await records(bridge, ['g1'])).map((x) => x.reason),
			[null, null, null, null, 'exit_code', 'dependency']);
	});

	test('ends on SIGTERM and leaves tasks alone', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'echo $$; exec sleep 60',
			wait_s: 0 });
		await waitFor(() => world.output('t1') !== '');
		const pid = Number(world.output('t1'));

		for (const signal of ['SIGTERM', 'SIGINT']) {
			const old = world.daemon();

			await killDaemon(world, signal);
			assert.equal(comm(pid), 'sleep');
			assert.equal((await bridge.task('t1')).state, 'running');
			assert.notEqual(world.daemon(), old);
		}
		assert.match((await bridge.tool('stop_tasks', { ids: ['t1'] })).text,
			/^t1 cancelled: by user/);
		assert.equal(comm(pid), '');
	});

	test('is told to end while calls wait', async (t) => {
		const { world, bridge } = await connect(t);
		const call = bridge.tool('run_task',
			{ command: 'sleep 0.5; echo x', wait_s: 30 });

		await waitFor(() => world.live().length === 1);
		await killDaemon(world, 'SIGTERM');
		assert.match((await call).text, /^t1 completed .*\nx$/);
	});
});

test('nothing of ours outlives its world', async (t) => {
	const { world, bridge } = await connect(t);

	await bridge.tool('run_task', { command: 'true' });
	await bridge.close();
	assert.deepEqual(world.processes().map(comm).sort(),
		['ccproc-sync', 'ccprocd'],
		world.processes().map(named).join('; '));
});
