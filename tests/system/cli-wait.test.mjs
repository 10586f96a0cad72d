// The command for people where it stays with tasks: output byte by byte,
// signals, waits, and daemons that come and go.  And where it is used wrongly.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc, Cli, json, noTerminal, ok, onTerminal } from './lib/cli.mjs';
import { kill, processesWith, startWorld, waitFor } from './lib/harness.mjs';
import { connect } from './lib/session.mjs';

const ALL = { concurrency: 4 };

/** A file that a task waits for, and its name. */
function gate(world, name = 'gate') {
	const file = path.join(world.work, name);

	return { file, wait: `until [ -e ${file} ]; do sleep 0.02; done`,
		open: () => fs.writeFileSync(file, '') };
}

async function killDaemon(world, signal) {
	const pid = world.daemon();

	kill(pid, signal);
	await waitFor(() => world.daemon() !== pid);
}

describe('output', ALL, () => {
	test('is copied byte by byte', async (t) => {
		const world = startWorld(t);
		const bytes = randomBytes(10 << 20);
		const file = path.join(world.work, 'bytes');

		fs.writeFileSync(file, bytes);
		const run = await ccproc(world, ['run', `cat ${file}; cat ${file} >&2`]);

		assert.ok(run.bytes.equals(bytes));
		assert.equal(run.code, 0);
		assert.ok((await ccproc(world, ['logs', '1'])).bytes.equals(bytes));
		assert.ok((await ccproc(world, ['logs', '-e', '1'])).bytes
			.equals(bytes));
		const out = fs.openSync(path.join(world.work, 'out'), 'w');

		await new Cli(world, ['logs', '-f', '1'], { stdout: out }).end();
		fs.closeSync(out);
		assert.ok(fs.readFileSync(path.join(world.work, 'out')).equals(bytes));
	});

	test('comes as it is written', async (t) => {
		const world = startWorld(t);
		const gates = [0, 1, 2].map((i) => gate(world, `gate${i}`));
		const run = new Cli(world, ['run', gates.map(({ wait }, i) =>
			`${wait}; printf ${i}; printf e${i} >&2`).join('; ')]);
		const logs = [];

		await waitFor(() => world.output('t1') === '' && world.taskDir('t1'));
		logs.push(new Cli(world, ['logs', '-f', 't1']));
		for (const [i, { open }] of gates.entries()) {
			open();
			await waitFor(() => run.out.length === i + 1 &&
				run.err.length === 2 * i + 2 &&
				logs.every(({ out }) => out.length === i + 1));
			logs.push(new Cli(world, ['logs', '-f', 't1']));
		}
		assert.deepEqual(await run.end(), { code: 0,
			bytes: Buffer.from('012'), out: '012', err: 'e0e1e2' });
		for (const log of logs) {
			const { code, out } = await log.end();

			assert.deepEqual([code, out], [0, '012']);
		}
	});

	test('waits for a slow reader', async (t) => {
		const world = startWorld(t);
		const run = new Cli(world, ['run', 'seq 200000; echo done >&2']);

		run.child.stdout.pause();
		await run.says(/done/);
		run.child.stdout.resume();
		assert.equal((await run.end()).out,
			[...Array(200000).keys()].map((i) => `${i + 1}\n`).join(''));
	});

	test('goes on from the start of a file that was emptied', async (t) => {
		const world = startWorld(t);
		const { wait, open } = gate(world);
		const run = new Cli(world, ['run', `echo long line; ${wait}; ` +
			': >/proc/self/fd/1; echo new']);

		await run.says(/long line/);
		open();
		assert.equal((await run.end()).out, 'long line\nnew\n');
	});

	test('has last lines', async (t) => {
		const world = startWorld(t);
		const tail = (...args) => ccproc(world, ['logs', ...args]);

		await ok(world, 'run', 'seq 100000');
		await ok(world, 'run', 'printf "a\\n\\nb"');
		await ok(world, 'run', 'true');
		for (const [n, id, out] of [[1, 1, '100000\n'], [0, 1, ''],
			[2, 1, '99999\n100000\n'], [1, 2, 'b'], [2, 2, '\nb'],
			[3, 2, 'a\n\nb'], [9, 2, 'a\n\nb'], [5, 3, '']])
			assert.equal((await tail('-n', `${n}`, `${id}`)).out, out,
				`${n} of t${id}`);
		assert.equal((await tail('-n', '50000', '1')).out,
			[...Array(50000).keys()].map((i) => `${i + 50001}\n`).join(''));
		assert.equal((await tail('-f', '-n', '1', '1')).out, '100000\n');
	});

	test('whose reader goes away leaves the task', async (t) => {
		const world = startWorld(t);
		const run = new Cli(world, ['run',
			'while echo y; do sleep 0.01; done']);

		await run.says(/y/);
		run.child.stdout.destroy();
		const { code, err } = await run.end();

		assert.equal(code, 141);
		assert.match(err, /^ccproc: t1 goes on; ccproc logs -f t1 shows /);
		assert.deepEqual(world.live(), ['t1']);
	});
});

