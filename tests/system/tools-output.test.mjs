// read_output with every argument, through a real bridge.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { startAgents } from './lib/cli.mjs';
import { patient, waitFor } from './lib/harness.mjs';
import { connect, join } from './lib/session.mjs';
import { chars } from './lib/texts.mjs';

const ALL = { concurrency: 4 };

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
			assert.ok(Date.now() - began < patient(2000),
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
			assert.ok(Date.now() - began < patient(2000),
				`${JSON.stringify(args)}: ${Date.now() - began} ms`);
			await call;
		}
	});

	test('patterns without bound are ended outside of the daemon, and told',
		async (t) => {
			const { world, bridge } = await connect(t);
			const other = await join(world, 'modern');
			const daemon = world.daemon();
			const nested = (n, what, by) =>
				'('.repeat(n) + what + `)${by}`.repeat(n);

			await bridge.tool('run_task', { command:
				'for i in 1 2 3 4 5 6 7 8 9; do seq 30000; done' });
			const searches = [nested(40, 'a+', '+'), nested(60, 'a', '{2}b'),
				'(.{1,200}){1,4}x', nested(30, '(a|b)?c+', '+')]
				.map((grep) => bridge.tool('read_output',
					{ id: 't1', cursor: 0, grep }));

			for (let i = 0; i < 20; i++) {
				const began = Date.now();

				await other.tool('list_tasks');
				assert.ok(Date.now() - began < patient(2000));
			}
			const told = (await Promise.all(searches)).map(({ text }) => text);

			assert.ok(told.some((text) => /grep: the pattern takes more than /
				.test(text)), told.join('\n'));
			for (const text of told)
				assert.match(text, /grep: |no line matches/);
			assert.equal(world.daemon(), daemon);
		});

	test('the whole of a large file is searched in one call', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { wait_s: 30, command: 'echo needle 1; ' +
			'yes "a line of hay that is long enough" | head -c 40000000; ' +
			'echo; echo needle 2' });
		const { text } = await bridge.tool('read_output',
			{ id: 't1', grep: 'needle [0-9]' });

		assert.match(text, / stdout 0-(\d+) of \1 /);
		assert.deepEqual(text.split('\n').slice(1),
			['needle 1', 'needle 2', '']);
		assert.match((await bridge.tool('read_output', { id: 't1',
			grep: 'x' })).text, /no line matches/);
	});

	test('the end of a long line is matched and shown', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'yes "lots of " | ' +
			'head -c 300000 | tr -d "\\n"; echo "the end: 42"; echo next' });
		const { text } = await bridge.tool('read_output',
			{ id: 't1', grep: 'end: [0-9]+', context: 1 });

		assert.match(text, /\n\[2000 of \d{6} bytes\] .*the end: 42\nnext\n$/);
		assert.ok(chars(text) < 4100);
	});

	test('a bound of a search is told', async (t) => {
		const { bridge } = await connect(t);
		const grep = async (args) => (await bridge.tool('read_output',
			{ id: 't1', ...args })).text.split('\n');

		await bridge.tool('run_task', { command: 'yes "$(printf %90s x)" | ' +
			'head -n 30; echo needle; seq 1000; echo "the end"' });
		const [head, ...found] = await grep({ grep: 'needle', context: 20,
			max_chars: 300 });

		assert.match(head, / · 40 lines around the match are not shown: /);
		assert.deepEqual(found, ['needle', '']);
		const [more] = await grep({ grep: '[0-9]', max_chars: 200 });

		assert.match(more, / · the rest is not searched: go on there$/);
		assert.doesNotMatch((await grep({ grep: 'the end' }))[0],
			/search|shown/);
	});

	test('of many lines of a result that match the last are shown',
		async (t) => {
			const bridge = await join(startAgents(t));
			const result = Array.from({ length: 100 }, (_, n) => `line ${n}`)
				.join('\\n');

			await bridge.tool('run_task', { prompt: 'RUN cat <<"END"\n' +
				'{"type":"result","subtype":"success","is_error":false,' +
				`"num_turns":1,"result":"${result}"}\nEND\n` });
			const { text } = await bridge.tool('read_output', { id: 't1',
				stream: 'result', grep: 'line', max_chars: 200 });
			const [head, ...lines] = text.split('\n');
			const [, out] = / · (\d+) older lines that match are not shown: /
				.exec(head);

			assert.equal(lines[0], `line ${out}`);
			assert.equal(lines.at(-1), 'line 99');
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
		assert.ok(Date.now() - began >= 990);
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

	test('that its own task has cut', async (t) => {
		const { bridge } = await connect(t);
		const { text } = await bridge.tool('run_task', { wait_s: 30,
			command: 'seq 1000; echo bad >/dev/stdout; exit 1' });

		assert.match(text, /bad/);
		assert.match(text, /\[its own stdout was cut by the task after 3893 bytes/);
		assert.equal((await bridge.task('t1')).output.stdout_cut, 3893);
	});

	test('that a program keeps to itself', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task',
			{ command: 'exec sleep 600', wait_s: 0 });
		await bridge.tool('stop_tasks', { ids: ['t1'] });
		assert.match((await bridge.tool('check_tasks',
			{ ids: ['t1'], wait_s: 30 })).text, /may have printed more/);
	});
});
