// Nobody is told of a task before what that rests on is on the disk; the
// program does not wait for it.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ask, asked, askers, begin } from './lib/askers.mjs';
import { calls, follow } from './lib/calls.mjs';
import { called, ended, killDaemon } from './lib/daemon.mjs';
import { whyNoStrace } from './lib/faults.mjs';
import { kill, startWorld, waitFor, World } from './lib/harness.mjs';
import { connect, join, records } from './lib/session.mjs';

/** Files that nobody is told of, or that can be made again. */
const NO_PROMISE = /\/(calls|seen|version|program|lock|key)(\/|$)/;

const ENDED = /completed|failed|cancelled|timeout|lost/;
const DELETED = /clean|delet/;
// an answer that was made before the question may leave after it
const ASKS = /needs.input|asks(?:\\|\\\\\\)":\[\{/;

/** The number of the task that a file is of. */
const numberOf = (file) => /\/(?:tasks\/[^/]+|trash|live)\/(\d+)-/.exec(file)?.[1];

/**
 * What a call leaves to be synced, as [file, number of the task, what text
 * tells of it]; or which file it has synced.
 */
function effects({ name, text, over }, state) {
	const inside = [...text.matchAll(/(\d+)<([^>]*)>, "([^"]*)"/g)]
		.map(([, , dir, file]) => path.resolve(dir, file))
		.filter((file) => file.startsWith(`${state}/`) &&
			!NO_PROMISE.test(file.slice(state.length)));
	const [from, to = from] = inside;
	const all = (number, tells, ...files) =>
		({ dirty: files.map((file) => [file, number, tells]) });

	if (!over || !/ = \d+(<.*>)?$/.test(text))
		return { dirty: [] };
	if (name === 'fdatasync' || name === 'fsync')
		return { dirty: [], clean: /<([^>]*)>/.exec(text)[1] };
	if (to === undefined)
		return { dirty: [] };
	if (name === 'openat')
		return to.endsWith('/exit.json') ? all(numberOf(to), ENDED, to,
			path.dirname(to)) : { dirty: [] };
	if (name === 'symlinkat')
		return all(numberOf(to), /./, path.dirname(to));
	if (name !== 'renameat' && name !== 'linkat')
		return { dirty: [] };
	if (to.includes('/trash/'))
		return all(numberOf(to), DELETED, path.dirname(from),
			path.dirname(to));
	if (/\/tasks\/[^/]+\/[^/]+$/.test(to))
		return all(numberOf(to), /./, to, `${to}/spec.json`,
			path.dirname(to));
	return all(numberOf(to), /result|exit|worktree/.test(to) ? ENDED :
		/\/ask-\d+\.json$/.test(to) ? ASKS : /./,
	path.dirname(to), ...(/\.json$/.test(to) ? [to] : []));
}

/** What a text tells of, and is not synced. */
const promised = (unsynced, text) => unsynced.filter(([, number, tells]) =>
	new RegExp(`\\bt${number}\\b`).test(text) && tells.test(text));

