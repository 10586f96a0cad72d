// The keeper and the cgroup of a task: everything is in it, and goes by one
// write; without one, nothing is different.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { runs } from './lib/daemon.mjs';
import { buildDir, waitFor } from './lib/harness.mjs';
import { isRoot, sh, Task, trees }
	from './lib/keeper.mjs';

const mount = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((dir) =>
	fs.existsSync(path.join(dir, 'cgroup.procs')));
const parent = mount && path.join(mount, `ccproc-test.${process.pid}`);

/** Why there are no cgroups here, or false. */
function whyNot() {
	if (!isRoot || !mount)
		return 'only root can make cgroups, of version 2';
	try {
		fs.mkdirSync(parent);
	} catch (error) {
		return error.message;
	}
	return !fs.existsSync(path.join(parent, 'cgroup.kill')) &&
		'this kernel has no cgroup.kill';
}

const skip = whyNot();
const kinds = [['daemons', 5], ['ignorers', 20], ['stopped', 10],
	['chain', 60], ['subreapers', 10], ['respawner', 100], ['hoppers', 10],
	['threads', 1], ['bomb', 60], ['traced', 5], ['vforkers', 3]];
const nameOf = (task) => `t${path.basename(task.dir)}`;
const cgroupOf = (task) => path.join(parent, nameOf(task));
const inside = { args: ['-G', parent] };

