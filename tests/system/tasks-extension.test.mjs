// The tasks extension: a tool answers with a task, and what became of it can
// be asked by any session, through any bridge, of any daemon.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { killDaemon } from './lib/daemon.mjs';
import { TASKS_EXTENSION, waitFor } from './lib/harness.mjs';
import { connect, envelope, join, META, Wire } from './lib/session.mjs';
import { like } from './lib/texts.mjs';

const ALL = { concurrency: 4 };
const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** A session whose client can be told later. */
async function told(world) {
	const bridge = world.bridge();

	await bridge.modern({ tasks: true });
	return bridge;
}

async function start(t) {
	const { world, bridge } = await connect(t);

	return { world, plain: bridge, bridge: await told(world) };
}

const get = (bridge, taskId) => bridge.request('tasks/get', { taskId });

/** Asks as a client does, until it is over. */
const over = (bridge, taskId) => waitFor(async () => {
	const task = await get(bridge, taskId);

	return task.status !== 'working' && task;
}, { what: `the end of ${taskId}` });

/** A command that waits for a file, and the file. */
function gate(world, name = 'go') {
	const file = path.join(world.root, name);

	return { wait: `until [ -e '${file}' ]; do sleep 0.05; done`,
		open: () => fs.writeFileSync(file, '') };
}

describe('run_task', ALL, () => {
	test('answers with a task, which any later session and daemon knows',
		async (t) => {
			const { world, bridge } = await start(t);
			const { wait, open } = gate(world);
			const task = await bridge.tool('run_task',
				{ command: `echo early; ${wait}; echo late; exit 3`,
					label: 'fix' });

			assert.equal(task.resultType, 'task');
			assert.match(task.taskId, new RegExp(`^t1-${UUID}$`));
			assert.equal(task.status, 'working');
			assert.match(task.statusMessage, /^t1 fix running · 2(\.\d)? s$/);
			assert.ok(task.ttlMs >= 30 * 24 * 3600 * 1000);
			assert.equal(task.pollIntervalMs, 1000);
			assert.equal(task.content, undefined);
			assert.equal(path.basename(world.taskDir('t1')),
				task.taskId.slice(1)); // it is on disk

			await bridge.close();
			await killDaemon(world);
			const later = await told(world);

			assert.equal((await get(later, task.taskId)).status, 'working');
			open();
			const end = await over(later, task.taskId);

			assert.equal(end.status, 'completed');
			assert.equal(end.createdAt, task.createdAt);
			assert.ok(end.lastUpdatedAt > task.lastUpdatedAt);
			assert.match(end.statusMessage, /^t1 fix failed: exit code 3 · /);
			assert.equal(end.result.isError, undefined);
			assert.equal(end.result.resultType, 'complete');
			const [{ text }] = end.result.content;

			assert.match(text, /^t1 fix failed: exit code 3 · .*\nearly\nlate$/);
			assert.equal((await later.tool('check_tasks', { ids: ['t1'] }))
				.text, text);
			await killDaemon(world);
			assert.deepEqual(await get(later, task.taskId), end);
		});

	test('answers at once what ends at once, or is not waited for',
		async (t) => {
			const { bridge } = await start(t);

			for (const [args, text] of [
				[{ command: 'echo hi' }, /^t1 completed · .*\nhi$/],
				[{ command: 'sleep 60', wait_s: 0 }, /^t2 running/],
				[{ command: 'sleep 60', wait_s: 1 }, /^t3 running/]]) {
				const answer = await bridge.tool('run_task', args);

				assert.equal(answer.resultType, 'complete');
				assert.match(answer.text, text);
			}
		});

	test('shortens a late result as it was asked to', async (t) => {
		const { bridge } = await start(t);
		const { taskId } = await bridge.tool('run_task', { result_chars: 300,
			command: 'sleep 2.2; seq 1000' });
		const { result } = await over(bridge, taskId);

		assert.match(result.content[0].text,
			/\n\[the end of stdout; all of it: .*\]\n[^]*\n1000$/);
		assert.ok(result.content[0].text.length < 500);
	});

	test('in flight when the daemon is killed answers with the same task',
		async (t) => {
			const { world, bridge } = await start(t);
			const { wait, open } = gate(world);
			const runs = path.join(world.root, 'runs');
			const call = bridge.tool('run_task',
				{ command: `echo x >>'${runs}'; ${wait}; echo done` });

			await waitFor(() => world.output('t1') !== undefined &&
				fs.existsSync(runs));
			await killDaemon(world);
			const task = await call;

			assert.match(task.taskId, /^t1-/);
			assert.equal(task.status, 'working');
			open();
			assert.match((await over(bridge, task.taskId)).result.content[0]
				.text, /^t1 completed · .*\ndone$/);
			assert.equal(fs.readFileSync(runs, 'utf8'), 'x\n');
		});

	test('blocks for who has not declared the extension', async (t) => {
		const { world } = await connect(t);

		for (const era of ['legacy', 'modern']) {
			const bridge = await join(world, era);

			assert.match((await bridge.tool('run_task',
				{ command: 'sleep 2.5; echo done' })).text,
			/^t\d completed · .*\ndone$/);
		}
	});
});

