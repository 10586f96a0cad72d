// The keeper with real processes: what it starts, records and ends.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { buildDir, waitFor } from './lib/harness.mjs';
import { program, Task } from './lib/keeper.mjs';

const root = process.getuid() === 0;
const sh = (script, ...args) => ['sh', '-c', script, 'sh', ...args];
const trees = (...args) => [program('trees'), ...args.map(String)];
const parallel = { concurrency: 8 };

/** Runs fn on every item, a few at a time. */
async function each(items, fn) {
	const left = [...items];
	const worker = async () => {
		while (left.length !== 0)
			await fn(left.shift());
	};

	await Promise.all([...Array(8)].map(worker));
}

describe('start', parallel, () => {
	test('argv reaches the program byte by byte', async (t) => {
		const task = new Task(t);
		const args = ['a', 'b c', '', '*', '$HOME', '"\'\\', 'é', '\n', '-d'];

		await task.run(sh('printf "%s\\0" "$@"', ...args));
		assert.deepEqual(task.stdout.split('\0').slice(0, -1), args);
	});

	test('the environment is the file, which is gone', async (t) => {
		const task = new Task(t, { env: { A: 'x=y', B: '', C: 'l1\nl2' } });

		await task.run(['env', '-0']);
		assert.deepEqual(task.stdout.split('\0').filter(Boolean).sort(),
			Object.entries(task.env).map((pair) => pair.join('=')).sort());
		assert.deepEqual(task.names(), ['exit.json', 'stderr', 'stdout']);
	});

	test('stdin is the prompt', async (t) => {
		const prompt = 'what is this?\n'.repeat(20000);
		const task = new Task(t, { prompt });

		await task.run(['cat']);
		assert.equal(task.stdout, prompt);
	});

	test('stdin is /dev/null without a prompt', async (t) => {
		const task = new Task(t);

		await task.run(['readlink', '/proc/self/fd/0']);
		assert.equal(task.stdout, '/dev/null\n');
	});

	test('stdout and stderr are files of their own', async (t) => {
		const task = new Task(t);

		await task.run(sh('echo out; echo err >&2'));
		assert.equal(task.stdout, 'out\n');
		assert.equal(task.read('stderr'), 'err\n');
		for (const name of ['stdout', 'stderr'])
			assert.equal(fs.statSync(path.join(task.dir, name)).mode & 0o777,
				0o600);
	});

	test('output is appended to', async (t) => {
		const task = new Task(t);

		task.write('stdout', 'before\n');
		await task.run(sh('(echo one); (echo two)'));
		assert.equal(task.stdout, 'before\none\ntwo\n');
	});

	test('umask, descriptor limit and cwd are as told', async (t) => {
		const task = new Task(t);

		await task.run(sh('umask; ulimit -Sn; pwd -P'),
			{ args: ['-u', '027', '-n', '77', '-C', '/usr/bin'] });
		assert.deepEqual(task.stdout.split('\n'),
			['0027', '77', fs.realpathSync('/usr/bin'), '']);
	});

	test('a limit above the hard one becomes the hard one', async (t) => {
		const task = new Task(t);

		await task.run(sh('ulimit -Sn; ulimit -Hn'),
			{ args: ['-n', '1000000000'] });
		assert.match(task.stdout, /^(\d+)\n\1\n$/);
	});

	test('signals and session are clean', async (t) => {
		const task = new Task(t);

		await task.run(['cat', '/proc/self/status', '/proc/self/stat',
			'/proc/self/oom_score_adj']);
		for (const name of ['SigPnd', 'SigBlk', 'SigIgn'])
			assert.match(task.stdout, new RegExp(`${name}:\\s0+\\n`));
		// pid, comm, state, ppid, pgrp, session
		assert.match(task.stdout, /^(\d+) \(cat\) \S \d+ \1 \1 /m);
		assert.ok(task.stdout.endsWith('\n500\n'), task.stdout);
	});

	test('there are three descriptors', async (t) => {
		const task = new Task(t);

		await task.run(['ls', '/proc/self/fd'], { stdio: ['pipe', 'pipe'] });
		assert.equal(task.stdout, '0\n1\n2\n3\n'); // ls has one itself
	});

	test('signals that the keeper got ignored are not', async (t) => {
		const task = new Task(t);
		const keeper = path.join(buildDir(), 'ccproc-keeper');

		spawnSync('sh', ['-c', 'trap "" HUP INT TERM CHLD PIPE; exec "$@"',
			'sh', keeper, '-d', task.dir, '--', 'sh', '-c',
			'cat /proc/self/status; exit 3']);
		assert.match(task.stdout, /SigIgn:\s0+\n/);
		assert.equal(task.record.exit_code, 3);
	});

	test('a keeper without descriptors works', async (t) => {
		const task = new Task(t, { prompt: 'hello' });
		const keeper = path.join(buildDir(), 'ccproc-keeper');

		spawnSync('sh', ['-c', 'exec "$@" 0<&- 1>&- 2>&-', 'sh', keeper,
			'-d', task.dir, '--', 'sh', '-c', 'cat; ls /proc/self/fd']);
		assert.equal(task.stdout, 'hello0\n1\n2\n3\n');
	});

	test('the keeper holds no folder and no descriptor of others',
		async (t) => {
			const task = new Task(t);
			const keeper = task.keep(sh('echo ready; exec sleep 1000'),
				{ stdio: ['pipe', 'pipe'] });
			const proc = `/proc/${keeper.pid}`;

			await task.says('ready');
			assert.equal(await keeper.told, 'R');
			assert.equal(fs.readlinkSync(proc + '/cwd'), '/');
			const fds = fs.readdirSync(proc + '/fd').filter((fd) => fd > 2)
				.map((fd) => fs.readlinkSync(`${proc}/fd/${fd}`));
			assert.deepEqual(fds.sort(), [task.dir, task.dir + '/run']);
			keeper.signal('SIGTERM');
			await keeper.ended();
		});

	test('a reader that has gone does no harm', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('sleep 0.2; exit 4'));

		keeper.child.stdio[3].destroy();
		assert.equal(await keeper.ended(), 0);
		assert.equal(task.record.exit_code, 4);
	});
});

