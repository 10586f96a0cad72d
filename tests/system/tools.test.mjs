// Every tool with every argument, through a real bridge.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { startWorld, waitFor } from './lib/harness.mjs';
import { connect, ERAS, join } from './lib/session.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));
const ALL = { concurrency: 4 };
const SPAN = String.raw`\d+(\.\d)? (ms|s|min)`;
const NEXT = (id) => `next: check_tasks {"ids":["${id}"],"wait_s":45}`;
const chars = (text) => [...text].length;

/** A regular expression with SPAN for ~, other characters as they are. */
const like = (text) => new RegExp('^' + text.split('~')
	.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
	.join(SPAN) + '$');

/** A session that another one can be told from. */
const owned = (owner) => ({ env: { CLAUDE_CODE_SESSION_ID: owner } });

const ids = (text) => [...text.matchAll(/^t\d+/gm)].map(([id]) => id);

describe('run_task', ALL, () => {
	for (const era of ERAS)
		test(`outcomes, ${era}`, async (t) => {
			const { bridge } = await connect(t, { era });
			const run = (command, more) =>
				bridge.tool('run_task', { command, ...more });
			const done = await run('echo hello');
			const failed = await run(
				'echo out; echo err >&2; exit 3', { label: 'try' });
			const silent = await run('true');
			const killed = await run('kill -KILL $$');
			const late = await run('echo on; exec sleep 60',
				{ timeout_s: 1 });

			assert.match(done.text, like('t1 completed · ~\nhello'));
			assert.match(failed.text, like(
				't2 try failed: exit code 3 · ~\nout\n[stderr]\nerr'));
			assert.match(silent.text, like('t3 completed · ~'));
			assert.match(killed.text, like('t4 failed: killed by SIGKILL · ~'));
			assert.match(late.text, like('t5 timeout: 1 s wall · ~\non'));
			assert.deepEqual([done, failed, silent, killed, late]
				.map((result) => result.isError),
			[false, true, false, true, true]);
			assert.deepEqual(done.content,
				[{ type: 'text', text: done.text }]);
			assert.equal(done.structuredContent, undefined);
			assert.equal(done.resultType,
				era === 'modern' ? 'complete' : undefined);
		});

	test('the records of these', async (t) => {
		const { bridge } = await connect(t);
		const outcome = async (args) => {
			const { text } = await bridge.tool('run_task', args);
			const { state, reason, exit_code, signal } =
				await bridge.task(text.match(/^t\d+/)[0]);

			return [state, reason, exit_code, signal];
		};

		assert.deepEqual(await outcome({ command: 'true' }),
			['completed', null, 0, null]);
		for (const code of [1, 2, 127, 137, 255])
			assert.deepEqual(await outcome({ command: `exit ${code}` }),
				['failed', 'exit_code', code, null]);
		for (const name of ['HUP', 'SEGV', 'KILL', 'TERM', 'USR1'])
			assert.deepEqual(
				await outcome({ command: `kill -${name} $$` }),
				['failed', 'signal', null, `SIG${name}`]);
		assert.deepEqual(
			await outcome({ command: 'sleep 60', timeout_s: 1 }),
			['timeout', 'wall', null, 'SIGTERM']);
	});

	test('a program in an array meets no shell', async (t) => {
		const { bridge } = await connect(t);
		const { text } = await bridge.tool('run_task', { command:
			['printf', '%s|', 'a b', '$HOME', '', '*', '"\'', 'é\n'] });

		assert.match(text, like('t1 completed · ~\na b|$HOME||*|"\'|é\n|'));
	});

	test('a string is a shell line', async (t) => {
		const { bridge } = await connect(t);
		const { text } = await bridge.tool('run_task',
			{ command: 'x=1; echo $x | tr 1 2; echo "$0"' });

		assert.match(text, like('t1 completed · ~\n2\n/bin/sh'));
	});

	test('where it runs', async (t) => {
		const { world, bridge } = await connect(t);
		const project = path.join(world.root, 'project');
		const run = async (client, args) => (await client.tool('run_task',
			{ command: 'pwd', ...args })).text.split('\n')[1];

		fs.mkdirSync(project);
		const other = await join(world, 'modern',
			{ env: { CLAUDE_PROJECT_DIR: project } });

		assert.equal(await run(bridge), world.work);
		assert.equal(await run(bridge, { cwd: world.home }), world.home);
		assert.equal(await run(other), project);
		assert.equal(await run(other, { cwd: '/' }), '/');
	});

	test('the environment is the session\'s and the call\'s', async (t) => {
		const { world, bridge } = await connect(t, { bridge: { env: {
			MINE: 'session', OTHER: 'x', CLAUDE_CODE_SESSION_ID: 'abc' } } });
		const { text } = await bridge.tool('run_task', {
			command: 'env; readlink /proc/self/fd/0',
			options: { env: { MINE: 'call', EMPTY: '', SECRET: 'zxcvb' } } });
		const lines = text.split('\n');
		const { uuid } = await bridge.task('t1');

		for (const line of ['MINE=call', 'OTHER=x', 'EMPTY=', 'SECRET=zxcvb',
			`CCPROC_TASK=t1-${uuid}`, 'CCPROC_DEPTH=1', `HOME=${world.home}`,
			'/dev/null'])
			assert.ok(lines.includes(line), `${line} in ${text}`);
		assert.doesNotMatch(text, /CLAUDE_CODE_SESSION_ID/);
		assert.equal(lines.filter((line) => /^MINE=/.test(line)).length, 1);
		const spec = fs.readFileSync(
			path.join(world.taskDir('t1'), 'spec.json'), 'utf8');

		assert.match(spec, /SECRET/);
		assert.doesNotMatch(spec, /zxcvb/);
		assert.deepEqual(fs.readdirSync(world.taskDir('t1')).sort(),
			['exit.json', 'seen', 'spec.json', 'stderr', 'stdout']);
	});

	test('the time to wait is over', async (t) => {
		const { bridge } = await connect(t);
		const began = Date.now();
		const now = await bridge.tool('run_task',
			{ command: 'sleep 60', wait_s: 0, label: 'bg' });
		const answered = Date.now();
		const later = await bridge.tool('run_task',
			{ command: 'echo begun; sleep 60', wait_s: 1 });

		assert.ok(answered - began < 900);
		assert.ok(Date.now() - answered >= 1000);
		assert.match(now.text, new RegExp(
			`^t1 bg running( · ${SPAN})?\\n${NEXT('t1').replace(/[[\]{}]/g,
				'\\$&')}$`));
		assert.match(later.text, like(`t2 running · ~\nbegun\n${NEXT('t2')}`));
		assert.equal(now.isError || later.isError, false);
		assert.equal((await bridge.task('t1')).state, 'running');
	});

	test('no more characters than asked for', async (t) => {
		const { bridge } = await connect(t);
		const run = (command, result_chars) =>
			bridge.tool('run_task', { command, result_chars });
		const lines = await run('seq 100000', 200);
		const wide = await run('i=0; while [ $i -lt 3000 ]; do ' +
			'printf 😀; i=$((i+1)); done', 300);
		const both = await run(
			'seq 100000; seq 100000 >&2; exit 1', 400);
		const [, note, ...tail] = lines.text.split('\n');

		assert.equal(note, '[the end of stdout; all of it: read_output ' +
			'{"id":"t1","stream":"stdout","cursor":0}]');
		assert.ok(chars(tail.join('\n')) <= 200, tail.join('\n'));
		assert.equal(tail.at(-1), '100000');
		assert.match(tail[0], /^\d{5}$/); // no half line
		assert.equal(wide.text.split('\n').at(-1), '😀'.repeat(300));
		assert.ok(chars(both.text) < 400 + 300, both.text);
		assert.match(both.text, /100000\n\[the end of stderr;.*\][^]*100000$/);
	});

	test('a long wait has a notice in time', async (t) => {
		const { bridge } = await connect(t, { era: 'modern' });
		const notices = [];
		const began = Date.now();

		bridge.on('notifications/progress', (params) =>
			notices.push({ ...params, at: Date.now() - began }));
		await bridge.tool('run_task', { command: 'sleep 15.5', wait_s: 60 },
			{ meta: { progressToken: 'p1' } });
		assert.equal(notices.length, 1);
		assert.equal(notices[0].progressToken, 'p1');
		assert.match(notices[0].message, like('t1 running · ~'));
		assert.ok(notices[0].at <= 15500, String(notices[0].at));
	});
});

