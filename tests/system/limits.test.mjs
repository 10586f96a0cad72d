// Bad input: every problem is told at once, nothing is started, and the
// session goes on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { memory } from './lib/daemon.mjs';
import { connect, initialized, ready, Wire } from './lib/session.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));
const ALL = { concurrency: 3 };
const ROOT = process.getuid() === 0;
const LINE_MAX = 10 * 1024 * 1024;

describe('arguments', ALL, () => {
	test('every problem of a call at once', async (t) => {
		const { world, bridge } = await connect(t);

		for (const [which, args] of [
			['both', { prompt: 'x', command: 'touch here' }],
			['neither', {}]]) {
			const { text, isError } = await bridge.tool('run_task', { ...args,
				cwd: 'rel', label: 'g7', timeout_s: 604801, wait_s: 'long',
				result_chars: 199, colour: 'red', allowed_tools: [1, 'a'],
				permission_mode: '', options: { env: { 'A=B': 'x', C: 1 },
					max_turns: 0, effort: 1 } });

			assert.equal(isError, true);
			for (const problem of [/^run_task: /,
				/timeout_s: 604801 is out of range, allowed are 1 to 604800/,
				/wait_s: expected an integer, got string/,
				/result_chars: 199 is out of range, allowed are 200 to 45000/,
				/colour: is not known here; known are prompt, command, /,
				/allowed_tools\[0\]: expected a string, got integer/,
				/permission_mode: is empty; say what is meant, or leave it out/,
				/options\.env\.A=B: is no name of an environment variable/,
				/options\.env\.C: expected a string, got integer/,
				/options\.max_turns: 0 is out of range/,
				/options\.effort: expected a string, got integer/,
				/cwd: "rel" is not absolute/, /label: "g7" looks like an id/,
				new RegExp(`exactly one of prompt .* got ${which}`)])
				assert.match(text, problem);
		}
		assert.equal(fs.existsSync(path.join(world.work, 'here')), false);
		assert.equal(world.taskDir('t1'), undefined);
	});

	test('labels', async (t) => {
		const { bridge } = await connect(t);
		const run = async (label) => (await bridge.tool('run_task',
			{ command: 'true', label })).isError;

		for (const label of ['t1', 'g22', '7', 'a b', '-a', '.a', 'é',
			'a/b', 'x'.repeat(41), '11111111-2222-3333-4444-555555555555'])
			assert.equal(await run(label), true, label);
		for (const label of ['a', 't', 'g', 't1x', '1a', 'A.b-c_d',
			'x'.repeat(40), 'dead-beef', null, ''])
			assert.equal(await run(label), false, label);
	});

	test('numbers and flags as clients write them', async (t) => {
		const { bridge } = await connect(t);
		const run = async (args) => (await bridge.tool('run_task',
			{ command: 'true', ...args })).isError;

		for (const args of [{ wait_s: 5.0 }, { wait_s: 1e1 }, { wait_s: '5' },
			{ wait_s: null, cwd: null, label: null }])
			assert.equal(await run(args), false, JSON.stringify(args));
		for (const args of [{ wait_s: 1.5 }, { wait_s: -1 }, { wait_s: 1e300 },
			{ wait_s: true }, { wait_s: 'x' }, { timeout_s: 0 },
			{ wait_s: 9007199254740993 }, { result_chars: -1 }])
			assert.equal(await run(args), true, JSON.stringify(args));
	});

	test('a directory or program that is not there', async (t) => {
		const { world, bridge } = await connect(t);
		const file = path.join(world.work, 'plain');

		fs.writeFileSync(file, '#!/bin/sh\n', { mode: 0o644 });
		fs.symlinkSync('nowhere', path.join(world.work, 'dangling'));
		for (const [args, words] of [
			[{ command: 'true', cwd: '/no/such' },
				/cwd: \/no\/such does not exist/],
			[{ command: 'true', cwd: file }, /cwd: .*plain is not a directory/],
			[{ command: ['no-such-program'] },
				/program: no-such-program was not found in PATH/],
			[{ command: [file] }, /program: .*plain is not executable/],
			[{ command: [world.work] }, /program: .* is a directory/],
			[{ command: ['./dangling'] }, /program: .*dangling.*exist/],
			[{ command: ['ls'], options: { env: { PATH: '/no' } } },
				/program: ls was not found in PATH \(\/no\)/],
			[{ command: [''] }, /command: needs a program/],
			[{ command: [] }, /command/], [{ command: '' }, /command/]]) {
			const { text, isError } = await bridge.tool('run_task', args);

			assert.equal(isError, true);
			assert.match(text, words);
		}
		assert.equal(world.taskDir('t1'), undefined); // none was accepted
		assert.match((await bridge.tool('run_task',
			{ command: 'no-such-program' })).text,
		/^t1 failed: exit code 127 [^]*not found/);
	});

	test('a program that no kernel takes', async (t) => {
		const { world, bridge } = await connect(t);
		const file = path.join(world.work, 'garbage');

		fs.writeFileSync(file, '\x7fELF garbage', { mode: 0o755 });
		const { text, isError } = await bridge.tool('run_task',
			{ command: [file] });

		assert.equal(isError, true);
		assert.match(text,
			/^t1 failed: not started, .*is a program for another machine/);
		assert.equal((await bridge.task('t1')).reason, 'spawn_error');
	});

	test('arguments as long as the kernel takes them', async (t) => {
		const { world, bridge } = await connect(t);
		const most = 128 * 1024 - 1;
		const run = (command) => bridge.tool('run_task', { command });

		assert.match((await run(['/bin/sh', '-c', 'printf ${#1}', 'x',
			'y'.repeat(most)])).text, new RegExp(`^t1 completed .*\n${most}$`));
		assert.match((await run(': '.padEnd(most, 'z'))).text,
			/^t2 completed/);
		for (const command of [['true', 'y'.repeat(most + 1)],
			': '.padEnd(most + 1, 'z'),
			Array(60).fill('y'.repeat(most))]) {
			const { text, isError } = await run(command);

			assert.equal(isError, true);
			assert.match(text, /command.* bytes.*kernel takes/);
		}
		assert.match((await run(['true', ...Array(4095).fill('')])).text,
			/^t3 completed/);
		assert.match((await run(['true', ...Array(4096).fill('')])).text,
			/command: has 4097 items, allowed are 1 to 4096/);
		assert.equal(world.taskDir('t4'), undefined);
	});

	test('a NUL in a string', async (t) => {
		const { world, bridge } = await connect(t);
		const nul = 'a\0b';

		for (const args of [{ command: nul }, { command: ['echo', nul] },
			{ prompt: nul }, { command: 'true', label: nul },
			{ command: 'true', cwd: `/tmp${nul}` },
			{ command: 'true', options: { env: { A: nul } } }]) {
			const { text, isError } = await bridge.tool('run_task', args);

			assert.equal(isError, true);
			assert.match(text, /NUL character/);
		}
		for (const [tool, args] of [['check_tasks', { ids: [nul] }],
			['read_output', { id: nul }], ['list_tasks', { cwd: nul }]])
			assert.equal((await bridge.tool(tool, args)).isError, true);
		assert.equal(world.taskDir('t1'), undefined);
	});

	test('ids of every kind that name nothing', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'true', label: 'docs' });
		const { uuid } = await bridge.task('t1');

		for (const id of ['t2', 't0', 't-1', 'T1', '99999999999999999999',
			'g99999999999999999999', 't18446744073709551616', 'g0', 'g1', '',
			' ', 't1 ', '../..', `t2-${uuid}`, `t1-${uuid.replace(/./g, '0')}`,
			`f${uuid.slice(1, 3)}`, `${uuid}0`, 'é'.repeat(100), 'x'.repeat(10000)])
			for (const [tool, key] of [['check_tasks', 'ids'],
				['read_output', 'id']]) {
				const { text, isError } = await bridge.tool(tool,
					{ [key]: key === 'ids' ? [id] : id });

				assert.equal(isError, true, `${tool} ${id}`);
				assert.ok(text.length < 1000);
			}
		for (const id of [`t1-${uuid}`, uuid.slice(0, 9), '1', 'docs'])
			assert.match((await bridge.tool('check_tasks', { ids: [id] })).text,
				/^t1 docs completed/, id);
		const many = await bridge.tool('check_tasks',
			{ ids: Array(51).fill('t1') });

		assert.match(many.text, /ids: has 51 items, allowed are 0 to 50/);
	});
});

