// The state directory is removed, moved or made read-only while the daemon
// runs: new tasks are refused with the reason, the others go on, and nothing
// has to be restarted.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc } from './lib/cli.mjs';
import { called, comm, daemonAfter, ended, removeFolder }
	from './lib/daemon.mjs';
import { kill, startWorld, waitFor } from './lib/harness.mjs';
import { join } from './lib/session.mjs';
import { installed } from './lib/versions.mjs';

const ALL = { concurrency: 3 };
const NOBODY = 65534;

/** A world whose daemon logs outside of its state directory. */
async function started(t, options) {
	const world = startWorld(t, options);

	world.logFile = path.join(world.root, 'log');
	world.log = () => fs.readFileSync(world.logFile, 'utf8');
	await daemonAfter(world, ':', world.logFile);
	return { world, bridge: await join(world), pid: world.daemon() };
}

const gated = (world, name, rest) => ({ command: `echo begun; until [ -e ${
	path.join(world.work, name)} ]; do sleep 0.02; done; ${rest}` });

/** Whether a second daemon hears that the first one has the directory. */
async function isLocked(world) {
	const { code, stderr } = await world.run('ccprocd', [],
		{ env: { CCPROC_SOCKET: path.join(world.root, 'second') } });

	assert.equal(code, 1);
	assert.match(stderr, /another daemon \(pid \d+\) serves/);
}

describe('the state directory', ALL, () => {
	test('is removed, and made again', async (t) => {
		const { world, bridge, pid } = await started(t,
			{ config: { commands: { max_running: 1 } } });
		const out = path.join(world.work, 'out');

		await bridge.tool('start_tasks', { tasks: [
			gated(world, 'gate', `echo survived >${out}; exit 3`),
			{ command: 'echo queued' }] });
		await waitFor(() => world.output('t1') !== '');
		removeFolder(world.state);
		await waitFor(() => fs.existsSync(path.join(world.state, 'lock')));
		await waitFor(() => /was removed, and made again/.test(world.log()));
		assert.equal(fs.statSync(world.state).mode & 0o777, 0o700);
		await isLocked(world);
		assert.equal(fs.readFileSync(path.join(world.state, 'seq'), 'utf8'),
			'00000000000000000002\n');
		const wait = bridge.tool('check_tasks', { ids: ['t1', 't2'],
			wait_s: 20, detail: 'status' });

		fs.writeFileSync(path.join(world.work, 'gate'), '');
		assert.match((await wait).text,
			/\nt1 lost: .*\n?[^]*t2 (lost|failed)/);
		await waitFor(() => fs.existsSync(out));
		const { text } = await bridge.tool('run_task',
			{ command: 'echo again; exit 5' });

		assert.match(text, /^t3 failed: exit code 5 .*\nagain$/);
		assert.equal(world.daemon(), pid);
		assert.deepEqual(world.live(), []);
		removeFolder(world.state); // and once more
		await waitFor(() => world.log().match(/made again/g).length === 2);
		assert.match((await bridge.tool('run_task', { command: 'true' })).text,
			/^t4 completed/);
	});

	test('is moved away, and back', async (t) => {
		const { world, bridge, pid } = await started(t);
		const away = `${world.state}.away`;

		await bridge.tool('run_task',
			{ ...gated(world, 'gate', 'seq 3; exit 7'), wait_s: 0 });
		await waitFor(() => world.output('t1') !== '');
		fs.renameSync(world.state, away);
		await waitFor(() => /was moved away/.test(world.log()));
		for (let i = 0; i < 3; i++) {
			const { isError, text } = await bridge.tool('run_task',
				{ command: 'true' });

			assert.equal(isError, true);
			assert.match(text, /state directory .* was removed or moved away; new tasks are refused until it is there again/);
		}
		fs.writeFileSync(path.join(world.work, 'gate'), '');
		assert.match((await bridge.tool('check_tasks', { ids: ['t1'],
			wait_s: 20, detail: 'status' })).text, /^t1 failed: exit code 7/);
		fs.renameSync(away, world.state);
		await waitFor(() => /is back/.test(world.log()));
		assert.equal(world.output('t1'), 'begun\n1\n2\n3\n');
		assert.match((await bridge.tool('run_task', { command: 'true' })).text,
			/^t2 completed/);
		await isLocked(world);
		assert.equal(world.daemon(), pid);
	});

	test('is taken by another daemon meanwhile', async (t) => {
		const { world, bridge, pid } = await started(t);
		const second = path.join(world.root, 'second');

		await bridge.tool('run_task', { command: 'true' });
		// the old daemon is asleep while that happens
		process.kill(pid, 'SIGSTOP');
		removeFolder(world.state);
		fs.mkdirSync(world.state, { mode: 0o700 });
		const other = { ...world, env: { ...world.env, CCPROC_SOCKET: second } };

		await daemonAfter(other, ':', path.join(world.root, 'log2'));
		process.kill(pid, 'SIGCONT');
		await ended(pid);
		assert.match(world.log(), /another daemon \(pid \d+\) serves .*; ending\n/);
		assert.equal(called(world, 'ccprocd').length, 1);
		await bridge.tool('list_tasks'); // by way of STATE/lock
		assert.equal(called(world, 'ccprocd').length, 1);
	});

	test('is replaced by another one', async (t) => {
		const { world, bridge, pid } = await started(t);

		await bridge.tool('run_task', { command: 'true' });
		fs.renameSync(world.state, `${world.state}.old`);
		fs.mkdirSync(world.state, { mode: 0o700 });
		await ended(pid);
		assert.match(world.log(), /another directory has come in the place of the state directory; ending\n/);
		assert.match((await bridge.tool('run_task', { command: 'true' })).text,
			/^t1 completed/);
	});

	for (const name of ['lock', 'seq', 'live', 'tasks', 'trash', 'version'])
		test(`loses ${name}`, async (t) => {
			const { world, bridge, pid } = await started(t);

			await bridge.tool('run_task', { command: 'true' });
			await bridge.tool('run_task',
				{ ...gated(world, 'gate', 'exit 6'), wait_s: 0 });
			await waitFor(() => world.output('t2') !== '');
			removeFolder(path.join(world.state, name));
			await waitFor(() => fs.existsSync(path.join(world.state, name)));
			await isLocked(world);
			if (name !== 'tasks')
				await waitFor(() => world.live().length === 1);
			fs.writeFileSync(path.join(world.work, 'gate'), '');
			assert.match((await bridge.tool('check_tasks', { ids: ['t2'],
				wait_s: 20 })).text,
			name === 'tasks' ? /t2 lost/ : /^t2 failed: exit code 6/);
			assert.match((await bridge.tool('run_task', { command: 'true' }))
				.text, /^t3 completed/);
			await bridge.tool('cleanup_tasks', { ids: ['t3'] });
			assert.equal(world.daemon(), pid);
			assert.deepEqual(world.live(), []);
		});
});

