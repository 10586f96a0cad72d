// What somebody sees who debugs a daemon: its log, what it has in memory, the
// files of a task, and no secrets in any of that.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { ccproc, startAgents } from './lib/cli.mjs';
import { buildDir, kill, waitFor, within } from './lib/harness.mjs';
import { connect } from './lib/session.mjs';

const debugLines = (world) => world.log().split('\n')
	.filter((line) => line.includes(' debug: '));

const logged = (world, pattern) => waitFor(
	() => debugLines(world).find((line) => pattern.test(line)),
	{ what: `${pattern} in the log` });

/** Starts the daemon of a world with --debug. */
async function startDebugged(world) {
	const log = fs.openSync(path.join(world.state, 'ccprocd.log'), 'a');
	const daemon = spawn(path.join(buildDir(), 'ccprocd'),
		['--debug', '--ready-fd', '3'], { env: world.env, cwd: '/',
			stdio: ['ignore', 'ignore', log, 'pipe'] });

	fs.closeSync(log);
	await within(10000, new Promise((resolve) =>
		daemon.stdio[3].once('data', resolve)), 'the daemon to be ready');
	daemon.stdio[3].destroy();
}

test('--debug tells lines, turns, phases and words to keepers', async (t) => {
	const world = startAgents(t);

	await startDebugged(world);
	const bridge = world.bridge();

	await bridge.legacy();
	await bridge.tool('run_task', { command: 'sleep 600', wait_s: 0,
		label: 'long' });
	await bridge.tool('stop_tasks', { ids: ['t1'] });
	assert.match(await logged(world, /run_task/),
		/bridge [0-9a-f]{8}: in: tools\/call run_task, id \d+, ordinal \d+, \d+ bytes$/);
	const [, id, ordinal] = (await logged(world, /run_task/))
		.match(/id (\d+), ordinal (\d+)/);

	await logged(world, new RegExp(`: out: answer to ${id}, ` +
		`ordinal ${ordinal}, \\d+ bytes, \\d+ us$`));
	await logged(world, /in: notifications\/initialized, \d+ bytes$/);
	await logged(world, /t1: turn: now$/);
	await logged(world, /t1: keeper \d+: start: started$/);
	await logged(world, /t1: running, was starting$/);
	await logged(world, /t1: keeper \d+: stop: told$/);
});

test('no prompt, argument or variable is in a debug line', async (t) => {
	const world = startAgents(t);

	await startDebugged(world);
	const bridge = world.bridge({ env: { A_TOKEN: 'of-the-session' } });

	await bridge.legacy();
	await bridge.tool('run_task', { prompt: 'RUN echo of-the-prompt',
		options: { env: { B_TOKEN: 'of-the-task' } } });
	await bridge.tool('run_task', { command: 'echo of-the-command' });
	await bridge.request('of-the\nmethod').catch(() => {});
	await bridge.request('tools/call', { name: 'of-the\ntool' })
		.catch(() => {});
	await logged(world, /in: of-the\?method, /);
	await logged(world, /in: tools\/call \?, /);
	for (const word of ['of-the-session', 'of-the-prompt', 'of-the-task',
		'of-the-command'])
		assert.doesNotMatch(world.log(), new RegExp(word));
});

test('SIGUSR2 switches debug lines on and off', async (t) => {
	const { world, bridge } = await connect(t);
	const calls = () => debugLines(world)
		.filter((line) => line.includes('list_tasks')).length;

	await bridge.tool('list_tasks', {});
	assert.deepEqual(debugLines(world), []);
	kill(world.daemon(), 'SIGUSR2');
	await waitFor(() => world.log().includes('debug lines are on'),
		{ what: 'debug lines' });
	await bridge.tool('list_tasks', {});
	assert.equal(calls(), 1);
	kill(world.daemon(), 'SIGUSR2');
	await waitFor(() => world.log().includes('debug lines are off'),
		{ what: 'their end' });
	await bridge.tool('list_tasks', {});
	assert.equal(calls(), 1);
});