describe('start_tasks', ALL, () => {
	for (const era of ERAS)
		test(`a group, ${era}`, async (t) => {
			const { bridge } = await connect(t, { era });
			const { text, isError } = await bridge.tool('start_tasks', {
				group: 'night', tasks: [
					{ command: 'sleep 60', label: 'fix-login' },
					{ command: ['sleep', '60'] }] });

			assert.equal(text, 'started g1: t1 fix-login running, t2 running' +
				' (2 of 16 slots)\nnext: check_tasks {"ids":["g1"],' +
				'"wait_s":45} when you need the results');
			assert.equal(isError, false);
			const { uuid, group } = await bridge.task('t2');

			assert.equal(group, 'g1');
			for (const [id, ...found] of [['g1', 't1', 't2'],
				['night', 't1', 't2'], ['fix-login', 't1'], ['2', 't2'],
				[uuid, 't2'], [uuid.slice(0, 9), 't2'], [`t2-${uuid}`, 't2']])
				assert.deepEqual(ids((await bridge.tool('check_tasks',
					{ ids: [id], detail: 'status' })).text), found, id);
		});

	test('max_parallel bounds what runs, and is used', async (t) => {
		const { world, bridge } = await connect(t);
		const log = path.join(world.work, 'log');
		const command = `echo + >>${log}; sleep 0.2; echo - >>${log}`;

		await bridge.tool('start_tasks', { max_parallel: 3,
			tasks: Array(10).fill({ command }) });
		await bridge.tool('check_tasks', { ids: ['g1'], wait_s: 30 });
		let now = 0;
		const counts = fs.readFileSync(log, 'utf8').trim().split('\n')
			.map((sign) => now += sign === '+' ? 1 : -1);

		assert.equal(counts.length, 20);
		assert.equal(Math.max(...counts), 3);
	});

	test('one group does not hold up another', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('start_tasks', { max_parallel: 1,
			tasks: Array(3).fill({ command: 'sleep 60' }) });
		const { text } = await bridge.tool('start_tasks',
			{ tasks: [{ command: 'sleep 60' }] });

		assert.match(text, /^started g4: t4 running \(2 of 16 slots\)/);
	});

	test('slots are for all, oldest first', async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { commands: { max_running: 2 } } });
		const log = path.join(world.work, 'log');
		const { text } = await bridge.tool('start_tasks', {
			tasks: [...Array(6).keys()].map((i) =>
				({ command: `echo ${i} >>${log}; sleep 0.1` })) });

		assert.match(text, /^started g1: t1 running, t2 running, t3 queued, .* t6 queued \(2 of 2 slots\)\n/);
		await bridge.tool('check_tasks', { ids: ['g1'], wait_s: 30 });
		const order = fs.readFileSync(log, 'utf8').trim().split('\n')
			.map(Number);

		// two at once may write in any order
		order.forEach((i, at) => assert.ok(Math.abs(i - at) <= 1,
			String(order)));
	});

	test('all problems of all items at once, and none starts', async (t) => {
		const { world, bridge } = await connect(t);
		const { text, isError } = await bridge.tool('start_tasks', {
			max_parallel: 65, tasks: [
				{ command: 'touch started' },
				{},
				{ command: 'x', prompt: 'y', label: 't5', cwd: 'here' },
				{ command: 7, colour: 'red', timeout_s: 0 },
				{ prompt: 'x', permission_mode: 'yolo', label: 'two words' },
				{ command: ['true', 5], options: { env: ['A=b'], nice: 1 } },
			] });

		assert.equal(isError, true);
		for (const problem of [
			'max_parallel: 65 is out of range, allowed are 1 to 64',
			'tasks[1].prompt, command: give exactly one of',
			'tasks[2].prompt, command: give exactly one of',
			'tasks[2].label: "t5" looks like an id',
			'tasks[2].cwd: "here" is not absolute',
			'tasks[3].command: expected a string or an array of strings, ' +
				'got integer',
			'tasks[3].colour: is not known here; known are ',
			'tasks[3].timeout_s: 0 is out of range, allowed are 1 to 604800',
			'tasks[4].permission_mode: expected one of ask, plan,',
			'tasks[4].label: "two words" must match',
			'tasks[5].command[1]: expected a string, got integer',
			'tasks[5].options.env: expected an object of strings, got array',
			'tasks[5].options.nice: is not known here'])
			assert.ok(text.includes(problem), `${problem} in ${text}`);
		assert.doesNotMatch(text, /tasks\[0\]/);
		assert.match((await bridge.tool('list_tasks')).text,
			/^no such tasks\n0 shown; 0 running, 0 queued in all$/);
		assert.equal(fs.existsSync(path.join(world.work, 'started')), false);
	});

	test('programs and directories that are not there, at once',
		async (t) => {
			const { world, bridge } = await connect(t,
				{ config: { agents: { claude: { command: '/no/claude' } } } });
			const file = path.join(world.work, 'file');

			fs.writeFileSync(file, '#!/bin/sh\n', { mode: 0o644 });
			const { text, isError } = await bridge.tool('start_tasks', {
				tasks: [{ command: 'touch started' },
					{ command: ['no-such-program'] },
					{ command: [file] },
					{ command: 'true', cwd: '/no/such' },
					{ command: 'true', cwd: file },
					{ prompt: 'hello' }] });

			assert.equal(isError, true);
			for (const i of [1, 2, 3, 4, 5])
				assert.ok(text.includes(`tasks[${i}].`), text);
			assert.doesNotMatch(text, /tasks\[0\]/);
			for (const word of ['no-such-program', file, '/no/such',
				'/no/claude'])
				assert.ok(text.includes(word), `${word} in ${text}`);
			assert.match((await bridge.tool('list_tasks')).text,
				/^no such tasks\n/);
			assert.equal(fs.existsSync(path.join(world.work, 'started')),
				false);
		});

	test('after others, by label and id', async (t) => {
		const { world, bridge } = await connect(t);
		const log = path.join(world.work, 'log');
		const note = (word) => `echo ${word} >>${log}`;
		const { text } = await bridge.tool('start_tasks', { tasks: [
			{ command: note('last'), after: ['mid', 'first'] },
			{ command: note('mid'), label: 'mid', after: ['first'] },
			{ command: `sleep 0.3; ${note('first')}`, label: 'first' }] });

		assert.match(text,
			/^started g1: t1 queued, t2 mid queued, t3 first running/);
		await bridge.tool('run_task', { command: note('end'), after: ['g1'] });
		assert.equal(fs.readFileSync(log, 'utf8'), 'first\nmid\nlast\nend\n');
		const late = await bridge.tool('run_task',
			{ command: 'echo x', after: ['t1'] });

		assert.match(late.text, like('t5 completed · ~\nx'));
	});

	test('what waited for a failure is cancelled', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('start_tasks', { tasks: [
			{ command: 'sleep 0.2; exit 1', label: 'bad' },
			{ command: 'touch no', label: 'next', after: ['bad'] },
			{ command: 'touch no', after: ['next'] }] });
		const { text } = await bridge.tool('check_tasks',
			{ ids: ['g1'], wait_s: 30, detail: 'status' });

		assert.match(text, /\nt2 next cancelled: .*\nt3 cancelled: /);
		for (const id of ['t2', 't3']) {
			const { state, reason, exit_code } = await bridge.task(id);

			assert.deepEqual([state, reason, exit_code],
				['cancelled', 'dependency', null]);
		}
		const late = await bridge.tool('run_task',
			{ command: 'touch no', after: ['bad'] });

		assert.match(late.text, /t1|bad/);
		for (const tasks of [
			[{ command: 'true', label: 'a', after: ['b'] },
				{ command: 'true', label: 'b', after: ['a'] }],
			[{ command: 'true', label: 'a', after: ['a'] }],
			[{ command: 'true', after: ['nobody'] }]]) {
			const wrong = await bridge.tool('start_tasks', { tasks });

			assert.equal(wrong.isError, true);
			assert.match(wrong.text, /after/);
		}
	});

	test('stopping what others wait for cancels them', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('start_tasks', { tasks: [
			{ command: 'sleep 60', label: 'a' },
			{ command: 'true', after: ['a'] }] });
		await bridge.tool('stop_tasks', { ids: ['t1'], mode: 'now' });
		await waitFor(() => world.live().length === 0);
		assert.equal((await bridge.task('t2')).reason, 'dependency');
	});

	test('fifty, not fifty-one, not none', async (t) => {
		const { bridge } = await connect(t);
		const start = (n) => bridge.tool('start_tasks',
			{ tasks: Array(n).fill({ command: 'true' }) });

		for (const n of [51, 0])
			assert.match((await start(n)).text, new RegExp(
				`tasks: has ${n} items, allowed are 1 to 50`));
		const { text } = await start(50);

		assert.match(text, /^started g1: t1 .*, t50 /);
		const done = await bridge.tool('check_tasks',
			{ ids: ['g1'], wait_s: 30, detail: 'status' });

		assert.equal(done.text.split('\n').length, 50);
		for (const line of done.text.split('\n'))
			assert.match(line, like(`${line.split(' ')[0]} completed · ~`));
	});

	test('a label twice in one call', async (t) => {
		const { bridge } = await connect(t);
		const { text, isError } = await bridge.tool('start_tasks', { tasks: [
			{ command: 'true', label: 'a' }, { command: 'true' },
			{ command: 'true', label: 'a' }] });

		assert.equal(isError, true);
		assert.match(text, /tasks\[2\]\.label: "a" is tasks\[0\]'s already/);
	});
});