describe('a task in a cgroup', { skip, concurrency: 4 }, () => {
	after(() => {
		const left = fs.readdirSync(parent, { withFileTypes: true })
			.filter((entry) => entry.isDirectory());

		left.forEach(({ name }) => fs.rmdirSync(path.join(parent, name)));
		fs.rmdirSync(parent);
		assert.deepEqual(left, []);
	});

	for (const mode of ['now', 'graceful'])
		for (const [kind, n] of kinds)
			test(`${mode} ends ${n} ${kind}`, async (t) => {
				const task = new Task(t);
				const keeper = task.keep(trees(kind, n), inside);

				await task.says('ready');
				assert.ok(fs.readFileSync(path.join(cgroupOf(task),
					'cgroup.procs'), 'utf8').split('\n').length > n);
				keeper.stop({ mode, grace: 1 });
				await keeper.ended();
				assert.deepEqual(task.describe(), []);
				assert.equal(task.record.cgroup, cgroupOf(task));
				assert.equal(task.record.stop_reason, 'user');
				assert.equal(task.record.unkillable, 0);
				assert.equal(fs.existsSync(cgroupOf(task)), false);
			});

	test('is paused by it', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('sh -c "while :; do echo x; done" & ' +
			'while :; do (echo y); done'), inside);
		const read = (name) => fs.readFileSync(path.join(cgroupOf(task), name),
			'utf8');

		await task.says('y');
		keeper.stop({ mode: 'pause', grace: 0 });
		await waitFor(() => task.has('paused'));
		const { length } = task.stdout;

		assert.match(read('cgroup.events'), /^frozen 1$/m);
		assert.equal(read('cgroup.freeze'), '1\n');
		// not by a signal, of which it could tell
		assert.ok(task.processes().every((pid) => !/ [Tt] /.test(
			fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
				.replace(/.*\)/s, ''))));
		await sleep(200);
		assert.equal(task.stdout.length, length);
		keeper.stop({ mode: 'unpause', grace: 0 });
		await waitFor(() => task.stdout.length > length);
		assert.equal(task.has('paused'), false);
		keeper.stop({ mode: 'pause', grace: 0 });
		await waitFor(() => task.has('paused'));
		keeper.stop({ grace: 5 });
		await keeper.ended();
		assert.deepEqual([task.record.exit_signal, task.describe()], [15, []]);
		assert.equal(fs.existsSync(cgroupOf(task)), false);
	});

	test('is ended while it is paused, when its keeper was killed',
		async (t) => {
			const task = new Task(t);
			const keeper = task.keep(trees('daemons', 5), inside);

			await task.says('ready');
			keeper.stop({ mode: 'pause', grace: 0 });
			await waitFor(() => task.has('paused'));
			keeper.signal('SIGKILL');
			await keeper.ended();
			await task.sweep();
			assert.deepEqual(task.describe(), []);
			assert.equal(task.record.stop_reason, 'keeper_lost');
			assert.equal(task.has('paused'), false);
			await waitFor(() => !/populated 1/.test(fs.existsSync(
				cgroupOf(task)) && fs.readFileSync(path.join(cgroupOf(task),
				'cgroup.events'), 'utf8')));
		});

	test('the end of one errand is not that of another', async (t) => {
		const { dir } = new Task(t);
		const gate = path.join(dir, 'gate');
		const errand = (line) => {
			const child = spawn(path.join(buildDir(), 'ccproc-keeper'),
				['--errand', '-G', parent, '-t', '60', '-d', dir, '--',
					'/bin/sh', '-c', line],
				{ stdio: ['ignore', 'pipe', 'inherit'] });

			child.said = '';
			child.stdout.on('data', (data) => child.said += data);
			return child;
		};
		const first = errand('echo begun; exec sleep 60');
		const second = errand(`echo begun; until [ -e ${gate} ]; do ` +
			'sleep 0.02; done; echo done');

		await waitFor(() => first.said && second.said);
		first.kill('SIGTERM'); // as when its daemon is killed
		await once(first, 'exit');
		fs.writeFileSync(gate, '');
		await once(second, 'close');
		assert.equal(second.said, 'begun\ndone\n');
	});

	test('only the task is in it', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('echo $$; exec sleep 60'), inside);

		await task.says('\n');
		assert.equal(fs.readFileSync(path.join(cgroupOf(task),
			'cgroup.procs'), 'utf8'), task.stdout);
		keeper.stop({ mode: 'now' });
		await keeper.ended();
	});

	test('what outlives the main process is named', async (t) => {
		const task = new Task(t);
		const record = await task.run(trees('left', 4), inside);

		assert.deepEqual([record.exit_code, record.leftovers], [3, 4]);
		assert.deepEqual(task.describe(), []);
	});

	test('one that has left it is found all the same', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('sh -c "echo 0 >$1/cgroup.procs; ' +
			'trap : TERM; echo ready; while :; do sleep 1; done" & wait',
		parent), inside);

		await task.says('ready');
		keeper.stop({ mode: 'now' });
		await keeper.ended();
		assert.deepEqual(task.describe(), []);
		assert.equal(fs.existsSync(cgroupOf(task)), false);
	});

	test('what the task has made below it goes too', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('cd $1/$2 && mkdir -p a/b c && ' +
			'(echo 0 >a/b/cgroup.procs; echo ready; exec sleep 60) & wait',
		parent, nameOf(task)), inside);

		await task.says('ready');
		keeper.stop({ mode: 'now' });
		await keeper.ended();
		assert.deepEqual(task.describe(), []);
		assert.equal(fs.existsSync(cgroupOf(task)), false);
	});

	test('a process of somebody else that came into it', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('echo ready; exec sleep 60'), inside);

		await task.says('ready');
		const guest = spawnSync('sh', ['-c', `sleep 61 >/dev/null 2>&1 & ` +
			`echo $! >${cgroupOf(task)}/cgroup.procs; echo $!`]);

		keeper.stop({ mode: 'now' });
		await keeper.ended();
		await waitFor(() => !runs(Number(guest.stdout)));
		assert.equal(fs.existsSync(cgroupOf(task)), false);
	});

	test('even one of another user is killed by it', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh('setpriv --reuid 65534 sh -c ' +
			'"echo ready; exec sleep 60"'), inside);

		await task.says('ready');
		keeper.stop({ mode: 'now' });
		await keeper.ended();
		assert.equal(task.record.unkillable, 0);
	});

	test('processor time is of all, reaped or not', async (t) => {
		const task = new Task(t);
		// its parent ignores SIGCHLD, so nobody is told what it used
		const record = await task.run(sh('trap "" CHLD; exec perl -e \'' +
			'$SIG{CHLD} = "IGNORE"; if (!fork) { 1 while times < 0.5; exit } ' +
			'wait\''), inside);

		assert.ok(record.utime + record.stime >= 450, record);
	});

	test('a cgroup that has vanished is none', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(trees('ignorers', 3), inside);

		await task.says('ready');
		for (const pid of task.processes())
			fs.writeFileSync(path.join(parent, 'cgroup.procs'), `${pid}`);
		fs.rmdirSync(cgroupOf(task));
		keeper.stop({ mode: 'now' });
		await keeper.ended();
		assert.deepEqual(task.describe(), []);
		assert.deepEqual([task.record.exit_signal, task.record.unkillable],
			[9, 0]);
	});

	for (const [what, dir] of [['cannot be made', mount],
		['is not there', '/nonexistent'], ['is no cgroup', '/tmp']])
		test(`a cgroup that ${what}: nothing is different`, async (t) => {
			const task = new Task(t);
			const ids = { uid: 65534, gid: 65534 };

			for (const name of ['', 'run', 'env'])
				fs.chownSync(path.join(task.dir, name), ids.uid, ids.gid);
			const keeper = task.keep(trees('daemons', 3),
				{ args: ['-G', dir], ...ids });

			await task.says('ready');
			keeper.stop({ mode: 'now' });
			assert.equal(await keeper.ended(), 0);
			assert.equal(keeper.stderr, '');
			assert.deepEqual(task.describe(), []);
		});

	for (const [kind, n] of kinds)
		test(`a killed keeper: ${n} ${kind} are ended`, async (t) => {
			const task = new Task(t); // there is no mark in its environment
			const keeper = task.keep(trees(kind, n), inside);

			await task.says('ready');
			keeper.signal('SIGKILL');
			await keeper.closed;
			assert.equal((await task.sweep()).code, 0);
			assert.deepEqual(task.describe(), []);
			assert.equal(task.record.stop_reason, 'keeper_lost');
			if (kind !== 'hoppers') // few of which stand at any moment
				assert.ok(task.record.leftovers >= n, task.record);
			assert.equal(fs.existsSync(cgroupOf(task)), false);
		});
});