describe('before an answer leaves', { skip: whyNoStrace }, () => {
	test('all that the daemon has written or found is synced', async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { agents: askers } });
		const log = path.join(world.root, 'calls');
		const daemon = world.daemon();
		const stop = await follow(daemon, log, '-e', 'trace=openat,renameat,' +
			'linkat,symlinkat,mkdirat,fsync,fdatasync,write,writev,sendto');

		await bridge.tool('run_task', { command: 'echo x; exit 3',
			options: { key: 'once' } });
		await bridge.tool('start_tasks', { tasks: [
			{ command: ['sleep', '60'], label: 'long' },
			{ command: 'true', after: ['long'] }] });
		await bridge.tool('stop_tasks', { ids: ['t3'] });
		await bridge.tool('stop_tasks', { ids: ['t2'], mode: 'now' });
		await begin(bridge, ask('make'));
		await asked(bridge, 1, 't4');
		await world.run('ccproc', ['answer', 't4', 'allow']);
		const { text } = await bridge.tool('check_tasks',
			{ ids: ['t4'], wait_s: 20 });

		await bridge.tool('reply_task', { id: 't4', message: '{"asks":[]}',
			wait_s: 20 });
		await bridge.tool('cleanup_tasks', { ids: ['t1'] });
		await stop();

		const found = new Set(); // exit records, which are read again later
		const told = [];
		let unsynced = [];

		for (const call of calls(log)) {
			const { dirty, clean } = effects(call, world.state);

			unsynced = unsynced.filter(([file]) => file !== clean);
			if (call.pid !== daemon)
				continue;
			if (call.name !== 'openat' || !found.has(dirty[0]?.[0]))
				unsynced.push(...dirty);
			if (call.name === 'openat' && dirty.length > 0)
				found.add(dirty[0][0]);
			if (call.over || !/^(write|writev|sendto)\(\d+<UNIX/.test(call.text)
				|| !call.text.includes('jsonrpc'))
				continue;
			told.push(call.text);
			assert.deepEqual(promised(unsynced, call.text), [], call.text);
		}
		assert.ok(told.length > 7, `${told.length} answers: ${text}`);
		assert.match(told.join('\n'), /t1 failed: exit code 3/);
	});

	/** The first sync fails so. */
	const refused = (error, words) => async (t) => {
		const { world, bridge } = await connect(t);
		const stop = await follow(world.daemon(), path.join(world.root, 'calls'),
			'-e', 'trace=fdatasync',
			'-e', `inject=fdatasync:error=${error}:when=1`);

		// the acceptance is refused before the answer, or with it
		const start = bridge.tool('run_task', { command: 'exit 3' })
			.then(({ text }) => assert.match(text, /the disk refused to keep it/),
				({ message }) => assert.match(message,
					new RegExp(`the disk refused to keep .*: ${words}`)));

		// what tells nothing of the task is no less true
		await bridge.request('ping');
		await bridge.request('tools/list');
		await start;
		await stop();
		// a later sync may lie
		assert.match((await bridge.tool('check_tasks', { ids: ['t1'] })).text,
			/^t1 failed: exit code 3 .*the disk refused/);
		assert.match((await bridge.tool('run_task', { command: 'exit 4' })).text,
			/^t2 failed: exit code 4 · \S+ m?s$/);
		await killDaemon(world); // the next one would try again
		assert.match((await bridge.tool('check_tasks', { ids: ['t1'] })).text,
			/^t1 failed: exit code 3 .*the disk refused/);
		assert.match((await bridge.tool('check_tasks', { ids: ['t2'] })).text,
			/^t2 failed: exit code 4 · \S+ m?s$/);
	};

	test('and what the disk refuses is never told as kept',
		refused('EIO', 'Input/output error'));
	test('nor what a file system refuses that has become read-only by an error',
		refused('EROFS', 'Read-only file system'));
});

describe('a disk that does not answer', () => {
	test('holds up answers, and neither programs nor the next daemon',
		async (t) => {
			const { world, bridge } = await connect(t);

			await bridge.tool('run_task', { command: 'true' });
			const [syncer] = called(world, 'ccproc-sync');
			const trace = path.join(world.work, 'trace');
			let told = false;

			process.kill(syncer, 'SIGSTOP');
			t.after(() => kill(syncer, 'SIGKILL'));
			const answer = bridge.tool('run_task',
				{ command: `echo x >>${trace}; exit 3` })
				.finally(() => { told = true; });
			const list = bridge.tool('list_tasks', {});

			await waitFor(() => world.live().length === 1 &&
				fs.existsSync(path.join(world.taskDir('t2'), 'exit.json')));
			assert.equal(told, false);
			await killDaemon(world);
			assert.match((await answer).text, /^t2 failed: exit code 3/);
			assert.match((await list).text, /t2/);
			assert.equal(fs.readFileSync(trace, 'utf8'), 'x\n');
			kill(syncer, 'SIGKILL');
			await ended(syncer);
		});

	test('is not what somebody has stopped', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'true' });
		const [once] = called(world, 'ccproc-sync');

		process.kill(once, 'SIGSTOP');
		assert.match((await bridge.tool('run_task', { command: 'exit 3' }))
			.text, /^t2 failed: exit code 3/);
		assert.deepEqual(called(world, 'ccproc-sync'), [once]);
		const again = setInterval(() => kill(once, 'SIGSTOP'), 1);

		try {
			assert.match((await bridge.tool('run_task',
				{ command: 'exit 4' })).text, /^t3 failed: exit code 4/);
			assert.notDeepEqual(called(world, 'ccproc-sync'), [once]);
		} finally {
			clearInterval(again);
			kill(once, 'SIGCONT');
		}
	});

	test('what syncs is started again when it is killed', async (t) => {
		const { world, bridge } = await connect(t);

		for (let n = 1; n <= 5; n++) {
			assert.match((await bridge.tool('run_task', { command: 'exit 3' }))
				.text, new RegExp(`^t${n} failed: exit code 3`));
			const [syncer] = called(world, 'ccproc-sync');

			if (n % 2 === 0)
				process.kill(syncer, 'SIGSTOP');
			const answer = bridge.tool('list_tasks', {});

			kill(syncer, 'SIGKILL');
			await answer;
		}
	});
});

