// What goes with a task that had a git worktree of its own, and what does not;
// and what happens when somebody dies meanwhile.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ok } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { waitFor } from './lib/harness.mjs';
import { branches, COMMIT, git, gone, noGit, start } from './lib/repo.mjs';

const ALL = { skip: noGit, concurrency: 3 };

describe('cleanup', ALL, () => {
	test('takes a worktree without changes along', async (t) => {
		const world = await start(t);

		await world.run('echo built >ignored; echo ignored >"$(git rev-parse ' +
			'--git-common-dir)/info/exclude"');
		assert.match((await world.clean(['t1'])).text, /^removed 1 task, /);
		await gone(world, 't1');
		assert.equal(world.world.taskDir('t1'), undefined);
	});

	for (const [what, command, words] of [
		['a commit', COMMIT, '1 commit'],
		['a change', 'echo x >>file', '1 uncommitted file'],
		['a new file', 'mkdir d; touch d/a d/b', '2 uncommitted files'],
		['all of it', `${COMMIT}; ${COMMIT}; touch new; rm file`,
			'2 uncommitted files, 2 commits'],
		['a commit on no branch', `git checkout -q --detach; ${COMMIT}`,
			'1 commit'],
	])
		test(`leaves one with ${what}, until it is forced`, async (t) => {
			const world = await start(t);
			const { run, clean, place, bridge } = world;

			await run(command, { label: 'x' });
			const { text } = await clean(['t1']);

			assert.ok(text.endsWith('; skipped t1 (its worktree has changes ' +
				`(${words}): merge branch ccproc/t1-x, or force_worktree)`),
			text);
			assert.match((await clean(['t1'], { dry_run: true })).text,
				/^would remove 0 .*has changes/);
			assert.match((await clean(['t1'], { dry_run: true,
				force_worktree: true })).text, /^would remove 1 /);
			assert.ok(fs.existsSync(place('t1-x')));
			assert.equal((await bridge.task('t1')).state, 'completed');
			assert.match((await clean(['t1'], { force_worktree: true })).text,
				/^removed 1 /);
			await gone(world, 't1-x');
		});

	test('commits that were merged, or are on another branch', async (t) => {
		const world = await start(t);
		const { run, clean, repo } = world;

		await run(COMMIT);
		await run('git checkout -q -b feature; echo five >>file; ' +
			'git commit -qam other');
		assert.match((await clean(['t1', 't2'])).text,
			/^removed 1 .*skipped t1 /);
		await gone(world, 't2');
		assert.ok(branches(world.world, repo).includes('feature'));
		git(world.world, repo, 'merge', '-q', 'ccproc/t1');
		assert.match((await clean(['t1'])).text, /^removed 1 /);
		await gone(world, 't1');
	});

	test('one that is running is stopped first', async (t) => {
		const world = await start(t);
		const { bridge, clean, repo } = world;

		await bridge.tool('start_tasks', { tasks: [{ cwd: repo,
			worktree: true, command: 'echo begun; exec sleep 300' }] });
		await waitFor(() => world.world.output('t1') === 'begun\n');
		assert.match((await clean(['t1'])).text, /^removed 1 /);
		await gone(world, 't1');
	});

	test('the user has removed the worktree', async (t) => {
		const world = await start(t);
		const { run, clean, place } = world;

		await run('echo x >>file');
		fs.rmSync(place('t1'), { recursive: true });
		assert.match((await clean(['t1'])).text, /^removed 1 /);
		await gone(world, 't1');
	});

	test('the worktree is gone, and its branch has commits', async (t) => {
		const { run, clean, place } = await start(t);

		await run(COMMIT);
		fs.rmSync(place('t1'), { recursive: true });
		assert.match((await clean(['t1'])).text, /changes \(1 commit\)/);
	});

	test('the repository is gone', async (t) => {
		const { run, clean, repo, place } = await start(t);

		await run('true');
		await run('echo x >>file');
		fs.rmSync(repo, { recursive: true });
		assert.match((await clean(['t1', 't2'])).text,
			/^removed 1 .*skipped t2 \(the repository .* is gone/);
		assert.match((await clean(['t2'], { force_worktree: true })).text,
			/^removed 1 /);
		await waitFor(() => fs.readdirSync(place('')).length === 0);
	});

	test('the user stands on the branch', async (t) => {
		const { world, run, clean, repo, place } = await start(t);

		await run('true');
		git(world, repo, 'checkout', '-q', '--ignore-other-worktrees',
			'ccproc/t1');
		assert.match((await clean(['t1'])).text, /^removed 1 /);
		assert.ok(!fs.existsSync(place('t1')));
		assert.equal(git(world, repo, 'branch', '--show-current'),
			'ccproc/t1');
	});

	test('other worktrees of the user stay, also those that are away',
		async (t) => {
			const { world, repo, run, clean } = await start(t);
			const away = path.join(world.root, 'away');

			git(world, repo, 'worktree', 'add', '-q', '-b', 'away', away);
			fs.renameSync(away, `${away}.hidden`);
			await run('true');
			await clean(['t1']);
			assert.match(git(world, repo, 'worktree', 'list'), /away/);
		});

	test('folders that cannot be written', async (t) => {
		const world = await start(t);

		await world.run('mkdir ro; touch ro/x; echo ro >"$(git rev-parse ' +
			'--git-common-dir)/info/exclude"; chmod 500 ro');
		assert.match((await world.clean(['t1'])).text, /^removed 1 /);
		await gone(world, 't1');
	});

	test('retention takes the clean ones, and leaves the others',
		async (t) => {
			const world = await start(t, { config: { retention:
				{ max_tasks: 1, unseen_grace_s: 0 } } });

			await world.run('true');
			await world.run(COMMIT);
			await world.run('true', { worktree: false });
			const said = await ok(world.world, 'prune', '--dry-run');

			assert.match(said, /1 whose worktrees have changes/);
			await ok(world.world, 'prune');
			await gone(world, 't1');
			assert.equal(world.world.taskDir('t1'), undefined);
			assert.ok(fs.existsSync(world.place('t2')));
			assert.notEqual(world.world.taskDir('t2'), undefined);
		});
});

/** A git that waits, at one of its commands, until the gate is there. */
function slowGit(world, command) {
	const gate = path.join(world.root, 'gate');
	const real = spawnSync('sh', ['-c', 'command -v git'],
		{ encoding: 'utf8' }).stdout.trim();

	fs.writeFileSync(path.join(world.bin, 'git'), `#!/bin/sh
case " $* " in *" ${command} "*)
	echo x >>${gate}.reached
	while [ ! -e ${gate} ]; do sleep 0.02; done;;
esac
exec ${real} "$@"
`, { mode: 0o755 });
	return { reached: (n = 1) => waitFor(() => fs.existsSync(`${gate}.reached`) &&
			fs.readFileSync(`${gate}.reached`, 'utf8').length >= 2 * n),
		open: () => fs.writeFileSync(gate, '') };
}

describe('what dies in between', ALL, () => {
	test('the daemon, while it looks at a worktree', async (t) => {
		const { world, run, bridge } = await start(t);
		const slow = slowGit(world, 'status');
		const answer = run(COMMIT);

		await slow.reached();
		assert.match((await bridge.tool('check_tasks', { ids: ['t1'] })).text,
			/^t1 running/);
		await killDaemon(world);
		await slow.reached(2); // the next daemon looks again
		slow.open();
		assert.match((await answer).text,
			/^t1 completed[^]*: 1 commit, 1 file \+1 -0\]$/);
	});

	test('nobody: a stop and a cleanup while the daemon looks', async (t) => {
		const world = await start(t);
		const { bridge, run, clean } = world;
		const slow = slowGit(world.world, 'status');
		const answer = run('true');

		await slow.reached();
		const stop = bridge.tool('stop_tasks', { ids: ['t1'] });
		const removal = clean(['t1']);

		assert.match((await clean(['t1'], { kill_running: false })).text,
			/^removed 0 .*skipped t1 \(running\): stop them first/);
		slow.open();
		assert.match((await stop).text, /^t1 completed/);
		assert.match((await answer).text, /^t1 completed/);
		assert.match((await removal).text, /^removed 1 /);
		await gone(world, 't1');
	});

	test('a look that takes too long is not waited for', async (t) => {
		const { world, run, clean } = await start(t);
		const slow = slowGit(world, 'status');
		const { text } = await run(COMMIT);

		assert.match(text, /^t1 completed[^]*, branch ccproc\/t1\]$/);
		slow.open();
		assert.match((await clean(['t1'])).text, /changes \(1 commit\)/);
	});

	test('the daemon, while a worktree is removed', async (t) => {
		const world = await start(t);
		const slow = slowGit(world.world, 'branch');

		await world.run('true');
		const answer = world.clean(['t1']);

		await slow.reached();
		await killDaemon(world.world);
		await slow.reached(2);
		slow.open();
		assert.match((await answer).text, /^removed 1 /);
		await gone(world, 't1');
	});

	test('a stop while the worktree is made', async (t) => {
		const world = await start(t);
		const slow = slowGit(world.world, 'worktree');

		await world.bridge.tool('start_tasks', { tasks: [{ command: 'true',
			cwd: world.repo, worktree: true }] });
		await slow.reached();
		await world.bridge.tool('stop_tasks', { ids: ['t1'] });
		slow.open();
		assert.match((await world.bridge.tool('check_tasks',
			{ ids: ['t1'] })).text, /^t1 cancelled: by user/);
		assert.match((await world.clean(['t1'])).text, /^removed 1 /);
		await gone(world, 't1');
	});
});
