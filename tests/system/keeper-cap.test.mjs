// The keeper: the cap of what a task may write.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { buildDir, patient, waitFor } from './lib/harness.mjs';
import { blindKernel, sh, Task } from './lib/keeper.mjs';

const MIB = 1 << 20;
const GIB = 1 << 30;
/**
 * Bytes that may be written between reaching the cap and being killed: more
 * where the keeper waits for a processor.
 */
const over = () => patient(16 * MIB);
const STREAMS = ['stdout', 'stderr'];
const { SIGIO } = os.constants.signals;

const capped = (bytes, ...args) => ({ args: ['-c', String(bytes), ...args] });
const size = (task, name) => fs.statSync(path.join(task.dir, name)).size;

/** Asserts that the task was stopped for writing too much, and its record. */
function assertStopped(task, name, cap) {
	const { exit_code, exit_signal, stop_reason, leftovers, unkillable,
		note } = task.record;

	assert.deepEqual({ exit_code, exit_signal, stop_reason, leftovers,
		unkillable, note }, { exit_code: -1, exit_signal: 9,
		stop_reason: 'output_limit', leftovers: 0, unkillable: 0, note: '' });
	assert.ok(size(task, name) > cap, size(task, name));
	assert.ok(size(task, name) <= cap + over(), size(task, name));
	assert.deepEqual(task.describe(), []);
}

/**
 * Waits until the keeper has seen what was written: the signal came with the
 * write, was taken, and the keeper sleeps again.
 */
const hasLooked = (keeper) => waitFor(() => !keeper.pending(SIGIO) &&
	/^S/.test(keeper.proc('State')));

describe('over the cap', { skip: blindKernel }, () => {
	for (const [i, name] of STREAMS.entries())
		test(name, async (t) => {
			const task = new Task(t);

			await task.run(sh(`exec yes >&${i + 1}`), capped(MIB));
			assertStopped(task, name, MIB);
			assert.equal(size(task, STREAMS[1 - i]), 0);
			assert.equal(task.read(name).slice(0, 6), 'y\ny\ny\n');
			assert.ok(task.record.elapsed < 5000, task.record.elapsed);
		});

	test('a byte is enough', async (t) => {
		const task = new Task(t);

		await task.run(sh('head -c 1048577 /dev/zero; exec sleep 1000'),
			capped(MIB));
		assertStopped(task, 'stdout', MIB);
		assert.equal(size(task, 'stdout'), MIB + 1);
	});

	test('by output from before', async (t) => {
		const task = new Task(t);

		task.write('stderr', 'x'.repeat(11));
		await task.run(['sleep', '1000'], capped(10));
		assertStopped(task, 'stderr', 10);
	});

	test('slowly, with pauses', async (t) => {
		const task = new Task(t);

		await task.run(sh('for i in 1 2 3; do echo 123; sleep 0.2; done; ' +
			'echo 123; exec sleep 1000'), capped(12));
		assertStopped(task, 'stdout', 12);
		assert.equal(task.stdout, '123\n'.repeat(4));
	});

	test('by writers in the background, in sessions of their own',
		async (t) => {
			const task = new Task(t);

			await task.run(sh('setsid yes & setsid -f yes >&2; ' +
				'(setsid sh -c "sleep 1000; true" &); exec sleep 1000'),
			capped(MIB));
			const most = STREAMS.reduce((a, b) =>
				size(task, a) > size(task, b) ? a : b);

			assertStopped(task, most, MIB);
		});

	test('by a file that has no name any more', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('echo up; while [ ! -e "$1" ]; do ' +
			'sleep 0.05; done; rm "$2"; exec yes', task.dir + '/go',
		task.dir + '/stdout'), capped(MIB));

		await task.says('up');
		await hasLooked(keeper);
		task.write('go', '');
		await keeper.ended();
		assert.equal(task.record.stop_reason, 'output_limit');
		assert.equal(task.has('stdout'), false);
	});

	test('after the end of the main process', async (t) => {
		const task = new Task(t);
		const record = await task.run(
			sh('(sleep 0.5; exec setsid yes) & exit 3'), capped(MIB));

		assert.equal(record.exit_code, 3);
		assert.equal(record.stop_reason, '');
		assert.match(record.leftover_names, /^\d+ (setsid|yes)$/);
		assert.ok(record.elapsed < 2000, record.elapsed);
		assert.ok(size(task, 'stdout') <= MIB + over());
		assert.deepEqual(task.describe(), []);
	});

	test('in the grace of a stop, whose reason stays', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('trap yes TERM; echo ready; ' +
			'while :; do sleep 0.05; done'), capped(MIB));

		await task.says('ready');
		keeper.stop({ reason: 'idle', grace: 60 });
		await keeper.ended();
		assert.equal(task.record.stop_reason, 'idle');
		assert.equal(task.record.exit_signal, 9);
		assert.ok(size(task, 'stdout') <= MIB + over());
	});
});