describe('start_tasks', ALL, () => {
	test('answers with its group as one task', async (t) => {
		const { world, bridge } = await start(t);
		const { wait, open } = gate(world);
		const task = await bridge.tool('start_tasks', { tasks: [
			{ command: `${wait}; echo one`, label: 'a' },
			{ command: `${wait}; echo two; exit 2` }] });

		assert.equal(task.resultType, 'task');
		assert.match(task.taskId, new RegExp(`^g1-${UUID}$`));
		assert.equal(task.statusMessage,
			'started g1: t1 a running, t2 running (2 of 16 slots)');
		await killDaemon(world);
		const working = await get(bridge, task.taskId);

		assert.equal(working.status, 'working');
		assert.equal(working.statusMessage, 'g1: 0 of 2 ended, 2 running');
		assert.equal(working.result, undefined);
		open();
		const end = await over(bridge, task.taskId);

		assert.equal(end.statusMessage, 'g1: 2 ended, 1 failed: t2');
		assert.equal(end.result.isError, undefined);
		assert.match(end.result.content[0].text, like('g1: 2 ended, ' +
			'1 failed: t2\n\nt2 failed: exit code 2 · ~\ntwo\n\n' +
			't1 a completed · ~\none'));
	});

	for (const [notify, ended, status] of [['all', 'true', 'working'],
		['all', 'false', 'working'], ['first', 'true', 'completed'],
		['first', 'false', 'completed'], ['failure', 'true', 'working'],
		['failure', 'false', 'completed']])
		test(`notify ${notify} when one ended with ${ended}`, async (t) => {
			const { world, bridge } = await start(t);
			const { taskId } = await bridge.tool('start_tasks', { notify,
				tasks: [{ command: 'sleep 60' }, { command: ended }] });

			await waitFor(() => world.live().length === 1);
			await killDaemon(world);
			const task = await get(bridge, taskId);

			assert.equal(task.status, status);
			if (status === 'completed')
				assert.match(task.result.content[0].text,
					/^g1: 1 of 2 ended, .*\n\nt2 (completed|failed)[^]*\nt1 running · .*\n\nnext: check_tasks \{"ids":\["g1"\]/);
			assert.equal(JSON.parse(fs.readFileSync(path.join(
				world.taskDir('t2'), 'spec.json'))).notify,
			notify === 'all' ? undefined : notify);
		});

	test('notify none answers as it always did', async (t) => {
		const { bridge } = await start(t);
		const answer = await bridge.tool('start_tasks',
			{ notify: 'none', tasks: [{ command: 'true' }] });

		assert.equal(answer.resultType, 'complete');
		assert.match(answer.text, /^started g1: t1 .*\nnext: check_tasks /);
	});

	test('that comes again answers with the same group', async (t) => {
		const { world } = await start(t);
		const session = randomUUID();
		const params = { name: 'start_tasks', arguments: { tasks: [
			{ command: 'sleep 60' }, { command: 'sleep 60' }] },
		...envelope({ [META + 'clientCapabilities']:
			{ extensions: { [TASKS_EXTENSION]: {} } } }) };
		const first = await Wire.greeted(world, { protocol: 2, session });

		first.request('1', 'tools/call', params);
		const { result } = await first.answer(1);

		await killDaemon(world);
		await join(world);
		const again = await Wire.greeted(world, { protocol: 2, session,
			ordinal: 2, replays: [[1, 100]] });

		again.request('1', 'tools/call', params);
		assert.equal((await again.answer(1)).result.taskId, result.taskId);
		assert.equal(world.live().length, 2);
	});

	test('keeps fifty results below what a client takes', async (t) => {
		const { bridge } = await start(t);
		const { taskId } = await bridge.tool('start_tasks', { tasks:
			Array(50).fill({ command: 'seq 2000' }) });
		const { result } = await over(bridge, taskId);

		assert.ok(result.content[0].text.length < 50000);
		for (let i = 1; i <= 50; i++)
			assert.match(result.content[0].text,
				new RegExp(`^t${i} completed`, 'm'));
	});
});

describe('check_tasks that waits', ALL, () => {
	test('for one task or one group answers with it', async (t) => {
		const { world, plain, bridge } = await start(t);

		await plain.tool('start_tasks', { group: 'pair', tasks: [
			{ command: 'sleep 60' }, { command: 'sleep 60' }] });
		await plain.tool('run_task', { command: 'sleep 60', wait_s: 0,
			label: 'alone' });
		for (const [ids, id] of [[['alone'], 't3'], [['t2'], 't2'],
			[['pair'], 'g1'], [['t2', 't1'], undefined],
			[['t1', 't2'], 'g1'], [['g1', 't3'], undefined]]) {
			const answer = await bridge.tool('check_tasks',
				{ ids, wait_s: 3 });

			assert.equal(answer.resultType, id ? 'task' : 'complete', ids);
			if (!id)
				continue;
			assert.match(answer.taskId, new RegExp(`^${id}-${UUID}$`));
			assert.equal(answer.taskId.slice(1), path.basename(
				world.taskDir(id.replace('g', 't'))));
		}
		for (const args of [{ until: 'any' }, { detail: 'full' }])
			assert.equal((await bridge.tool('check_tasks',
				{ ids: ['pair'], wait_s: 3, ...args })).resultType,
			'complete');
	});

	test('answers at once when nothing is to be waited for', async (t) => {
		const { bridge } = await start(t);

		await bridge.tool('run_task', { command: 'echo hi' });
		assert.match((await bridge.tool('check_tasks',
			{ ids: ['t1'], wait_s: 30 })).text, /^t1 completed · .*\nhi$/);
	});
});

describe('a task', ALL, () => {
	const running = async (bridge) => (await bridge.tool('start_tasks',
		{ tasks: [{ command: 'sleep 60', label: 'a' }, { command: 'sleep 60',
			after: ['a'] }] })).taskId;

	test('has been seen when its result was delivered', async (t) => {
		const { bridge } = await start(t);
		const { taskId } = await bridge.tool('start_tasks',
			{ tasks: [{ command: 'true' }] });

		await over(bridge, taskId);
		assert.match((await bridge.tool('check_tasks')).text,
			/^no unfinished or unseen tasks/);
	});

	test('is cancelled, again and again, and stays it', async (t) => {
		const { world, bridge } = await start(t);
		const taskId = await running(bridge);

		for (let i = 0; i < 2; i++)
			assert.equal((await bridge.request('tasks/cancel', { taskId }))
				.resultType, 'complete');
		await killDaemon(world);
		const task = await over(bridge, taskId);

		assert.equal(task.status, 'cancelled');
		assert.equal(task.statusMessage, 'g1: 2 ended, 2 cancelled: t1 a, t2');
		assert.equal(task.result, undefined);
		await bridge.request('tasks/cancel', { taskId });
		assert.equal((await get(bridge, taskId)).status, 'cancelled');
	});

	test('takes answers, although it asks nothing', async (t) => {
		const { bridge } = await start(t);
		const taskId = await running(bridge);

		assert.equal((await bridge.request('tasks/update',
			{ taskId, inputResponses: { x: { action: 'accept' } } }))
			.resultType, 'complete');
	});

	test('that was cleaned up is cancelled, not unknown', async (t) => {
		const { world, bridge } = await start(t);
		const taskId = await running(bridge);

		await bridge.tool('cleanup_tasks', { ids: ['g1'] });
		for (let i = 0; i < 2; i++) {
			const task = await get(bridge, taskId);

			assert.equal(task.status, 'cancelled');
			assert.equal(task.statusMessage, 'was cleaned up');
			await bridge.request('tasks/cancel', { taskId });
			await killDaemon(world);
		}
	});

	test('that never was is unknown', async (t) => {
		const { bridge } = await start(t);
		const taskId = await running(bridge);

		for (const id of ['', 't1', 'g1', taskId.replace('g1', 't2'),
			taskId.replace('g1', 'g2'), `${taskId}x`, `t9-${randomUUID()}`,
			`../${taskId}`, 'x'.repeat(100000)])
			for (const method of ['get', 'cancel', 'update'])
				await assert.rejects(bridge.request(`tasks/${method}`,
					{ taskId: id, inputResponses: {} }),
				{ code: -32602 }, id.slice(0, 50));
	});

	test('cannot be asked for without the extension', async (t) => {
		const { world, bridge } = await start(t);
		const taskId = await running(bridge);
		const modern = await join(world, 'modern');

		await assert.rejects(get(modern, taskId), { code: -32021 });
		await assert.rejects(get(await join(world), taskId),
			{ code: -32601 });
	});
});

test('who listens is told, also of what came while there was no daemon',
	async (t) => {
		const { world, bridge } = await start(t);
		const { wait, open } = gate(world);
		const { taskId } = await bridge.tool('start_tasks',
			{ tasks: [{ command: `${wait}; echo done` }] });
		const notices = [];

		bridge.on('notifications/tasks', (params) => notices.push(params));
		bridge.request('subscriptions/listen',
			{ notifications: { taskIds: [taskId, 't9-nothing'] } },
			{ id: 'ear' }).catch(() => {}); // the end of the bridge
		await waitFor(() => bridge.messages.some(({ method, params }) =>
			method === 'notifications/subscriptions/acknowledged' &&
			params.notifications.taskIds.length === 1));
		await killDaemon(world);
		open();
		await waitFor(() => notices.at(-1)?.status === 'completed');
		assert.equal(notices.at(-1).taskId, taskId);
		assert.equal(notices.at(-1)._meta[META + 'subscriptionId'], 'ear');
		assert.match(notices.at(-1).result.content[0].text,
			/^t1 completed · .*\ndone$/);
	});
