// check_tasks and list_tasks with every argument, through a real bridge.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { describe as named, waitFor } from './lib/harness.mjs';
import { connect, ERAS, join, owned } from './lib/session.mjs';
import { chars, ids, like, NEXT } from './lib/texts.mjs';

const ALL = { concurrency: 4 };

describe('check_tasks', ALL, () => {
	for (const era of ERAS)
		test(`by default what is mine and open, ${era}`, async (t) => {
			const { world, bridge: a } = await connect(t,
				{ era, bridge: owned('a') });
			const b = await join(world, era, owned('b'));
			const check = async (client) =>
				(await client.tool('check_tasks')).text;
			const nothing = 'no unfinished or unseen tasks of this ' +
				'session; list_tasks scope=all shows all';

			assert.equal(await check(a), nothing);
			await a.tool('start_tasks', { tasks: [{ command: 'echo 1' },
				{ command: 'sleep 60' }, { command: 'exit 4' }] });
			await a.tool('check_tasks',
				{ ids: ['t1', 't3'], wait_s: 30, detail: 'status' });
			assert.equal(await check(b), nothing);
			const resumed = await join(world, era, owned('a'));
			const all = await check(resumed);

			assert.deepEqual(ids(all).sort(), ['t1', 't2', 't3']);
			assert.match(all, /^t1 completed .*\n1$/m);
			assert.match(all, /^t3 failed: exit code 4 /m);
			assert.deepEqual(ids(await check(a)), ['t2']); // others are seen
			await a.tool('stop_tasks', { ids: ['t2'], mode: 'now' });
		});

	test('what a session that is gone has left here', async (t) => {
		const { world, bridge: a } = await connect(t,
			{ bridge: owned('before') });
		const b = await join(world, 'legacy', owned('after'));
		const check = async (client) =>
			(await client.tool('check_tasks')).text;
		const nothing = 'no unfinished or unseen tasks of this session; ' +
			'list_tasks scope=all shows all';

		await a.tool('start_tasks', { tasks: [
			{ command: 'sleep 60', label: 'long' }, { command: 'exit 4' },
			{ command: 'true' }, { command: 'true', cwd: '/' }] });
		await a.tool('run_task', { command: 'true' });
		await a.tool('check_tasks',
			{ ids: ['t2', 't3', 't4'], wait_s: 30, detail: 'status' });
		await a.tool('check_tasks', { ids: ['t3'] }); // it is seen
		assert.equal(await check(b), nothing);
		await a.close();
		await waitFor(async () => (await check(b)) !== nothing);
		assert.match(await check(b), like('no unfinished or unseen tasks ' +
			'of this session; sessions that are gone have left in this ' +
			'directory:\nt2 failed: exit code 4 · ~\nt1 long running · ~\n' +
			'next: check_tasks {"ids":["t2","t1"],"wait_s":45} if they are ' +
			'yours'));
		await b.tool('check_tasks', { ids: ['t2'] });
		assert.deepEqual(ids(await check(b)), ['t1']);
		await b.tool('stop_tasks', { ids: ['t1'], mode: 'now' });
		assert.deepEqual(ids(await check(b)), ['t1']); // not seen yet
	});

	test('any and all', async (t) => {
		const { world, bridge } = await connect(t);
		const gate = path.join(world.work, 'gate');
		const slow = `until [ -e ${gate} ]; do sleep 0.02; done`;

		await bridge.tool('start_tasks', { tasks: [{ command: slow },
			{ command: 'sleep 0.2; echo quick' }, { command: slow }] });
		const any = await bridge.tool('check_tasks',
			{ ids: ['g1'], wait_s: 30, until: 'any', detail: 'status' });
		const all = bridge.tool('check_tasks',
			{ ids: ['g1'], wait_s: 30, until: 'all', detail: 'status' });

		assert.match(any.text,
			/^g1: 1 of 3 ended, 2 running\nt2 completed.*\nt1 running.*\nt3 running.*$/);
		fs.writeFileSync(gate, '');
		assert.match((await all).text,
			/^g1: 3 completed\nt1 completed.*\nt2 completed.*\nt3 completed.*$/);
	});

	test('a wait that ends without an end', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'echo x; sleep 60',
			wait_s: 0 });
		const began = Date.now();
		const { text, isError } = await bridge.tool('check_tasks',
			{ ids: ['t1'], wait_s: 1 });

		assert.ok(Date.now() - began >= 990);
		assert.equal(isError, false);
		assert.match(text, like(`t1 running · ~\nx\n${NEXT('t1')}`));
	});

	test('the whole record', async (t) => {
		const { world, bridge } = await connect(t, { bridge: owned('me') });
		const before = new Date().toISOString();

		await bridge.tool('start_tasks', { tasks: [{ label: 'l1',
			command: 'printf abc; printf é >&2; exit 3' }] });
		await bridge.tool('check_tasks', { ids: ['t1'], wait_s: 30 });
		const { text } = await bridge.tool('check_tasks',
			{ ids: ['t1'], detail: 'full' });
		const { tasks: [task], ...rest } = JSON.parse(text);
		const { uuid, created_at, started_at, ended_at, elapsed_s,
			...fixed } = task;

		assert.deepEqual(rest, {});
		assert.match(uuid, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
		assert.ok(elapsed_s >= 0 && elapsed_s < 30);
		const times = [before, created_at, started_at, ended_at,
			new Date().toISOString()];

		for (const time of times)
			assert.equal(new Date(time).toISOString(), time);
		assert.deepEqual(times, [...times].sort());
		for (const [key, value] of Object.entries({ id: 't1', label: 'l1',
			group: 'g1', kind: 'command', owner: 'me', state: 'failed',
			reason: 'exit_code', exit_code: 3, signal: null,
			cwd: world.work, result: 'abc', result_truncated: false }))
			assert.equal(fixed[key], value, key);
		assert.equal(fixed.output.stdout_bytes, 3);
		assert.equal(fixed.output.stderr_bytes, 2);
	});

	test('what is not known yet is null', async (t) => {
		const { bridge } = await connect(t,
			{ config: { commands: { max_running: 1 } } });

		await bridge.tool('start_tasks', { tasks: [{ command: 'sleep 60' },
			{ command: 'true' }] });
		const [running, queued] = [await bridge.task('t1'),
			await bridge.task('t2')];

		assert.equal(running.state, 'running');
		assert.equal(queued.state, 'queued');
		for (const task of [running, queued])
			for (const key of ['reason', 'exit_code', 'signal', 'ended_at',
				'label'])
				assert.equal(task[key], null, key);
		assert.equal(queued.started_at, null);
		assert.equal(queued.elapsed_s, null);
		assert.notEqual(running.started_at, null);
		assert.match((await bridge.tool('check_tasks', { ids: ['t2'] })).text,
			like('t2 queued · 1st of 1 · waits for a free place ' +
				`(1 of 1 run)\n${NEXT('t2')}`));
		assert.equal(queued.queue_position, 1);
		assert.equal(queued.waits_for, 'a free place (1 of 1 run)');
		for (const key of ['queue_position', 'waits_for', 'parent'])
			assert.equal(running[key], null, key);
		assert.deepEqual([running.depth, running.priority], [1, 0]);
	});

	test('a label names the newest live task, else the newest', async (t) => {
		const { bridge } = await connect(t);
		const start = (command) => bridge.tool('run_task',
			{ command, label: 'same', wait_s: command === 'true' ? 20 : 0 });
		const found = async () => ids((await bridge.tool('check_tasks',
			{ ids: ['same'], detail: 'status' })).text)[0];

		await start('sleep 60');
		await start('sleep 60');
		await start('true');
		assert.equal(await found(), 't2');
		await bridge.tool('stop_tasks', { ids: ['t2'], mode: 'now' });
		assert.equal(await found(), 't1');
		await bridge.tool('stop_tasks', { ids: ['same'], mode: 'now' });
		assert.equal(await found(), 't3');
		await bridge.tool('cleanup_tasks', { ids: ['t3'] });
		assert.equal(await found(), 't2');
	});

	test('a label that several live tasks have is no order to one of them',
		async (t) => {
			const { world, bridge } = await connect(t);
			const several = (command, text) => assert.match(text, new RegExp(
				'same is what several tasks are called, and nothing was done: ' +
				'(t\\d \\((running|queued|cancelled), [^)]* old\\)(, |; )){2}' +
				'say which by id'), command);

			for (let i = 0; i < 2; i++)
				await bridge.tool('run_task',
					{ command: 'sleep 60', label: 'same', wait_s: 0 });
			for (const [tool, args] of [['stop_tasks', { ids: ['same'] }],
				['cleanup_tasks', { ids: ['same'] }],
				['reply_task', { id: 'same', message: 'on' }],
				['control_tasks', { ids: ['same'], action: 'pause' }]]) {
				const { isError, text } = await bridge.tool(tool, args);

				assert.equal(isError, true, tool);
				several(tool, text);
			}
			assert.equal(world.live().length, 2);
			await bridge.tool('stop_tasks', { ids: ['t1', 't2'], mode: 'now' });
			several('rm', (await bridge.tool('cleanup_tasks',
				{ ids: ['same'] })).text);
			await bridge.tool('cleanup_tasks', { ids: ['t2'] });
			assert.match((await bridge.tool('cleanup_tasks',
				{ ids: ['same'] })).text, /^removed 1 task/);
		});

	test('what another session cleans up while we wait', async (t) => {
		const { world, bridge } = await connect(t);
		const next = await join(world, 'modern');

		await bridge.tool('run_task', { command: 'echo x; sleep 60',
			wait_s: 0 });
		await waitFor(() => world.output('t1') !== '');
		const waits = [['check_tasks', { ids: ['t1'], wait_s: 30 }],
			['read_output', { id: 't1', cursor: 2, wait_s: 30 }],
			['stop_tasks', { ids: ['t1'] }],
			['cleanup_tasks', { ids: ['t1'] }]].map(([name, args]) =>
			bridge.tool(name, args));

		await bridge.request('ping');
		assert.match((await next.tool('cleanup_tasks', { ids: ['t1'] })).text,
			/^removed [01] task|t1: was cleaned up/);
		for (const wait of waits)
			assert.match((await wait).text,
				/^t1 cancelled: by user|cancelled|cleaned up|^removed [01] task/);
		assert.equal(world.taskDir('t1'), undefined);
	});

	test('unknown ids: nothing is done, near ones are named', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'sleep 60', wait_s: 0,
			label: 'docs' });
		for (const tool of ['check_tasks', 'stop_tasks', 'cleanup_tasks']) {
			const { text, isError } = await bridge.tool(tool,
				{ ids: ['t1', 't9', 'dosc', 'g7'] });

			assert.equal(isError, true);
			for (const id of ['t9', 'dosc', 'g7'])
				assert.match(text, new RegExp(`\\b${id}: no such task`));
			assert.match(text, /the newest are t1 docs/);
		}
		assert.equal((await bridge.task('t1')).state, 'running');
	});
});