const debug = async (world) => {
	const { code, out, err } = await ccproc(world, ['debug']);

	assert.equal(code, 0, err);
	return JSON.parse(out);
};

test('ccproc debug tells tasks, queue, clients, timers', async (t) => {
	const { world, bridge } = await connect(t, {
		config: { commands: { max_running: 1 } },
		bridge: { env: { CLAUDE_CODE_SESSION_ID: 'owner-1',
			A_TOKEN: 'of-the-session' } } });

	await bridge.tool('start_tasks', { tasks: [
		{ command: 'echo of-the-command; sleep 600' },
		{ command: 'true' }] });
	const waiting = bridge.tool('check_tasks', { ids: ['t1'], wait_s: 60 });
	const told = await waitFor(async () => {
		const now = await debug(world);

		return now.tasks[0].phase === 'running' &&
			now.tasks[0].watchers.includes('wait') && now;
	}, { what: 'a wait for a task that runs' });

	assert.equal(told.pid, world.daemon());
	assert.equal(told.state, world.state);
	assert.ok(told.uptime_ms > 0 && told.uptime_ms < 600000);
	assert.equal(told.debug_lines, false);
	assert.deepEqual(told.tasks.map(({ id, phase, state }) =>
		[id, phase, state]),
	[['t1', 'running', 'running'], ['t2', 'queued', 'queued']]);
	assert.ok(told.tasks[0].keeper_pid > 0);
	assert.ok(told.tasks[0].references > 1);
	assert.ok(told.watchers_of_all.includes('queue'));
	assert.equal(told.queue.running_commands, 1);
	assert.deepEqual(told.queue.waiting, [{ id: 't2', reason: 'place' }]);
	assert.equal(told.limits.commands, 1);
	const client = told.clients.find(({ owner }) => owner === 'owner-1');

	assert.equal(client.client, 'bridge');
	assert.equal(client.era, '2025-11-25');
	assert.deepEqual(client.calls.map(({ method, tool }) => [method, tool]),
		[['tools/call', 'check_tasks']]);
	assert.equal(client.bytes_queued, 0);
	const expiry = told.timers.find(({ timer }) =>
		timer === 'find/wait.c:on_expiry');

	assert.ok(expiry.left_ms > 0 && expiry.left_ms <= 60000);
	assert.doesNotMatch(JSON.stringify(told), /of-the-/);
	await bridge.tool('stop_tasks', { ids: ['t1', 't2'] });
	await waiting;
});

test('the tool for ccproc debug is not listed', async (t) => {
	const { bridge } = await connect(t);
	const { tools } = await bridge.request('tools/list');

	assert.ok(!tools.some(({ name }) => name === 'debug_daemon'));
});

test('ccproc show --files tells the folder and its files', async (t) => {
	const world = startAgents(t);
	const cli = async (...args) => {
		const { code, out, err } = await ccproc(world, args);

		assert.equal(code, 0, err);
		return out;
	};

	await cli('run', '-a', 'REPLAY stream-json.out');
	await cli('reply', 't1', 'RUN echo of-the-second');
	const dir = world.taskDir('t1');
	const size = (name) => fs.statSync(path.join(dir, name)).size;
	const lines = (await cli('show', '--files', 't1')).split('\n');

	assert.equal(lines[0], `t1 ${dir}`);
	for (const name of ['spec.json', 'exit.json', 'run-2/exit.json'])
		assert.ok(lines.includes(`${String(size(name)).padStart(12)}  ` +
			name), `${name} in\n${lines.join('\n')}`);
	const { tasks: [task] } =
		JSON.parse(await cli('show', '--files', '--json', 't1'));

	assert.equal(task.dir, dir);
	assert.equal(task.files.find(({ name }) => name === 'stdout').bytes,
		size('stdout'));
});