describe('a state directory that is read-only for a while', ALL, () => {
	/** Runs one of our programs as a user whom modes stop. */
	function asPlain(world, args, options) {
		const program = path.join(world.bin, 'ccproc');

		if (process.getuid() !== 0)
			return ccproc(world, args, { program, ...options });
		return ccproc(world, ['--reuid', NOBODY, '--regid', NOBODY,
			'--clear-groups', '--', program, ...args].map(String),
		{ program: 'setpriv', ...options });
	}

	const walk = (dir, fn) => {
		for (const name of fs.readdirSync(dir)) {
			const file = path.join(dir, name);

			if (!fs.lstatSync(file).isSymbolicLink()) {
				if (fs.statSync(file).isDirectory())
					walk(file, fn);
				fn(file);
			}
		}
	};
	const chmod = (dir, change) => {
		const one = (file) => fs.chmodSync(file,
			change(fs.statSync(file).mode & 0o777));

		walk(dir, one);
		one(dir);
	};

	test('refuses tasks, and loses no exit code', async (t) => {
		const world = startWorld(t);
		const gate = path.join(world.work, 'gate');

		world.bin = path.join(world.root, 'bin');
		installed(world.bin);
		world.env.CCPROC_LIBEXEC = world.bin;
		if (process.getuid() === 0) {
			walk(world.root, (file) => fs.chownSync(file, NOBODY, NOBODY));
			fs.chownSync(world.root, NOBODY, NOBODY);
		}
		const first = await asPlain(world, ['start', '-c',
			`echo begun; until [ -e ${gate} ]; do sleep 0.02; done; ` +
			'echo end; exit 9']);

		if (first.code !== 0 && /setpriv|Permission/.test(first.err)) {
			t.skip(first.err.trim());
			return;
		}
		assert.equal(first.out, 't1\n', first.err);
		await waitFor(() => world.output('t1') !== '');
		const pid = world.daemon();

		chmod(world.state, (mode) => mode & ~0o222);
		for (let i = 0; i < 2; i++) {
			const { code, err } = await asPlain(world, ['start', 'true']);

			assert.equal(code, 125);
			assert.match(err, /not accepted: .*Permission denied/);
		}
		fs.writeFileSync(gate, '');
		// the keeper tries for a minute; with less patience it is ours
		await waitFor(() => /stop_reason/.test(fs.readFileSync(
			path.join(world.taskDir('t1'), 'run'), 'utf8')));
		kill(called(world, 'ccproc-keeper')[0], 'SIGKILL');
		const waited = await asPlain(world, ['wait', 't1']);

		assert.equal(waited.code, 9, waited.err);
		assert.equal(fs.existsSync(path.join(world.taskDir('t1'),
			'exit.json')), false);
		assert.match((await asPlain(world, ['ls', '--plain'])).out,
			/^t1\t.*failed/m);
		assert.match((await asPlain(world, ['show', 't1'])).out,
			/^t1 failed: exit code 9/);
		chmod(world.state, (mode) => mode | 0o200);
		await waitFor(() => fs.existsSync(path.join(world.taskDir('t1'),
			'exit.json')));
		await waitFor(() => world.live().length === 0);
		// what was refused had a number
		assert.equal((await asPlain(world, ['start', 'true'])).out, 't4\n');
		assert.equal((await asPlain(world, ['wait', 't4'])).code, 0);
		assert.equal(world.daemon(), pid);
		assert.equal(world.output('t1'), 'begun\nend\n');
		assert.equal(comm(pid), 'ccprocd');
	});
});
