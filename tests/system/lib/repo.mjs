// Git repositories of tests, in a world.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { startWorld, waitFor } from './harness.mjs';

/** Why there are no repositories, or false. */
export const noGit = spawnSync('git', ['--version']).status !== 0 &&
	'git is not installed';

/** Runs git; what it has printed, without the newline at its end. */
export function git(world, dir, ...args) {
	const { status, stdout, stderr } = spawnSync('git', ['-C', dir, ...args],
		{ env: world.env, encoding: 'utf8' });

	if (status !== 0)
		throw new Error(`git ${args.join(' ')}: ${stderr}`);
	return stdout.trimEnd();
}

/** A repository with a file, a folder and one commit; its path. */
export function repository(world, name = 'repo') {
	const dir = path.join(world.root, name);

	fs.writeFileSync(path.join(world.home, '.gitconfig'), '[user]\n' +
		'\tname = Tester\n\temail = tester@example.org\n' +
		'[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n');
	fs.mkdirSync(path.join(dir, 'sub'), { recursive: true });
	fs.writeFileSync(path.join(dir, 'file'), 'one\ntwo\nthree\n');
	fs.writeFileSync(path.join(dir, 'sub', 'inner'), 'inner\n');
	git(world, dir, 'init', '-q');
	git(world, dir, 'add', '.');
	git(world, dir, 'commit', '-q', '-m', 'first');
	return dir;
}

/** The branches of a repository. */
export const branches = (world, dir) => git(world, dir, 'for-each-ref',
	'--format=%(refname:short)', 'refs/heads').split('\n');

/** A world with a repository, and a connected bridge. */
export async function start(t, { name, config, env } = {}) {
	const world = startWorld(t, { config, env });

	world.bin = path.join(world.root, 'bin'); // the daemon's PATH, too
	fs.mkdirSync(world.bin);
	world.env.PATH = `${world.bin}:${world.env.PATH}`;
	const repo = repository(world, name);
	const bridge = world.bridge();

	await bridge.legacy();
	return { world, repo, bridge,
		/** Runs a command in a worktree of its own. */
		run: (command, more) => bridge.tool('run_task',
			{ command, cwd: repo, worktree: true, ...more }),
		clean: (ids, more) => bridge.tool('cleanup_tasks', { ids, ...more }),
		place: (label) => path.join(world.state, 'worktrees', label) };
}

/** A shell line that changes a file and commits that. */
export const COMMIT = 'echo four >>file && git commit -qam more';

/** Nothing is left of a task's worktree. */
export async function gone({ world, repo, place }, label) {
	assert.ok(!fs.existsSync(place(label)), label);
	assert.ok(!branches(world, repo).includes(`ccproc/${label}`), label);
	assert.ok(!git(world, repo, 'worktree', 'list').includes(label), label);
	await waitFor(() => !fs.existsSync(place('')) || fs.readdirSync(place(''))
		.every((name) => !name.startsWith('.gone')));
}