describe('signals', ALL, () => {
	for (const [signal, code] of [['SIGTERM', 143], ['SIGHUP', 129]])
		test(`${signal} leaves the task`, async (t) => {
			const world = startWorld(t);
			const run = new Cli(world, ['run', 'echo ready; sleep 300']);

			await run.says(/ready/);
			run.child.kill(signal);
			const ended = await run.end();

			assert.equal(ended.code, code);
			assert.match(ended.err, /^ccproc: t1 goes on; /);
			assert.deepEqual(world.live(), ['t1']);
		});

	test('SIGINT stops the task', async (t) => {
		const world = startWorld(t);
		const run = new Cli(world, ['run', 'trap "echo bye; exit 9" TERM; ' +
			'echo ready; while :; do sleep 0.05; done']);

		await run.says(/ready/);
		run.child.kill('SIGINT');
		const { code, out, err } = await run.end();

		assert.deepEqual([code, out], [130, 'ready\nbye\n']);
		assert.match(err, new RegExp('^ccproc: stopping t1; Ctrl-C again ' +
			'kills it\nccproc: t1 cancelled: by user · '));
	});

	test('SIGINT on a terminal, and again', { skip: noTerminal },
		async (t) => {
			const world = startWorld(t);
			const run = onTerminal(world, ['run', 'trap "echo no" TERM; ' +
				'echo ready; while :; do sleep 0.05; done']);

			await run.says(/^t1 running/m);
			await run.says(/ready/);
			run.child.stdin.write('\x03');
			await run.says(/stopping t1; [^]*\nno/);
			run.child.stdin.write('\x03');
			const { code, out } = await run.end(8000);

			assert.equal(code, 130, out);
			assert.match(out, /killing t1; [^]*t1 cancelled: by user/);
		});

	test('SIGINT that is ignored stays ignored', async (t) => {
		const world = startWorld(t);
		const { wait, open } = gate(world);
		const run = new Cli(world, ['-c', 'trap "" INT; exec ccproc run "$1"',
			'sh', `echo ready; ${wait}`], { program: 'sh',
			env: { PATH: `${process.env.CCPROC_BUILD}:${process.env.PATH}` } });

		await run.says(/ready/);
		run.child.kill('SIGINT');
		open();
		assert.equal((await run.end()).code, 0);
	});

	test('end a wait, not the tasks', async (t) => {
		const world = startWorld(t);

		await ok(world, 'start', 'sleep', '300');
		for (const verb of ['wait', 'logs']) {
			const cli = new Cli(world, verb === 'wait' ? [verb, '1'] :
				[verb, '-f', '1']);

			await waitFor(() => processesWith(world.root).some((pid) =>
				pid === cli.child.pid));
			cli.child.kill('SIGINT');
			assert.equal((await cli.end()).code, 'SIGINT');
		}
		assert.deepEqual(world.live(), ['t1']);
	});
});

describe('wait', ALL, () => {
	test('has the first status that is not 0', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('start_tasks', { tasks: [{ command: 'exit 0' },
			{ command: 'exit 4' }, { command: 'exit 5' }] });
		for (const [ids, code] of [[['1'], 0], [['2'], 4], [['1', '3', '2'], 5],
			[['g1'], 4], [['1', '1'], 0]]) {
			const run = await ccproc(world, ['wait', ...ids]);

			assert.equal(run.code, code, ids.join());
			assert.equal(run.err, '');
		}
		assert.match((await ccproc(world, ['wait', 'g1'])).out,
			/^t1 completed.*\nt2 failed: exit code 4.*\nt3 failed: .* 5.*\n$/);
	});

	test('for the end, for any, for a time', async (t) => {
		const world = startWorld(t);
		const { wait, open } = gate(world);

		await ok(world, 'start', '-l', 'nap', 'sleep', '300');
		await ok(world, 'start', `${wait}; exit 6`);
		const both = new Cli(world, ['wait', '-t', '3', 'nap', '2']);
		const any = new Cli(world, ['wait', '--any', 'nap', '2']);
		const one = new Cli(world, ['wait', '--json', '2']);
		const late = await ccproc(world, ['wait', '--timeout', '0', '2']);

		assert.equal(late.code, 124);
		assert.match(late.out, /^t2 running · /);
		open();
		assert.equal((await any.end()).code, 6);
		const { code, out } = await one.end();

		assert.equal(code, 6);
		assert.equal(JSON.parse(out).tasks[0].exit_code, 6);
		assert.equal((await both.end()).code, 124);
		// one that has ended long ago, and was seen
		assert.equal((await ccproc(world, ['wait', '--any', 'nap', '2'])).code, 6);
	});
});

