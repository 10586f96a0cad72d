// The queue as a model sees it: who is next, why the others wait, what a
// group or a day may cost.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { claude, startClaude } from './lib/claude.mjs';
import { ok, onTerminal } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { plan } from './lib/fake-api.mjs';
import { patient, waitFor } from './lib/harness.mjs';
import { connect, join, records } from './lib/session.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));
const ALL = { concurrency: 2 };
const AGENT = 'REPLAY stream-json.out'; // costs $0.01034
const DAY = /^\d{4}-\d\d-\d\d$/;

/** A world whose agents are the fake claude, with more of the config. */
const agents = (t, more = {}) => connect(t, { config: {
	agents: { claude: { command: [FAKE] }, ...more } } });

/** Waits for the end of tasks; their records. */
async function ended(bridge, ids) {
	await bridge.tool('check_tasks', { ids, wait_s: 40, until: 'all' },
		{ timeout: 60000 });
	return records(bridge, ids);
}

const count = (n, of) => Array.from({ length: n }, (_, i) => of(i + 1));
const ids = (n) => count(n, (i) => `t${i}`);

describe('the order of the queue', ALL, () => {
	test('higher priority first, then first in first out', async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { commands: { max_running: 1 } } });
		const gate = path.join(world.work, 'gate');
		const file = path.join(world.work, 'order');
		const spec = (name, priority) => ({ label: name,
			command: `echo ${name} >>${file}`, options: { priority } });

		await bridge.tool('run_task', { wait_s: 0,
			command: `until [ -e ${gate} ]; do sleep 0.02; done` });
		await bridge.tool('start_tasks', { tasks: [spec('low', -5),
			spec('one', 0), spec('high', 7), spec('two', 0),
			spec('high-too', 7)] });
		const { text } = await bridge.tool('check_tasks',
			{ ids: ['g2'], detail: 'status' });

		assert.match(text, /^t2 low queued · 5th of 5 · waits for a free place \(1 of 1 run\)$/m);
		assert.match(text, /^t4 high queued · 1st of 5 · /m);
		assert.match(text, /^t6 high-too queued · 2nd of 5 · /m);
		assert.deepEqual((await records(bridge, ids(6)))
			.map((task) => task.queue_position), [null, 5, 3, 1, 4, 2]);
		await killDaemon(world); // the order is on disk
		fs.writeFileSync(gate, '');
		await ended(bridge, ['g2']);
		assert.equal(fs.readFileSync(file, 'utf8'),
			'high\nhigh-too\none\ntwo\nlow\n');
	});

	test('a person sets one, too', async (t) => {
		const { world, bridge } = await connect(t);

		await ok(world, 'run', '--priority', '-7', '--', 'true');
		assert.equal((await bridge.task('t1')).priority, -7);
	});

	test('what is out of range is refused', async (t) => {
		const { bridge } = await connect(t);
		const { text, isError } = await bridge.tool('run_task',
			{ command: 'true', options: { priority: 101 } });

		assert.equal(isError, true);
		assert.match(text, /options\.priority: 101 is out of range, allowed are -100 to 100/);
	});

	test('each reason to wait is told', async (t) => {
		const { world, bridge } = await agents(t, { max_running: 1 });
		const gate = path.join(world.work, 'gate');
		const wait = { command: `until [ -e ${gate} ]; do sleep 0.02; done` };

		await bridge.tool('start_tasks', { tasks: [wait, wait],
			max_parallel: 1 });
		await bridge.tool('start_tasks', { tasks: [
			{ command: 'true', after: ['t1', 't2'] }] });
		await bridge.tool('start_tasks', { tasks: [
			{ prompt: `${AGENT} hang` }, { prompt: AGENT, label: 'docs' }] });
		const { text } = await bridge.tool('check_tasks',
			{ ids: ['t2', 't3', 't5'], detail: 'status' });

		assert.equal(text, '3 tasks: 0 of 3 ended, 3 queued\n' +
			't2 queued · 1st of 2 · waits for another of g1 (1 of 1 run)\n' +
			't3 queued · 2nd of 2 · waits for t1, t2\n' +
			't5 docs queued · 1st of 1 · waits for a free agent place ' +
			'(1 of 1 run) · timeout 4.0 h');
		const task = await bridge.task('t3');

		assert.deepEqual([task.queue_position, task.waits_for],
			[2, 't1, t2']);
		fs.writeFileSync(gate, '');
		const [last] = await ended(bridge, ['t3']);

		assert.equal(last.state, 'completed');
		assert.deepEqual([last.queue_position, last.waits_for],
			[null, null]);
	});
});