describe('check_tasks', ALL, () => {
	for (const era of ERAS)
		test(`by default what is mine and open, ${era}`, async (t) => {
			const { world, bridge: a } = await connect(t,
				{ era, bridge: owned('a') });
			const b = await join(world, era, owned('b'));
			const check = async (client) =>
				(await client.tool('check_tasks')).text;
			const nothing = (n) => 'no unfinished or unseen tasks of this ' +
				`session; list_tasks scope=all shows ${n}`;

			assert.equal(await check(a), nothing(0));
			await a.tool('start_tasks', { tasks: [{ command: 'echo 1' },
				{ command: 'sleep 60' }, { command: 'exit 4' }] });
			await a.tool('check_tasks',
				{ ids: ['t1', 't3'], wait_s: 30, detail: 'status' });
			assert.equal(await check(b), nothing(3));
			const resumed = await join(world, era, owned('a'));
			const all = await check(resumed);

			assert.deepEqual(ids(all).sort(), ['t1', 't2', 't3']);
			assert.match(all, /^t1 completed .*\n1$/m);
			assert.match(all, /^t3 failed: exit code 4 /m);
			assert.deepEqual(ids(await check(a)), ['t2']); // others are seen
			await a.tool('stop_tasks', { ids: ['t2'], mode: 'now' });
		});

	test('any and all', async (t) => {
		const { world, bridge } = await connect(t);
		const gate = path.join(world.work, 'gate');
		const slow = `until [ -e ${gate} ]; do sleep 0.02; done`;

		await bridge.tool('start_tasks', { tasks: [{ command: slow },
			{ command: 'sleep 0.2; echo quick' }, { command: slow }] });
		const any = await bridge.tool('check_tasks',
			{ ids: ['g1'], wait_s: 30, until: 'any', detail: 'status' });
		const all = bridge.tool('check_tasks',
			{ ids: ['g1'], wait_s: 30, until: 'all', detail: 'status' });

		assert.match(any.text,
			/^t1 running.*\nt2 completed.*\nt3 running.*$/);
		fs.writeFileSync(gate, '');
		assert.match((await all).text,
			/^t1 completed.*\nt2 completed.*\nt3 completed.*$/);
	});

	test('a wait that ends without an end', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'echo x; sleep 60',
			wait_s: 0 });
		const began = Date.now();
		const { text, isError } = await bridge.tool('check_tasks',
			{ ids: ['t1'], wait_s: 1 });

		assert.ok(Date.now() - began >= 1000);
		assert.equal(isError, false);
		assert.match(text, like(`t1 running · ~\nx\n${NEXT('t1')}`));
	});

	test('the whole record', async (t) => {
		const { world, bridge } = await connect(t, { bridge: owned('me') });
		const before = new Date().toISOString();

		await bridge.tool('start_tasks', { tasks: [{ label: 'l1',
			command: 'printf abc; printf é >&2; exit 3' }] });
		await bridge.tool('check_tasks', { ids: ['t1'], wait_s: 30 });
		const { text } = await bridge.tool('check_tasks',
			{ ids: ['t1'], detail: 'full' });
		const { tasks: [task], ...rest } = JSON.parse(text);
		const { uuid, created_at, started_at, ended_at, elapsed_s,
			...fixed } = task;

		assert.deepEqual(rest, {});
		assert.match(uuid, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
		assert.ok(elapsed_s >= 0 && elapsed_s < 30);
		const times = [before, created_at, started_at, ended_at,
			new Date().toISOString()];

		for (const time of times)
			assert.equal(new Date(time).toISOString(), time);
		assert.deepEqual(times, [...times].sort());
		for (const [key, value] of Object.entries({ id: 't1', label: 'l1',
			group: 'g1', kind: 'command', owner: 'me', state: 'failed',
			reason: 'exit_code', exit_code: 3, signal: null,
			cwd: world.work, result: 'abc', result_truncated: false }))
			assert.equal(fixed[key], value, key);
		assert.equal(fixed.output.stdout_bytes, 3);
		assert.equal(fixed.output.stderr_bytes, 2);
	});

	test('what is not known yet is null', async (t) => {
		const { bridge } = await connect(t,
			{ config: { commands: { max_running: 1 } } });

		await bridge.tool('start_tasks', { tasks: [{ command: 'sleep 60' },
			{ command: 'true' }] });
		const [running, queued] = [await bridge.task('t1'),
			await bridge.task('t2')];

		assert.equal(running.state, 'running');
		assert.equal(queued.state, 'queued');
		for (const task of [running, queued])
			for (const key of ['reason', 'exit_code', 'signal', 'ended_at',
				'label'])
				assert.equal(task[key], null, key);
		assert.equal(queued.started_at, null);
		assert.equal(queued.elapsed_s, null);
		assert.notEqual(running.started_at, null);
		assert.match((await bridge.tool('check_tasks', { ids: ['t2'] })).text,
			like(`t2 queued\n${NEXT('t2')}`));
	});

	test('a label names the newest live task, else the newest', async (t) => {
		const { bridge } = await connect(t);
		const start = (command) => bridge.tool('run_task',
			{ command, label: 'same', wait_s: command === 'true' ? 20 : 0 });
		const found = async () => ids((await bridge.tool('check_tasks',
			{ ids: ['same'], detail: 'status' })).text)[0];

		await start('sleep 60');
		await start('sleep 60');
		await start('true');
		assert.equal(await found(), 't2');
		await bridge.tool('stop_tasks', { ids: ['same'], mode: 'now' });
		assert.equal(await found(), 't1');
		await bridge.tool('stop_tasks', { ids: ['same'], mode: 'now' });
		assert.equal(await found(), 't3');
		await bridge.tool('cleanup_tasks', { ids: ['same'] });
		assert.equal(await found(), 't2');
	});

	test('what another session cleans up while we wait', async (t) => {
		const { world, bridge } = await connect(t);
		const next = await join(world, 'modern');

		await bridge.tool('run_task', { command: 'echo x; sleep 60',
			wait_s: 0 });
		await waitFor(() => world.output('t1') !== '');
		const waits = [['check_tasks', { ids: ['t1'], wait_s: 30 }],
			['read_output', { id: 't1', cursor: 2, wait_s: 30 }],
			['stop_tasks', { ids: ['t1'] }],
			['cleanup_tasks', { ids: ['t1'] }]].map(([name, args]) =>
			bridge.tool(name, args));

		await bridge.request('ping');
		assert.match((await next.tool('cleanup_tasks', { ids: ['t1'] })).text,
			/^removed [01] tasks?/);
		for (const wait of waits)
			assert.match((await wait).text,
				/^t1 cancelled: by user|cancelled|cleaned up|^removed [01] task/);
		assert.equal(world.taskDir('t1'), undefined);
	});

	test('unknown ids: nothing is done, near ones are named', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'sleep 60', wait_s: 0,
			label: 'docs' });
		for (const tool of ['check_tasks', 'stop_tasks', 'cleanup_tasks']) {
			const { text, isError } = await bridge.tool(tool,
				{ ids: ['t1', 't9', 'dosc', 'g7'] });

			assert.equal(isError, true);
			for (const id of ['t9', 'dosc', 'g7'])
				assert.match(text, new RegExp(`\\b${id}: no such task`));
			assert.match(text, /the newest are t1 docs/);
		}
		assert.equal((await bridge.task('t1')).state, 'running');
	});
});

