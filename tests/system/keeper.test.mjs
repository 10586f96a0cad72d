// The keeper: what it claims and what it starts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { buildDir } from './lib/harness.mjs';
import { parallel, sh, Task } from './lib/keeper.mjs';

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
			assert.equal(await keeper.told, 'R' + task.read('run'),
				'that it runs, and its claim');
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

	test('what the file tells', async (t) => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-'));
		const elf = Buffer.alloc(200);
		const ours = fs.readFileSync('/bin/true');
		// the same, linked for a loader that is nowhere
		const loader = /\/lib[^\0]*\/ld-[^\0]*/.exec(ours.toString('latin1'));
		const lost = Buffer.from(ours);

		t.after(() => fs.rmSync(dir, { recursive: true }));
		elf.write('\x7fELF\x02\x01\x01');
		lost.write('N', loader.index + 1);
		fs.writeFileSync(path.join(dir, 'y'), '#!/none/such\n', { mode: 0o755 });
		for (const [content, words] of [
			['#!/none/such -x\n', 'its interpreter /none/such does not exist'],
			['#!./y\n', 'its interpreter ./y: its interpreter /none/such ' +
				'does not exist'],
			['#!./x\n', 'its #! lines lead from script to script, and to ' +
				'no program'],
			['#!/\n', 'its interpreter / is a directory'],
			['#! \n', 'its #! line names no interpreter'],
			[`#!/${'x'.repeat(300)}\n`, 'its #! line is longer than the 255 ' +
				'bytes that the system reads'],
			[lost, 'the loader that it was linked for, /N' +
				`${loader[0].slice(2)}, does not exist`],
			[ours.subarray(0, 100), 'is cut off, or damaged'],
			['\0\0', 'is neither a program nor a script'],
			['#! /bin/sh\r\ntrue\r\n', 'its #! line ends in a carriage ' +
				'return; remove those of all its lines'],
			['#!/etc/passwd\n', 'its interpreter /etc/passwd is not executable'],
			['echo hi\n', 'has no #! line: run it as sh ./x'],
			['', 'is empty'],
			[elf, 'is a program for another machine'],
			[undefined, 'has been removed']]) {
			const file = path.join(dir, 'x');

			fs.rmSync(file, { force: true });
			if (content !== undefined)
				fs.writeFileSync(file, content, { mode: 0o755 });
			const task = new Task(t);
			const keeper = task.keep(['./x'], { args: ['-C', dir] });

			assert.equal(await keeper.ended(), 0);
			assert.equal(task.record.note, `./x: ${words}`);
		}
		const task = new Task(t);

		assert.equal(await task.keep(['no-such-program']).ended(), 0);
		assert.equal(task.record.note,
			'no-such-program: was not found in PATH');
	});
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
		assert.equal(keepers.filter((k) => k.status.startsWith('R')).length, 1);
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
