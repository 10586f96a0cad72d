// Bad input, and systems that have run out of something: who caused it hears
// of it, all others go on.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { buildDir, kill, LEGACY, startWorld, waitFor, within }
	from './lib/harness.mjs';
import { connect, join, Wire } from './lib/session.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));
const ALL = { concurrency: 3 };
const ROOT = process.getuid() === 0;
const NOBODY = 65534;
const LINE_MAX = 10 * 1024 * 1024;
const MB = 1024 * 1024;

const initialize = (wire) => wire.ask(JSON.stringify({ jsonrpc: '2.0',
	id: 'init', method: 'initialize', params: { protocolVersion: LEGACY } }));

/** A connection to the daemon's socket that is ready for calls. */
async function ready(world) {
	const wire = await Wire.greeted(world);

	await initialize(wire);
	return wire;
}

async function killDaemon(world) {
	const pid = world.daemon();

	kill(pid, 'SIGKILL');
	await waitFor(() => world.daemon() !== pid);
}

/** Starts the daemon after some shell commands, such as ulimit. */
async function daemonAfter(world, commands) {
	const log = fs.openSync(path.join(world.state, 'ccprocd.log'), 'a');
	const child = spawn('/bin/sh', ['-c',
		`${commands}; exec "$0" --ready-fd 3`,
		path.join(buildDir(), 'ccprocd')], { env: world.env, cwd: '/',
		stdio: ['ignore', 'ignore', log, 'pipe'], detached: true });

	fs.closeSync(log);
	child.unref();
	await within(10000, new Promise((resolve) =>
		child.stdio[3].once('data', resolve)), 'the daemon to be ready');
	child.stdio[3].destroy();
}

// a sanitizer's own memory says nothing about ours
const sanitized = fs.readFileSync(path.join(buildDir(), 'ccprocd'))
	.includes('__asan_init');