describe('agents', ALL, () => {
	test('claude is not installed', async (t) => {
		const { world, bridge } = await connect(t,
			{ env: { PATH: '/usr/bin:/bin' } });

		for (const tool of ['run_task', 'execute_cc_task']) {
			const { text, isError } = await bridge.tool(tool,
				{ prompt: 'hello' });

			assert.equal(isError, true);
			assert.match(text, new RegExp('program: claude was not found in ' +
				`PATH \\(/usr/bin:/bin:.*${world.home}/.local/bin:` +
				`${world.home}/.claude/local\\); name its path in ` +
				'agents.claude.command of the configuration$'));
		}
		assert.equal(world.taskDir('t1'), undefined);
	});

	for (const dir of ['.local/bin', '.claude/local'])
		test(`claude is installed in ~/${dir}`, async (t) => {
			const { world, bridge } = await connect(t,
				{ env: { PATH: '/usr/bin:/bin' } });

			fs.mkdirSync(path.join(world.home, dir), { recursive: true });
			fs.symlinkSync(FAKE, path.join(world.home, dir, 'claude'));
			const { text } = await bridge.tool('run_task',
				{ prompt: 'RUN echo "$PATH" >here' });

			assert.doesNotMatch(text, /not found|not started/);
			assert.match(fs.readFileSync(path.join(world.work, 'here'), 'utf8'),
				/^\/usr\/bin:\/bin:/);
		});

	test('root cannot bypass permissions', { skip: !ROOT &&
		'not run as root' }, async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { agents: { claude: { command: [FAKE] } } } });
		const { text, isError } = await bridge.tool('run_task',
			{ prompt: 'x', permission_mode: 'bypassPermissions' });

		assert.equal(isError, true);
		assert.match(text, /claude refuses bypassPermissions as root.*allowed_tools/);
		assert.equal(world.taskDir('t1'), undefined);
	});

	test('what only agents have is refused for commands', async (t) => {
		const { bridge } = await connect(t);

		for (const args of [{ model: 'x' }, { permission_mode: 'plan' },
			{ allowed_tools: ['Bash'] }, { options: { max_turns: 3 } },
			{ options: { effort: 'low' } }])
			assert.match((await bridge.tool('run_task',
				{ command: 'true', ...args })).text, /for agents/);
	});
});