describe('list_tasks', ALL, () => {
	for (const era of ERAS)
		test(`filters, ${era}`, async (t) => {
			const { world, bridge: a } = await connect(t,
				{ era, bridge: owned('aaaa') });
			const b = await join(world, era, owned('bbbb'));
			const list = async (args) =>
				ids((await a.tool('list_tasks', args)).text);

			await a.tool('start_tasks', { tasks: [
				{ command: 'echo one', label: 'build-1' },
				{ command: 'sleep 60', label: 'build-2', cwd: world.home },
				{ command: 'exit 1', label: 'test-1' }] });
			await b.tool('run_task', { command: 'echo four' });
			await a.tool('check_tasks', { ids: ['t1', 't3'], wait_s: 30 });
			assert.deepEqual(await list(), ['t4', 't3', 't2', 't1']);
			for (const [args, ...found] of [
				[{ scope: 'active' }, 't2'],
				[{ scope: 'finished' }, 't4', 't3', 't1'],
				[{ scope: 'all' }, 't4', 't3', 't2', 't1'],
				[{ mine: true }, 't3', 't2', 't1'],
				[{ mine: false }, 't4', 't3', 't2', 't1'],
				[{ cwd: world.home }, 't2'], [{ cwd: '/no' }],
				[{ label: 'build-*' }, 't2', 't1'],
				[{ label: '*-1', scope: 'finished' }, 't3', 't1'],
				[{ since_s: 3600 }, 't4', 't3', 't2', 't1'],
				[{ limit: 2 }, 't4', 't3'],
				[{ cursor: 't3' }, 't2', 't1'],
				[{ cursor: 't3', limit: 1 }, 't2']])
				assert.deepEqual(await list(args), found,
					JSON.stringify(args));
			const { text } = await a.tool('list_tasks', { limit: 2 });
			const lines = text.split('\n');

			assert.equal(lines[0],
				'id\tlabel\tstate\tage\tturns\tcost\towner\tcwd\tlast');
			assert.match(lines[1],
				/^t4\t-\tcompleted\t[^\t]+\t-\t-\tbbbb\t[^\t]+\tfour$/);
			assert.match(lines[2],
				/^t3\ttest-1\tfailed\/exit_code\t[^\t]+\t-\t-\tmine\t/);
			assert.equal(lines[3], '2 shown; 1 running, 0 queued in all; ' +
				'older ones: cursor "t3"');
		});

	test('pages leave no task out', async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { commands: { max_running: 40 } } });
		const cwd = path.join(world.root, '😀'.repeat(50));
		const word = path.join(world.work, 'word');

		fs.mkdirSync(cwd);
		fs.writeFileSync(word, '😀'.repeat(60) + '\n');
		for (let i = 0; i < 3; i++)
			await bridge.tool('start_tasks', { tasks: Array(50)
				.fill({ command: ['cat', word], cwd }) });
		await waitFor(() => world.live().length === 0, { timeout: 30000 });
		const found = [];
		let pages = 0, cursor;

		do {
			const { text } = await bridge.tool('list_tasks',
				{ limit: 120, ...(cursor && { cursor }) });

			assert.ok(chars(text) < 50000);
			found.push(...ids(text));
			cursor = text.match(/cursor "(t\d+)"/)?.[1];
			pages++;
		} while (cursor);
		assert.deepEqual(found,
			[...Array(150).keys()].map((i) => `t${150 - i}`));
		assert.ok(pages < 20);
	});

	test('pages of active ones leave none out', async (t) => {
		const { bridge } = await connect(t);
		const seen = [];
		let cursor;

		await bridge.tool('start_tasks', { tasks: Array(7).fill(
			{ command: 'sleep 300' }) });
		do {
			const { text } = await bridge.tool('list_tasks',
				{ scope: 'active', limit: 3, ...(cursor && { cursor }) });

			seen.push(...[...text.matchAll(/^(t\d+)\t/gm)].map(([, id]) => id));
			cursor = text.match(/cursor "(t\d+)"/)?.[1];
		} while (cursor);
		assert.deepEqual(seen, ['t7', 't6', 't5', 't4', 't3', 't2', 't1']);
	});

	test('a bad cursor', async (t) => {
		const { bridge } = await connect(t);

		for (const cursor of ['x', 't', 't0', 't5x', '-1', 'g5']) {
			const { isError, text } = await bridge.tool('list_tasks',
				{ cursor });

			assert.equal(isError, true, cursor);
			assert.match(text, /cursor/);
		}
	});
});