const rss = (pid) => sanitized ? 0 : 1024 * Number(fs.readFileSync(
	`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);

describe('arguments', ALL, () => {
	test('every problem of a call at once', async (t) => {
		const { world, bridge } = await connect(t);

		for (const [which, args] of [
			['both', { prompt: 'x', command: 'touch here' }],
			['neither', {}]]) {
			const { text, isError } = await bridge.tool('run_task', { ...args,
				cwd: 'rel', label: 'g7', timeout_s: 604801, wait_s: 'long',
				result_chars: 199, colour: 'red', allowed_tools: [1, 'a'],
				permission_mode: 'yes', options: { env: { 'A=B': 'x', C: 1 },
					max_turns: 0, effort: '' } });

			assert.equal(isError, true);
			for (const problem of [/^run_task: /,
				/timeout_s: 604801 is out of range, allowed are 1 to 604800/,
				/wait_s: expected an integer, got string/,
				/result_chars: 199 is out of range, allowed are 200 to 45000/,
				/colour: is not known here; known are prompt, command, /,
				/allowed_tools\[0\]: expected a string, got integer/,
				/permission_mode: expected one of ask, .*; got "yes"/,
				/options\.env\.A=B: is no name of an environment variable/,
				/options\.env\.C: expected a string, got integer/,
				/options\.max_turns: 0 is out of range/,
				/options\.effort: is empty/,
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

		for (const label of ['', 't1', 'g22', '7', 'a b', '-a', '.a', 'é',
			'a/b', 'x'.repeat(41), '11111111-2222-3333-4444-555555555555'])
			assert.equal(await run(label), true, label);
		for (const label of ['a', 't', 'g', 't1x', '1a', 'A.b-c_d',
			'x'.repeat(40), 'dead-beef', null])
			assert.equal(await run(label), false, label);
	});

	test('numbers and flags as clients write them', async (t) => {
		const { bridge } = await connect(t);
		const run = async (args) => (await bridge.tool('run_task',
			{ command: 'true', ...args })).isError;

		for (const args of [{ wait_s: 5.0 }, { wait_s: 1e1 },
			{ wait_s: null, cwd: null, label: null }])
			assert.equal(await run(args), false, JSON.stringify(args));
		for (const args of [{ wait_s: 1.5 }, { wait_s: -1 }, { wait_s: 1e300 },
			{ wait_s: true }, { wait_s: '5' }, { timeout_s: 0 },
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
		assert.match(text, /^t1 failed: not started, .*[Ee]xec format error/);
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
			assert.match(text, /claude was not found in PATH/);
		}
		assert.equal(world.taskDir('t1'), undefined);
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

		await initialize(wire);
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

				assert.equal(id, undefined);
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
				const { error } = JSON.parse(await wire.line());

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
			const before = rss(world.daemon());
			const line = (params) => '{"jsonrpc":"2.0","id":1,"method":' +
				`"ping","params":${params}}`;
			const deep = (n) => line('{"a":'.repeat(n - 1) + '1' +
				'}'.repeat(n - 1));
			const wide = (n, item) => line(`{"a":[${Array(n).fill(item)}]}`);

			for (const good of [deep(64), wide(49000, 1), wide(49000, '{}')])
				assert.deepEqual((await wire.ask(good)).result, {});
			for (const bad of [deep(66), deep(100000), wide(50001, 1),
				wide(50001, '{}'), wide(3000000, '{}')]) {
				const { error } = await wire.ask(bad);

				assert.equal(error.code, -32700);
				assert.match(error.message, /the most allowed/);
			}
			await goesOn(wire);
			const grown = (rss(world.daemon()) - before) / MB;

			assert.ok(grown < 48, `${grown.toFixed(1)} MiB more`);
		});
	});

describe('places', ALL, () => {
	/** What a bridge answers to initialize in such an environment. */
	async function refused(t, env, prepare = () => {}) {
		const world = startWorld(t);

		prepare(world);
		const bridge = world.bridge({ env: typeof env === 'function' ?
			env(world) : env });
		const error = await bridge.legacy().catch((reason) => reason);

		assert.equal(error.code, -32603, String(error));
		assert.equal(world.daemon(), undefined);
		return error.message;
	}

	test('the socket\'s path is too long', async (t) => {
		assert.match(await refused(t,
			{ CCPROC_SOCKET: '/tmp/' + 'x'.repeat(200) }),
		/CCPROC_SOCKET.*bytes, expected/);
	});

	test('a path that is not absolute', async (t) => {
		assert.match(await refused(t, { CCPROC_SOCKET: 'here' }),
			/CCPROC_SOCKET is 'here', expected an absolute path/);
		assert.match(await refused(t, { CCPROC_STATE_DIR: 'there' }),
			/CCPROC_STATE_DIR is 'there', expected an absolute path/);
	});

	test('a runtime directory of somebody else', { skip: !ROOT &&
		'not run as root' }, async (t) => {
		const dir = (world) => path.join(world.root, 'run');

		assert.match(await refused(t, (world) => ({ CCPROC_SOCKET: '',
			XDG_RUNTIME_DIR: dir(world) }), (world) => {
			fs.mkdirSync(dir(world), { mode: 0o700 });
			fs.chownSync(dir(world), NOBODY, NOBODY);
		}), /XDG_RUNTIME_DIR is .*, which belongs to uid 65534 and not to us/);
	});

	test('a state directory of somebody else', { skip: !ROOT &&
		'not run as root' }, async (t) => {
		assert.match(await refused(t, {}, (world) =>
			fs.chownSync(world.state, NOBODY, NOBODY)),
		/state belongs to uid 65534 and not to us/);
	});

	test('a state directory that is open to others', async (t) => {
		assert.match(await refused(t, {}, (world) =>
			fs.chmodSync(world.state, 0o755)),
		/state has mode 755, so others get in, expected 700/);
	});

	test('a state directory that is a file, or a link', async (t) => {
		assert.match(await refused(t, {}, (world) => {
			fs.rmdirSync(world.state);
			fs.writeFileSync(world.state, '');
		}), /is no directory/);
		assert.match(await refused(t, {}, (world) => {
			fs.renameSync(world.state, world.state + '2');
			fs.symlinkSync(world.state + '2', world.state);
		}), /is no directory/);
	});

	test('the socket\'s place is taken by a file', async (t) => {
		let socket;
		const message = await refused(t, {}, (world) => {
			socket = world.env.CCPROC_SOCKET;
			fs.writeFileSync(socket, 'precious');
		});

		assert.match(message, /sock/);
		assert.equal(fs.readFileSync(socket, 'utf8'), 'precious');
	});

	for (const [name, text, words] of [
		['syntax', '{\n  "agents": {,}\n}', /config\.json: line 2/],
		['values', '{"agents":{"max_running":0},"colour":1}',
			/agents\.max_running: 0 is out of range.*colour: is not known/],
		['kind', '[]', /expected an object, got array/],
		['null', 'null', /expected an object, got null/]])
		test(`a configuration with bad ${name}`, async (t) => {
			assert.match(await refused(t, {}, (world) => fs.writeFileSync(
				world.env.CCPROC_CONFIG, text)), words);
		});

	test('the keeper is not there', async (t) => {
		assert.match(await refused(t, { CCPROC_LIBEXEC: '/no/libexec' }),
			/no program \/no\/libexec\/ccproc-keeper; install ccproc whole/);
	});

	test('another user knocks', { skip: !ROOT && 'not run as root' },
		async (t) => {
			const { world, bridge } = await connect(t);
			const { CCPROC_SOCKET: sock } = world.env;

			fs.chmodSync(world.root, 0o711);
			assert.equal(fs.statSync(sock).mode & 0o777, 0o600);
			fs.chmodSync(sock, 0o666);
			const { stdout } = spawnSync('python3', ['-c', 'import socket;' +
				's=socket.socket(socket.AF_UNIX);s.connect(' +
				`${JSON.stringify(sock)});print(s.recv(10))`],
			{ uid: NOBODY, gid: NOBODY, encoding: 'utf8' });

			if (stdout === '') {
				t.skip('no python3 that user nobody can run');
				return;
			}
			assert.equal(stdout, "b''\n");
			await waitFor(() => /refused user 65534/.test(world.log()));
			await bridge.request('ping');
		});
});

describe('a damaged task', ALL, () => {
	const spoil = {
		'spec.json is garbage': (dir) =>
			fs.writeFileSync(path.join(dir, 'spec.json'), '{"version":1,'),
		'spec.json is empty': (dir) =>
			fs.writeFileSync(path.join(dir, 'spec.json'), ''),
		'spec.json is null': (dir) =>
			fs.writeFileSync(path.join(dir, 'spec.json'), 'null'),
		'spec.json is of a later version': (dir) => {
			const file = path.join(dir, 'spec.json');

			fs.writeFileSync(file, fs.readFileSync(file, 'utf8')
				.replace(/"version":\d+/, '"version":99'));
		},
		'spec.json is a fifo': (dir) => {
			fs.unlinkSync(path.join(dir, 'spec.json'));
			execFileSync('mkfifo', [path.join(dir, 'spec.json')]);
		},
		'spec.json is gone': (dir) =>
			fs.unlinkSync(path.join(dir, 'spec.json')),
		'exit.json is cut off': (dir) => {
			const file = path.join(dir, 'exit.json');

			fs.truncateSync(file, fs.statSync(file).size - 20);
		},
		'exit.json is garbage': (dir) =>
			fs.writeFileSync(path.join(dir, 'exit.json'), '\0\xff'.repeat(99)),
		'exit.json is empty': (dir) =>
			fs.writeFileSync(path.join(dir, 'exit.json'), ''),
		'it is a file': (dir) => {
			fs.rmSync(dir, { recursive: true });
			fs.writeFileSync(dir, 'x');
		},
	};

	test('is named in the log, passed over, and kept', async (t) => {
		const { world, bridge } = await connect(t);
		const names = Object.keys(spoil);

		await bridge.tool('start_tasks',
			{ tasks: Array(names.length + 2).fill({ command: 'echo x' }) });
		await bridge.tool('check_tasks', { ids: ['g1'], wait_s: 30 });
		await bridge.close();
		await killDaemon(world);
		const dirs = names.map((name, i) => {
			const dir = world.taskDir(`t${i + 2}`);

			spoil[name](dir);
			return dir;
		});
		const day = path.dirname(dirs[0]);

		for (const stranger of ['README', '7-not-a-uuid', '.hidden', '-'])
			fs.writeFileSync(path.join(day, stranger), '');
		fs.writeFileSync(path.join(world.state, 'tasks', 'notes'), '');
		const next = await join(world);
		const last = `t${names.length + 2}`;
		const { text } = await next.tool('list_tasks');

		assert.match(text, new RegExp(`\n${last}\t[^]*\nt1\t`));
		for (const [i, name] of names.entries()) {
			const answer = await next.tool('check_tasks',
				{ ids: [`t${i + 2}`] });

			assert.equal(answer.isError, true, name);
			assert.ok(fs.existsSync(dirs[i]), name);
			assert.ok(world.log().includes(path.basename(dirs[i])) ||
				answer.text.includes(path.basename(dirs[i])),
			`${name}: ${answer.text} ${world.log()}`);
		}
		assert.match((await next.tool('run_task', { command: 'true' })).text,
			/^t13 completed/);
		assert.equal((await next.task(last)).state, 'completed');
	});

	for (const [name, file, text] of [
		['spec', 'spec.json', '{'], ['run record', 'run', '\xffgarbage\n']])
		test(`with a bad ${name} while it runs harms no other`, async (t) => {
			const { world, bridge } = await connect(t);
			const gate = path.join(world.work, 'gate');

			await bridge.tool('start_tasks', { tasks: Array(2).fill(
				{ command: `until [ -e ${gate} ]; do sleep 0.02; done; exit 3` })
			});
			await bridge.close();
			await killDaemon(world);
			const dir = world.taskDir('t1');

			fs.writeFileSync(path.join(dir, file), text);
			const next = await join(world);

			assert.equal((await next.task('t2')).state, 'running');
			fs.writeFileSync(gate, '');
			assert.match((await next.tool('check_tasks',
				{ ids: ['t2'], wait_s: 20 })).text, /^t2 failed: exit code 3/);
			await waitFor(() => fs.existsSync(path.join(dir, 'exit.json')));
			assert.match((await next.tool('run_task', { command: 'true' }))
				.text, /^t3 completed/);
			fs.rmSync(path.join(world.state, 'live'), { recursive: true });
		});
});

describe('a task that turns on us', ALL, () => {
	const here = '$(dirname "$(readlink /proc/self/fd/2)")'; // fd 1 is a pipe in it

	test('removes its own directory', async (t) => {
		const { world, bridge } = await connect(t);
		const began = Date.now();
		const { text } = await bridge.tool('run_task',
			{ command: `rm -rf ${here}; sleep 0.1`, wait_s: 10 });

		assert.match(text, /^t1 (lost|failed)|t1/);
		assert.ok(Date.now() - began < 9000);
		assert.match((await bridge.tool('run_task', { command: 'echo x' }))
			.text, /^t2 completed .*\nx$/);
		await bridge.tool('list_tasks');
		await bridge.tool('check_tasks');
		await killDaemon(world);
		assert.match((await bridge.tool('run_task', { command: 'echo y' }))
			.text, /^t3 completed .*\ny$/);
		assert.deepEqual(world.live(), []);
	});

	for (const [name, command] of [
		['a link', `ln -sf /etc/passwd ${here}/stdout`],
		['a fifo', `d=${here}; rm $d/stdout; mkfifo $d/stdout`],
		['a directory', `d=${here}; rm $d/stdout; mkdir $d/stdout`],
		['nothing', `rm ${here}/stdout`]])
		test(`puts ${name} in the place of its output`, async (t) => {
			const { bridge } = await connect(t);
			const { text } = await bridge.tool('run_task', { command });

			assert.match(text, /^t1 completed/);
			for (const [tool, args] of [['read_output', { id: 't1' }],
				['check_tasks', { ids: ['t1'] }],
				['check_tasks', { ids: ['t1'], detail: 'full' }],
				['list_tasks', {}]])
				assert.doesNotMatch((await bridge.tool(tool, args)).text,
					/root:/);
			assert.match((await bridge.tool('cleanup_tasks',
				{ ids: ['t1'] })).text, /^removed 1 task/);
		});

	test('writes without end', async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { output: { max_bytes: MB } } });
		const { text, isError } = await bridge.tool('run_task',
			{ command: 'yes "$(seq 200)"' });
		const task = await bridge.task('t1');

		assert.equal(isError, true);
		assert.match(text, /^t1 failed: output_limit/);
		assert.deepEqual([task.state, task.reason],
			['failed', 'output_limit']);
		assert.ok(task.output.stdout_bytes >= MB);
		assert.ok(task.output.stdout_bytes < 128 * MB,
			`${task.output.stdout_bytes}`);
		assert.equal((await bridge.tool('run_task', { command:
			`head -c ${MB / 2} /dev/zero` })).isError, false);
		assert.deepEqual(world.live(), []);
	});
});

describe('a full disk', () => {
	test('refuses new tasks, keeps exit codes, and recovers', async (t) => {
		const state = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-full-'));
		const mounted = spawnSync('mount',
			['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'none', state]);

		if (mounted.status !== 0) {
			fs.rmdirSync(state);
			t.skip('cannot mount a file system: ' +
				String(mounted.stderr ?? mounted.error).trim());
			return;
		}
		const world = startWorld(t, { env: { CCPROC_STATE_DIR: state } });

		world.state = state;
		t.after(() => { // the world has ended then
			execFileSync('umount', ['-l', state]);
			fs.rmdirSync(state);
		});
		const bridge = await join(world);
		const gate = path.join(world.work, 'gate');
		const fill = path.join(world.state, 'fill');

		await bridge.tool('start_tasks', { tasks: [
			{ command: `until [ -e ${gate} ]; do sleep 0.02; done; exit 7` },
			{ command: `until [ -e ${gate} ]; do sleep 0.02; done; ` +
				'seq 100000; exit 8' }] });
		const fd = fs.openSync(fill, 'w');

		assert.throws(() => {
			for (;;)
				fs.writeSync(fd, Buffer.alloc(4096));
		}, { code: 'ENOSPC' });
		for (let i = 0; i < 3; i++) {
			const { text, isError } = await bridge.tool('run_task',
				{ command: 'true' });

			assert.equal(isError, true);
			assert.match(text, /not accepted.*No space left on device/);
		}
		const wait = bridge.tool('check_tasks', { ids: ['g1'], wait_s: 20 });

		fs.writeFileSync(gate, '');
		assert.match((await wait).text,
			/^t1 failed: exit code 7 [^]*\nt2 failed: exit code 8 /);
		await bridge.close();
		await killDaemon(world);
		const full = await join(world); // starts on a full disk, too

		assert.equal((await full.task('t1')).exit_code, 7);
		fs.closeSync(fd);
		fs.unlinkSync(fill);
		assert.match((await full.tool('run_task', { command: 'echo again' }))
			.text, /^t\d+ completed .*\nagain$/);
		assert.deepEqual(world.live(), []);
		const leftover = fs.readdirSync(path.join(world.state, 'tasks'))
			.flatMap((day) => fs.readdirSync(
				path.join(world.state, 'tasks', day)))
			.filter((name) => name.startsWith('.'));

		assert.deepEqual(leftover, []);
	});
});

describe('no descriptors left', ALL, () => {
	/** Connects until the daemon has none left. */
	async function exhaust(world, most) {
		const dir = `/proc/${world.daemon()}/fd`;
		const sockets = [];

		await waitFor(() => {
			sockets.push(net.connect(world.env.CCPROC_SOCKET)
				.on('error', () => {}));
			return fs.readdirSync(dir).length >= most;
		});
		return sockets;
	}

	test('calls are refused or late, none is forgotten', async (t) => {
		const world = startWorld(t);
		const most = 40;

		await daemonAfter(world, `ulimit -n ${most}`);
		const bridge = await join(world);
		const gate = path.join(world.work, 'gate');
		const gated = (code) => ({ command:
			`until [ -e ${gate} ]; do sleep 0.02; done; exit ${code}` });

		await bridge.tool('start_tasks', { max_parallel: 2, tasks:
			[gated(3), gated(4), gated(5)] });
		const wait = bridge.tool('check_tasks', { ids: ['g1'], wait_s: 25,
			detail: 'status' });
		const sockets = await exhaust(world, most);
		const during = await Promise.all(['list_tasks', 'run_task',
			'read_output'].map((name) => bridge.tool(name,
			{ run_task: { command: ['true'], wait_s: 1 },
				read_output: { id: 't1' } }[name])));

		for (const { isError, text } of during)
			if (isError)
				assert.match(text, /Too many open files|no such task/);
		fs.writeFileSync(gate, '');
		await waitFor(() => [1, 2].every((i) => fs.existsSync(
			path.join(world.taskDir(`t${i}`), 'exit.json'))));
		await bridge.request('ping');
		sockets.forEach((socket) => socket.destroy());
		const { text } = await wait;

		assert.match(text, /^t1 failed: exit code 3 .*\nt2 failed: exit code 4 .*\nt3 failed: exit code 5 .*$/);
		assert.match((await bridge.tool('run_task', { command: ['echo', 'x'] }))
			.text, /completed .*\nx$/);
		await join(world);
		assert.deepEqual(world.live(), []);
	});

	test('at any number of free ones, a task runs once', async (t) => {
		const world = startWorld(t);
		const most = 40;

		await daemonAfter(world, `ulimit -n ${most}`);
		const bridge = await join(world);
		const dir = `/proc/${world.daemon()}/fd`;
		const file = path.join(world.work, 'runs');

		for (let free = 0; free < 8; free++) {
			const sockets = await exhaust(world, most);

			// those who wait for a descriptor would take them
			for (const socket of sockets.splice(most - 20))
				socket.destroy();
			for (let i = 0; i < free; i++)
				sockets.pop()?.destroy();
			const { text } = await bridge.tool('run_task',
				{ command: ['/bin/sh', '-c', `echo ${free} >>${file}; exit 4`],
					wait_s: 10 });

			sockets.forEach((socket) => socket.destroy());
			await waitFor(() => fs.readdirSync(dir).length < 20);
			if (/^t\d/.test(text)) {
				const [id] = text.match(/^t\d+/);

				await bridge.tool('check_tasks', { ids: [id], wait_s: 20 });
				const task = await bridge.task(id);

				assert.deepEqual([task.state, task.exit_code], ['failed', 4],
					`${free} free: ${text}`);
			} else
				assert.match(text, /Too many open files/);
		}
		const runs = fs.existsSync(file) ?
			fs.readFileSync(file, 'utf8').trim().split('\n') : [];

		assert.equal(new Set(runs).size, runs.length, String(runs));
	});

	test('more connections than are served wait', async (t) => {
		const { world, bridge } = await connect(t);
		const sockets = [...Array(1010).keys()].map(() =>
			net.connect(world.env.CCPROC_SOCKET).on('error', () => {}));

		await waitFor(() => /the most allowed/.test(world.log()));
		await bridge.request('ping');
		const late = await Wire.connect(world);

		sockets.forEach((socket) => socket.destroy());
		assert.match(JSON.stringify(await late.ask('{"jsonrpc":"2.0","id":1,' +
			'"method":"x"}')), /expected ccproc\/hello/);
		assert.match((await bridge.tool('run_task', { command: 'true' })).text,
			/^t1 completed/);
	});
});

describe('a client that does not read', ALL, () => {
	/** All n requests have their answers, in order, when it reads at last. */
	async function answered(wire, n) {
		await waitFor(() => wire.lines.length >= n, { timeout: 20000,
			what: `${n} answers` });
		wire.lines.forEach((line, i) => assert.ok(line.startsWith(
			`{"jsonrpc":"2.0","id":${i},"result":`), line.slice(0, 100)));
		assert.equal(wire.lines.length, n);
	}

	for (const [name, n, method, params] of [
		['lists', 3000, 'tools/list', {}],
		['output', 600, 'tools/call', { name: 'read_output',
			arguments: { id: 't1', max_chars: 45000 } }]])
		test(`costs no memory and holds up nobody: ${name}`, async (t) => {
			const { world, bridge } = await connect(t);

			await bridge.tool('run_task', { command: 'seq 20000' });
			const wire = await ready(world);
			const pid = world.daemon();
			const before = rss(pid);

			wire.socket.pause();
			for (let i = 0; i < n; i++)
				wire.request(String(i), method, params);
			await waitFor(() => wire.socket.writableLength > 0 ||
				wire.socket.bytesWritten > n * 50);
			for (let i = 0; i < 5; i++)
				assert.match((await bridge.tool('run_task',
					{ command: 'echo served' })).text, /completed .*\nserved$/);
			const grown = (rss(pid) - before) / MB;

			assert.ok(grown < 16, `${grown.toFixed(1)} MiB more`);
			wire.socket.resume();
			await answered(wire, n);
			wire.destroy();
		});

	test('through a bridge neither', async (t) => {
		const { world, bridge } = await connect(t);
		const wire = Wire.bridge(world);
		const n = 3000;

		await initialize(wire);
		wire.child.stdout.pause();
		for (let i = 0; i < n; i++)
			wire.request(String(i), 'tools/list');
		for (let i = 0; i < 5; i++)
			assert.match((await bridge.tool('run_task',
				{ command: 'echo served' })).text, /completed/);
		for (const pid of [world.daemon(), wire.child.pid])
			assert.ok(rss(pid) < 24 * MB, `${rss(pid) / MB} MiB`);
		wire.child.stdout.resume();
		await answered(wire, n);
	});

	test('and goes away', async (t) => {
		const { world, bridge } = await connect(t);

		for (let i = 0; i < 20; i++) {
			const wire = await ready(world);

			wire.socket.pause();
			for (let j = 0; j < 100; j++)
				wire.request(String(j), 'tools/list');
			wire.destroy();
		}
		assert.match((await bridge.tool('run_task', { command: 'echo x' }))
			.text, /^t1 completed/);
	});
});