/** A file system in a file; undefined where none can be mounted. */
function makeDisk() {
	const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-disk-'));
	const image = path.join(root, 'image');
	const mounted = [];
	const disk = {
		mount(file = image) {
			const at = fs.mkdtempSync(path.join(root, 'at-'));

			if (spawnSync('mount', ['-o', 'loop,commit=300', file, at]).status !== 0)
				return undefined;
			mounted.push(at);
			fs.chmodSync(at, 0o700);
			return at;
		},
		/** What is on it if the power is cut now; nobody may sync meanwhile. */
		cut(syncers) {
			const copy = path.join(root, `cut-${mounted.length}`);

			syncers.forEach((pid) => process.kill(pid, 'SIGSTOP'));
			execFileSync('cp', [image, copy]);
			syncers.forEach((pid) => process.kill(pid, 'SIGCONT'));
			return copy;
		},
		free() {
			mounted.forEach((at) => spawnSync('umount', ['-l', at]));
			fs.rmSync(root, { recursive: true, force: true });
		},
	};

	fs.writeFileSync(image, '');
	fs.truncateSync(image, 64 << 20);
	spawnSync('mkfs.ext4', ['-q', image]);
	disk.state = disk.mount();
	return disk;
}

describe('a power cut right after an answer', () => {
	/** A world with its state on a disk of its own. */
	function onDisk(t) {
		const disk = makeDisk();

		if (disk.state === undefined) {
			disk.free();
			t.skip('cannot mount a file system in a file');
			return {};
		}
		const world = startWorld(t, { env: { CCPROC_STATE_DIR: disk.state },
			config: { commands: { max_running: 1 } } });

		world.state = disk.state;
		t.after(() => disk.free()); // the world has ended then
		return { world, disk };
	}

	/** As if what was started had been started in another boot. */
	function rebooted(tasks) {
		for (const name of fs.readdirSync(tasks, { recursive: true }))
			if (path.basename(name) === 'begun') {
				fs.rmSync(path.join(tasks, name));
				fs.symlinkSync('another', path.join(tasks, name));
			}
	}

	/** Has look see what the next daemon knows, if the power is cut now. */
	async function afterCut(before, disk, look) {
		const state = disk.mount(disk.cut(called(before, 'ccproc-sync')));
		const world = new World({ env: { CCPROC_STATE_DIR: state },
			config: { commands: { max_running: 1 } } });

		world.state = state;
		// it leads to the first daemon, whose socket a power cut would end
		fs.rmSync(path.join(state, 'lock'), { force: true });
		rebooted(path.join(state, 'tasks'));
		const failed = await look(await join(world), world)
			.then(() => undefined, (error) => error);

		await world.close().catch((error) => {
			throw failed ?? error;
		});
		if (failed !== undefined)
			throw failed;
	}

	test('costs no exit code, no acceptance, no stop, no deletion',
		async (t) => {
			const { world, disk } = onDisk(t);

			if (world === undefined)
				return;
			const bridge = await join(world);

			for (let code = 1; code <= 3; code++)
				await bridge.tool('run_task',
					{ command: `echo ${code}; exit ${code}` });
			await afterCut(world, disk, async (next) => {
				const tasks = await records(next, ['t1', 't2', 't3']);
				const { text } = await next.tool('check_tasks', { ids: ['t3'] });

				assert.deepEqual(tasks.map((task) => task.exit_code),
					[1, 2, 3]);
				assert.match(text, /^t3 failed: exit code 3 .*\n3$/);
			});

			const gate = path.join(world.work, 'gate');

			await bridge.tool('start_tasks', { tasks: [
				{ command: `echo x >>${world.work}/ran; until [ -e ${gate} ]; ` +
					'do sleep 0.1; done' },
				{ command: 'echo never' }, { command: 'echo later' }] });
			await bridge.tool('stop_tasks', { ids: ['t5'] });
			await bridge.tool('cleanup_tasks', { ids: ['t1'] });
			await afterCut(world, disk, async (next, after) => {
				assert.match((await next.tool('check_tasks', { ids: ['t6'],
					wait_s: 20 })).text, /^t6 completed/);
				const [ran, never] = await records(next, ['t4', 't5']);

				assert.deepEqual([ran.state, never.state],
					['lost', 'cancelled']);
				assert.equal(after.output('t5'), '');
				assert.match((await next.tool('check_tasks',
					{ ids: ['t1'] })).text, /t1: was cleaned up/);
			});
			assert.equal(fs.readFileSync(`${world.work}/ran`, 'utf8'), 'x\n');
		});

	test('nor the exit code that came while no daemon was there',
		async (t) => {
			const { world, disk } = onDisk(t);

			if (world === undefined)
				return;
			const bridge = await join(world);
			const gate = path.join(world.work, 'gate');

			await bridge.tool('start_tasks', { tasks: [{ command:
				`until [ -e ${gate} ]; do sleep 0.01; done; exit 9` }] });
			await bridge.close();
			await killDaemon(world);
			fs.writeFileSync(gate, '');
			await waitFor(() => fs.existsSync(
				path.join(world.taskDir('t1'), 'exit.json')) &&
				called(world, 'ccproc-keeper').length === 0);
			const next = await join(world);

			assert.match((await next.tool('check_tasks', { ids: ['t1'] })).text,
				/^t1 failed: exit code 9/);
			await afterCut(world, disk, async (later) => {
				assert.equal((await later.task('t1')).exit_code, 9);
			});
		});
});
