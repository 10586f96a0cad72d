// The keeper: how a task ends, by itself or stopped, and its record.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { kill, waitFor } from './lib/harness.mjs';
import { each, isRoot, parallel, program, sh, Task }
	from './lib/keeper.mjs';

describe('exit', parallel, () => {
	test('every exit code', async (t) => {
		await each([...Array(256).keys()], async (code) => {
			const task = new Task(t);
			const record = await task.run(sh('exit $1', String(code)));

			assert.equal(record.exit_code, code);
			assert.equal(record.exit_signal, 0);
		});
	});

	test('every deadly signal', async (t) => {
		const harmless = ['SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP',
			'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGWINCH'];
		const deadly = Object.entries(os.constants.signals)
			.filter(([name]) => !harmless.includes(name));

		await each(deadly, async ([name, signal]) => {
			const task = new Task(t);
			const record = await task.run(
				sh('ulimit -c 0; kill -$1 $$; exit 99', String(signal)));

			assert.equal(record.exit_signal, signal, name);
			assert.equal(record.exit_code, -1, name);
			assert.equal(record.stop_reason, '');
		});
	});

	test('a whole record', async (t) => {
		const task = new Task(t);
		const before = Date.now();
		const keeper = task.keep(sh('i=0; while [ $i -lt 200000 ]; ' +
			'do i=$((i + 1)); done; echo $$'));

		assert.equal(await keeper.ended(), 0);
		const [claim] = task.read('exit.json').split('\n');

		assert.equal(await keeper.told, `R${claim}\n`);
		const { record } = task;
		assert.equal(record.version, 1);
		assert.equal(record.keeper_pid, keeper.pid);
		assert.ok(record.keeper_start > 0);
		assert.equal(record.boot, fs.readFileSync(
			'/proc/sys/kernel/random/boot_id', 'utf8').trim());
		assert.equal(`pid:[${record.pidns}]`,
			fs.readlinkSync('/proc/self/ns/pid'));
		assert.equal(record.main_exited, true);
		assert.equal(record.main_pid, Number(task.stdout));
		const times = [before, record.started_at, record.main_ended_at,
			record.ended_at, Date.now()];
		assert.deepEqual(times, [...times].sort((a, b) => a - b));
		assert.ok(record.utime > 0 && record.elapsed >= record.utime);
		assert.ok(record.maxrss_kb > 100);
		assert.deepEqual([record.stop_reason, record.spawn_stage,
			record.spawn_errno, record.leftovers, record.leftover_names,
			record.unkillable, record.note], ['', '', 0, 0, '', 0, '']);
		assert.equal(task.has('run'), false);
	});

	test('the exit is in `run` while others live on', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('trap "" TERM; sleep 1000 & exit 6'));

		await waitFor(() => task.read('run').includes('"exit_code":6'));
		assert.equal(task.has('exit.json'), false);
		assert.equal(task.holder(), keeper.pid);
		await keeper.ended();
		assert.equal(task.record.exit_code, 6);
	});
});