describe('launches of agents', ALL, () => {
	test('are spaced, as the configuration says', async (t) => {
		const { bridge } = await agents(t, { max_running: 10, launches: 2,
			launch_period_s: 2 });
		const { text } = await bridge.tool('start_tasks', { tasks:
			[...count(5, () => ({ prompt: AGENT })), { command: 'true' }] });

		assert.match(text, /t1 \w+, t2 \w+, t3 queued, t4 queued, t5 queued, t6 (running|completed)/);
		assert.match((await bridge.tool('check_tasks',
			{ ids: ['t3'], detail: 'status' })).text,
		/^t3 queued · 1st of 3 · waits for a launch slot \(2 agents per 2 s\) · /);
		const times = (await ended(bridge, ids(5)))
			.map((task) => Date.parse(task.started_at));

		// from the launch to what the keeper noted a moment passed
		for (const n of [2, 3, 4])
			assert.ok(times[n] - times[n - 2] > 1500, times.join(' '));
	});

	test('wait for free memory, but for one', async (t) => {
		const { bridge } = await agents(t,
			{ min_free_bytes: 2 ** 50, launches: 0 });

		await bridge.tool('start_tasks', { tasks: [
			{ prompt: `${AGENT} sleep=1` }, { prompt: AGENT }] });
		assert.match((await bridge.tool('check_tasks',
			{ ids: ['t2'], detail: 'status' })).text,
		/^t2 queued · 1st of 1 · waits for free memory \(\d+ MiB of the 1073741824 that a further agent needs\) · /);
		const [first, second] = await ended(bridge, ids(2));

		assert.deepEqual([first.state, second.state],
			['completed', 'completed']);
		assert.ok(second.started_at >= first.ended_at);
	});

	test('ten against an API that takes two in five seconds',
		{ skip: !claude && 'no claude', timeout: patient(120000) }, async (t) => {
			const { api, world } = await startClaude(t, {
				limit: { turns: 2, ms: 5000 },
				env: { CLAUDE_CODE_MAX_RETRIES: '10' } }); // claude's default
			const bridge = await join(world);

			await bridge.tool('start_tasks', { tasks: count(10, (n) =>
				({ prompt: plan({ text: `word ${n}` }) })) });
			let tasks;

			await waitFor(async () => {
				tasks = await records(bridge, ids(10));
				return tasks.every((task) => task.ended_at);
			}, { timeout: 100000, what: 'the end of all ten' });
			assert.deepEqual(tasks.map((task) => task.state),
				Array(10).fill('completed'));
			assert.deepEqual(tasks.map((task) => task.result),
				count(10, (n) => `word ${n}`));
			t.diagnostic(`${api.refused} requests were refused`);
		});
});