for (const [kind, open] of [['socket', ready],
	['bridge', async (world) => {
		const wire = Wire.bridge(world);

		await initialized(wire);
		return wire;
	}]])
	describe(`lines over the ${kind}`, ALL, () => {
		const ping = (size) => {
			const [head, tail] = ['{"jsonrpc":"2.0","id":"big","method":' +
				'"ping","params":{"pad":"', '"}}'];

			return head + 'x'.repeat(size - head.length - tail.length) + tail;
		};
		const goesOn = async (wire) => {
			wire.request('on', 'ping');
			assert.deepEqual((await wire.answer('on')).result, {});
		};

		test('ten MiB pass, one byte more is refused', async (t) => {
			const { world } = await connect(t);
			const wire = await open(world);

			wire.send(ping(LINE_MAX));
			assert.deepEqual((await wire.answer('big')).result, {});
			for (const size of [LINE_MAX + 1, 3 * LINE_MAX]) {
				const { id, error } = await wire.ask(ping(size));

				// the bridge finds it in passing
				assert.equal(id, kind === 'bridge' ? 'big' : undefined);
				assert.equal(error.code, -32600);
				assert.match(error.message, /a line of more than 10485760 bytes/);
				await goesOn(wire);
			}
			assert.deepEqual(wire.lines, []);
		});

		test('invalid UTF-8', async (t) => {
			const { world } = await connect(t);
			const wire = await open(world);

			for (const bytes of ['\xff', '\xc3', '\xed\xa0\x80',
				'\xf4\x90\x80\x80', '\xc0\x80', '\xe2\x82']) {
				wire.write(Buffer.from('{"jsonrpc":"2.0","id":1,"method":' +
					`"ping","params":{"a":"${bytes}"}}\n`, 'latin1'));
				const { id, error } = JSON.parse(await wire.line());

				assert.equal(id, 1); // its sender waits
				assert.equal(error.code, -32700);
				assert.match(error.message, /valid UTF-8/);
			}
			await goesOn(wire);
		});

		test('half a line at the end of input does nothing', async (t) => {
			const { world, bridge } = await connect(t);
			const wire = await open(world);
			const call = (n) => JSON.stringify({ jsonrpc: '2.0', id: n,
				method: 'tools/call', params: { name: 'run_task', arguments:
					{ command: `touch ${path.join(world.work, `f${n}`)}` } } });

			wire.send(call(1));
			await wire.answer(1);
			wire.write(call(2));
			if (wire.child)
				wire.child.stdin.end();
			else
				wire.socket.end();
			await wire.closed;
			await bridge.request('ping');
			assert.deepEqual(fs.readdirSync(world.work), ['f1']);
			assert.equal(world.taskDir('t2'), undefined);
		});

		test('deep and wide', async (t) => {
			const { world } = await connect(t);
			const wire = await open(world);
			const before = memory(world.daemon());
			const line = (params) => '{"jsonrpc":"2.0","id":1,"method":' +
				`"ping","params":${params}}`;
			const deep = (n) => line('{"a":'.repeat(n - 1) + '1' +
				'}'.repeat(n - 1));
			const wide = (n, item) => line(`{"a":[${Array(n).fill(item)}]}`);

			for (const good of [deep(64), wide(49000, 1), wide(49000, '{}')])
				assert.deepEqual((await wire.ask(good)).result, {});
			for (const bad of [deep(66), deep(100000), wide(50001, 1),
				wide(50001, '{}'), wide(3000000, '{}')]) {
				const { id, error } = await wire.ask(bad);

				assert.equal(id, 1);
				assert.equal(error.code, -32700);
				assert.match(error.message, /the most allowed/);
			}
			await goesOn(wire);
			const grown = memory(world.daemon()) - before;

			assert.ok(grown < 48, `${grown.toFixed(1)} MiB more`);
		});
	});
