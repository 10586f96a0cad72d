// Directories and files that are not as they should be: said at the start,
// or passed over, and never harmed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { killDaemon } from './lib/daemon.mjs';
import { describe as named, patient, startWorld, waitFor }
	from './lib/harness.mjs';
import { connect, join } from './lib/session.mjs';

const ALL = { concurrency: 3 };
const ROOT = process.getuid() === 0;
const NOBODY = 65534;
const MB = 1024 * 1024;

describe('places', ALL, () => {
	/** A bridge's answer to initialize in such an environment. */
	async function refused(t, env, prepare = () => {}) {
		const world = startWorld(t);

		prepare(world);
		const bridge = world.bridge({ env: typeof env === 'function' ?
			env(world) : env });
		const error = await bridge.legacy().catch((reason) => reason);

		assert.equal(error.code, -32603, String(error));
		await waitFor(() => world.daemon() === undefined);
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
			const { world, bridge } = await connect(t,
				{ config: { commands: { max_running: 1 } } });
			const go = path.join(world.work, 'go');
			const said = (tool, args) => bridge.tool(tool, args);

			await bridge.tool('start_tasks', { tasks: [
				{ command: 'echo one; exit 3' },
				{ command: `until [ -e ${go} ]; do sleep 0.1; done; echo two` },
				{ command: 'echo three' }] });
			await bridge.tool('check_tasks', { ids: ['t1'], wait_s: 30 });
			fs.writeFileSync(world.env.CCPROC_CONFIG, text);
			await killDaemon(world);

			const run = await said('run_task', { command: 'true' });

			assert.equal(run.isError, true);
			assert.match(run.text, /^configuration \/.*config\.json: /);
			assert.match(run.text, words);
			assert.match((await said('check_tasks', { ids: ['t1'] })).text,
				/exit code 3/);
			assert.match((await said('read_output', { id: 't1' })).text, /one/);
			assert.match((await said('check_tasks', { ids: ['t3'] })).text,
				/t3 queued .*waits for a sound configuration/);
			fs.writeFileSync(go, '');
			assert.match((await said('check_tasks',
				{ ids: ['t2'], wait_s: 30 })).text, /t2 completed/);
			assert.match((await said('check_tasks', { ids: ['t3'] })).text,
				/t3 queued/);
			fs.writeFileSync(world.env.CCPROC_CONFIG, '{}');
			await (await join(world)).tool('list_tasks');
			assert.match((await said('check_tasks',
				{ ids: ['t3'], wait_s: 30 })).text, /t3 completed/);
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
			const { stdout } = spawnSync('perl', ['-MIO::Socket::UNIX', '-e',
				'$SIG{PIPE} = "IGNORE";' +
				'$s = IO::Socket::UNIX->new(Peer => shift) or exit;' +
				'syswrite($s, "hello\\n"); print <$s>', sock],
			{ uid: NOBODY, gid: NOBODY, encoding: 'utf8' });

			if (stdout === '') {
				t.skip('no perl that user nobody can run');
				return;
			}
			assert.match(JSON.parse(stdout).error.message, new RegExp(
				`^this daemon serves user ${process.getuid()} and not ` +
				`user ${NOBODY}`));
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

	test('is told as far as it can be read, or named in the log, and kept', async (t) => {
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

			assert.ok(fs.existsSync(dirs[i]), name);
			if (!/later version|it is a file/.test(name)) {
				assert.match(answer.text, new RegExp(`^t${i + 2} ${
					name.startsWith('spec') ? 'completed' : 'lost: keeper'
				}[^]*(spec|exit)\\.json`), name);
				continue;
			}
			assert.equal(answer.isError, true, name);
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
		assert.ok(Date.now() - began < patient(9000));
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