describe('cost', ALL, () => {
	test('a group with a budget starts no more than that', async (t) => {
		const { world, bridge } = await agents(t,
			{ max_running: 1, launches: 0 });

		await bridge.tool('start_tasks', { max_budget_usd: 0.02, tasks:
			[...count(4, (n) => ({ prompt: `${AGENT} sleep=0.2`,
				label: `agent-${n}` })),
			{ command: 'true', after: ['agent-2'] }] });
		await waitFor(() => !world.live().includes('t1'));
		await killDaemon(world); // what was spent is on disk
		const tasks = await ended(bridge, ids(5));

		assert.deepEqual(tasks.map(({ state, reason }) => [state, reason]),
			[['completed', null], ['completed', null], ['failed', 'budget'],
				['failed', 'budget'], ['failed', 'budget']]);
		for (const task of tasks.slice(2)) {
			assert.equal(task.note, 'group g1 has cost $0.02 of its $0.02');
			assert.equal(task.started_at, null);
		}
		const { text } = await bridge.tool('check_tasks',
			{ ids: ['t3'], detail: 'status' });

		assert.equal(text, 't3 agent-3 failed: budget, ' +
			'group g1 has cost $0.02 of its $0.02');
		assert.equal(JSON.parse(fs.readFileSync(path.join(
			world.taskDir('t4'), 'spec.json'))).max_budget_usd, 0.02);
	});

	test('lists tell what was spent', async (t) => {
		const { world, bridge } = await agents(t, { launches: 0 });
		const totals = async (args) =>
			(await bridge.tool('list_tasks', args)).text.split('\n').at(-1);

		assert.equal(await totals(),
			'0 shown; 0 running, 0 queued in all');
		await bridge.tool('start_tasks',
			{ tasks: count(3, () => ({ prompt: AGENT })) });
		await ended(bridge, ids(3));
		assert.equal(await totals(), '3 shown; 0 running, 0 queued in all; ' +
			'cost $0.03 of these, $0.03 today (UTC)');
		await bridge.tool('cleanup_tasks', { ids: ['t1', 't2'] });
		await killDaemon(world);
		assert.equal(await totals(), '1 shown; 0 running, 0 queued in all; ' +
			'cost $0.01 of these, $0.03 today (UTC)');
		const [day] = fs.readdirSync(path.join(world.state, 'costs'));

		assert.match(day, DAY);
		assert.deepEqual(fs.readFileSync(path.join(world.state, 'costs', day),
			'utf8').split('\n').sort(), ['', 't1 1 0.010340',
			't2 1 0.010340', 't3 1 0.010340']);
		assert.equal((await ok(world, 'ls', '--plain')).split('\n').length, 1);
		const shown = onTerminal(world, ['ls'], { columns: 200 });

		await shown.end();
		assert.match(shown.out, /\n1 completed · cost: \$0\.01 of these, \$0\.03 today \(UTC\)/);
	});

	test('a run that two daemons saw end counts once', async (t) => {
		const { world, bridge } = await agents(t, { launches: 0 });

		await bridge.tool('run_task', { prompt: AGENT });
		const dir = world.taskDir('t1');
		const link = path.join(world.state, 'live', path.basename(dir));

		await bridge.close(); // it would start a daemon at once
		await killDaemon(world);
		fs.symlinkSync(path.relative(path.dirname(link), dir), link);
		const next = await join(world);
		const [day] = fs.readdirSync(path.join(world.state, 'costs'));
		const lines = fs.readFileSync(path.join(world.state, 'costs', day),
			'utf8');

		assert.equal(lines, 't1 1 0.010340\n'.repeat(2));
		assert.match((await next.tool('list_tasks')).text,
			/cost \$0\.01 of these, \$0\.01 today/);
	});

	test('a day that has cost enough takes no more agents', async (t) => {
		const { bridge } = await agents(t, { max_running: 1,
			max_budget_usd_per_day: 0.01 });

		await bridge.tool('start_tasks', { tasks: [
			{ prompt: AGENT }, { prompt: AGENT }] });
		await ended(bridge, ['t1']);
		assert.match((await bridge.tool('check_tasks',
			{ ids: ['t2'], detail: 'status' })).text,
		/^t2 queued · 1st of 1 · waits for tomorrow \(UTC\): agents have cost \$0\.01 of today's \$0\.01 · /);
		const { text, isError } = await bridge.tool('run_task',
			{ prompt: AGENT });

		assert.equal(isError, true);
		assert.match(text, /^agents have cost \$0\.01 today \(UTC\), and \$0\.01 a day is what .*agents\.max_budget_usd_per_day.*; ask the user, or start it tomorrow$/);
		assert.equal((await bridge.tool('run_task',
			{ command: 'true' })).isError, false);
	});
});
