// What scripts and status lines are told: `ccproc events` and `status`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { asked, askers, begin, prompt } from './lib/askers.mjs';
import { ccproc, Cli, json, ok } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { buildDir, startWorld, waitFor } from './lib/harness.mjs';
import { connect } from './lib/session.mjs';

const ALL = { concurrency: 4 };
const NAP = ['start', 'sleep', '300'];

/** A world that ends what listens in it before it ends itself. */
function start(t, options) {
	const listening = [];

	t.after(() => {
		for (const cli of listening)
			cli.child.kill('SIGKILL');
	});
	return Object.assign(startWorld(t, options), { listening });
}

/** A ccproc events that listens already, and what it has told. */
async function listen(world, ...args) {
	const cli = new Cli(world, ['events', ...args]);

	world.listening?.push(cli);

	await waitFor(async () => JSON.parse(await ok(world, 'debug')).clients
		.some(({ calls = [] }) => calls.some(({ tool }) =>
			tool === 'watch_tasks')), { what: 'events to listen' });
	return Object.assign(cli, {
		told: () => cli.out.split('\n').filter((line) => line !== '')
			.map((line) => JSON.parse(line)),
		words: () => cli.told().map(({ event, id }) => `${id} ${event}`) });
}

describe('events', ALL, () => {
	test('tell of pauses, also of what was paused without a daemon',
		async (t) => {
			const world = start(t);

			await ok(world, ...NAP);
			const all = await listen(world);

			await ok(world, 'pause', 't1');
			await all.says(/"paused"/);
			await killDaemon(world);
			await ok(world, 'unpause', 't1');
			await all.says(/"unpaused"/);
			await ok(world, 'stop', '-n', 't1');
			await all.says(/"ended"/);
			assert.deepEqual(all.words(), ['t1 paused', 't1 unpaused', 't1 ended']);
		});

	test('tell of holds, moves and removals, and count for nothing',
		async (t) => {
			const world = start(t, { config: { commands: { max_running: 1 } } });

			await ok(world, ...NAP);
			const all = await listen(world);

			for (const label of ['a', 'b', 'c'])
				await ok(world, 'start', '-l', label, 'true');
			await ok(world, 'hold', 'b');
			await all.says(/"held"/);
			await killDaemon(world);
			await ok(world, 'move', '--first', 'c');
			await ok(world, 'move', '--last', 'c');
			await ok(world, 'hold', 'c');
			await ok(world, 'release', 'b');
			await killDaemon(world);
			await ok(world, 'stop', '-n', 't1');
			await waitFor(() => ['t1', 't2', 't3'].every((id) =>
				all.words().includes(`${id} ended`)));
			assert.deepEqual((await json(world, 'ls', '-j', '--failed', '-l', '[ab]'))
				.concat(await json(world, 'ls', '-a', '-j', '-l', '[ab]'))
				.map(({ id, unseen }) => [id, unseen]),
			[['t3', true], ['t2', true]]);
			await ok(world, 'rm', 'a');
			await all.says(/"removed"/);
			const of = (id) => all.words().filter((word) => word.startsWith(id))
				.map((word) => word.split(' ')[1])
				.filter((word) => word !== 'started');

			assert.deepEqual(of('t2'), ['queued', 'ended', 'removed']);
			assert.deepEqual(of('t3'), ['queued', 'held', 'released', 'ended']);
			// moved is moved, also twice
			assert.deepEqual(of('t4'), ['queued', 'moved', 'moved', 'held']);
		});

	test('are told as they happen, from now on', async (t) => {
		const world = start(t);

		await ok(world, 'run', 'true');
		await ok(world, ...NAP);
		const all = await listen(world);
		const some = await listen(world, '--only', 'ended', '--only', 'queued');

		assert.equal((await ccproc(world, ['run', '-l', 'job', '-g', 'night',
			'exit 3'])).code, 3);
		await ok(world, 'stop', '-n', 't2');
		await all.says(/"ended","id":"t2"/);
		await some.says(/"ended","id":"t2"/);
		assert.deepEqual(all.words(), ['t3 queued', 't3 started', 't3 ended',
			't2 ended']);
		assert.deepEqual(some.words(), ['t3 queued', 't3 ended', 't2 ended']);
		const { label, state, reason, exit_code, group_name, kind } =
			all.told()[2];

		assert.deepEqual({ label, state, reason, exit_code, group_name, kind },
			{ label: 'job', state: 'failed', reason: 'exit_code',
				exit_code: 3, group_name: 'night', kind: 'command' });
	});

	test('go on over the death of the daemon, each once', async (t) => {
		const world = start(t,
			{ config: { commands: { max_running: 2 } } });
		const gate = path.join(world.work, 'gate');
		const events = await listen(world);

		await ok(world, 'start', `until [ -e ${gate} ]; do sleep 0.05; done`);
		await ok(world, ...NAP);
		await ok(world, 'start', 'true');
		for (let i = 0; i < 3; i++) {
			await killDaemon(world);
			if (i === 1)
				fs.writeFileSync(gate, '');
			await ok(world, 'ls');
		}
		await events.says(/"ended","id":"t3"/);
		// what began and ended while nobody looked has ended
		assert.deepEqual(events.words().filter((word) => word !== 't3 started')
			.sort(), ['t1 ended', 't1 queued', 't1 started', 't2 queued',
			't2 started', 't3 ended', 't3 queued']);
	});

	test('tell that an agent asks', async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { agents: askers } });
		const events = await listen(world, '--only', 'needs_input');

		assert.equal(await ok(world, 'status', '--line'), '');
		await begin(bridge, prompt({ tool_name: 'Bash',
			input: { command: 'ls' } }));
		await asked(bridge, 1);
		await events.says(/needs_input/);
		events.child.kill();
		assert.deepEqual(events.words(), ['t1 needs_input']);
		assert.equal(await ok(world, 'status', '--line'), '1 needs input');
	});

	test('end with a word: of the reader, of the daemon', async (t) => {
		const world = start(t);

		assert.match((await ccproc(world, ['events', '--only', 'x'])).err,
			/--only: expected queued, held, .* ended or removed, got 'x'/);
		const events = await listen(world);

		world.openState();
		await killDaemon(world);
		const { code, err } = await events.end(60000);

		assert.equal(code, 125);
		assert.match(err, /state has mode 755/);
	});

	test('have the script of the manual restart what fails', async (t) => {
		const world = start(t,
			{ env: { PATH: `${buildDir()}:${process.env.PATH}` } });
		const page = fs.readFileSync(new URL('../../cli/ccproc.1',
			import.meta.url), 'utf8');
		const script = page.match(/^#!\/bin\/sh\n[^]*?(?=^\.Ed)/m)[0]
			.replaceAll('\\e', '\\');
		const file = path.join(world.work, 'again');
		const count = path.join(world.work, 'count');

		assert.ok(script.trimEnd().split('\n').length <= 20);
		fs.writeFileSync(file, script, { mode: 0o755 });
		await ok(world, 'ls');
		const child = spawn(file, { cwd: world.work, env: world.env,
			detached: true, stdio: 'ignore' });

		world.listening.push({ child: { kill: () =>
			process.kill(-child.pid, 'SIGKILL') } });
		await waitFor(async () => (await ok(world, 'debug'))
			.includes('watch_tasks'), { what: 'the script to listen' });
		await ccproc(world, ['run', '-l', 'good', 'true']);
		await ccproc(world, ['run', 'exit 1']);
		await ccproc(world, ['run', '-l', 'bad', `echo >>${count}; exit 1`]);
		await waitFor(() => fs.readFileSync(count, 'utf8').length === 4 &&
			world.live().length === 0, { what: 'three more' });
		await ccproc(world, ['run', '-l', 'later', 'true']);
		assert.equal(fs.readFileSync(count, 'utf8').length, 4);
	});
});

describe('status', ALL, () => {
	test('is a line, and starts nothing', async (t) => {
		const world = start(t,
			{ config: { commands: { max_running: 1 } } });
		const line = () => ok(world, 'status', '--line');

		assert.equal(await line(), '');
		assert.equal(world.daemon(), undefined);
		await ok(world, ...NAP);
		await ok(world, ...NAP);
		assert.equal(await line(), '1 running, 1 queued');
		assert.deepEqual(JSON.parse(await ok(world, 'status', '-j')),
			{ needs_input: 0, running: 1, queued: 1,
				queue_paused: false });
		await killDaemon(world);
		assert.equal(await line(), '');
		assert.equal(world.daemon(), undefined);
	});
});