describe('list_tasks', ALL, () => {
	for (const era of ERAS)
		test(`filters, ${era}`, async (t) => {
			const { world, bridge: a } = await connect(t,
				{ era, bridge: owned('aaaa') });
			const b = await join(world, era, owned('bbbb'));
			const list = async (args) =>
				ids((await a.tool('list_tasks', args)).text);

			await a.tool('start_tasks', { tasks: [
				{ command: 'echo one', label: 'build-1' },
				{ command: 'sleep 60', label: 'build-2', cwd: world.home },
				{ command: 'exit 1', label: 'test-1' }] });
			await b.tool('run_task', { command: 'echo four' });
			await a.tool('check_tasks', { ids: ['t1', 't3'], wait_s: 30 });
			assert.deepEqual(await list(), ['t4', 't3', 't2', 't1']);
			for (const [args, ...found] of [
				[{ scope: 'active' }, 't2'],
				[{ scope: 'finished' }, 't4', 't3', 't1'],
				[{ scope: 'all' }, 't4', 't3', 't2', 't1'],
				[{ mine: true }, 't3', 't2', 't1'],
				[{ mine: false }, 't4', 't3', 't2', 't1'],
				[{ cwd: world.home }, 't2'], [{ cwd: '/no' }],
				[{ label: 'build-*' }, 't2', 't1'],
				[{ label: '*-1', scope: 'finished' }, 't3', 't1'],
				[{ since_s: 3600 }, 't4', 't3', 't2', 't1'],
				[{ limit: 2 }, 't4', 't3'],
				[{ cursor: 't3' }, 't2', 't1'],
				[{ cursor: 't3', limit: 1 }, 't2']])
				assert.deepEqual(await list(args), found,
					JSON.stringify(args));
			const { text } = await a.tool('list_tasks', { limit: 2 });
			const lines = text.split('\n');

			assert.equal(lines[0],
				'id\tlabel\tstate\tage\tturns\tcost\towner\tcwd\tlast');
			assert.match(lines[1],
				/^t4\t-\tcompleted\t[^\t]+\t-\t-\tbbbb\t[^\t]+\tfour$/);
			assert.match(lines[2],
				/^t3\ttest-1\tfailed\/exit_code\t[^\t]+\t-\t-\tmine\t/);
			assert.equal(lines[3], '2 shown; 1 running, 0 queued in all; ' +
				'older ones: cursor "t3"');
		});

	test('pages leave no task out', async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { commands: { max_running: 40 } } });
		const cwd = path.join(world.root, '😀'.repeat(50));
		const word = path.join(world.work, 'word');

		fs.mkdirSync(cwd);
		fs.writeFileSync(word, '😀'.repeat(60) + '\n');
		for (let i = 0; i < 3; i++)
			await bridge.tool('start_tasks', { tasks: Array(50)
				.fill({ command: ['cat', word], cwd }) });
		await waitFor(() => world.live().length === 0, { timeout: 30000 });
		const found = [];
		let pages = 0, cursor;

		do {
			const { text } = await bridge.tool('list_tasks',
				{ limit: 120, ...(cursor && { cursor }) });

			assert.ok(chars(text) < 50000);
			found.push(...ids(text));
			cursor = text.match(/cursor "(t\d+)"/)?.[1];
			pages++;
		} while (cursor);
		assert.deepEqual(found,
			[...Array(150).keys()].map((i) => `t${150 - i}`));
		assert.ok(pages < 20);
	});

	test('a bad cursor', async (t) => {
		const { bridge } = await connect(t);

		for (const cursor of ['x', 't', 't0', '', 't5x', '-1', 'g5']) {
			const { isError, text } = await bridge.tool('list_tasks',
				{ cursor });

			assert.equal(isError, true, cursor);
			assert.match(text, /cursor/);
		}
	});
});

