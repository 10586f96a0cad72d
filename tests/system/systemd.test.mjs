// ccproc as systemd runs it: its socket, readiness, restarts, the watchdog;
// tasks go on through all of it.  Each scenario has a systemd of its own,
// and this file runs once more in there, with its name as the argument.
// Runs alone: each scenario has a systemd of its own.
// Long because each state of the units is a scenario here.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { removeFolder, runs } from './lib/daemon.mjs';
import { kill, RpcError, waitFor } from './lib/harness.mjs';
import { exe, install, runInside, runScenario, whyNot }
	from './lib/systemd.mjs';
import { another, VERSION } from './lib/versions.mjs';
import { BODIES, Works } from './lib/works.mjs';

const FILE = fileURLToPath(import.meta.url);
const TASKS = { commands: { max_running: 64 } };

/** The folder of a unit's cgroup. */
const cgroupOf = async (home, unit) =>
	path.join('/sys/fs/cgroup', await home.show('ControlGroup', unit));
const SCOPE = 'ccproc-tasks.scope';

/** The processes in a cgroup. */
const members = (dir) => fs.existsSync(dir) ? fs.readFileSync(
	path.join(dir, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)
	.map(Number) : [];

/** The text of list_tasks, which shows who answers. */
const list = async (bridge) =>
	(await bridge.tool('list_tasks', { scope: 'all' })).text;

/** The user's systemd exits under a task and one that is queued. */
async function leaves(home, reason, hint) {
	home.configure({ commands: { max_running: 1 } });
	await home.enable();
	const bridge = await home.bridge();

	// a stop by hand is none of all tasks
	await bridge.tool('start_tasks', { tasks: [
		{ command: 'trap "sleep 0.3; echo cleaned; exit 3" TERM; echo up; ' +
			'while :; do sleep 0.02; done' }, { command: 'echo second' }] });
	await waitFor(async () => /up/.test((await bridge.tool('check_tasks',
		{ ids: ['t1'] })).text));
	await home.systemctl('stop', 'ccproc-leave.service');
	await home.systemctl('start', 'ccproc-leave.service');
	assert.equal((await bridge.task('t1')).state, 'running');
	await bridge.close();
	const before = performance.now();

	await home.systemctl('exit');
	await waitFor(() => home.processes('ccproc-keeper').length === 0);
	await waitFor(() => home.processes('systemd').length === 0);
	assert.ok(performance.now() - before < 10000);
	assert.deepEqual(home.processes('ccprocd'), []);
	const next = await home.bridge(); // it starts a daemon itself
	const task = await next.task('t1');

	assert.deepEqual([task.state, task.reason, task.exit_code],
		['failed', reason, 3]);
	const { text } = await next.tool('check_tasks', { ids: ['t1'] });

	assert.match(text, hint);
	assert.match(text, /up\ncleaned/);
	// a shutdown that this daemon finds in its own boot is not over yet
	const goesOn = reason !== 'shutdown';

	await next.tool('check_tasks', { ids: ['t2'], wait_s: goesOn ? 20 : 0 });
	assert.equal((await next.task('t2')).state,
		goesOn ? 'completed' : 'queued');
}

const scenarios = {
	'the units are right': async (home) => {
		const units = ['ccprocd.service', 'ccprocd.socket',
			'ccproc-leave.service'].map((name) =>
			path.join(home.root, 'units', name));
		// The manual page that they name is not installed here.
		const { status, stdout, stderr } = spawnSync('systemd-analyze',
			['--user', '--man=no', 'verify', ...units],
			{ encoding: 'utf8' });

		assert.equal(status, 0, stderr);
		assert.doesNotMatch(stdout + stderr, /ccproc/);
	},

	'the first client starts the daemon': async (home) => {
		await home.enable();
		const mode = (file) => fs.statSync(file).mode & 0o777;

		assert.equal(mode(home.socket), 0o600);
		assert.equal(mode(path.dirname(home.socket)), 0o700);
		assert.equal(await home.show('ActiveState'), 'inactive');
		const before = performance.now();
		const bridge = await home.bridge();

		console.log(`first answer after ${performance.now() - before} ms`);
		assert.equal(await home.show('ActiveState'), 'active');
		const pid = await home.mainPid();

		assert.equal(exe(pid), path.join(home.root, 'bin/ccprocd'));
		assert.deepEqual(home.processes('ccprocd'), [pid]);
		await bridge.tool('run_task', { command: 'true', label: 'first' });
		const command = path.join(home.root, 'bin/ccproc');

		assert.match(execFileSync(command, ['ls', '--all'],
			{ encoding: 'utf8' }), /\bfirst\b/);
		assert.deepEqual(home.processes('ccprocd'), [pid]);
	},

	'clients almost without environment meet it': async (home) => {
		await home.enable();
		const first = await home.bridge();
		const pid = await home.mainPid();

		await first.tool('run_task', { command: 'true', label: 'seen' });
		home.env = { PATH: process.env.PATH };
		assert.match(await list(await home.bridge()), /\bseen\b/);
		// and one that runs in a task
		const bridge = path.join(home.root, 'bin/ccproc-bridge');
		const call = JSON.stringify({ jsonrpc: '2.0', id: 1,
			method: 'tools/call', params: { name: 'list_tasks',
				arguments: { scope: 'all' }, _meta: {
					'io.modelcontextprotocol/protocolVersion': '2026-07-28',
					'io.modelcontextprotocol/clientCapabilities': {} } } });
		const inner = await first.tool('run_task', { command: `{ echo '${call
		}'; until [ -s answer ]; do sleep 0.02; done; } | ` +
			`env -i ${bridge} >answer; cat answer` });

		assert.match(inner.text, /\\tseen\\t/);
		assert.deepEqual(home.processes('ccprocd'), [pid]);
	},

	'a restart under fifty running tasks': async (home) => {
		home.configure(TASKS);
		await home.enable();
		const kinds = Object.keys(BODIES);
		const works = new Works(home,
			Array.from({ length: 50 }, (_, n) => kinds[n % kinds.length]));
		const bridge = await home.bridge();
		const pid = await home.mainPid();

		await works.start(bridge);
		works.open('soon'); // a third of them end while it restarts
		const before = performance.now();

		await home.systemctl('restart', 'ccprocd');
		console.log(`restarted in ${performance.now() - before} ms`);
		assert.notEqual(await home.mainPid(), pid);
		await list(bridge);
		works.open();
		await works.check(bridge);
		assert.equal(home.processes('ccproc-keeper').length, 0);
	},

	'an upgrade under a hundred running tasks': async (home) => {
		const own = path.join(home.work, 'bin');
		const kinds = Object.keys(BODIES);
		const both = [0, 50].map((first) => new Works(home, Array.from(
			{ length: 50 }, (_, n) => kinds[n % kinds.length]), first));

		fs.mkdirSync(own);
		fs.copyFileSync(path.join(home.root, 'bin/ccprocd'),
			path.join(own, 'ccprocd'));
		home.configure({ commands: { max_running: 100 } });
		await home.enable(`ExecStart=\nExecStart=${own}/ccprocd\n` +
			`Environment=CCPROC_LIBEXEC=${home.root}/libexec/ccproc`);
		const bridge = await home.bridge();
		const pid = await home.mainPid();

		for (const works of both)
			await works.start(bridge);
		both[0].open('soon'); // a third of them end meanwhile
		another('ccprocd', own, '9.8.7');
		const said = await home.run('ccproc', 'daemon', 'restart');
		const next = await home.mainPid();

		assert.match(said, new RegExp(`^ended ccprocd ${VERSION} \\(pid ${pid
		}\\)\nccprocd 9\\.8\\.7 \\(pid ${next}\\) serves; \\d+ running, `));
		assert.deepEqual(home.processes('ccprocd'), [next]);
		another('ccprocd', own, '9.8.8');
		await home.systemctl('restart', 'ccprocd');
		assert.match(await home.run('ccproc', 'daemon', 'restart'),
			/^ended ccprocd 9\.8\.8 /);
		await list(bridge);
		both[0].open();
		for (const works of both)
			await works.check(bridge);
		assert.equal(home.processes('ccproc-keeper').length, 0);
	},

	'a stop, and a start later': async (home) => {
		await home.enable();
		const works = new Works(home, ['sleeping', 'ending', 'writing',
			'ending', 'sleeping']);
		const bridge = await home.bridge();

		await works.start(bridge);
		await bridge.close();
		await home.systemctl('stop', 'ccprocd.socket', 'ccprocd.service');
		assert.deepEqual(home.processes('ccprocd'), []);
		works.open('soon');
		await waitFor(() => home.processes('ccproc-keeper').length === 3);
		await home.systemctl('start', 'ccprocd.socket');
		const next = await home.bridge();

		assert.deepEqual((await works.records(next)).map((task) =>
			task.state), ['running', 'failed', 'running', 'failed',
			'running']);
		works.open();
		await works.check(next);
	},

	'the unit replaces a daemon started on demand': async (home) => {
		home.configure(TASKS);
		const works = new Works(home, ['sleeping', 'writing', 'ending',
			'writing']);
		const early = await home.bridge();
		const [old] = home.processes('ccprocd');

		await works.start(early);
		await home.enable();
		assert.deepEqual(home.processes('ccprocd'), [old]);
		await list(early); // which goes on serving whom it has
		works.open('soon');
		const late = await home.bridge();
		const pid = await home.mainPid();

		assert.notEqual(pid, old);
		assert.deepEqual(home.processes('ccprocd'), [pid]);
		assert.match(home.log(), /ending on signal 15/);
		await waitFor(async () => /3 running/.test(await list(early)));
		works.open();
		await works.check(late);
		assert.deepEqual(home.processes('ccprocd'), [pid]);
	},

	'its socket is removed': async (home) => {
		await home.enable();
		const works = new Works(home, ['sleeping', 'ending']);
		const bridge = await home.bridge();
		const pid = await home.mainPid();
		const gone = async (file) => {
			removeFolder(file);
			await waitFor(() => fs.existsSync(home.socket));
			await list(await home.bridge());
			await list(bridge);
		};

		await works.start(bridge);
		await gone(home.socket);
		await gone(path.dirname(home.socket));
		assert.equal(await home.mainPid(), pid);
		// the next daemons get the socket without a name again
		await home.systemctl('restart', 'ccprocd');
		await list(await home.bridge());
		kill(await home.mainPid(), 'SIGKILL');
		await list(bridge);
		await home.nextPid(pid);
		await waitFor(() => home.processes('ccprocd').length === 1);
		await list(await home.bridge());
		works.open('soon');
		works.open();
		await works.check(bridge);
	},

	'a daemon beside it is refused': async (home) => {
		await home.enable();
		const child = spawn(path.join(home.root, 'bin/ccprocd'),
			{ stdio: ['ignore', 'ignore', 'pipe'] });
		let said = '';

		child.stderr.on('data', (data) => { said += data; });
		const [status] = await once(child, 'close');

		assert.equal(status, 1);
		assert.match(said, new RegExp('ccprocd.socket of systemd or another ' +
			`daemon listens at ${home.socket}; `));
		await home.bridge();
		assert.deepEqual(home.processes('ccprocd'), [await home.mainPid()]);
	},

	'a killed daemon comes back': async (home) => {
		await home.enable();
		const works = new Works(home, ['sleeping', 'writing', 'ending']);
		const bridge = await home.bridge();
		const pid = await home.mainPid();

		await works.start(bridge);
		kill(pid, 'SIGKILL');
		works.open('soon');
		assert.equal(await home.nextPid(pid), await home.mainPid());
		await list(bridge);
		works.open();
		await works.check(bridge);
		assert.equal(await home.show('NRestarts'), '1');
	},

	'many restarts in a moment': async (home) => {
		await home.enable();
		await home.bridge();
		for (let i = 0; i < 8; i++)
			await home.systemctl('restart', 'ccprocd');
		assert.match(await home.run('ccproc', 'daemon', 'restart'),
			/ serves; 0 running, 0 queued; a service of systemd\n$/);
		for (const unit of ['ccprocd.socket', 'ccprocd.service'])
			assert.equal(await home.show('ActiveState', unit), 'active');
		const limits = fs.readFileSync(
			`/proc/${await home.mainPid()}/limits`, 'utf8');

		assert.match(limits, /^Max core file size +0 /m);
	},

	'a daemon that crashes at its start': async (home) => {
		const count = path.join(home.work, 'starts');
		const daemon = path.join(home.work, 'crashes');

		fs.writeFileSync(daemon, `#!/bin/sh\necho >>${count}\n` +
			`[ "$(wc -l <${count})" -gt 3 ] || kill -SEGV $$\n` +
			`exec ${home.root}/bin/ccprocd\n`, { mode: 0o755 });
		await home.enable(`ExecStart=\nExecStart=${daemon}`);
		const before = performance.now();
		const bridge = await home.bridge();

		// three deaths, and a second after each
		assert.ok(performance.now() - before > 2900);
		await list(bridge);
		assert.deepEqual(home.processes('ccprocd'), [await home.mainPid()]);
	},

	'keep-alives, and the end of a daemon that hangs': async (home) => {
		await home.enable('WatchdogSec=2s');
		const works = new Works(home, ['sleeping', 'writing']);
		const bridge = await home.bridge();
		const pid = await home.mainPid();
		const seen = [];

		await works.start(bridge);
		await waitFor(async () => {
			const at = Number(await home.show('WatchdogTimestampMonotonic'));

			if (at !== seen.at(-1))
				seen.push(at);
			return seen.length > 7;
		}, { timeout: 20000, what: 'seven keep-alives' });
		const apart = seen.slice(1).map((at, i) => (at - seen[i]) / 1e6);

		assert.ok(apart.slice(1).every((s) => s > 0.9 && s < 1.9), apart);
		assert.equal(await home.mainPid(), pid);
		kill(pid, 'SIGSTOP');
		await home.nextPid(pid);
		await list(bridge);
		works.open();
		await works.check(bridge);
	},

	'a paused task is frozen, over a restart, and ends with the machine':
	async (home) => {
		await home.enable();
		const bridge = await home.bridge();
		const control = async (action) => (await bridge.tool('control_tasks',
			{ action, ids: ['t1'] })).text;

		await bridge.tool('start_tasks', { tasks: [{ command:
			'trap "exit 3" TERM; while :; do echo x; sleep 0.02; done' }] });
		const { uuid } = await bridge.task('t1');
		const dir = path.join(await cgroupOf(home, SCOPE), 'tasks', `t1-${uuid}`);
		const read = (name) => fs.readFileSync(path.join(dir, name), 'utf8');
		const grows = async () => {
			const { length } = home.output(uuid);

			await waitFor(() => home.output(uuid).length > length);
		};

		await waitFor(() => home.output(uuid) !== '');
		assert.match(await control('pause'), /^t1 running, paused /);
		assert.match(read('cgroup.events'), /^frozen 1$/m);
		await home.systemctl('restart', 'ccprocd');
		assert.match(await list(bridge), /\tpaused\t/);
		assert.match(read('cgroup.events'), /^frozen 1$/m);
		assert.match(await control('unpause'), /^t1 running · /);
		assert.match(read('cgroup.events'), /^frozen 0$/m);
		await grows();
		await control('pause');
		await bridge.close();
		await home.systemctl('exit');
		await waitFor(() => home.processes('ccproc-keeper').length === 0);
		assert.deepEqual(home.processes('sleep'), []);
		assert.equal(fs.existsSync(dir), false);
	},

	'each task has a cgroup of its own': async (home) => {
		await home.enable();
		const bridge = await home.bridge();
		const start = async (command) => {
			const { text } = await bridge.tool('run_task',
				{ command, wait_s: 0 });
			const task = await bridge.task(/^t\d+/.exec(text)[0]);

			return { ...task, cgroup: path.join(
				await cgroupOf(home, SCOPE), 'tasks',
				`${task.id}-${task.uuid}`) };
		};
		const stray = 'setsid sh -c "trap \'\' TERM; echo $$; ' +
			'while :; do sleep 1; done" >stray 2>&1 & ' +
			'until [ -s stray ]; do sleep 0.02; done; ';
		const file = path.join(home.work, 'stray');
		const strayed = () => fs.existsSync(file) &&
			Number(fs.readFileSync(file, 'utf8'));

		await bridge.tool('run_task', { command: 'true' }); // makes the scope
		const task = await start(`${stray} exec sleep 60`);

		await waitFor(() => members(task.cgroup).length >= 2 &&
			strayed());
		assert.ok(members(task.cgroup).includes(strayed()));
		assert.deepEqual(members(path.join(task.cgroup, '../../keepers')),
			home.processes('ccproc-keeper'));
		// no controller is on, or systemd could not start us again
		const unit = await cgroupOf(home, 'ccprocd.service');

		assert.equal(fs.readFileSync(path.join(unit,
			'cgroup.subtree_control'), 'utf8').trim(), '');
		assert.ok(home.processes('ccproc-keeper').every((pid) =>
			!members(unit).includes(pid)));
		for (const verb of ['restart', 'stop', 'start']) {
			await home.systemctl(verb, 'ccprocd.service');
			assert.ok(members(task.cgroup).includes(strayed()), verb);
		}
		const pid = await home.mainPid();

		kill(pid, 'SIGKILL');
		await home.nextPid(pid);
		await bridge.tool('stop_tasks', { ids: [task.id], mode: 'now' });
		assert.ok(!runs(strayed()));
		assert.equal(fs.existsSync(task.cgroup), false);

		// a killed keeper, and what has no mark
		fs.unlinkSync(path.join(home.work, 'stray'));
		const lost = await start(`env -i sh -c ${JSON.stringify(stray)
			.replaceAll('$', '\\$')} & wait; sleep 60`);

		await waitFor(() => fs.existsSync(path.join(home.work, 'stray')) &&
			strayed());
		kill(home.processes('ccproc-keeper')[0], 'SIGKILL');
		await bridge.tool('check_tasks', { ids: [lost.id], wait_s: 30 });
		assert.equal((await bridge.task(lost.id)).state, 'lost');
		assert.ok(!runs(strayed()));
		assert.equal(fs.existsSync(lost.cgroup), false);

		// and when ours cannot be used nothing is different
		await home.enable('Environment=CCPROC_DELEGATED=');
		await home.systemctl('restart', 'ccprocd.service');
		const plain = await start('sleep 60');

		assert.equal(plain.state, 'running');
		assert.equal(fs.existsSync(plain.cgroup), false);
		await bridge.tool('stop_tasks', { ids: [plain.id], mode: 'now' });
	},

	'signals to the service, and the end of the scope': async (home) => {
		await home.enable();
		const bridge = await home.bridge();
		const works = new Works(home, ['sleeping', 'writing']);
		const pid = await home.mainPid();

		await works.start(bridge);
		await home.systemctl('kill', 'ccprocd.service');
		await home.nextPid(pid);
		assert.equal(home.processes('ccproc-keeper').length, 2);
		works.open('soon');
		works.open();
		await works.check(bridge);
		// the scope is ended under a task, and made again for the next
		await bridge.tool('run_task', { command: 'exec sleep 60', wait_s: 0,
			label: 'under' });
		await waitFor(() => home.processes('sleep').length === 1);
		await home.systemctl('stop', SCOPE);
		await bridge.tool('check_tasks', { ids: ['under'], wait_s: 20 });
		assert.equal((await bridge.task('under')).reason, 'interrupted');
		const next = await bridge.tool('run_task',
			{ command: 'cat /proc/self/cgroup' });

		assert.match(next.text, /ccproc-tasks.scope\/tasks\/t\d+-/);
	},

	'the end of the session': (home) => leaves(home, 'logout',
		/unless `loginctl enable-linger` was given; start it again/),

	'the end of the machine': async (home) => {
		// what systemd says for root cannot be had in here
		const bin = path.join(home.work, 'bin');
		const dropIn = path.join(home.units, 'ccproc-leave.service.d');

		fs.mkdirSync(bin);
		fs.mkdirSync(dropIn, { recursive: true });
		fs.writeFileSync(path.join(bin, 'systemctl'), '#!/bin/sh\n' +
			'[ "$1" != is-system-running ] || { echo stopping; exit 1; }\n' +
			'exec /usr/bin/systemctl "$@"\n', { mode: 0o755 });
		fs.writeFileSync(path.join(dropIn, 'test.conf'),
			`[Service]\nEnvironment=PATH=${bin}:/usr/bin:/bin\n`);
		await leaves(home, 'shutdown', /the machine was shut down while it ran/);
	},

	'limits of a task': async (home) => {
		await home.enable();
		const bridge = await home.bridge();
		const hog = (label) => bridge.tool('run_task', { label, wait_s: 20,
			command: 'head -c 300000000 /dev/zero | tail -c 200000000 | wc -c',
			options: { limits: { memory_max: 50 << 20, tasks_max: 20 } } });

		await bridge.tool('run_task', { command: 'true' }); // makes the scope
		const pid = await home.mainPid();
		const on = fs.readFileSync(path.join(await cgroupOf(home, SCOPE),
			'tasks/cgroup.subtree_control'), 'utf8');
		const { text } = await hog('first');

		if (/memory/.test(on) && /pids/.test(on)) {
			assert.match(text, new RegExp('failed: killed for want of memory, ' +
				'with [\\d.]+ MiB at most of its 50\\.0 MiB'));
			assert.equal((await bridge.task('first')).reason, 'oom');
			assert.equal(await home.mainPid(), pid);
			return;
		}
		console.log('without controllers: refused, or by best effort');
		assert.match(text, new RegExp('limits cannot be held here: the user ' +
			'has not been delegated the controller (memory|pids); '));
		home.configure({ limits: { mode: 'best_effort' } });
		await home.systemctl('restart', 'ccprocd');
		assert.match((await hog('second')).text, /completed .*\n200000000/);
		assert.match((await bridge.task('second')).note,
			/its limits could not be set: \w+.max: /);
	},

	'a hook that hangs': async (home) => {
		// what has left its tree and its environment is found by the cgroup
		home.configure({ hooks: { timeout_s: 1, on_finish: 'setsid -f ' +
			'env -i sleep 601; cat /proc/self/cgroup; sleep 602' } });
		await home.enable();
		const bridge = await home.bridge();
		const pid = await bridge.tool('run_task',
			{ command: 'sleep 0.3; true', wait_s: 20 })
			.then(() => home.mainPid());

		await waitFor(() => home.processes('sleep').length === 2);
		kill(pid, 'SIGKILL');
		await bridge.task('t1');
		await waitFor(() => /it took too long/.test(home.log()));
		assert.deepEqual(home.processes('sleep'), []);
	},

	'a systemd without systemd-run': async (home) => {
		await home.enable('Environment=PATH=/nonexistent');
		const bridge = await home.bridge();
		const { text } = await bridge.tool('run_task',
			{ command: 'cat /proc/self/cgroup' });

		assert.match(text, /ccprocd.service\/t\d+-/);
		assert.match(home.log(), /no ccproc-tasks.scope: /);
	},

	'units that cannot start': async (home) => {
		await home.enable('ExecStart=\nExecStart=/nonexistent/ccprocd');
		const bridge = await home.bridge(); // which starts one itself
		const works = new Works(home, ['ending']);

		await works.start(bridge);
		works.open('soon');
		await works.check(bridge);
		assert.equal(await home.show('ActiveState', 'ccprocd.socket'),
			'failed');
		assert.equal(home.processes('ccprocd').length, 1);
		const told = spawnSync(path.join(home.root, 'bin/ccproc'), ['daemon', 'restart'],
			{ encoding: 'utf8' });

		assert.match(told.stdout, / serves; 0 running, 0 queued\n$/);
		assert.match(told.stderr, /its units are enabled, but it runs outside/);
		// and the way back, once they are right
		await home.enable();
		await home.systemctl('reset-failed');
		await home.systemctl('start', 'ccprocd.socket');
		await list(await home.bridge());
		await list(bridge);
		assert.deepEqual(home.processes('ccprocd'), [await home.mainPid()]);
	},

	'a state directory that is wrong': async (home) => {
		fs.mkdirSync(home.state, { recursive: true, mode: 0o755 });
		await home.enable();
		const refusal = new RegExp('the ccproc daemon cannot be reached: ' +
			`${home.state} has mode 755, so others get in, expected 700; run chmod 700 on it$`);
		const refused = (error) => error instanceof RpcError &&
			error.code === -32603 && refusal.test(error.message);

		for (let i = 0; i < 8; i++)
			await assert.rejects(home.bridge(), refused);
		const pid = await home.mainPid();

		assert.deepEqual(home.processes('ccprocd'), [pid]);
		assert.equal(await home.show('NRestarts'), '0');
		assert.match(await home.show('StatusText'), /^Cannot serve/);
		assert.equal(await home.show('ActiveState', 'ccprocd.socket'),
			'active');
		fs.chmodSync(home.state, 0o700);
		await list(await home.bridge());
		assert.equal(await home.mainPid(), pid);
		assert.equal(await home.show('StatusText'), '');
	},

	'a configuration that is wrong': async (home) => {
		home.configure('{ "agents": { "max_running": "many" } }');
		await home.enable();
		const bridge = await home.bridge();
		const refused = async (words) => {
			const { isError, text } =
				await bridge.tool('run_task', { command: 'true' });

			assert.equal(isError, true);
			assert.match(text, words);
		};

		await list(bridge);
		await refused(new RegExp(`^configuration ${home.config}: ` +
			'agents\\.max_running: expected an integer, got string$'));
		const pid = await home.mainPid();

		assert.match(await home.show('StatusText'), /not sound/);
		home.configure('{');
		await refused(/line 1/);
		home.configure({});
		// and one that goes wrong while tasks run
		const works = new Works(home, ['sleeping', 'writing']);

		await works.start(bridge);
		assert.equal(await home.mainPid(), pid);
		assert.equal(await home.show('StatusText'), '');
		home.configure('{');
		await home.systemctl('restart', 'ccprocd');
		await refused(/line 1/);
		works.open();
		await works.check(bridge);
	},
};

if (scenarios[process.argv[2]])
	await runScenario(scenarios, process.argv[2]);
else
	describe('systemd --user', { concurrency: 2 }, () => {
		const skip = whyNot(FILE);
		const root = skip ? undefined : install();

		after(() => root && fs.rmSync(root, { recursive: true }));
		for (const name of Object.keys(scenarios))
			test(name, { skip }, async (t) =>
				t.diagnostic(await runInside(root, FILE, name)));
	});