describe('stop', parallel, () => {
	/** Runs argv until it is ready, then fn; the record. */
	async function stopped(t, argv, fn, options) {
		const task = new Task(t);
		const keeper = task.keep(argv, options);

		await task.says('ready');
		const start = Date.now();
		await fn(keeper, task);
		assert.equal(await keeper.ended(), 0);
		assert.deepEqual(task.describe(), []);
		return { ...task.record, ms: Date.now() - start, task };
	}

	/** Whether a signal waits to be taken; a stop is signal 40. */
	const pending = (keeper, signal) =>
		BigInt('0x' + keeper.proc('ShdPnd')) >> BigInt(signal - 1) & 1n;

	const polite = sh('sleep 1000 & trap "kill $!; exit 7" TERM; ' +
		'echo ready; wait');
	const rude = sh('trap "" TERM INT; echo ready; sleep 1000; sleep 1000');

	test('SIGTERM from outside is a graceful stop, and no wish of the user', async (t) => {
		const record = await stopped(t, polite,
			(keeper) => keeper.signal('SIGTERM'));

		assert.equal(record.exit_code, 7);
		assert.equal(record.stop_reason, 'interrupted');
		assert.equal(record.leftovers, 0);
		assert.ok(record.ms < 5000, record.ms);
	});

	test('SIGTERM to the program and then to us is an interruption, too', async (t) => {
		const record = await stopped(t, sh('echo ready; exec sleep 1000'),
			(keeper, task) => {
				task.processes().forEach((pid) => kill(pid, 'SIGTERM'));
				keeper.signal('SIGTERM');
			});

		assert.deepEqual([record.exit_signal, record.stop_reason],
			[15, 'interrupted']);
	});

	for (const reason of ['user', 'wall', 'output_limit', 'idle'])
		test('a graceful stop with reason ' + reason, async (t) => {
			const record = await stopped(t, polite,
				(keeper) => keeper.stop({ reason }));

			assert.equal(record.exit_code, 7);
			assert.equal(record.stop_reason, reason);
		});

	test('now kills at once', async (t) => {
		const record = await stopped(t, polite,
			(keeper) => keeper.stop({ mode: 'now' }));

		assert.equal(record.exit_signal, 9);
		assert.equal(record.stop_reason, 'user');
		assert.deepEqual([record.leftovers, record.unkillable], [0, 0]);
		assert.ok(record.ms < 5000, record.ms);
	});

	test('after the grace it is killed', async (t) => {
		const record = await stopped(t, rude,
			(keeper) => keeper.stop({ grace: 1 }));

		assert.equal(record.exit_signal, 9);
		assert.ok(record.ms >= 1000 && record.ms < 5000, record.ms);
	});

	test('a later stop shortens, the first reason stays', async (t) => {
		const record = await stopped(t, rude, async (keeper) => {
			keeper.stop({ reason: 'idle', grace: 60 });
			await waitFor(() => !pending(keeper, 40));
			keeper.stop({ reason: 'user', mode: 'now' });
		});

		assert.equal(record.stop_reason, 'idle');
		assert.ok(record.ms < 5000, record.ms);
	});

	test('a later stop does not lengthen', async (t) => {
		const record = await stopped(t, rude, async (keeper) => {
			keeper.stop({ grace: 1 });
			await waitFor(() => !pending(keeper, 40));
			keeper.stop({ grace: 60 });
		});

		assert.ok(record.ms < 5000, record.ms);
	});

	test('-g is the grace of a plain SIGTERM', async (t) => {
		const record = await stopped(t, rude,
			(keeper) => keeper.signal('SIGTERM'), { args: ['-g', '1'] });

		assert.ok(record.ms >= 1000 && record.ms < 5000, record.ms);
	});

	test('other signals do nothing', async (t) => {
		const record = await stopped(t, polite, async (keeper) => {
			for (const name of ['SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGUSR2',
				'SIGPIPE', 'SIGALRM', 'SIGQUIT'])
				keeper.signal(name);
			assert.ok(pending(keeper, 1));
			assert.ok(pending(keeper, 10));
			keeper.stop({ reason: 'idle' });
		});

		assert.equal(record.exit_code, 7);
		assert.equal(record.stop_reason, 'idle');
	});

	test('a shell that dies is followed by its children', async (t) => {
		const record = await stopped(t,
			sh('echo ready; sleep 1000 & sleep 1000; true'),
			(keeper) => keeper.signal('SIGTERM'));

		assert.equal(record.exit_signal, 15);
		assert.equal(record.leftovers, 0);
		assert.ok(record.ms < 5000, record.ms);
	});

	test('an agent gets SIGINT first', async (t) => {
		const record = await stopped(t,
			sh('trap "echo INT; exit 0" INT; trap "echo TERM; exit 1" TERM; ' +
				'sleep 1000 & echo ready; wait'),
			(keeper) => keeper.signal('SIGTERM'), { args: ['-a'] });

		assert.equal(record.task.stdout, 'ready\nINT\n');
		assert.equal(record.exit_code, 0);
		assert.equal(record.stop_reason, 'interrupted');
	});

	test('an agent that goes on gets SIGTERM after 3 s', async (t) => {
		const record = await stopped(t,
			sh('trap "echo INT" INT; trap "echo TERM; exit 5" TERM; ' +
				'echo ready; while :; do sleep 0.05; done'),
			(keeper) => keeper.signal('SIGTERM'), { args: ['-a'] });

		assert.equal(record.task.stdout, 'ready\nINT\nTERM\n');
		assert.equal(record.exit_code, 5);
		assert.ok(record.ms >= 3000 && record.ms < 9000, record.ms);
	});

	test('a stopped program is woken to be told', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('trap "exit 8" TERM; kill -STOP $$; ' +
			'while :; do sleep 0.05; done'));

		await waitFor(() => task.processes().some((pid) =>
			/\) T /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))));
		keeper.signal('SIGTERM');
		await keeper.ended();
		assert.equal(task.record.exit_code, 8);
	});

	test('the timeout is a stop with reason wall', async (t) => {
		const task = new Task(t);
		const record = await task.run(sh('sleep 1000; true'),
			{ args: ['-t', '1'] });

		assert.equal(record.exit_signal, 15);
		assert.equal(record.stop_reason, 'wall');
		assert.ok(record.elapsed >= 1000 && record.elapsed < 9000);
	});

	test('what ignores the timeout is killed after the grace', async (t) => {
		const task = new Task(t);
		const record = await task.run(rude, { args: ['-t', '1', '-g', '1'] });

		assert.equal(record.exit_signal, 9);
		assert.equal(record.stop_reason, 'wall');
		assert.ok(record.elapsed >= 2000 && record.elapsed < 9000);
	});

	test('a keeper that is stopped and woken again and again times out, too', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('echo ready; exec sleep 1000'),
			{ args: ['-t', '2'] });

		await task.says('ready');
		const doze = setInterval(() => {
			kill(keeper.pid, 'SIGSTOP');
			kill(keeper.pid, 'SIGCONT');
		}, 50);

		t.after(() => clearInterval(doze));
		await keeper.ended();
		assert.equal(task.record.stop_reason, 'wall');
		assert.ok(task.record.elapsed < 9000, task.record.elapsed);
	});

	test('an exit before the timeout is its own', async (t) => {
		const record = await new Task(t).run(['true'], { args: ['-t', '60'] });

		assert.equal(record.exit_code, 0);
		assert.equal(record.stop_reason, '');
	});
});