describe('read_output', ALL, () => {
	/** Reads on from cursor 0 to the end. */
	async function walk(bridge, id, args) {
		const parts = [];
		let cursor = 0, of;

		for (let turn = 0; turn < 2000; turn++) {
			const { text, isError } = await bridge.tool('read_output',
				{ id, cursor, ...args });
			const [head, ...rest] = text.split('\n');
			const m = head.match(/^t\d+ \w+ (\d+)-(\d+) of (\d+) · \w+ · next cursor (\d+)$/);

			assert.equal(isError, false);
			assert.ok(m, head);
			const [from, to, size, next] = m.slice(1).map(Number);

			assert.equal(from, cursor);
			assert.equal(next, to);
			assert.ok(to <= size, head);
			of = size;
			parts.push(rest.join('\n'));
			assert.ok(chars(parts.at(-1)) <= (args?.max_chars ?? 4000));
			if (to === size)
				return { text: parts.join(''), size: of, parts };
			assert.ok(to > from, `stands still: ${head}`);
			cursor = to;
		}
		assert.fail('does not come to an end');
	}

	/** A finished task whose stdout has these bytes. */
	async function written(t, bytes) {
		const { world, bridge } = await connect(t);
		const file = path.join(world.work, 'bytes');

		fs.writeFileSync(file, bytes);
		await bridge.tool('run_task', { command: ['cat', file] });
		return bridge;
	}

	const numbered = (n, text) => [...Array(n).keys()]
		.map((i) => `${i} ${text}\n`).join('');

	for (const [name, text] of [
		['lines', numbered(400, 'line')],
		['one long line', 'x'.repeat(3001)],
		['characters of every length', 'aé€😀'.repeat(700)],
		['wide characters and lines', numbered(500, 'é€😀') +
			'😀'.repeat(999)],
		['no newline at the end', numbered(100, 'a') + 'end'],
		['empty lines', numbered(300, '\n')],
		['nothing', '']])
		test(`page by page: ${name}`, async (t) => {
			const bridge = await written(t, text);

			for (const max_chars of [200, 333, 45000])
				assert.equal((await walk(bridge, 't1', { max_chars })).text,
					text);
		});

	test('bytes that are no text', async (t) => {
		const bytes = Buffer.from(
			'ok\xff\xfe\n\xc3\n\xed\xa0\x80\nnul\0nul\n\xf0\x9f\x98', 'latin1');
		const bridge = await written(t, bytes);
		const { text, size } = await walk(bridge, 't1', { max_chars: 200 });

		assert.equal(size, bytes.length);
		assert.match(text, /^ok\ufffd+\n\ufffd+\n\ufffd+\nnul\ufffdnul\n\ufffd*$/);
	});

	test('what was for a terminal is made readable', async (t) => {
		const bridge = await written(t, '\x1b[1;31mred\x1b[0m plain\n' +
			'10%\r50%\r100%\n\x1b]0;title\x07after\r\n' +
			'again\n'.repeat(50) + 'last\n');

		assert.equal((await walk(bridge, 't1')).text,
			'red plain\n100%\nafter\nagain\n[50 times]\nlast\n');
	});

	test('lines that match', async (t) => {
		const bridge = await written(t, [...Array(3000).keys()]
			.map((i) => i % 1000 === 500 ? `error ${i}\n` : `fine ${i}\n`)
			.join(''));
		const grep = async (args) => (await bridge.tool('read_output',
			{ id: 't1', cursor: 0, ...args })).text.split('\n');
		const [head, ...found] = await grep({ grep: '^err(or|ata) [0-9]+$' });

		assert.match(head, / next cursor (\d+)$/);
		assert.deepEqual(found.filter((line) => line && line !== '--'),
			['error 500', 'error 1500', 'error 2500']);
		assert.deepEqual((await grep({ grep: 'error 1', context: 2 }))
			.slice(1), ['fine 1498', 'fine 1499', 'error 1500', 'fine 1501',
			'fine 1502', '']);
		assert.equal((await grep({ grep: 'nowhere' }))[1], 'no line matches');
		for (const pattern of ['(', '[', 'a{2', '(a)\\1', 'a{999}{999}',
			'x'.repeat(2000)]) {
			const { text, isError } = await bridge.tool('read_output',
				{ id: 't1', grep: pattern });

			assert.equal(isError, true, pattern);
			assert.match(text, /grep: /);
		}
	});

	test('matches page by page are all of them, each once', async (t) => {
		const bridge = await written(t, [...Array(9000).keys()]
			.map((i) => i % 3 ? `no ${i}\n` : `yes ${i} €\n`).join(''));
		const found = [];
		let cursor = 0, end;

		do {
			const { text } = await bridge.tool('read_output',
				{ id: 't1', cursor, grep: 'yes', max_chars: 900 });
			const [head, ...rest] = text.split('\n');
			const [, to, size, next] = head.match(
				/-(\d+) of (\d+) · \w+ · next cursor (\d+)/).map(Number);

			found.push(...rest.filter((line) => line.startsWith('yes')));
			assert.ok(chars(rest.join('\n')) <= 900);
			assert.ok(next > cursor, head);
			cursor = next;
			end = to === size;
		} while (!end);
		assert.deepEqual(found, [...Array(3000).keys()]
			.map((i) => `yes ${3 * i} €`));
	});

	test('a hard pattern holds nobody up', async (t) => {
		const { world, bridge } = await connect(t);
		const other = await join(world, 'modern');
		const hard = path.join(world.work, 'hard');

		fs.writeFileSync(hard, ('a'.repeat(4000) + '\n').repeat(500));
		await bridge.tool('run_task', { command: ['cat', hard] });
		for (const grep of ['(a+)+b', '(a|aa)*b', '(a*)*(a*)*(a*)*b',
			'(.*)(.*)(.*)(.*)b', '(a?){200}b', 'a.*a.*a.*a.*a.*b']) {
			const search = bridge.tool('read_output',
				{ id: 't1', cursor: 0, grep });
			const began = Date.now();

			await other.tool('list_tasks');
			assert.ok(Date.now() - began < 2000,
				`${grep}: ${Date.now() - began} ms`);
			await search;
		}
	});

	test('patterns that are hard to prepare', async (t) => {
		const { world, bridge } = await connect(t);
		const next = await join(world, 'modern');

		await bridge.tool('run_task', { command: 'seq 1000',
			label: 'a'.repeat(40) });
		const hard = [['list_tasks', { label: '*a'.repeat(30) + '*b' }],
			...['((a{10}){10}){10}', '(.{30}){33}', '([a-z]?){1000}',
				'(a|b|c|d|e){999}', '(x*){999}y', '('.repeat(400) + 'a' +
				')'.repeat(400), '((((a*)*)*)*)*b', 'a**{9}'.repeat(100),
				'[[:alpha:]]{1000}'].map((grep) =>
				['read_output', { id: 't1', cursor: 0, grep }])];

		for (const [name, args] of hard) {
			const call = bridge.tool(name, args);
			const began = Date.now();

			await next.tool('list_tasks');
			assert.ok(Date.now() - began < 2000,
				`${JSON.stringify(args)}: ${Date.now() - began} ms`);
			await call;
		}
	});

	test('a wait for more', async (t) => {
		const { world, bridge } = await connect(t);
		const go = path.join(world.work, 'go');
		const read = (args) => bridge.tool('read_output',
			{ id: 't1', ...args });

		await bridge.tool('run_task', { wait_s: 0, command: 'echo 1; ' +
			`until [ -e ${go} ]; do sleep 0.02; done; echo 2; sleep 60` });
		assert.match((await read({ cursor: 0, wait_s: 10 })).text,
			/^t1 stdout 0-2 of 2 .*\n1\n$/);
		const began = Date.now();

		assert.match((await read({ cursor: 2, wait_s: 1 })).text,
			/^t1 stdout 2-2 of 2 · running · next cursor 2$/);
		assert.ok(Date.now() - began >= 1000);
		const more = read({ cursor: 2, wait_s: 20 });

		fs.writeFileSync(go, '');
		assert.match((await more).text, /^t1 stdout 2-4 of 4 .*\n2\n$/);
		const last = read({ cursor: 4, wait_s: 20 });

		await bridge.tool('stop_tasks', { ids: ['t1'], mode: 'now' });
		assert.match((await last).text,
			/^t1 stdout 4-4 of 4 · cancelled · next cursor 4$/);
	});

	test('the tail, and on from there', async (t) => {
		const { world, bridge } = await connect(t);
		const go = path.join(world.work, 'go');

		await bridge.tool('run_task', { wait_s: 0, command:
			`seq 1000; until [ -e ${go} ]; do sleep 0.02; done; seq 1001 1005` });
		await waitFor(() => world.output('t1').endsWith('1000\n'));
		const size = world.output('t1').length;
		const tail = await bridge.tool('read_output',
			{ id: 't1', max_chars: 200 });
		const lines = tail.text.split('\n');

		assert.match(lines[0], new RegExp(`^t1 stdout \\d+-${size} of ` +
			`${size} · running · next cursor ${size}$`));
		assert.match(lines[1], /^\d+$/);
		assert.equal(lines.at(-2), '1000');
		fs.writeFileSync(go, '');
		await bridge.tool('check_tasks', { ids: ['t1'], wait_s: 30 });
		const more = await bridge.tool('read_output',
			{ id: 't1', cursor: size });

		assert.equal(more.text, `t1 stdout ${size}-${size + 25} of ` +
			`${size + 25} · completed · next cursor ${size + 25}\n` +
			'1001\n1002\n1003\n1004\n1005\n');
	});

	test('while it grows no page says more than there is', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { wait_s: 0, command:
			'i=0; while [ $i -lt 30000 ]; do echo "número $i"; ' +
			'i=$((i+1)); done' });
		let text = '', cursor = 0, state;

		do {
			const answer = await bridge.tool('read_output',
				{ id: 't1', cursor, max_chars: 45000 });
			const [head, ...rest] = answer.text.split('\n');
			const m = head.match(
				/ (\d+)-(\d+) of (\d+) · (\w+) · next cursor (\d+)$/);

			assert.equal(Number(m[1]), cursor);
			assert.ok(Number(m[2]) <= Number(m[3]), head);
			text += rest.join('\n');
			cursor = Number(m[5]);
			state = m[4] === 'running' || m[2] !== m[3];
		} while (state);
		assert.equal(text, [...Array(30000).keys()]
			.map((i) => `número ${i}\n`).join(''));
	});

	test('stderr, and what cannot be read', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('start_tasks', { group: 'two', tasks: [
			{ command: 'echo e >&2', label: 'first' },
			{ command: 'true' }] });
		await bridge.tool('check_tasks', { ids: ['g1'], wait_s: 30 });
		const read = (args) => bridge.tool('read_output', args);

		assert.equal((await read({ id: 'first', stream: 'stderr' })).text,
			't1 stderr 0-2 of 2 · completed · next cursor 2\ne\n');
		assert.equal((await read({ id: 't2' })).text,
			't2 stdout 0-0 of 0 · completed · next cursor 0');
		for (const [args, words] of [
			[{ id: 'two' }, /two are 2 tasks; name one/],
			[{ id: 't1', stream: 'result' }, /t1 is a command/],
			[{ id: 't1', cursor: 7 }, /cursor: 7 is beyond the end/],
			[{ id: 't3' }, /t3: no such task/],
			[{ id: 't1', stream: 'x' }, /stream: expected one of stdout/],
			[{}, /id: is required/]]) {
			const { text, isError } = await read(args);

			assert.match(text, words);
			assert.equal(isError, true);
		}
	});
});