describe('the daemon goes away', ALL, () => {
	for (const signal of ['SIGKILL', 'SIGTERM'])
		test(`by ${signal}, and nobody notices`, async (t) => {
			const world = startWorld(t);
			const { wait, open } = gate(world);
			const run = new Cli(world, ['run', `echo one; ${wait}; seq 100000; ` +
				'exit 7']);

			await run.says(/one/);
			const all = [run, new Cli(world, ['wait', '1']),
				new Cli(world, ['logs', '-f', '1']),
				new Cli(world, ['run', '--json', wait])];

			await waitFor(() => world.live().length === 2);
			for (let i = 0; i < 3; i++) {
				await killDaemon(world, signal);
				await waitFor(() => world.daemon());
			}
			open();
			const [ran, waited, logged, asked] =
				await Promise.all(all.map((cli) => cli.end()));

			assert.deepEqual([ran.code, ran.err], [7, '']);
			assert.deepEqual([waited.code, waited.err], [7, '']);
			assert.match(waited.out, /^t1 failed: exit code 7 · /);
			assert.equal(ran.out, 'one\n' +
				[...Array(100000).keys()].map((i) => `${i + 1}\n`).join(''));
			assert.equal(logged.out, ran.out);
			assert.equal(asked.code, 0, asked.err);
			assert.equal(JSON.parse(asked.out).tasks[0].id, 't2');
		});

	test('while a stop is under way', async (t) => {
		const world = startWorld(t);
		const run = new Cli(world, ['run', 'trap "echo no" TERM; echo ready; ' +
			'while :; do sleep 0.05; done']);

		await run.says(/ready/);
		run.child.kill('SIGINT');
		await run.says(/no/);
		await killDaemon(world, 'SIGKILL');
		run.child.kill('SIGINT');
		assert.equal((await run.end(8000)).code, 130);
	});

	/** A way to the daemon that is cut once, where lose says so. */
	async function startProxy(t, world, lose) {
		const place = path.join(world.root, 'proxy');
		const cuts = [];
		const server = net.createServer((client) => {
			const daemon = net.connect(world.env.CCPROC_SOCKET);
			const pass = (from, to) => from.on('error', () => {})
				.on('close', () => to.end())
				.on('data', (data) => {
					if (cuts.length !== 0 || !lose(String(data))) {
						to.write(data);
						return;
					}
					cuts.push(data);
					client.destroy();
					daemon.destroy();
				});

			pass(client, daemon);
			pass(daemon, client);
		}).listen(place);

		t.after(() => server.close());
		await new Promise((resolve) => server.once('listening', resolve));
		return { cuts, env: { CCPROC_SOCKET: place } };
	}

	for (const [when, lose] of [
		['before', (data) => data.includes('"run_task"')],
		['after', (data) => data.includes('"t1 ')]])
		test(`with a start, ${when} it was accepted`, async (t) => {
			const world = startWorld(t);

			await ok(world, 'ls');
			const { env, cuts } = await startProxy(t, world, lose);
			const { code, out, err } = await ccproc(world,
				['run', 'echo once; exit 3'], { env });

			assert.equal(cuts.length, 1);
			assert.deepEqual([code, out, err], [3, 'once\n', '']);
			assert.deepEqual((await json(world, 'ls', '--json'))
				.map(({ id }) => id), ['t1']);
		});

	test('with a start among others of the same owner', async (t) => {
		const world = startWorld(t);

		await ok(world, 'ls');
		const { env } = await startProxy(t, world,
			(data) => data.includes('"t1 '));
		const { code, out } = await ccproc(world, ['start', 'true'],
			{ env: { ...env, CLAUDE_CODE_SESSION_ID: 'shared' } });

		assert.equal(code, 0);
		assert.match(out, /^t1\n/);
		assert.equal((await json(world, 'ls', '--json')).length, 1);
	});
});

