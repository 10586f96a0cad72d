// Each system call on the way from a start to a reported end fails once, in
// each of its turns: the caller gets the truth or a sentence, nothing starts
// twice, no exit code is invented, nothing is left behind, and the next task
// works.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { killDaemon } from './lib/daemon.mjs';
import { attach, failing, injected, whyNoStrace } from './lib/faults.mjs';
import { patient, waitFor } from './lib/harness.mjs';
import { sh, Task } from './lib/keeper.mjs';
import { connect, join } from './lib/session.mjs';

const CODE = 7;
/** More turns of one call than a task needs. */
const TURNS = 40;

/** The calls of the daemon, with what they may fail with. */
const DAEMON = [
	['mkdirat', 'ENOSPC'], ['mkdirat', 'EROFS'],
	['openat', 'EMFILE'], ['openat', 'ENOSPC'], ['openat', 'EIO'],
	['write', 'ENOSPC'], ['write', 'EIO'], ['write', 'EINTR'],
	['pwrite64', 'ENOSPC'],
	['fallocate', 'ENOSPC'], ['fallocate', 'EINTR'],
	['symlinkat', 'ENOSPC'],
	['renameat', 'EIO'], ['renameat', 'ENOSPC'],
	['unlinkat', 'EIO'], ['unlinkat', 'EROFS'],
	['pipe2', 'ENFILE'],
	['clone,clone3,vfork', 'EAGAIN'], ['clone,clone3,vfork', 'ENOMEM'],
	['pidfd_open', 'EMFILE'], ['pidfd_open', 'ENOMEM'],
	['fcntl', 'EMFILE'], ['fcntl', 'ENOLCK'],
	['read', 'EIO'], ['pread64', 'EIO'],
	['newfstatat', 'EIO'],
	['waitid', 'EINTR'],
	['getdents64', 'EIO'],
	['epoll_ctl', 'ENOSPC'],
	['pidfd_send_signal', 'EPERM'],
];

/** Calls of the keeper that fail. */
const KEEPER = [
	['open', 'ENFILE'], ['open', 'EIO'],
	['openat', 'EMFILE'], ['openat', 'ENOSPC'],
	['fcntl', 'ENOLCK'], ['fcntl', 'EINTR'],
	['fstat', 'EIO'], ['newfstatat', 'EIO'], ['lseek', 'EIO'],
	['pwrite64', 'ENOSPC'], ['pwrite64', 'EIO'], ['pwrite64', 'EINTR'],
	['write', 'EPIPE'], ['read', 'EIO'], ['mmap', 'ENOMEM'],
	['vfork', 'EAGAIN'], ['vfork', 'ENOMEM'],
	['wait4', 'EINTR'], ['rt_sigtimedwait', 'EINTR'],
	['renameat', 'EIO'], ['renameat', 'ENOSPC'],
	['unlinkat', 'EROFS'], ['close', 'EIO'], ['kill', 'EPERM'],
];

const read = (file) => fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';

describe('a call of the daemon fails', { skip: whyNoStrace, concurrency: 4 },
	() => {
		/**
		 * What is in folders where nothing may be left.  A link that could
		 * not be removed stays until the next daemon starts.
		 */
		function leftovers(world, links = false) {
			const days = path.join(world.state, 'tasks');
			const ended = (id) => links && fs.existsSync(
				path.join(world.taskDir(id), 'exit.json'));

			return [...world.live().filter((id) => !ended(id)),
				...fs.readdirSync(path.join(world.state, 'trash')),
				...fs.readdirSync(days).flatMap((day) =>
					fs.readdirSync(path.join(days, day)))
					.filter((name) => name.startsWith('.'))];
		}

		/** How a task ended during which a call failed. */
		async function judge(world, bridge, { text, isError }, trace, what,
			links) {
			const [id] = /\bt\d+\b/.exec(text) ?? [];

			assert.notEqual(text, '', what);
			await waitFor(() => leftovers(world, links).length === 0,
				{ what: `nothing to be left after ${what}: ${text}; ` +
					leftovers(world) });
			const ran = read(trace).split('\n').length - 1;

			assert.ok(ran <= 1, `${what}: ran ${ran} times`);
			if (id === undefined) { // a refusal, and one is meant
				assert.ok(isError && ran === 0, `${what}: ${text}`);
				return;
			}
			const task = await bridge.task(id);

			if (task.exit_code === null)
				assert.ok(['spawn_error', 'keeper_lost', 'user']
					.includes(task.reason), `${what}: ${JSON.stringify(task)}`);
			else
				assert.deepEqual([task.exit_code, ran], [CODE, 1],
					`${what}: ${JSON.stringify(task)}`);
		}

		/** Starts a task, and stops it when that is asked for. */
		async function run(bridge, trace, stopped) {
			const command = `echo x >>${trace}; ` +
				(stopped ? 'exec sleep 60' : `exit ${CODE}`);

			if (!stopped)
				return bridge.tool('run_task',
					{ command: ['/bin/sh', '-c', command], wait_s: 20 });
			const begun = await bridge.tool('run_task',
				{ command, wait_s: 0 });
			const [id] = /^t\d+/.exec(begun.text) ?? [];

			return id === undefined ? begun :
				bridge.tool('stop_tasks', { ids: [id], mode: 'now' });
		}

		for (const [call, error] of DAEMON)
			test(`${call}: ${error}`, { timeout: patient(120000) }, async (t) => {
				const { world, bridge } = await connect(t);
				const stopped = call === 'pidfd_send_signal';
				const log = path.join(world.root, 'calls');
				let n = 1;

				await bridge.tool('run_task', { command: 'true' });
				const pid = world.daemon();

				for (; n <= TURNS; n++) {
					const what = `${call} ${n} ${error}`;
					const trace = path.join(world.work, `trace-${n}`);
					const detach = await attach(pid, call, error, n, log);
					const answer = await run(bridge, trace, stopped);
					const failed = await detach();

					assert.equal(world.daemon(), pid, what);
					if (stopped) // a stop that failed may be asked for again
						await bridge.tool('stop_tasks',
							{ scope: 'mine', mode: 'now' });
					await judge(world, bridge, answer, trace,
						`${what} ${failed}`, call === 'unlinkat');
					const next = await bridge.tool('run_task',
						{ command: 'echo next; exit 3' });

					assert.match(next.text, /^t\d+ failed: exit code 3 .*\nnext$/);
					if (failed.length === 0)
						break; // it is not called so often
				}
				t.diagnostic(`${n - 1} turns`);
				await killDaemon(world);
				await bridge.request('tools/list');
				assert.deepEqual(leftovers(world), []);
				assert.ok(n > 1, `${call} is not called at all`);
				assert.ok(n <= TURNS, `more than ${TURNS} times ${call}`);
			});
	});