describe('stop_tasks', ALL, () => {
	for (const era of ERAS)
		test(`running, queued and finished ones, ${era}`, async (t) => {
			const { bridge } = await connect(t,
				{ era, config: { commands: { max_running: 2 } } });
			const stop = (args) => bridge.tool('stop_tasks', args);

			await bridge.tool('run_task', { command: 'echo done; exit 2' });
			await bridge.tool('start_tasks', { tasks: [
				{ command: 'echo kept; sleep 60' }, { command: 'sleep 60' },
				{ command: 'true' }] });
			const { text, isError } = await stop({ ids: ['t1', 'g2'] });
			const lines = text.split('\n');

			assert.equal(isError, false);
			assert.match(lines[0], like('t1 failed: exit code 2 · ~'));
			assert.match(lines[1], like('t2 cancelled: by user · ~'));
			assert.match(lines[2], like('t3 cancelled: by user · ~'));
			assert.match(lines[3], /^t4 cancelled: by user\b/);
			assert.equal(lines.length, 4);
			assert.match((await bridge.tool('read_output', { id: 't2' })).text,
				/\nkept\n$/);
			for (const [id, exit_code, signal, started] of [
				['t2', null, 'SIGTERM', true], ['t4', null, null, false]]) {
				const task = await bridge.task(id);

				assert.deepEqual([task.state, task.reason, task.exit_code,
					task.signal, task.started_at !== null],
				['cancelled', 'user', exit_code, signal, started]);
			}
			assert.match((await stop({ ids: ['t2'] })).text,
				like('t2 cancelled: by user · ~'));
		});

	test('all of mine, and only mine', async (t) => {
		const { world, bridge: a } = await connect(t,
			{ bridge: owned('a') });
		const b = await join(world, 'modern', owned('b'));
		const start = (client) => client.tool('start_tasks',
			{ tasks: Array(3).fill({ command: 'sleep 60' }) });
		const stop = async () => (await a.tool('stop_tasks',
			{ scope: 'mine' })).text;

		await start(a);
		await start(b);
		assert.deepEqual(ids(await stop()), ['t1', 't2', 't3']);
		assert.deepEqual(world.live().sort(), ['t4', 't5', 't6']);
		assert.equal(await stop(),
			'no task of this session is queued or running');
	});

	test('first asked, then killed', async (t) => {
		const { bridge } = await connect(t);
		const deaf = { command: 'trap "" TERM; echo x; while :; do ' +
			'sleep 0.1; done', wait_s: 0 };
		const asked = { command: 'trap "echo bye; exit 7" TERM; echo x; ' +
			'while :; do sleep 0.05; done', wait_s: 0 };
		const timed = async (args) => {
			const began = Date.now();

			await bridge.tool('stop_tasks', args);
			return Date.now() - began;
		};

		for (const args of [deaf, deaf, asked])
			await bridge.tool('run_task', args);
		for (const id of ['t1', 't2', 't3'])
			await waitFor(async () => (await bridge.task(id)).output
				.stdout_bytes === 2);
		const grace = await timed({ ids: ['t1'], grace_s: 1 });

		assert.ok(grace >= 1000 && grace < 5000, String(grace));
		const now = await timed({ ids: ['t2'], mode: 'now' });

		assert.ok(now < 900, String(now));
		assert.equal((await bridge.task('t2')).signal, 'SIGKILL');
		await bridge.tool('stop_tasks', { ids: ['t3'] });
		const task = await bridge.task('t3');

		assert.deepEqual([task.state, task.reason, task.exit_code,
			task.result], ['cancelled', 'user', 7, 'x\nbye\n']);
	});

	test('either ids or scope', async (t) => {
		const { bridge } = await connect(t);

		for (const args of [{}, { ids: [] }, { ids: ['t1'], scope: 'mine' }]) {
			const { text, isError } = await bridge.tool('stop_tasks', args);

			assert.equal(isError, true);
			assert.match(text, /either ids or scope "mine"/);
		}
	});
});

