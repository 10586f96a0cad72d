// What a task inherits beside its environment: that of its session, whoever
// has started the daemon, and whenever the task starts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ok } from './lib/cli.mjs';
import { daemonAfter, killDaemon } from './lib/daemon.mjs';
import { buildDir, startWorld } from './lib/harness.mjs';
import { ask, connect, initialized, Wire } from './lib/session.mjs';

const ROOT = process.getuid() === 0;
const CCPROC = path.join(buildDir(), 'ccproc');
const LOOK = 'ulimit -Sf; ulimit -Hf; ulimit -Sn; ulimit -Sv; nice; ' +
	'grep Cpus_allowed_list /proc/self/status | cut -f2; ' +
	'grep NoNewPrivs /proc/self/status | cut -f2; chrt -p $$ | ' +
	'sed "s/^[^:]*//"';
const ALL = { concurrency: 3 };

/** What a session of that shell code sees, and a task that it starts. */
function both(world, code) {
	const sees = (command) => spawnSync('sh', ['-c',
		`${code}; ${command}`, 'sh', LOOK],
	{ env: world.env, encoding: 'utf8' }).stdout;

	return [sees('sh -c "$1"'), sees(`${CCPROC} run -- sh -c "$1"`)];
}

describe('a task inherits from its session, not from the daemon', ALL, () => {
	for (const [what, code] of [
		['limits', 'ulimit -f 2048; ulimit -Sn 333; ulimit -Sv 8000000'],
		['niceness', 'renice -n 7 $$ >/dev/null'],
		['processors', 'taskset -p 1 $$ >/dev/null'],
		['the scheduling policy', 'chrt -b -p 0 $$'],
	])
		test(what, async (t) => {
			const world = startWorld(t);

			await ok(world, 'ls');
			const [session, task] = both(world, code);

			assert.equal(task, session);
		});

	test('also when another one, with less, has started the daemon',
		async (t) => {
			const world = startWorld(t);

			await daemonAfter(world, 'ulimit -Sf 8; ulimit -Sv 4000000; ' +
				'taskset -p 1 $$ >/dev/null' + // root gets back what it gave
				(ROOT ? '; renice -n 5 $$ >/dev/null' : ''));
			const [session, task] = both(world, ':');

			assert.equal(task, session);
		});

	test('and with the next daemon', async (t) => {
		const { world, bridge } = await connect(t, { config: { commands:
			{ max_running: 1 } } });
		const gate = path.join(world.work, 'gate');

		await bridge.tool('run_task', { wait_s: 0, command:
			`until [ -e ${gate} ]; do sleep 0.05; done` });
		spawnSync('sh', ['-c', `ulimit -Sn 444; ${CCPROC} start -- ` +
			'sh -c "ulimit -Sn"'], { env: world.env });
		await killDaemon(world);
		await bridge.tool('list_tasks');
		fs.writeFileSync(gate, '');
		await bridge.tool('check_tasks', { ids: ['t2'], wait_s: 20 });
		assert.equal(world.output('t2'), '444\n');
	});

	test('nothing is told where nothing differs', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'true' });
		await ok(world, 'run', '--', 'true');
		assert.equal((await bridge.task('t1')).note, null);
		assert.equal((await bridge.task('t2')).note, null);
	});

	test('what cannot be had is told', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'true' });
		const words = JSON.parse(fs.readFileSync(path.join(
			world.taskDir('t1'), 'spec.json'))).attributes.split(' ');

		words.fill('ffffffff', 20, 22); // RLIMIT_NOFILE is the seventh
		const wire = await Wire.greeted(world,
			{ attributes: words.join(' ') });

		await initialized(wire);
		await ask(wire, 1, 'tools/call', { name: 'run_task',
			arguments: { command: 'true' } });
		const told = /it has at most \d+ open files, not 4294967295, unlike/;

		assert.match(await ok(world, 'show', 't2'), told);
		assert.match(world.log(), told);
	});
});