describe('exit', parallel, () => {
	test('every exit code', async (t) => {
		await each([...Array(256).keys()], async (code) => {
			const task = new Task(t);
			const record = await task.run(sh('exit $1', code));

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
				sh('ulimit -c 0; kill -$1 $$; exit 99', signal));

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
		assert.equal(await keeper.told, 'R');
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
		const keeper = task.keep(sh('sleep 1000 & exit 6'));

		await waitFor(() => task.read('run').includes('"exit_code":6'));
		assert.equal(task.has('exit.json'), false);
		assert.equal(task.holder(), keeper.pid);
		await keeper.ended();
		assert.equal(task.record.exit_code, 6);
	});
});

describe('failure to start', parallel, () => {
	const { ENOENT, EACCES, ENOEXEC, ENOTDIR, ELOOP } = os.constants.errno;

	async function fails(t, argv, options, stage, errno, prepare) {
		const task = new Task(t, options);

		prepare?.(task);
		const keeper = task.keep(argv, options);
		assert.equal(await keeper.ended(), 0);
		assert.equal(await keeper.told, '');
		assert.deepEqual([task.record.spawn_stage, task.record.spawn_errno],
			[stage, errno]);
		assert.equal(task.record.main_exited, undefined);
		assert.equal(task.has('env'), false);
	}

	test('program not in PATH', (t) =>
		fails(t, ['no-such-program'], {}, 'exec', ENOENT));
	test('empty program', (t) => fails(t, [''], {}, 'exec', ENOENT));
	test('path that does not exist', (t) =>
		fails(t, ['/no/such'], {}, 'exec', ENOENT));
	test('not executable', (t) =>
		fails(t, ['/etc/passwd'], {}, 'exec', EACCES));
	test('only one that is not executable in PATH', (t) =>
		fails(t, ['passwd'], { env: { PATH: '/no:/etc:/no' } }, 'exec',
			EACCES));
	test('no program at all is not given to a shell', (t) =>
		fails(t, ['./text'], { args: ['-C', '/'] }, 'exec', ENOENT));
	test('text without #! is not given to a shell', async (t) => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-text-'));

		t.after(() => fs.rmSync(dir, { recursive: true }));
		fs.writeFileSync(path.join(dir, 'text'), 'exit 0\n', { mode: 0o755 });
		await fails(t, ['./text'], { args: ['-C', dir] }, 'exec', ENOEXEC);
		await fails(t, ['text'], { env: { PATH: dir } }, 'exec', ENOEXEC);
	});
	test('cwd missing', (t) =>
		fails(t, ['true'], { args: ['-C', '/nope'] }, 'cwd', ENOENT));
	test('cwd is a file', (t) =>
		fails(t, ['true'], { args: ['-C', '/etc/passwd'] }, 'cwd', ENOTDIR));
	test('no environment', (t) =>
		fails(t, ['true'], {}, 'env', ENOENT,
			(task) => fs.unlinkSync(task.dir + '/env')));
	test('output that is a link is not followed', (t) =>
		fails(t, ['true'], {}, 'output', ELOOP,
			(task) => fs.symlinkSync('/dev/null', task.dir + '/stdout')));
	test('prompt that is a link is not followed', (t) =>
		fails(t, ['cat'], {}, 'prompt', ELOOP,
			(task) => fs.symlinkSync('/etc/passwd', task.dir + '/prompt')));

	test('PATH is that of the task', async (t) => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-path-'));

		t.after(() => fs.rmSync(dir, { recursive: true }));
		fs.writeFileSync(path.join(dir, 'mine'), '#!/bin/sh\necho $0\n',
			{ mode: 0o755 });
		for (const PATH of [`/no:${dir}:/usr/bin`, `:/no`]) {
			const task = new Task(t, { env: { PATH } });

			assert.equal((await task.run(['mine'], { args: ['-C', dir] }))
				.exit_code, 0);
			assert.match(task.stdout, /mine\n$/);
		}
	});

	test('wrong options are refused before the claim', (t) => {
		const task = new Task(t);
		const keeper = path.join(buildDir(), 'ccproc-keeper');

		for (const args of [[], ['-d', task.dir], ['-d', 'x', '--', 'true'],
			['-t', 'x', '-d', task.dir, '--', 'true'],
			['-u', '8', '-d', task.dir, '--', 'true'],
			['-S', '1', '-d', task.dir, '--', 'true'],
			['-g', '9999', '-d', task.dir, '--', 'true']]) {
			const { status, stderr } = spawnSync(keeper, args);

			assert.equal(status, 2, args);
			assert.match(String(stderr), /usage: ccproc-keeper/);
		}
		assert.equal(task.read('run'), '');
		assert.ok(task.has('env'));
	});
});