describe('cleanup_tasks', ALL, () => {
	for (const era of ERAS)
		test(`by id, ${era}`, async (t) => {
			const { world, bridge } = await connect(t, { era });
			const clean = async (args) =>
				(await bridge.tool('cleanup_tasks', args)).text;

			await bridge.tool('run_task', { command: 'echo one' });
			await bridge.tool('run_task', { command: 'sleep 60', wait_s: 0 });
			assert.match(await clean({ ids: ['t1'], dry_run: true }),
				/^would remove 1 task, freeing \d+ bytes$/);
			assert.equal(await clean({ ids: ['t2'], kill_running: false }),
				'removed 0 tasks, freed 0 bytes; skipped t2 (running): ' +
				'stop them first, or give kill_running true');
			assert.match((await bridge.task('t1')).state, /completed/);
			assert.match(await clean({ ids: ['t1', 't2'] }),
				/^removed 2 tasks, freed \d+ bytes$/);
			for (const id of ['t1', 't2']) {
				const { text, isError } = await bridge.tool('check_tasks',
					{ ids: [id] });

				assert.equal(isError, true);
				assert.match(text, new RegExp(`${id}: was cleaned up`));
				assert.equal(world.taskDir(id), undefined);
			}
			assert.deepEqual(world.live(), []);
			await waitFor(() => fs.readdirSync(
				path.join(world.state, 'trash')).length === 0);
			assert.match((await bridge.tool('run_task',
				{ command: 'true' })).text, /^t3 /);
		});

	test('a dry run tells what the real one does', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'sleep 60', wait_s: 0 });
		const { text } = await bridge.tool('cleanup_tasks',
			{ ids: ['t1'], dry_run: true });

		assert.match(text, /^would remove 1 task, /);
		assert.equal((await bridge.task('t1')).state, 'running');
		assert.match((await bridge.tool('cleanup_tasks',
			{ ids: ['t1'] })).text, /^removed 1 task, /);
	});

	test('by age and state', async (t) => {
		const { world, bridge } = await connect(t);
		const clean = async (args) =>
			(await bridge.tool('cleanup_tasks', args)).text;

		for (const command of ['true', 'exit 1', 'true'])
			await bridge.tool('run_task', { command });
		await bridge.tool('run_task', { command: 'sleep 60', wait_s: 0 });
		assert.match(await clean({ older_than_s: 3600 }),
			/^removed 0 tasks, freed 0 bytes$/);
		assert.match(await clean({ older_than_s: 0, states: ['failed'] }),
			/^removed 1 task, /);
		assert.equal(world.taskDir('t2'), undefined);
		assert.match(await clean({ older_than_s: 0, dry_run: true }),
			/^would remove 2 tasks, /);
		assert.match(await clean({ older_than_s: 0 }), /^removed 2 tasks, /);
		assert.deepEqual(world.live(), ['t4']);
		for (const args of [{}, { ids: ['t4'], older_than_s: 1 },
			{ older_than_s: 0, states: ['running'] }])
			assert.equal((await bridge.tool('cleanup_tasks', args)).isError,
				true);
		assert.deepEqual(world.live(), ['t4']);
	});
});

