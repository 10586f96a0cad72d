// The command for people: every verb, by what it prints and how it exits.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc, Cli, json, noTerminal, ok, onTerminal,
	startAgents } from './lib/cli.mjs';
import { buildDir, kill, startWorld, waitFor } from './lib/harness.mjs';
import { connect } from './lib/session.mjs';

const ALL = { concurrency: 4 };

/** Puts a program into the world's directory. */
function script(world, name, text, mode = 0o755) {
	const file = path.join(world.work, name);

	fs.writeFileSync(file, text, { mode });
	return file;
}

describe('run exits with', ALL, () => {
	for (const [what, args, code, err] of [
		['0', ['true'], 0, /^$/],
		['the task\'s code', ['exit 3'], 3, /^$/],
		['its largest code', ['exit 255'], 255, /^$/],
		['128 and its signal', ['kill -KILL $$'], 137, /^$/],
		['128 and a signal without a name', ['kill -40 $$'], 168, /^$/],
		['124 at the timeout', ['-t', '1', 'sleep', '60'], 124,
			/^ccproc: t1 timeout: 1 s wall · /],
		['127 for a program not found', ['no-such-program', 'x'], 127,
			/^ccproc: program: no-such-program was not found in PATH /],
		['127 for a path not found', ['/no/such/program'], 127,
			/^ccproc: program: \/no\/such\/program does not exist\n$/],
		['126 for a program not executable', ['/etc/passwd'], 126,
			/^ccproc: program: \/etc\/passwd is not executable\n$/],
		['126 for a directory', ['/etc'], 126, /is a directory/],
		['127 of the shell\'s', ['no-such-program; exit $?'], 127,
			/no-such-program.*not found/],
		['125 for a directory that is none', ['-C', '/no/such', 'true'], 125,
			/^ccproc: --cwd: \/no\/such does not exist\n$/],
		['125 for a bad label', ['-l', 't7', 'true'], 125,
			/label.*"t7" looks like an id/],
	])
		test(what, async (t) => {
			const world = startWorld(t);
			const run = await ccproc(world, ['run', ...args]);

			assert.match(run.err, err);
			assert.equal(run.code, code);
			assert.equal(run.out, '');
		});

	test('125 in a directory that is gone', async (t) => {
		const world = startWorld(t);
		const { stderr, status } = spawnSync('sh', ['-c', 'mkdir gone && ' +
			'cd gone && rmdir ../gone && exec "$0" run -- true',
		path.join(buildDir(), 'ccproc')],
		{ cwd: world.work, env: world.env, encoding: 'utf8' });

		assert.match(stderr,
			/cwd: this session's own directory has been removed; give one/);
		assert.equal(status, 125);
	});

	test('126 or 127 when only the start shows it', async (t) => {
		const world = startWorld(t);

		script(world, 'odd', '\x7fELF nothing of the kind');
		script(world, 'lost', '#!/no/such/interpreter\n');
		for (const [name, code, why] of [
			['odd', 126, 'is a program for another machine'],
			['lost', 127, 'its interpreter /no/such/interpreter does not exist']
		]) {
			const run = await ccproc(world, ['run', `./${name}`]);

			assert.ok(run.err.includes(
				`failed: not started, ./${name}: ${why}`), run.err);
			assert.equal(run.code, code, name);
			assert.equal((await ccproc(world, ['start', `./${name}`])).code,
				code, name);
		}
	});

	test('130 when somebody else stops it', async (t) => {
		const world = startWorld(t);
		const run = new Cli(world, ['run', '-l', 'nap', 'sleep', '300']);

		await waitFor(() => world.live().length === 1);
		await ok(world, 'stop', 'nap');
		const { code, err } = await run.end();

		assert.equal(code, 130);
		assert.match(err, /^ccproc: t1 nap cancelled: by user · /);
	});
});

describe('what is run', ALL, () => {
	test('words, lines, options', async (t) => {
		const world = startWorld(t);
		const out = (...args) => ok(world, 'run', ...args);

		assert.equal(await out('printf', '%s|', 'a b', '$HOME', '*'),
			'a b|$HOME|*|');
		assert.equal(await out('echo $((1 + 2)) | tr 3 4'), '4');
		assert.equal(await out('-c', 'pwd'), world.work);
		assert.equal(await out('pwd'), world.work);
		assert.equal(await out('--', 'echo', '-n', '--json'), '--json');
		assert.equal(await out('echo', '--json', '-t'), '--json -t');
		assert.equal(await out('-C', '..', 'pwd'), world.root);
		assert.equal(await out('-C', '/', 'pwd'), '/');
		assert.equal(await out('-e', 'A=1', '--env=B=x=y', '-e', 'A=2', '-e',
			'E=', 'echo $A$B$E.'), '2x=y.');
		assert.equal(await out('echo', 'grüß', '世界'), 'grüß 世界');
	});

	test('its environment and directory are those of the command',
		async (t) => {
			const world = startWorld(t);
			const { out } = await ccproc(world, ['run',
				'echo $FROM_HERE; pwd; umask; wc -c'], { cwd: world.home,
				env: { FROM_HERE: 'yes', CLAUDE_PROJECT_DIR: '/' },
				input: 'for the task' });

			assert.match(out, /^yes\n(.*)\n0?0[0-7]{2,3}\n12\n$/);
			assert.equal(out.split('\n')[1], world.home);
		});

	test('start prints the id and leaves', async (t) => {
		const world = startWorld(t);

		assert.equal(await ok(world, 'start', '-l', 'nap', 'sleep', '300'),
			't1');
		const [task] = await json(world, 'start', '--json', 'exit 3');

		assert.equal(task.id, 't2');
		assert.deepEqual(world.live().includes('t1'), true);
		assert.equal((await ccproc(world, ['start', 'no-such'])).code, 127);
		assert.equal((await ccproc(world, ['start', '/etc/passwd'])).code,
			126);
	});
});

describe('agents', ALL, () => {
	test('print their result, not their events', async (t) => {
		const world = startAgents(t);
		const run = await ccproc(world, ['run', '--agent', 'REPLAY',
			'stream-json.out', 'stderr=aside']);

		assert.deepEqual([run.code, run.out, run.err],
			[0, 'hi there\n', 'aside\n']);
		const [task] = await json(world, 'show', '--json', 't1');

		assert.equal(task.kind, 'agent');
		assert.equal(task.session_id.length, 36);
	});

	test('take the prompt from stdin, and their options', async (t) => {
		const world = startAgents(t);
		const log = path.join(world.root, 'log');
		const input = `REPLAY stream-json.out\n${'ü'.repeat(300000)}`;

		for (const dash of [['-'], []])
			assert.equal((await ccproc(world, ['run', '-a', '-m', 'sonnet',
				'-p', 'plan', '--allow', 'Read', '--allow',
				'Bash(git log:*)', '-e', `FAKE_CLAUDE_LOG=${log}`, ...dash],
			{ input })).out, 'hi there\n');
		const lines = fs.readFileSync(log, 'utf8');

		for (const arg of ['--model=sonnet', '--permission-mode=plan',
			'--allowedTools=Read', '--allowedTools=Bash(git log:*)'])
			assert.ok(lines.includes(`arg ${arg}\n`), arg);
		assert.match(lines, /^prompt (300023|600023)$/m); // by locale
	});

	test('fail in words', async (t) => {
		const world = startAgents(t);
		const denied = await ccproc(world, ['run', '-a',
			'REPLAY stream-json-denied.out']);

		assert.equal(denied.code, 1);
		assert.match(denied.err, /^ccproc: t1 failed: denied \w+/);
		const empty = await ccproc(world, ['run', '-a', 'REPLAY x lines=0 rc=7']);

		assert.equal(empty.code, 7);
		const bad = await ccproc(world, ['run', '-a'], { input: 'a\0b' });

		assert.equal(bad.code, 125);
		assert.match(bad.err, /prompt on stdin is no UTF-8 text/);
		assert.match((await ccproc(world, ['start', '-a'])).err,
			/the prompt is empty/);
	});

	test('logs', async (t) => {
		const world = startAgents(t);
		const events = fs.readFileSync(new URL(
			'../recordings/stream-json.out', import.meta.url), 'utf8');

		await ok(world, 'start', '-a',
			'REPLAY stream-json.out sleep=1 stderr=aside');
		assert.match((await ccproc(world, ['logs', 't1'])).err,
			/^ccproc: t1 has no result yet; ccproc logs --raw /);
		assert.equal(await ok(world, 'logs', '-f', 't1'), 'hi there');
		assert.equal(await ok(world, 'logs', 't1'), 'hi there');
		assert.equal(await ok(world, 'logs', '-n', '0', 't1'), '');
		assert.equal(await ok(world, 'logs', '-e', 't1'), 'aside');
		const raw = await ok(world, 'logs', '--raw', 't1');

		assert.equal(raw.split('\n').length, events.trim().split('\n').length);
		assert.equal(JSON.parse(raw.split('\n').at(-1)).result, 'hi there');
	});
});

describe('ls', ALL, () => {
	test('lists by tabs for scripts', async (t) => {
		const world = startWorld(t);

		await ccproc(world, ['run', '-l', 'red', 'echo first; ' +
			'printf "\\033[31mlast\\tline\\n\\n"; exit 3']);
		await ok(world, 'start', 'sleep', '300');
		const out = await ok(world, 'ls', '--plain');
		const rows = out.split('\n').map((line) => line.split('\t'));

		assert.ok(!out.includes('\x1b'), out);
		assert.deepEqual(rows.map((row) => [row.length, ...row.slice(0, 3)]),
			[[8, 't2', '-', 'running'], [8, 't1', 'red', 'failed/3']]);
		assert.deepEqual(rows[1].slice(6), [world.work, 'last line']);
	});

	test('first what goes on, then the last that ended', async (t) => {
		const { world, bridge } = await connect(t);
		const ids = async (...args) => (await ok(world, 'ls', '--plain', ...args))
			.split('\n').filter(Boolean).map((line) => line.split('\t')[0]);
		const tasks = [...Array(50).keys()].map((i) =>
			({ command: i === 0 ? 'sleep 300' : 'true', label: `n-${i}` }));

		for (let i = 0; i < 3; i++)
			await bridge.tool('start_tasks', { tasks, max_parallel: 40 });
		await waitFor(() => world.live().length === 3, { timeout: 30000 });
		const active = ['t101', 't51', 't1'];

		assert.deepEqual(await ids(), [...active,
			...[...Array(20).keys()].map((i) => `t${150 - i}`)]);
		assert.deepEqual(await ids('-n', '1'), [...active, 't150']);
		assert.deepEqual(await ids('--limit=0'), active);
		assert.equal((await ids('-a')).length, 150);
		assert.equal((await ids('-n', '60')).length, 63);
		assert.deepEqual(await ids('-l', 'n-4[12]'),
			['t143', 't142', 't93', 't92', 't43', 't42']);
		assert.deepEqual((await json(world, 'ls', '--json', '-n', '70'))
			.map(({ id }) => id).slice(0, 4), [...active, 't150']);
	});

	test('by directory and by session', async (t) => {
		const world = startWorld(t);
		const env = { CLAUDE_CODE_SESSION_ID: 'my-session' };
		const mine = (options) => ccproc(world, ['ls', '--plain', '--mine'], options);

		await ok(world, 'run', '-C', '..', 'true');
		await ccproc(world, ['run', 'true'], { env });
		assert.match(await ok(world, 'ls', '--plain', '-C', '..'), /^t1\t.*$/);
		assert.match(await ok(world, 'ls', '--plain', '-C', '.'), /^t2\t.*$/);
		assert.match(await ok(world, 'ls', '--plain', '-C', world.work), /^t2\t.*$/);
		assert.equal(await ok(world, 'ls', '--plain', '-C', '/no/such'), '');
		assert.match((await mine({ env })).out, /^t2\t.*\n$/);
		const none = await mine();

		assert.equal(none.code, 2);
		assert.match(none.err, /CLAUDE_CODE_SESSION_ID is not set/);
	});

	test('is a table on a terminal', { skip: noTerminal }, async (t) => {
		const world = startWorld(t);
		const lines = async (options) => {
			const { out } = await onTerminal(world, ['ls'], options).end();

			return out.replaceAll('\r', '').split('\n').slice(0, -1);
		};
		const plain = (line) => line.replace(/\x1b\[\d*m/g, '');

		assert.match((await lines())[0], /^ccproc: there are no such tasks$/);
		await ccproc(world, ['run', '-l', 'wide', 'exit 3']);
		await ok(world, 'run', `echo ${'x'.repeat(300)}`);
		const [title, first, second, totals] = await lines({ columns: 100 });

		assert.match(title, /^ID {2}NAME +STATE {5}/);
		assert.match(first,
			/^t2 {2}echo x+… {2}\x1b\[32mcompleted\x1b\[m {2}/);
		assert.equal(totals, '1 failed, 1 completed');
		assert.match(second, /\x1b\[31mfailed\/3\x1b\[m {3}/);
		assert.equal(plain(first).length, 100);
		assert.match(plain(first), /xxx…$/);
		for (const columns of [1, 10, 33, 79])
			for (const line of (await lines({ columns })).slice(0, -1))
				assert.ok(plain(line).length <= columns, line);
		const bare = (await lines({ env: { NO_COLOR: '1' } })).join('\n');

		assert.ok(!bare.includes('\x1b'), bare);
	});
});

describe('show', ALL, () => {
	test('tells everything', async (t) => {
		const world = startWorld(t);

		await ccproc(world, ['run', '-l', 'full', '-t', '60', '-e', 'SECRET=x',
			'sh', '-c', 'sleep 300 & echo "it\'s"; exit 3']);
		const out = await ok(world, 'show', 'full');

		assert.match(out, /^t1 full failed: exit code 3 · /);
		for (const [name, value] of [['label', 'full'], ['kind', 'command'],
			['command', 'sh -c \'sleep 300 & echo "it\'\\\'\'s"; exit 3\''],
			['environment', 'SECRET'], ['timeout', '60 s'],
			['cwd', world.work], ['state', 'failed'], ['reason', 'exit_code'],
			['exit code', '3'], ['stdout', `${world.taskDir('t1')}/stdout ` +
			'(5 bytes)']])
			assert.ok(out.includes(`\n  ${name.padEnd(12)} ${value}\n`), name);
		assert.match(out, /\n {2}leftovers {4}1 processes .*: \d+ sleep\n/);
		assert.ok(!out.includes('SECRET=x'));
	});

	test('tells of several, and as JSON', async (t) => {
		const world = startAgents(t);

		await ok(world, 'run', 'true');
		await ok(world, 'run', '-a', 'REPLAY stream-json.out');
		const out = await ok(world, 'show', '2', '1');

		assert.match(out, /^t2 completed[^]*\n\nhi there\n\nt1 completed/);
		const tasks = await json(world, 'show', '-j', '1', '2');

		assert.deepEqual(tasks.map(({ id }) => id), ['t1', 't2']);
		assert.equal(tasks[1].result, 'hi there');
		assert.equal(tasks[0].output.dir, world.taskDir('t1'));
	});
});

describe('stop and rm', ALL, () => {
	test('stop with all kinds of ids', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('start_tasks', { tasks: Array(3).fill(
			{ command: 'sleep 300' }), group: 'crowd' });
		await ok(world, 'start', '-l', 'nap', 'sleep', '300');
		assert.match(await ok(world, 'stop', 'g1', 'nap'),
			/^t1 cancelled: by user.*\nt2 .*\nt3 .*\nt4 nap cancelled: by .*$/);
		assert.match(await ok(world, 'stop', 'nap'), /^t4 nap cancelled/);
		const [task] = await json(world, 'stop', '--json', '4');

		assert.equal(task.state, 'cancelled');
	});

	test('grace and now', async (t) => {
		const world = startWorld(t);
		const stubborn = 'trap "" TERM; echo ready; ' +
			'while :; do sleep 0.1; done';
		const timed = async (...args) => {
			const id = await ok(world, 'start', stubborn);
			const from = Date.now();

			await waitFor(() => world.output(id) === 'ready\n');
			assert.match(await ok(world, 'stop', ...args, id), /cancelled/);
			return Date.now() - from;
		};

		assert.ok(await timed('--now') < 5000);
		const graceful = await timed('--grace', '2');

		assert.ok(graceful >= 2000 && graceful < 7000, `${graceful} ms`);
	});

	test('rm', async (t) => {
		const world = startWorld(t);

		await ok(world, 'run', 'true');
		await ok(world, 'start', 'sleep', '300');
		const refused = await ccproc(world, ['rm', '1', '2']);

		assert.equal(refused.code, 125);
		assert.match(refused.err,
			/^ccproc: t2 is running; nothing was removed: /);
		assert.ok(world.taskDir('t1'));
		assert.match(await ok(world, 'rm', '1'), /^removed 1 task, freed /);
		assert.match(await ok(world, 'rm', '--force', '2'), /^removed 1 task/);
		assert.equal(world.taskDir('t2'), undefined);
		assert.match((await ccproc(world, ['rm', '1'])).err,
			/^ccproc: 1: was cleaned up; /);
	});
});

test('a fault of ours is 125 and a sentence', ALL, async (t) => {
	const world = startWorld(t);

	await ok(world, 'run', 'echo', 'x');
	for (const args of [['ls', '--json'], ['show', '1'], ['logs', '1'],
		['run', 'echo', 'x']]) {
		const full = fs.openSync('/dev/full', 'w');
		const { code, err } = await new Cli(world, args,
			{ stdout: full }).end();

		fs.closeSync(full);
		assert.equal(code, 125, args[0]);
		assert.match(err, /^ccproc: cannot write .*stdout: No space/);
	}
	kill(world.daemon(), 'SIGTERM');
	await waitFor(() => !world.daemon());
	const { code, err } = await ccproc(world, ['ls'],
		{ env: { CCPROC_SOCKET: '', XDG_RUNTIME_DIR: '/no/such',
			CCPROC_STATE_DIR: '/proc/none' } });

	assert.equal(code, 125);
	assert.match(err, /^ccproc: .*\/proc\/none/);
});