describe('claim', parallel, () => {
	test('of many keepers one runs', async (t) => {
		const task = new Task(t);
		const log = task.dir + '/log';
		const keepers = [...Array(20)].map(() => task.keep(
			sh('echo $$ >>"$1"; sleep 0.3; exit 5', log)));
		const codes = await Promise.all(keepers.map((k) => k.ended()));

		assert.deepEqual(new Set(codes), new Set([0]));
		assert.equal(task.read('log').trim().split('\n').length, 1);
		assert.equal(keepers.filter((k) => k.status === 'R').length, 1);
		assert.equal(task.record.exit_code, 5);
	});

	async function untouched(t, options, prepare) {
		const task = new Task(t, options);

		prepare?.(task);
		const before = task.names();
		const keeper = task.keep(['true']);
		assert.equal(await keeper.ended(), 0);
		assert.equal(await keeper.told, '');
		assert.deepEqual(task.names(), before);
		return task;
	}

	test('a task that was begun is left alone', async (t) => {
		const task = await untouched(t, { run: '{"version":1,\n' });

		assert.equal(task.read('run'), '{"version":1,\n');
	});
	test('a task that is over is left alone', (t) =>
		untouched(t, {}, (task) => task.write('exit.json', '{}')));
	test('a task without `run` is left alone', (t) =>
		untouched(t, {}, (task) => fs.unlinkSync(task.dir + '/run')));

	test('a task that is gone', async (t) => {
		const task = new Task(t);

		fs.rmSync(task.dir, { recursive: true });
		assert.equal(await task.keep(['true']).ended(), 0);
	});

	test('a link in place of `run` is not followed', async (t) => {
		const task = new Task(t);

		fs.renameSync(task.dir + '/run', task.dir + '/other');
		fs.symlinkSync('other', task.dir + '/run');
		const keeper = task.keep(['true']);
		assert.equal(await keeper.ended(), 1);
		assert.equal(task.read('other'), '');
		assert.match(keeper.stderr, /^ccproc-keeper: .*run: /);
	});

	test('a killed keeper leaves `run` unlocked and unfinished',
		async (t) => {
			const task = new Task(t);
			const keeper = task.keep(sh('echo ready; exec sleep 1000'));

			await task.says('ready');
			assert.equal(task.holder(), keeper.pid);
			keeper.signal('SIGKILL');
			assert.equal(await keeper.ended(), 'SIGKILL');
			assert.equal(task.holder(), undefined);
			assert.equal(task.has('exit.json'), false);
			assert.match(task.read('run'), /^\{.*,\n$/);
			assert.equal(task.processes().length, 1);
			// Nobody can begin it a second time.
			const second = task.keep(['true']);
			assert.equal(await second.ended(), 0);
			assert.equal(second.status, '');
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

	/** Whether a signal waits to be taken; SIGUSR1 is 10. */
	const pending = (keeper, signal) =>
		BigInt('0x' + keeper.proc('ShdPnd')) >> BigInt(signal - 1) & 1n;

	const polite = sh('sleep 1000 & trap "kill $!; exit 7" TERM; ' +
		'echo ready; wait');
	const rude = sh('trap "" TERM INT; echo ready; sleep 1000; sleep 1000');

	test('SIGTERM is a graceful stop by the user', async (t) => {
		const record = await stopped(t, polite,
			(keeper) => keeper.signal('SIGTERM'));

		assert.equal(record.exit_code, 7);
		assert.equal(record.stop_reason, 'user');
		assert.equal(record.leftovers, 0);
		assert.ok(record.ms < 5000, record.ms);
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
			await waitFor(() => !pending(keeper, 10));
			keeper.stop({ reason: 'user', mode: 'now' });
		});

		assert.equal(record.stop_reason, 'idle');
		assert.ok(record.ms < 5000, record.ms);
	});

	test('a later stop does not lengthen', async (t) => {
		const record = await stopped(t, rude, async (keeper) => {
			keeper.stop({ grace: 1 });
			await waitFor(() => !pending(keeper, 10));
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
			await waitFor(() => !pending(keeper, 10));
			assert.ok(pending(keeper, 1));
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
		assert.equal(record.stop_reason, 'user');
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

	test('an exit before the timeout is its own', async (t) => {
		const record = await new Task(t).run(['true'], { args: ['-t', '60'] });

		assert.equal(record.exit_code, 0);
		assert.equal(record.stop_reason, '');
	});
});

describe('trees', parallel, () => {
	const kinds = [['daemons', 5], ['ignorers', 20], ['stopped', 10],
		['chain', 60], ['subreapers', 10], ['respawner', 100],
		['hoppers', 10], ['threads', 1]];

	for (const [kind, n] of kinds) {
		test(`now ends ${n} ${kind}`, async (t) => {
			const task = new Task(t);
			const keeper = task.keep(trees(kind, n));

			await task.says('ready');
			keeper.stop({ mode: 'now' });
			await keeper.ended();
			assert.deepEqual(task.describe(), []);
			assert.equal(task.record.exit_signal, 9);
			assert.equal(task.record.unkillable, 0);
		});

		test(`a grace of 1 s ends ${n} ${kind}`, async (t) => {
			const task = new Task(t);
			const keeper = task.keep(trees(kind, n));

			await task.says('ready');
			keeper.stop({ grace: 1 });
			await keeper.ended();
			assert.deepEqual(task.describe(), []);
			assert.equal(task.record.stop_reason, 'user');
			assert.deepEqual([task.record.leftovers, task.record.unkillable],
				[0, 0]);
		});
	}

	test('what outlives the main process is named', async (t) => {
		const task = new Task(t);
		const record = await task.run(trees('left', 4));

		assert.equal(record.exit_code, 3);
		assert.equal(record.stop_reason, '');
		assert.equal(record.leftovers, 4);
		assert.match(record.leftover_names, /^\d+ trees(, \d+ trees){3}$/);
		assert.ok(record.elapsed >= 2000 && record.elapsed < 9000);
		assert.deepEqual(task.describe(), []);
	});

	test('names are cut, the count is not', async (t) => {
		const record = await new Task(t).run(trees('left', 80));

		assert.equal(record.leftovers, 80);
		assert.match(record.leftover_names, /^\d+ trees(, \d+ trees)+$/);
		assert.ok(record.leftover_names.length < 512);
	});

	test('a name with strange characters', async (t) => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-name-'));
		const odd = path.join(dir, 'a")\\ \né');

		t.after(() => fs.rmSync(dir, { recursive: true }));
		fs.copyFileSync(program('trees'), odd);
		const record = await new Task(t).run(
			sh('"$1" daemons 1 & exit 0', odd));

		assert.equal(record.leftovers, 2);
		assert.match(record.leftover_names,
			/^\d+ a\?\)\?[ -~]*, \d+ a\?\)\?[ -~]*$/);
	});

	test('what goes within 2 s is no leftover', async (t) => {
		const task = new Task(t);
		const record = await task.run(
			sh('(sleep 0.5; echo late) & echo early'));

		assert.equal(record.exit_code, 0);
		assert.equal(record.leftovers, 0);
		assert.equal(task.stdout, 'early\nlate\n');
		assert.ok(record.ended_at - record.main_ended_at >= 400);
	});

	test('leftovers get SIGTERM before SIGKILL', async (t) => {
		const task = new Task(t);
		const record = await task.run(sh('(trap "echo TERM; exit" TERM; ' +
			'while :; do sleep 0.05; done) & exit 0'));

		assert.equal(task.stdout, 'TERM\n');
		assert.ok(record.leftovers >= 1);
	});

	test('a stop after the main process only shortens', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(trees('left', 2));

		await waitFor(() => task.read('run').includes('"exit_code":3'));
		keeper.stop({ mode: 'now' });
		await keeper.ended();
		assert.equal(task.record.stop_reason, '');
		assert.equal(task.record.leftovers, 2);
		assert.ok(task.record.ended_at - task.record.main_ended_at < 2000);
		assert.deepEqual(task.describe(), []);
	});

	test('what cannot be killed is counted', { skip: !root }, async (t) => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-suid-'));
		const file = path.join(dir, 'trees');
		const task = new Task(t);
		const ids = { uid: 65534, gid: 65534 };

		t.after(() => fs.rmSync(dir, { recursive: true }));
		fs.chmodSync(dir, 0o755);
		fs.copyFileSync(program('trees'), file);
		fs.chmodSync(file, 0o4755);
		for (const name of ['', 'run', 'env'])
			fs.chownSync(path.join(task.dir, name), ids.uid, ids.gid);
		const keeper = task.keep([file, 'privileged'], ids);
		await waitFor(() => task.stdout !== '' || task.has('exit.json'));
		if (task.stdout !== 'ready\n') {
			t.skip('setuid does nothing here');
			return;
		}
		keeper.stop({ mode: 'now' });
		await keeper.ended();
		const { record } = task;
		assert.equal(record.exit_signal, 9);
		assert.deepEqual([record.leftovers, record.unkillable], [1, 1]);
		assert.match(record.leftover_names, /^\d+ trees$/);
		assert.ok(record.elapsed >= 5000);
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
	const options = { skip: !root && 'only root can mount a small disk' };

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

describe('probe', () => {
	/** The lines for records of [cwd, program, PATH]. */
	function probe(...records) {
		const input = records.flat().map((text) => text + '\0').join('');
		const { status, stdout } = spawnSync(
			path.join(buildDir(), 'ccproc-keeper'), ['--probe'], { input });

		assert.equal(status, 0);
		return String(stdout).split('\n').slice(0, -1);
	}

	const PATH = '/usr/bin:/bin';

	test('what would start is not mentioned', () => {
		assert.deepEqual(probe(['/tmp', 'sh', PATH], ['', 'sh', ''],
			['/', '', ''], ['', '', ''], ['/bin', './sh', ''],
			['/', 'bin/sh', ''], ['/bin', 'sh', '.'],
			['', '/bin/sh', PATH]), []);
	});

	test('nothing in, nothing out', () => {
		assert.deepEqual(probe(), []);
	});

	test('every problem has its sentence', () => {
		assert.deepEqual(probe(
			['/nope', '', ''],
			['/', 'sh', PATH],
			['/etc/passwd', '', ''],
			['/', 'frobnicate', PATH],
			['/', '/etc/passwd', PATH],
			['/', '/nope', PATH],
			['/', 'passwd', '/no:/etc'],
			['/', '/etc', PATH],
			['/', '/etc/passwd/x', PATH],
			['/nope', 'frobnicate', PATH],
			['/nope', './here', PATH],
			['/no\n\tpe', '', '']), [
			'0\tcwd: /nope does not exist',
			'2\tcwd: /etc/passwd is not a directory',
			'3\tprogram: frobnicate was not found in PATH (/usr/bin:/bin)',
			'4\tprogram: /etc/passwd is not executable',
			'5\tprogram: /nope does not exist',
			'6\tprogram: /etc/passwd is not executable',
			'7\tprogram: /etc is a directory',
			'8\tprogram: /etc/passwd/x is not a directory',
			'9\tcwd: /nope does not exist; ' +
				'program: frobnicate was not found in PATH (/usr/bin:/bin)',
			'10\tcwd: /nope does not exist',
			'11\tcwd: /no??pe does not exist',
		]);
	});

	test('a folder that may not be entered', { skip: !root }, (t) => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-closed-'));

		t.after(() => fs.rmSync(dir, { recursive: true }));
		const { stdout } = spawnSync(path.join(buildDir(), 'ccproc-keeper'),
			['--probe'], { input: `${dir}\0${dir}/x\0\0`, uid: 65534 });
		assert.equal(String(stdout), `0\tcwd: ${dir}: Permission denied; ` +
			`program: ${dir}/x: Permission denied\n`);
	});

	test('a PATH is shown up to its first thousand bytes', () => {
		const [line] = probe(['/', 'nope', '/x'.repeat(5000)]);

		assert.ok(line.endsWith('/x/x...)'), line);
		assert.ok(line.length < 1100);
	});

	test('too much input is refused', () => {
		const { status, stdout, stderr } = spawnSync(
			path.join(buildDir(), 'ccproc-keeper'), ['--probe'],
			{ input: Buffer.alloc((4 << 20) + 1) });

		assert.equal(status, 1);
		assert.equal(String(stdout), '');
		assert.match(String(stderr), /^ccproc-keeper: stdin: /);
	});
});
