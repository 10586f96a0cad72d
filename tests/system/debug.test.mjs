// What somebody sees who debugs a daemon: its log, and no secrets in it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { startAgents } from './lib/cli.mjs';
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
