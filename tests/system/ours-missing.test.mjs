// A part of ccproc itself is not there for a moment, or does not run, as in
// the middle of an upgrade: no task ends because of that.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { called, daemonAfter, runs } from './lib/daemon.mjs';
import { kill, startWorld, waitFor } from './lib/harness.mjs';
import { noGit, repository } from './lib/repo.mjs';
import { connect, join } from './lib/session.mjs';
import { programs } from './lib/versions.mjs';

const first = async (bridge, id) =>
	(await bridge.tool('check_tasks', { ids: [id] })).text.split('\n')[0];
const completes = async (bridge, id) => {
	await bridge.tool('check_tasks', { ids: [id], wait_s: 20 });
	assert.equal((await bridge.task(id)).state, 'completed');
};

/** Gives a daemon a /dev of its own, in which null is a link. */
const OWN_DEV = 'test -n "$OWN" || OWN=yes exec unshare -Urm /bin/sh -c \'' +
	'cd "$DEV" && touch real && mount --bind /dev/null real && ' +
	'ln -s real null && cd / && mount --rbind "$DEV" /dev && ' +
	'exec "$0" --ready-fd 3\' "$0"';
const noNamespaces = spawnSync('unshare', ['-Urm', 'mount', '--bind',
	'/dev/null', '/dev/zero']).status !== 0 && 'no namespaces of users';

describe('ours is missing for a moment', { concurrency: 4 }, () => {
	test('the keeper: tasks stay in the queue and say why', async (t) => {
		const bin = programs(t);
		const { world, bridge } = await connect(t, { env: bin.env });

		bin.take('ccproc-keeper');
		await bridge.tool('start_tasks', { tasks: [
			{ command: 'echo one' }, { command: 'echo two' }] });
		const why = 'cannot be started yet: cannot start ' +
			`${bin.file('ccproc-keeper')}: No such file or directory`;

		for (const id of ['t1', 't2'])
			await waitFor(async () => (await first(bridge, id)).includes(why));
		assert.equal((await bridge.task('t1')).state, 'queued');
		bin.bring('ccproc-keeper');
		await completes(bridge, 't1');
		await completes(bridge, 't2');
		assert.equal(world.log().match(/not started yet/g).length, 1);
	});

	test('a keeper that does not run: the same', async (t) => {
		const bin = programs(t);
		const { bridge } = await connect(t, { env: bin.env });

		bin.take('ccproc-keeper');
		fs.writeFileSync(bin.file('ccproc-keeper'), '#!/bin/sh\nkill -SEGV $$\n',
			{ mode: 0o755 });
		await bridge.tool('start_tasks', { tasks: [{ command: 'echo one' }] });
		await waitFor(async () => /since its keeper ended before it began/
			.test(await first(bridge, 't1')));
		bin.bring('ccproc-keeper');
		await completes(bridge, 't1');
	});

	test('the keeper, when another one was killed: its orphans end later',
		async (t) => {
			const bin = programs(t);
			const { world, bridge } = await connect(t, { env: bin.env });

			await bridge.tool('run_task', { wait_s: 0,
				command: 'echo $$; exec sleep 1000' });
			await waitFor(() => world.output('t1').endsWith('\n'));
			const pid = Number(world.output('t1'));

			bin.take('ccproc-keeper');
			kill(called(world, 'ccproc-keeper')[0], 'SIGKILL');
			await waitFor(() => /t1: cannot start /.test(world.log()));
			assert.equal((await bridge.task('t1')).state, 'running');
			bin.bring('ccproc-keeper');
			await bridge.tool('check_tasks', { ids: ['t1'], wait_s: 20 });
			const task = await bridge.task('t1');

			assert.deepEqual([task.state, task.leftovers, runs(pid)],
				['lost', 1, false]);
		});

	test('/dev/null: the task stays queued, and the file is named',
		{ skip: noNamespaces }, async (t) => {
			const world = startWorld(t);
			const dev = path.join(world.root, 'dev');

			fs.mkdirSync(dev);
			world.env.DEV = dev;
			await daemonAfter(world, OWN_DEV);
			const bridge = await join(world);

			await bridge.tool('run_task', { command: 'true' });
			fs.renameSync(path.join(dev, 'null'), path.join(dev, 'away'));
			await bridge.tool('start_tasks', { tasks: [{ command: 'echo two' }] });
			await waitFor(async () => /cannot open \/dev\/null: No such file/
				.test(await first(bridge, 't2')));
			assert.equal((await bridge.task('t2')).state, 'queued');
			fs.renameSync(path.join(dev, 'away'), path.join(dev, 'null'));
			await completes(bridge, 't2');
		});

	test('the script that makes worktrees: the task stays queued',
		{ skip: noGit }, async (t) => {
			const bin = programs(t);
			const { world, bridge } = await connect(t, { env: bin.env,
				config: { commands: { max_running: 1 } } });
			const gate = path.join(world.work, 'gate');
			const cwd = repository(world);

			await bridge.tool('start_tasks', { tasks: [
				{ command: `until [ -e ${gate} ]; do sleep 0.02; done` },
				{ command: 'true', cwd, worktree: true }] });
			bin.take('worktree.sh');
			fs.writeFileSync(gate, '');
			await waitFor(async () => (await first(bridge, 't2')).includes(
				`there is no program ${bin.file('worktree.sh')}`));
			bin.bring('worktree.sh');
			await completes(bridge, 't2');
		});
});