describe('within the cap', () => {
	test('both streams exactly at it', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('head -c 1048576 /dev/zero; ' +
			'head -c 1048576 /dev/zero >&2; while [ ! -e "$1" ]; do ' +
			'sleep 0.05; done; exit 4', task.dir + '/go'), capped(MIB));

		await waitFor(() => STREAMS.every((name) => task.has(name) &&
			size(task, name) === MIB));
		await hasLooked(keeper);
		task.write('go', '');
		await keeper.ended();
		assert.equal(task.record.exit_code, 4);
		assert.equal(task.record.stop_reason, '');
		assert.equal(task.record.note, '');
	});

	for (const args of [[], ['-c', '0']])
		test('no cap: ' + args.join(' '), async (t) => {
			const task = new Task(t);
			const record = await task.run(
				sh('head -c 30000000 /dev/zero; exit 5'), { args });

			assert.equal(record.exit_code, 5);
			assert.equal(size(task, 'stdout'), 30000000);
		});

	test('other files of the task are its own matter', async (t) => {
		const task = new Task(t);
		const record = await task.run(sh('head -c 5000000 /dev/zero >"$1"',
			task.dir + '/mine'), capped(MIB));

		assert.equal(record.exit_code, 0);
		assert.equal(size(task, 'mine'), 5000000);
	});

	test('a silent task costs nothing', { skip: blindKernel }, async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('echo ready; exec sleep 1000'),
			capped(GIB));
		const wakeups = () => keeper.proc('voluntary_ctxt_switches');
		let before;

		await task.says('ready');
		// What was written is looked at twice, then all is quiet.
		await waitFor(async () => {
			before = wakeups();
			await new Task(t).run(sh('sleep 1; true'));
			return wakeups() === before;
		});
		keeper.signal('SIGTERM');
		await keeper.ended();
	});

	test('a cap is a number', (t) => {
		const task = new Task(t);
		const keeper = path.join(buildDir(), 'ccproc-keeper');

		for (const cap of ['', 'x', '-1', '1k', '1e9', '9'.repeat(19)])
			assert.equal(spawnSync(keeper, ['-c', cap, '-d', task.dir, '--',
				'true']).status, 2, cap);
		assert.equal(task.read('run'), '');
	});
});

describe('truncated', () => {
	/** Writes 7 bytes to each stream, is looked at, does cut, ends. */
	async function cuts(t, cut) {
		const task = new Task(t);
		const keeper = task.keep(sh('echo 123456; echo 123456 >&2; ' +
			': >"$1/written"; while [ ! -e "$1/go" ]; do sleep 0.05; done; ' +
			cut, task.dir), capped(MIB));

		await waitFor(() => task.has('written'));
		await hasLooked(keeper);
		task.write('go', '');
		await keeper.ended();
		assert.equal(task.record.exit_code, 0);
		return [task.record.stdout_cut, task.record.stderr_cut];
	}

	test('stdout', async (t) => {
		assert.deepEqual(await cuts(t, ': >/proc/self/fd/1'), [7, 0]);
	});
	test('stderr, by tee', async (t) => {
		assert.deepEqual(await cuts(t, 'echo a | tee /dev/stderr'), [0, 7]);
	});
	test('both', async (t) => {
		assert.deepEqual(await cuts(t,
			': >/dev/stdout; : >/dev/stderr; echo 1'), [7, 7]);
	});
	test('before anybody has looked', async (t) => {
		const record = await new Task(t).run(
			sh('seq 1000; echo bad >/dev/stdout'), capped(MIB));

		assert.deepEqual([record.stdout_cut, record.stderr_cut], [3893, 0]);
	});
	test('neither', async (t) => {
		assert.deepEqual(await cuts(t,
			'echo a; echo b >>/proc/self/fd/1'), [0, 0]);
	});
});

describe('a kernel without F_NOTIFY', () => {
	const CALLS = ['-e', 'trace=fcntl', '-o'];

	function strace() {
		const { status } = spawnSync('strace',
			['-e', 'trace=none', '-o', '/dev/null', 'true']);

		return status === 0;
	}

	const options = { skip: !strace() && 'no strace, or it may not trace' };

	/** How strace makes all F_NOTIFY fail: every fcntl from the nth on. */
	async function blind(t) {
		const task = new Task(t);
		const file = path.join(task.dir, 'calls');

		await task.run(['sleep', '0.5'], { ...capped(MIB),
			under: ['strace', ...CALLS, file] });
		const nth = task.read('calls').split('\n')
			.findIndex((line) => line.includes('F_NOTIFY')) + 1;

		assert.ok(nth > 0, task.read('calls'));
		return { under: ['strace', '-e',
			`inject=fcntl:error=EINVAL:when=${nth}+`, ...CALLS] };
	}

	const script = '$1; head -c 3000000 /dev/zero; exec sleep 1000';

	for (const [when, wait] of [['at once', ':'], ['later', 'sleep 1.5']])
		test('a writer that begins ' + when, options, async (t) => {
			const { under } = await blind(t);
			const task = new Task(t);
			const calls = path.join(task.dir, 'calls');
			const record = await task.run(sh(script, wait),
				{ ...capped(MIB), under: [...under, calls] });

			assert.match(task.read('calls'), /F_NOTIFY.* EINVAL .*INJECTED/);
			assert.doesNotMatch(task.read('calls'), /F_NOTIFY.* = 0$/m);
			assert.equal(record.stop_reason, 'output_limit');
			assert.equal(record.exit_signal, 9);
			assert.ok(size(task, 'stdout') > MIB);
			assert.ok(record.elapsed < 5000, record.elapsed);
			assert.deepEqual(task.describe(), []);
		});
});

describe('3 GiB under a cap of 1 GiB', () => {
	function missing() {
		if (blindKernel)
			return blindKernel;
		if (fs.statfsSync === undefined)
			return 'this node cannot tell how much room there is';
		const { bavail, bsize } = fs.statfsSync(os.tmpdir());

		return bavail * bsize < 5 * GIB && 'less than 5 GiB are free';
	}

	const options = { skip: missing() };

	for (const script of ['exec yes | head -c 3221225472',
		'exec head -c 3221225472 /dev/zero >&2'])
		test(script, options, async (t) => {
			const task = new Task(t);

			await task.keep(sh(script), capped(GIB)).ended(120000);
			assertStopped(task, /&2$/.test(script) ? 'stderr' : 'stdout',
				GIB);
		});
});