describe('the predecessor\'s names', ALL, () => {
	for (const era of ERAS)
		test(`as it was used, ${era}`, async (t) => {
			const { world, bridge } = await connect(t, { era,
				config: { agents: { claude: { command: [FAKE] } } } });
			const done = await bridge.tool('execute_cc_task', {
				prompt: 'REPLAY stream-json.out', working_dir: world.home,
				model: 'sonnet', timeout: 60, skip_permissions: false });
			const begun = await bridge.tool('start_cc_task_async',
				{ prompt: 'REPLAY stream-json.out hang' });

			assert.match(done.text, /^t1 completed · [^]*hi there/);
			assert.match(begun.text, /^t2 running/);
			const { uuid, cwd } = await bridge.task('t1');

			assert.equal(cwd, world.home);
			for (const task_id of ['t1', uuid])
				assert.match((await bridge.tool('check_task_status',
					{ task_id })).text, /^t1 completed · [^]*hi there/);
			assert.deepEqual(ids((await bridge.tool('list_active_tasks'))
				.text), ['t2']);
			assert.match((await bridge.tool('cleanup_task',
				{ task_id: 't2' })).text, /^removed 1 task, /);
			assert.deepEqual(world.live(), []);
		});

	test('skip_permissions is never silent', async (t) => {
		const { world, bridge } = await connect(t, { config: { agents: {
			claude: { command: [FAKE] } } } });
		const run = async (id, skip_permissions) => {
			const { text } = await bridge.tool('execute_cc_task', {
				prompt: 'REPLAY stream-json.out', skip_permissions });

			if (world.taskDir(id) === undefined)
				return text;
			return JSON.parse(fs.readFileSync(path.join(world.taskDir(id),
				'spec.json'))).permission_mode;
		};

		assert.equal(await run('t1'), 'ask');
		assert.equal(await run('t2', false), 'ask');
		assert.match(await run('t3', true), process.getuid() === 0 ?
			/claude refuses bypassPermissions as root/ :
			/^bypassPermissions$/);
	});

	test('wrong arguments', async (t) => {
		const { bridge } = await connect(t);

		for (const [name, args, words] of [
			['execute_cc_task', {}, /prompt: is required/],
			['execute_cc_task', { prompt: 'x', cwd: '/' }, /cwd: is not known/],
			['start_cc_task_async', { prompt: 5, timeout: 0 },
				/prompt: expected a string.*timeout: 0 is out of range/],
			['check_task_status', {}, /task_id: is required/],
			['cleanup_task', { task_id: 't1' }, /t1: no such task/]]) {
			const { text, isError } = await bridge.tool(name, args);

			assert.equal(isError, true);
			assert.match(text, words);
		}
	});
});

describe('what is told of the tools', ALL, () => {
	const READ = ['check_tasks', 'list_tasks', 'read_output'];
	const ENDS = ['stop_tasks', 'cleanup_tasks'];

	for (const era of ERAS)
		test(`tools/list, ${era}`, async (t) => {
			const { bridge } = await connect(t, { era });
			const { tools } = await bridge.request('tools/list');
			const hints = Object.fromEntries(tools.map((tool) =>
				[tool.name, tool.annotations ?? {}]));

			assert.ok(Buffer.byteLength(JSON.stringify(tools)) <= 8192,
				String(Buffer.byteLength(JSON.stringify(tools))));
			for (const name of ['run_task', 'start_tasks', ...READ, ...ENDS])
				assert.ok(name in hints, name);
			for (const name of ['execute_cc_task', 'start_cc_task_async',
				'check_task_status', 'list_active_tasks', 'cleanup_task'])
				assert.ok(!(name in hints), name);
			for (const name of READ)
				assert.equal(hints[name].readOnlyHint, true);
			for (const name of ENDS)
				assert.deepEqual([hints[name].destructiveHint,
					hints[name].idempotentHint], [true, true]);
			for (const tool of tools) {
				assert.equal(tool.inputSchema.type, 'object');
				assert.equal(tool.outputSchema, undefined);
				assert.ok(tool.description.length > 20);
				for (const name of tool.inputSchema.required ?? [])
					assert.ok(name in tool.inputSchema.properties);
			}
			assert.ok(tools.some((tool) =>
				tool._meta?.['anthropic/alwaysLoad'] === true));
		});

	test('every connection sees the same, restart or not', async (t) => {
		const { world, bridge } = await connect(t);
		const list = async (client) =>
			JSON.stringify((await client.request('tools/list')).tools);
		const first = await list(bridge);

		assert.equal(await list(await join(world, 'modern')), first);
		assert.equal(await list(bridge), first);
	});

	test('instructions', async (t) => {
		const world = startWorld(t);
		const old = await world.bridge().legacy();
		const now = await world.bridge().modern();

		assert.equal(old.instructions, now.instructions);
		assert.ok(chars(old.instructions) <= 600);
		for (const word of ['run_task', 'start_tasks', 'check_tasks', 't7',
			'g7'])
			assert.ok(old.instructions.includes(word), word);
	});
});

describe('bounds of answers', ALL, () => {
	const BOUND = 50000;

	test('fifty tasks with much to say', async (t) => {
		const { bridge } = await connect(t,
			{ config: { commands: { max_running: 8 } } });

		await bridge.tool('start_tasks', { tasks: [...Array(50).keys()]
			.map((i) => ({ command: i % 2 ? 'seq 20000; exit 1' :
				'yes é😀 | head -c 60000; yes "\\\\\\"" | head -c 9000 >&2' }))
		});
		await bridge.tool('check_tasks', { ids: ['g1'], wait_s: 40,
			detail: 'status' });
		for (const result_chars of [undefined, 45000]) {
			const { text } = await bridge.tool('check_tasks',
				{ ids: ['g1'], result_chars });

			assert.ok(chars(text) < BOUND, String(chars(text)));
			assert.equal(ids(text).filter((id) => id !== 't').length, 50);
			const full = await bridge.tool('check_tasks',
				{ ids: ['g1'], result_chars, detail: 'full' });

			assert.ok(chars(full.text) < BOUND, String(chars(full.text)));
			const { tasks } = JSON.parse(full.text);

			assert.equal(tasks.length, 50);
			assert.ok(tasks.every((task) => task.result_truncated));
		}
		const one = await bridge.tool('check_tasks',
			{ ids: ['t2'], result_chars: 45000 });

		assert.ok(chars(one.text) < BOUND && chars(one.text) > 20000);
	});

	test('fifty tasks with long paths', async (t) => {
		const { world, bridge } = await connect(t);
		const long = 'd'.repeat(250);
		let cwd = world.work;

		while (cwd.length < 3500)
			cwd = path.join(cwd, long);
		fs.mkdirSync(cwd, { recursive: true });
		await bridge.tool('start_tasks', { tasks: Array(50).fill({ command:
			`rm -rf ${path.join(world.work, long)}`, cwd }) });
		for (const detail of ['result', 'status', 'full']) {
			const { text } = await bridge.tool('check_tasks',
				{ ids: ['g1'], wait_s: 30, detail });

			assert.ok(chars(text) < BOUND, `${detail} ${chars(text)}`);
			if (detail === 'full') { // what is left out is said
				const { tasks, omitted } = JSON.parse(text);

				assert.equal(tasks.length + omitted, 50);
			}
		}
	});

	test('fifty unknown ids, and fifty bad items', async (t) => {
		const { bridge } = await connect(t);
		const nobody = [...Array(50).keys()].map((i) => `nobody-${i}`);
		const unknown = await bridge.tool('check_tasks', { ids: nobody });
		const bad = await bridge.tool('start_tasks', { tasks:
			Array(50).fill({ command: ['no-such-program-anywhere'] }) });

		for (const id of nobody)
			assert.ok(unknown.text.includes(`${id}: no such task`), id);
		for (const i of Array(50).keys())
			assert.ok(bad.text.includes(`tasks[${i}].`),
				`${i} in ${bad.text}`);
	});
});