describe('quiet', parallel, () => {
	test('an idle keeper sleeps without a timeout', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('echo ready; exec sleep 1000'));
		const wakeups = () => keeper.proc('voluntary_ctxt_switches');

		await task.says('ready');
		await keeper.told;
		await waitFor(() => /^S/.test(keeper.proc('State')));
		const before = wakeups();
		// Another task passes its whole life meanwhile.
		await new Task(t).run(sh('sleep 1; true'));
		assert.equal(wakeups(), before);
		keeper.signal('SIGTERM');
		await keeper.ended();
	});
});

describe('full disk', parallel, () => {
	const options = { skip: !isRoot && 'only root can mount a small disk' };

	/** A tmpfs of 64 kB; undefined when there can be none. */
	function disk(t) {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-disk-'));

		const { status } = spawnSync('mount',
			['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir]);
		t.after(() => {
			if (status === 0)
				execFileSync('umount', ['-l', dir]);
			fs.rmdirSync(dir);
		});
		if (status !== 0)
			t.skip('no tmpfs can be mounted');
		return status === 0 ? dir : undefined;
	}

	function fill(dir) {
		const fd = fs.openSync(path.join(dir, 'filler'), 'w');
		const bytes = Buffer.alloc(4096, 'x');

		try {
			for (;;)
				fs.writeSync(fd, bytes);
		} catch (error) {
			assert.equal(error.code, 'ENOSPC');
		} finally {
			fs.closeSync(fd);
		}
	}

	test('the reserved room holds the whole record', options, async (t) => {
		const dir = disk(t);

		if (dir === undefined)
			return;
		const task = new Task(t, { root: dir });
		execFileSync('fallocate', ['-n', '-l', '4096', task.dir + '/run']);
		const record = await task.run(sh('cat /dev/zero >"$1"/filler; ' +
			'echo lost; "$2" left 30 >/dev/null; exit 3', dir,
			program('trees')));
		assert.equal(record.exit_code, 3);
		assert.equal(record.leftovers, 30);
		assert.equal(task.stdout, '');
	});

	test('without room nothing is claimed', options, async (t) => {
		const dir = disk(t);

		if (dir === undefined)
			return;
		const task = new Task(t, { root: dir });
		fill(dir);
		const keeper = task.keep(['true']);
		assert.equal(await keeper.ended(), 1);
		assert.match(keeper.stderr, /No space left on device/);
		assert.equal(task.read('run'), '');
		assert.ok(task.has('env'));
	});

	test('what cannot be finished is tried again', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('echo ready; exec sleep 1000'));
		const obstacle = task.dir + '/exit.json';

		await task.says('ready');
		fs.mkdirSync(obstacle);
		keeper.signal('SIGTERM');
		await waitFor(() => task.read('run').endsWith('}\n'));
		assert.equal(task.holder(), keeper.pid);
		fs.rmdirSync(obstacle);
		assert.equal(await keeper.ended(), 0);
		assert.equal(task.record.exit_signal, 15);
	});
});
