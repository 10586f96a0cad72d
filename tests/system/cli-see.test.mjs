// The command for people where they look: lists, what is known of a task, and
// many tasks at once.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';

import { ccproc, json, noTerminal, ok, onTerminal, seen,
	startAgents } from './lib/cli.mjs';
import { FakeDaemon } from './lib/fake-daemon.mjs';
import { startWorld, waitFor } from './lib/harness.mjs';
import { connect } from './lib/session.mjs';

const ALL = { concurrency: 4 };

const bare = (text) => text.replace(/\x1b\[\d*m/g, '');

test('durations have units, in options and in the configuration', ALL,
	async (t) => {
		const world = startWorld(t, { config: { agents: {
			ask_timeout_s: '1.5h', linger_s: 20 },
		retention: { max_age_s: '90d' } } });

		assert.match(await ok(world, 'config'),
			/agents\.ask_timeout_s = 5400\n[^]*max_age_s = 7776000\n/);
		await ok(world, 'start', 'sleep', '300');
		assert.equal((await ccproc(world, ['wait', '-t', '0.2', 't1'])).code,
			124);
		assert.equal((await ccproc(world, ['wait', '-t', '50ms', 't1'])).code,
			124);
		assert.match((await ccproc(world, ['wait', '-t', 'soon', 't1'])).err,
			/--timeout: expected a duration such as 90, 10m, 2h or 1\.5d, /);
		await ok(world, 'stop', '--grace', '1m', 't1');
	});

describe('ls', ALL, () => {
	/** Columns of a table, by its titles; of each row. */
	const titles = (line) => bare(line).trim().split(/ {2,}/);

	test('names tasks by label, command or prompt', async (t) => {
		const world = startAgents(t);

		await ok(world, 'run', '-l', 'build', 'true');
		await ok(world, 'run', 'echo', 'a b');
		await ok(world, 'run', '\n  exit 0 # first\nsecond');
		await ok(world, 'run', '-a', 'REPLAY stream-json.out\nand then');
		const names = (await json(world, 'ls', '-j')).map(({ name }) => name);

		assert.deepEqual(names, ['REPLAY stream-json.out', 'exit 0 # first',
			'echo a b', 'build']);
		const out = await ok(world, 'ls');

		for (const name of names)
			assert.ok(out.includes(`  ${name}  `), out);
	});

	test('is a table in a pipe, too, by the width of COLUMNS', async (t) => {
		const world = startWorld(t);
		const lines = async (columns, ...args) => (await ccproc(world,
			['ls', ...args], { env: { COLUMNS: columns } })).out
			.split('\n').slice(0, -1);

		await ok(world, 'run', `echo ${'long '.repeat(30)}`);
		await ccproc(world, ['run', '-C', '/', 'sleep 0.2; exit 3']);
		assert.deepEqual(titles((await lines('200'))[0]),
			['ID', 'NAME', 'STATE', 'AGE', 'TOOK', 'CWD', 'LAST']);
		assert.deepEqual(titles((await lines('80'))[0]),
			['ID', 'NAME', 'STATE', 'AGE', 'TOOK', 'CWD', 'LAST']);
		assert.deepEqual(titles((await lines('60'))[0]),
			['ID', 'NAME', 'STATE', 'AGE', 'TOOK', 'LAST']);
		assert.deepEqual(titles((await lines('40'))[0]),
			['ID', 'NAME', 'STATE', 'LAST']);
		assert.deepEqual(titles((await lines('20'))[0]),
			['ID', 'NAME', 'STATE']);
		for (const columns of [1, 5, 20, 40, 80, 200])
			for (const line of (await lines(`${columns}`)).slice(0, -1))
				assert.ok([...line].length <= columns, `${columns}: ${line}`);
		const whole = await lines('');

		assert.match(whole[2], / (long ){29}long$/);
		assert.equal(whole.at(-1), '1 failed, 1 completed');
		assert.ok(!whole.join('').includes('\x1b'));
		assert.ok((await lines('', '--color=always')).join('')
			.includes('\x1b[31mfailed/3\x1b[m'));
	});

	test('leaves out what all have in common', async (t) => {
		const world = startWorld(t);

		await ok(world, 'run', 'true');
		await ok(world, 'run', 'true');
		assert.ok(!(await ok(world, 'ls')).includes('CWD'));
		await ok(world, 'run', '-C', '/', 'true');
		assert.match(await ok(world, 'ls'), /CWD[^]* \/\n[^]* …?~?[^ ]*work/);
		assert.deepEqual((await ok(world, 'ls', '--columns', 'cwd,ID'))
			.split('\n')[0].split(/ +/), ['CWD', 'ID']);
		assert.equal((await ok(world, 'ls', '--plain', '--columns',
			'id,kind,state', '-n', '1')), 't3\tcommand\tcompleted');
		const wrong = await ccproc(world, ['ls', '--columns', 'id,colour']);

		assert.equal(wrong.code, 2);
		assert.match(wrong.err, /--columns: expected some of id, name, label, /);
	});

	test('has first what needs somebody, and counts the queue', async (t) => {
		const world = startWorld(t, { config: { commands: { max_running: 2 } } });

		await ccproc(world, ['run', 'exit 3']);
		for (let i = 0; i < 20; i++)
			await ok(world, 'start', '-P', i === 19 ? '5' : '0', 'sleep', '300');
		const lines = (await ok(world, 'ls')).split('\n');
		const ids = lines.map((line) => line.split(' ')[0]);

		assert.deepEqual(ids.slice(0, 5), ['ID', 't3', 't2', 't21', 't4']);
		assert.equal(lines[13], '… 8 more queued; -a shows all');
		assert.equal(ids[14], 't1');
		assert.equal(lines[15], '2 running, 18 queued, 1 failed');
		assert.equal((await ok(world, 'ls', '-a')).split('\n').length, 23);
		assert.equal((await json(world, 'ls', '-j')).length, 21);
		assert.equal((await ok(world, 'ls', '--plain')).split('\n').length, 21);
		assert.match(await ok(world, 'ls', '--failed'), /^ID.*\nt1 .*\n1 failed$/);
		assert.match(await ok(world, 'ls', '--running', '--failed'),
			/^ID.*\nt3 .*\nt2 .*\nt1 .*\n2 running, 1 failed$/);
	});
});

describe('what is selected', ALL, () => {
	/** A world with one of each: failed, done, running (all of g1), queued. */
	async function mixed(t) {
		const { world, bridge } = await connect(t, { config: {
			commands: { max_running: 1 } } });

		await ccproc(world, ['run', '-l', 'bad-1', 'exit 3']);
		await ok(world, 'run', '-l', 'good-1', 'true');
		await bridge.tool('start_tasks', { group: 'night', tasks: [
			{ command: 'sleep 300', label: 'work-1' },
			{ command: 'sleep 300', label: 'work-2' }] });
		await ok(world, 'start', '-C', '/', 'sleep', '300');
		await waitFor(async () => (await json(world, 'ls', '-j', '--running'))
			.length === 1);
		return world;
	}
	const ids = async (world, verb, ...args) =>
		(await json(world, verb, '-j', ...args)).map(({ id }) => id);

	test('by state, label, group, folder and age, by every verb',
		async (t) => {
			const world = await mixed(t);

			for (const [args, want] of [
				[['--all'], ['t5', 't4', 't3', 't2', 't1']],
				[['--running'], ['t3']], [['--queued'], ['t5', 't4']],
				[['--failed'], ['t1']], [['-l', '*-1'], ['t3', 't2', 't1']],
				[['-g', 'night'], ['t4', 't3']], [['-g', 'g3'], ['t4', 't3']],
				[['-g', 'night', '--queued'], ['t4']],
				[['-C', '/'], ['t5']], [['--since', '1h', '-l', 'bad*'], ['t1']],
				[['--failed', '--running'], ['t3', 't1']],
				[['t2', 'work-1'], ['t2', 't3']]])
				assert.deepEqual(await ids(world, 'show', ...args), want,
					args.join(' '));
			assert.deepEqual(await ids(world, 'wait', '-t', '50ms', '--queued')
				.catch(() => 'timed out'), 'timed out');
			assert.equal((await ccproc(world, ['wait', '--failed'])).code, 3);
			for (const verb of ['stop', 'rm', 'wait', 'show']) {
				const none = await ccproc(world, [verb]);
				const both = await ccproc(world, [verb, 't1', '--all']);
				const nobody = await ccproc(world, [verb, '-l', 'nobody']);

				assert.equal(none.code, 2);
				assert.match(none.err, /expected ID, or what selects tasks/);
				assert.equal(both.code, 2);
				assert.match(both.err, /either ids or options/);
				assert.equal(nobody.code, 0);
				assert.equal(nobody.err, 'ccproc: there are no such tasks\n');
			}
		});

	// t2 ended without a label, which is no reason to delete it
	test('of a name that several groups have, in the newest, everywhere',
		async (t) => {
			const world = startWorld(t);
			const ids = async (...args) =>
				(await json(world, ...args, '-j')).map((task) => task.id);
			const night = (...args) => ok(world, 'start', '-g', 'night', ...args);

			await night('-c', 'exit 3', '-c', 'sleep 300');
			await ok(world, 'start', '-l', 'night', 'true'); // no group
			await ok(world, 'wait', 't3');
			// one that lives goes before what has ended
			assert.deepEqual(await ids('ls', '-g', 'night'), ['t2', 't1']);
			await night('-c', 'exit 4', '-c', 'sleep 300');
			assert.deepEqual(await ids('ls', '-g', 'night'), ['t5', 't4']);
			assert.deepEqual(await ids('ls', '-g', 'g1'), ['t2', 't1']);
			assert.match(await ok(world, 'report', '-g', 'night'),
				/^# `night`: 2 tasks/);
			assert.match(await ok(world, 'pause', '--queue', '-g', 'night'), /^g4 /);
			await ok(world, 'unpause', '--queue', '-g', 'g4');
			assert.match(await ok(world, 'stop', '-g', 'night'), /^t5 .*cancelled/);
			assert.deepEqual(await ids('ls', '-g', 'night'), ['t2', 't1']);
			await ok(world, 'stop', '-g', 'night');
			assert.deepEqual(await ids('ls', '-a', '-g', 'night'), ['t5', 't4']);
			assert.deepEqual(await ids('ls', '-a', '-g', 'none'), []);
		});

	test('is nothing where a variable was not set', async (t) => {
		const { world, bridge } = await connect(t);

		await ok(world, 'run', '-l', 'named', 'true');
		await ok(world, 'run', 'true');
		for (const args of [['rm', ''], ['restart', ''], ['stop', ''],
			['wait', ''], ['rm', '-l', ''], ['rm', '-g', ''],
			['stop', '-C', '']]) {
			const { code, err } = await ccproc(world, args);

			assert.equal(code, 2, args.join(' '));
			assert.match(err, / is empty, perhaps a variable that is not set/);
		}
		for (const tool of ['check_tasks', 'cleanup_tasks', 'stop_tasks'])
			assert.match((await bridge.tool(tool, { ids: [''] })).text,
				/"": expected an id, got no character/);
		assert.deepEqual(await ids(world, 'ls'), ['t2', 't1']);
	});

	test('is stopped and deleted without a question where nobody is',
		async (t) => {
			const world = await mixed(t);

			assert.deepEqual((await ids(world, 'stop', '--queued')).sort(),
				['t4', 't5']);
			assert.deepEqual(world.live(), ['t3']);
			const bad = JSON.parse(await ok(world, 'rm', '-j', '--failed'));

			assert.equal(bad.removed, 1);
			assert.ok(bad.bytes > 0);
			assert.deepEqual(bad.skipped, {});
			const rest = await ok(world, 'rm', '--all');

			assert.match(rest, /^removed 3 tasks, freed [\d.]+ (bytes|[kM]B)$/);
			assert.deepEqual(world.live(), ['t3']);
			assert.match(await ok(world, 'rm', '--all', '--force'),
				/^removed 1 task, /);
			assert.deepEqual(await json(world, 'ls', '-j'), []);
		});

	test('is shown on a terminal first', { skip: noTerminal }, async (t) => {
		const world = await mixed(t);
		const rm = onTerminal(world, ['rm', '-l', 'good*']);

		await rm.says(/ {2}t2 completed good-1\r\ndelete 1 task\? \[y\/N\] /);
		rm.child.stdin.write('\n');
		assert.equal((await rm.end()).code, 130);
		assert.ok(world.taskDir('t2'));
		const again = onTerminal(world, ['rm', '-l', 'good*']);

		await again.says(/\? \[y/);
		again.child.stdin.write('y\n');
		assert.equal((await again.end()).code, 0);
		assert.equal(world.taskDir('t2'), undefined);
		await onTerminal(world, ['stop', '--yes', '--all']).end();
		assert.deepEqual(world.live(), []);
	});

	test('is counted on a terminal, where many take their time',
		{ skip: noTerminal }, async (t) => {
			const { world, bridge } = await connect(t,
				{ config: { commands: { max_running: 60 } } });
			const stop = ['stop', '--yes', '--grace', '3', '--all'];

			await bridge.tool('start_tasks', { tasks: Array(50).fill(
				{ command: 'trap "" TERM; echo; while :; do sleep 1; done' }) });
			await bridge.tool('start_tasks', { tasks: [{ command: 'sleep 300' }] });
			await waitFor(() => world.output('t50') === '\n');
			const { out } = await onTerminal(world, stop).end();

			assert.match(String(out), /\r\d+ of 51 tasks\x1b\[K/);
			assert.match(String(out), /\r\x1b\[Kt51 /);
		});

	test('is counted while a prune takes its time', { skip: noTerminal },
		async (t) => {
			const world = startWorld(t);
			const daemon = await FakeDaemon.listen(t, world);
			const prune = onTerminal(world, ['prune']);
			const session = await daemon.session();
			const call = await session.message();
			let progress = 0;
			const sending = setInterval(() => session.send({ jsonrpc: '2.0',
				method: 'notifications/progress', params: { progress: ++progress,
					progressToken: call.params._meta.progressToken,
					total: 90000 } }), 50);

			try {
				assert.equal(call.params.name, 'prune_tasks');
				await prune.says(/\r\d+ of 90000 tasks\x1b\[K/);
			} finally {
				clearInterval(sending);
			}
			session.answer(call, { content: [{ type: 'text', text: 'removed 1' }] });
			assert.match((await prune.end()).out, /tasks\x1b\[K\r\x1b\[Kremoved 1/);
		});

	test('may be hundreds, or stand on stdin', async (t) => {
		const { world, bridge } = await connect(t);

		for (let i = 0; i < 3; i++)
			await bridge.tool('start_tasks', { tasks: Array(50).fill(
				{ command: 'sleep 300' }), max_parallel: 2 });
		const all = Array.from({ length: 150 }, (_, i) => `t${i + 1}`);
		const plain = await ok(world, 'ls', '--plain');

		assert.equal((await ids(world, 'show', ...all)).length, 150);
		const stopped = await ccproc(world, ['stop', '--now', '-'],
			{ input: plain });

		assert.equal(stopped.code, 0, stopped.err);
		assert.equal(stopped.out.trim().split('\n').length, 150);
		assert.deepEqual(world.live(), []);
		assert.equal((await ids(world, 'wait', ...all)
			.catch((error) => error.actual)), 130);
		const removed = await ccproc(world, ['rm', '-'],
			{ input: all.join(' ') });

		assert.match(removed.out, /^removed 150 tasks, /);
		const nothing = await ccproc(world, ['stop', '-'], { input: '\n' });

		assert.equal(nothing.code, 0);
		assert.match((await ccproc(world, ['stop', '-'], { input: 't1' })).err,
			/t1: was cleaned up/);
	});
});

test('what hands type anyway works', ALL, async (t) => {
	const world = startWorld(t);

	await ok(world, 'run', '-l', 'one', 'echo hi');
	for (const verb of ['ls', 'list', 'ps', 'status'])
		assert.match(await ok(world, verb), /^ID .*\nt1 {2}one .*\n1 completed$/);
	assert.match(await ok(world, 'status', 'one'), /^t1 one completed[^]*uuid/);
	assert.equal(await ok(world, 'log', 'one'), 'hi');
	assert.match(await ok(world, 'kill', 'one'), /^t1 one completed/);
	for (const version of ['-V', 'version', '--version'])
		assert.match(await ok(world, version), /^ccproc \d/);
	assert.equal(JSON.parse(await ok(world, 'prune', '-nj')).removed, 0);
	const bareCommand = await ccproc(world, []);

	assert.equal(bareCommand.code, 2);
	assert.match(bareCommand.err, /^usage: /);
	if (!noTerminal)
		assert.match((await seen(world, [])).join('\n'), /^ID .*\nt1 /);
});

describe('show', ALL, () => {
	const PAGE = fs.readFileSync(new URL('../../cli/ccproc.1',
		import.meta.url), 'utf8').split('.Sh JSON\n')[1].split('\n.Sh ')[0];
	const KNOWN = new Set([...PAGE.matchAll(/^\.It Cm (.*)$/gm)]
		.flatMap(([, names]) => names.split(' , ')));
	/** The keys of rows that are called otherwise. */
	const KEYS = { permissions: 'permission_mode', allowed: 'allowed_tools',
		environment: 'env', timeout: 'timeout_s', origin: 'unknown_origin',
		'idle timeout': 'idle_timeout_s', branch: 'worktree',
		changes: 'worktree', created: 'created_at', started: 'started_at',
		ended: 'ended_at', took: 'elapsed_s', cpu: 'cpu_s',
		memory: 'maxrss_bytes', peak: 'memory_peak_bytes',
		leftovers: 'leftover_names', stdout: 'output', stderr: 'output',
		session: 'session_id', cost: 'cost_usd', doing: 'activity',
		'last words': 'partial' };
	const keyOf = (row) => /^run \d+$/.test(row) ? 'run_list' :
		KEYS[row] ?? row.replaceAll(' ', '_');

	test('has a key for each row, and the manual each key', async (t) => {
		const world = startAgents(t);

		await ccproc(world, ['run', '-l', 'x', '-t', '1m', '--idle-timeout', '9',
			'-e', 'A=b', '--', 'sh', '-c', 'sleep 300 & echo "a  b"; exit 3']);
		await ccproc(world, ['run', '-a', '-p', 'plan', '--allow', 'Read',
			'REPLAY stream-json.out\nsecond line']);
		await ccproc(world, ['reply', 't2', 'REPLAY maxturns.out rc=1']);
		await ok(world, 'start', 'echo shell; sleep 300');
		const tasks = await json(world, 'show', '-j', 't1', 't2', 't3');

		for (const task of tasks) {
			for (const key of Object.keys(task))
				assert.ok(KNOWN.has(key), `ccproc.1 does not tell ${key}`);
			const rows = [...(await ok(world, 'show', task.id))
				.split('\n\n')[0].matchAll(/^ {2}(\S+(?: \S+)?) {1,}/gm)]
				.map(([, row]) => row);

			assert.ok(rows.length > 10, rows.join());
			for (const row of rows)
				assert.ok((task[keyOf(row)] ?? null) !== null ||
					row === 'memory' && task.memory_bytes > 0,
				`${task.id}: ${row}`);
		}
		const [first, agent, shell] = tasks;

		assert.deepEqual(first.command, ['sh', '-c',
			'sleep 300 & echo "a  b"; exit 3']);
		assert.equal(shell.command, 'echo shell; sleep 300');
		assert.equal(agent.prompt, 'REPLAY stream-json.out\nsecond line');
		assert.deepEqual([first.env, first.timeout_s, first.idle_timeout_s,
			first.started_by], [['A'], 60, 9, 'ccproc']);
		assert.equal(agent.permission_mode, 'plan');
		assert.equal(agent.run_list.length, 2);
	});

	test('speaks to people', async (t) => {
		const world = startAgents(t);

		await ok(world, 'run', '-a', 'REPLAY stream-json.out\nsecond line');
		const { out } = await ccproc(world, ['show', 't1'],
			{ env: { TZ: 'PKT-5', HOME: world.state } });
		const [{ session_id: id, ended_at: ended }] =
			await json(world, 'show', '-j', 't1');
		const hour = (new Date(ended).getUTCHours() + 5) % 24;

		assert.match(out, new RegExp(`^  ended {8}` +
			`${String(hour).padStart(2, '0')}:\\d\\d:\\d\\d, .* ago$`, 'm'));
		assert.match(out, /^ {2}prompt {7}REPLAY stream-json\.out$/m);
		assert.ok(out.includes(`\n  resume       cd ${world.work} && ` +
			`claude --resume ${id}\n`), out);
		assert.match(out, /^ {2}stdout {7}~\/tasks\/.*\/stdout \([\d.]+ kB\)$/m);
	});
});

test('what failed is told in the words of who asked', ALL, async (t) => {
	const { world, bridge } = await connect(t);

	await ok(world, 'run', 'true');
	for (const [args, tool, call, person, model] of [
		[['show', 'no'], 'check_tasks', { ids: ['no'] },
			'no: no such task; the newest are t1; ccproc ls shows more',
			'no: no such task; the newest are t1; list_tasks shows more'],
		[['run', '-l', 't7', 'true'], 'run_task',
			{ command: 'true', label: 't7' }, '--label: "t7" looks like an id',
			'run_task: label: "t7" looks like an id'],
		[['run', '-C', '/no/such', 'true'], 'run_task',
			{ command: 'true', cwd: '/no/such' },
			'--cwd: /no/such does not exist', 'cwd: /no/such does not exist'],
		[['run', '/no/such'], 'run_task', { command: ['/no/such'] },
			'program: /no/such does not exist',
			'program: /no/such does not exist']]) {
		const { err } = await ccproc(world, args);
		const { text } = await bridge.tool(tool, call);

		assert.ok(err.startsWith(`ccproc: ${person}`), err);
		assert.ok(text.startsWith(model), text);
	}
});