describe('no file can be watched', { skip: whyNoStrace }, () => {
	/** Waits for output while one call fails; resolves to what failed. */
	async function wait(t, { world, bridge }, call, error, n) {
		const { text } = await bridge.tool('run_task',
			{ command: 'sleep 1; echo late', wait_s: 0 });
		const [id] = /^t\d+/.exec(text);
		const pid = world.daemon();
		const detach = await attach(pid, call, error, n,
			path.join(world.root, 'calls'));
		const answer = await bridge.tool('read_output',
			{ id, cursor: 0, wait_s: 20 });
		const failed = await detach();

		assert.equal(world.daemon(), pid, `${failed}`);
		assert.match(answer.text, /\nlate\n$/, `${failed}`);
		return failed.length > 0;
	}

	for (const [call, error] of [['epoll_ctl', 'ENOSPC'],
		['inotify_init1', 'EMFILE'], ['inotify_add_watch', 'ENOSPC']])
		test(`a wait for output ends with the task: ${call}`,
			{ timeout: patient(60000) }, async (t) => {
				const at = await connect(t);
				let n = 1;

				while (await wait(t, at, call, error, n))
					n++;
				assert.ok(n > 1, `${call} is not called at all`);
			});

	test('a client that cannot be watched comes again', { timeout: patient(60000) },
		async (t) => {
			const { world, bridge } = await connect(t);

			await bridge.tool('run_task', { command: 'true' });
			const pid = world.daemon();
			const detach = await attach(pid, 'epoll_ctl', 'ENOSPC', 1,
				path.join(world.root, 'calls'));
			const other = await join(world);

			assert.match((await other.tool('list_tasks', {})).text, /t1/);
			assert.equal((await detach()).length, 1);
			assert.equal(world.daemon(), pid);
		});
});

describe('a call of the keeper fails', { skip: whyNoStrace, concurrency: 4 },
	() => {
		for (const [call, error] of KEEPER)
			test(`${call}: ${error}`, { timeout: patient(120000) }, async (t) => {
				let n = 1;

				for (; n <= TURNS; n++) {
					const task = new Task(t, { prompt: 'hello\n' });
					const log = path.join(task.dir, 'calls');
					const keeper = task.keep(sh('echo x; cat; ' +
						`sleep 0.05 & exit ${CODE}`),
					{ under: ['strace', ...failing(call, error, n, log)] });

					await keeper.ended(30000);
					const failed = injected(log);
					const what = `${call} ${n} ${error} ${failed}: ` +
						`${keeper.stderr} ${task.names()} ${
							task.has('exit.json') ? task.read('exit.json') :
								task.read('run')}`;

					assert.deepEqual(task.describe(), [], what);
					checkRecord(task, what);
					await task.close();
					if (failed.length === 0)
						break;
				}
				t.diagnostic(`${n - 1} turns`);
				assert.ok(n <= TURNS, `more than ${TURNS} times ${call}`);
			});

		/** The record tells the truth, or that it is not known. */
		function checkRecord(task, what) {
			if (!task.has('exit.json')) {
				// begun or not, the daemon can tell by what is in there
				assert.equal(task.read('run') === '' && task.stdout !== '',
					false, what);
				return;
			}
			const { record } = task;

			if (record.spawn_stage !== '')
				assert.deepEqual([record.exit_code ?? -1, task.stdout],
					[-1, ''], what);
			else
				assert.deepEqual([record.exit_code, record.exit_signal,
					task.stdout], [CODE, 0, 'x\nhello\n'], what);
		}
	});