describe('used wrongly', ALL, () => {
	for (const [args, err, code = 2] of [
		[[], /^usage: ccproc COMMAND/],
		[['lst'], /^ccproc: unknown command 'lst'; did you mean 'ls'\?\n$/],
		[['kill', '1'], /^ccproc: 1: no such task/, 125],
		[['stpo', '1'], /unknown command 'stpo'; see ccproc help\n$/],
		[['pausing'], /unknown command 'pausing'/],
		[['pause'], /pause: expected ID/],
		[['rn'], /did you mean 'run'\?/],
		[['watch'], /did you mean 'top'\?/],
		[['follow'], /did you mean 'logs'\?/],
		[['switch'], /did you mean 'move'\?/],
		[['attach'], /did you mean 'logs'\?/],
		[['xyzzy'], /^ccproc: unknown command 'xyzzy'; see ccproc help\n$/],
		[['help', 'strat'], /did you mean 'start'\?/],
		[['run'], /^ccproc: run: expected a command; see ccproc run --help/],
		[['run', '--bad', 'x'], /unknown option --bad; see ccproc run /],
		[['run', '-x', 'x'], /unknown option -x;/],
		[['run', '--label'], /--label needs a value: LABEL;/],
		[['run', '--json=1', 'x'], /--json takes no value;/],
		[['run', '-t', '0', 'x'],
			/--timeout: expected a duration such as 90, .* from 1 to 604800 seconds, got '0'/],
		[['run', '-t', '1x', 'x'], /got '1x'/],
		[['run', '-e', 'A', 'x'], /--env: expected NAME=VALUE, got 'A'/],
		[['run', '-e', '=A', 'x'], /expected NAME=VALUE, got '=A'/],
		[['run', '-m', 'x', 'y'], /--model, .* need --agent/],
		[['run', '-c', 'x', 'y'], /-c LINE is the whole command/],
		[['run', '-a', '-p', 'none', 'x'], /--permission-mode: .*"none"/, 125],
		[['start', '-c', 'x', '--agent'], /-c LINE is the whole command/],
		[['ls', 'x'], /^ccproc: ls: expected nothing after it, got 'x'; /],
		[['ls', '--limit=-1'], /from 0 to 1000000, got '-1'/],
		[['show'], /^ccproc: show: expected ID, or what selects tasks/],
		[['show', '99'], /^ccproc: 99: no such task; there are no tasks/, 125],
		[['logs'], /expected ID/],
		[['logs', 'a', 'b'], /a: no such task/, 125],
		[['logs', 'none'], /^ccproc: none: no such task; /, 125],
		[['logs', '-n', '', '1'], /--lines: expected a whole number/],
		[['wait'], /expected ID/],
		[['wait', 't1', 'g9'], /t1: no such task.*g9: no such task/, 125],
		[['stop'], /expected ID/],
		[['stop', '--grace', '121', '1'], /from 0 to 120 seconds, got '121'/],
		[['stop', '-n', '-', '1'], /1: no such task/, 125],
		[['rm'], /expected ID/],
		[['rm', '-f', ''], /rm: ID: is empty, perhaps a variable that is not set/],
	])
		test(args.join(' ') || 'nothing', async (t) => {
			const run = await ccproc(startWorld(t), args);

			assert.match(run.err, err);
			assert.deepEqual([run.code, run.out], [code, '']);
		});

	test('a group where one task is meant, other bytes than UTF-8',
		async (t) => {
			const { world, bridge } = await connect(t);

			await bridge.tool('start_tasks', { tasks: [{ command: 'true' },
				{ command: 'true' }] });
			const run = await ccproc(world, ['logs', '-r', 'g1']);

			assert.deepEqual([run.code, run.err], [125,
				'ccproc: --raw, --run and --activity are for one task as it ' +
				'is, not for several\n']);
			const bytes = await new Cli(world, ['-c',
				'exec ccproc run echo "$(printf "\\377")"'], { program: 'sh',
				env: { PATH: `${process.env.CCPROC_BUILD}:` +
					process.env.PATH } }).end();

			assert.equal(bytes.code, 2);
			assert.match(bytes.err, /argument 2 is no UTF-8/);
		});
});

test('help and version', ALL, async (t) => {
	const world = startWorld(t);
	const verbs = ['run', 'start', 'ls', 'show', 'logs', 'wait', 'stop', 'rm'];
	const all = await ok(world, 'help');

	assert.match(await ok(world, '--version'), /^ccproc \d+\.\d+\.\d+$/);
	assert.equal(await ok(world, '--help'), all);
	for (const verb of verbs) {
		const help = await ok(world, 'help', verb);

		assert.match(all, new RegExp(`^  ${verb} +[A-Z]`, 'm'));
		assert.match(help, new RegExp(`^usage: ccproc ${verb} \\[`));
		assert.equal(await ok(world, verb, '--help'), help);
		assert.equal(await ok(world, verb, '-h'), help);
	}
	assert.equal(world.daemon(), undefined); // nobody needs one for that
});
