// run_task and start_tasks with every argument, through a real bridge.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { waitFor } from './lib/harness.mjs';
import { connect, ERAS, join, ready } from './lib/session.mjs';
import { chars, ids, like, NEXT, SPAN } from './lib/texts.mjs';

const ALL = { concurrency: 4 };

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
			['begun', 'exit.json', 'seen', 'spec.json', 'stderr', 'stdout']);
	});

	test('the time to wait is over', async (t) => {
		const { bridge } = await connect(t);
		const began = performance.now();
		const now = await bridge.tool('run_task',
			{ command: 'sleep 60', wait_s: 0, label: 'bg' });
		const answered = performance.now();
		const later = await bridge.tool('run_task',
			{ command: 'echo begun; sleep 60', wait_s: 1 });

		assert.ok(answered - began < 900);
		// the clock of the daemon's timers goes in ticks of up to 10 ms
		assert.ok(performance.now() - answered >= 990);
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
	const many = (n, more = {}) => ({ tasks: Array.from({ length: n },
		(_, i) => ({ command: 'true', ...i === 7 ? more : {} })) });

	test('calls of several sessions do not mix', async (t) => {
		const { world, bridge } = await connect(t);
		const sessions = [bridge, await join(world), await join(world)];
		const said = await Promise.all(sessions.map((session) =>
			session.tool('start_tasks', many(30, { options: { key: 'k' } }))));
		const starts = said.map(({ text }) => text.split(': ')[1]);

		// the eighth of each is the same task, as it has a key
		assert.deepEqual(starts.sort(),
			['t1-t30', 't31-t37, t8, t38-t59', 't60-t66, t8, t67-t88']);
	});

	test('a session that ends at once has started them all', async (t) => {
		const { world, bridge } = await connect(t);
		const wire = await ready(world);

		for (const [id, n] of [[1, 50], [2, 1], [3, 1]])
			wire.request(id, 'tools/call',
				{ name: 'start_tasks', arguments: many(n) });
		wire.socket.end();
		await wire.closed;
		await waitFor(async () => (await bridge.tool('check_tasks',
			{ ids: ['t52'], wait_s: 20 })).text.startsWith('t52 completed'));
		assert.match((await bridge.tool('check_tasks', { ids: ['g1'],
			wait_s: 20 })).text, /50 completed/);
	});

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
				{ prompt: ' \n', command: ' ' },
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
			'tasks[5].options.nice: is not known here',
			'tasks[6].prompt, command: give exactly one of'])
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

		assert.match(text,
			/^started g1: t1-t50: (\d+ (running|queued|completed)(, | )){1,3}\(/);
		const done = await bridge.tool('check_tasks',
			{ ids: ['g1'], wait_s: 30, detail: 'status' });

		const [verdict, ...lines] = done.text.split('\n');

		assert.equal(verdict, 'g1: 50 completed');
		assert.equal(lines.length, 50);
		for (const line of lines)
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
