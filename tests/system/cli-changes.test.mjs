// What a task has changed in its git worktree: shown, and brought into the
// checkout of the person.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc, noTerminal, ok, onTerminal } from './lib/cli.mjs';
import { buildDir, waitFor } from './lib/harness.mjs';
import { COMMIT, git, noGit, start } from './lib/repo.mjs';

const ALL = { skip: noGit, concurrency: 3 };

/** All kinds of changes, some of them committed. */
const CHANGES = `${COMMIT}; git mv sub/inner moved; git commit -qm move; ` +
	'printf "a\\0b" >binary; chmod +x file; ln -s file link; ' +
	'mkdir "new dir"; echo "x" >"new dir/ü\\"q"; git add binary; ' +
	'printf five >>file';

/** What is changed in a folder, staged or not. */
const state = (world, dir) => ['status --porcelain', 'diff', 'diff --cached']
	.map((line) => git(world, dir, ...line.split(' '))).join('\n');

/** A task that has done that, and ccproc in the folder of the repository. */
async function changed(t, command = CHANGES) {
	const world = await start(t);
	const here = (...args) => ccproc(world.world, args, { cwd: world.repo });

	await world.run(command);
	return { ...world, here,
		file: (name) => fs.readFileSync(path.join(world.repo, name), 'utf8'),
		write: (name, text) =>
			fs.writeFileSync(path.join(world.repo, name), text) };
}

describe('ccproc diff', ALL, () => {
	test('has everything, as a patch that git takes', async (t) => {
		const { world, repo, here, file } = await changed(t);
		const { out, err, code } = await here('diff', 't1');

		assert.deepEqual([code, err], [0, '']);
		for (const part of ['old mode 100644\nnew mode 100755', '+four',
			'+five\n\\ No newline', 'rename from sub/inner\nrename to moved',
			'new file mode 120000', 'Binary files /dev/null and b/binary'])
			assert.ok(out.includes(part), `${part}: ${out}`);
		assert.match((await here('diff', '--stat', 't1')).out,
			/ file +\| +2 \+\+\n/);
		assert.deepEqual((await here('diff', '--name-only', 't1')).out
			.trim().split('\n'),
		['binary', 'file', 'link', 'moved', '"new dir/ü\\"q"']);
		assert.match((await here('diff', 't1', 'file')).out,
			/^diff --git a\/file b\/file\n[^]*\+four/);
		assert.doesNotMatch((await here('diff', 't1', 'file')).out, /moved/);
		assert.equal(file('file'), 'one\ntwo\nthree\n');
		assert.equal(git(world, repo, 'status', '--porcelain'), '');
	});

	test('leaves the worktree and the repository as they are', async (t) => {
		const { world, repo, place, here } = await changed(t);
		const objects = () => git(world, repo, 'count-objects', '-v');
		const status = () => git(world, place('t1'), 'status', '--porcelain');
		const before = [status(), objects()];

		await here('diff', 't1');
		assert.deepEqual([status(), objects()], before);
		assert.deepEqual(fs.readdirSync(world.taskDir('t1'))
			.filter((name) => name.startsWith('git.')), []);
	});

	test('of a task that runs', async (t) => {
		const { world, repo, bridge } = await start(t);

		await bridge.tool('start_tasks', { tasks: [{ cwd: repo,
			worktree: true, command: 'echo now >>file; echo; sleep 600' }] });
		await waitFor(() => world.output('t1') === '\n');
		assert.match(await ok(world, 'diff', 't1'), /^\+now$/m);
		const { code, out, err } = await ccproc(world, ['apply', 't1'],
			{ cwd: repo });

		assert.equal(code, 0, err);
		assert.match(out, /1 file changed/);
		assert.match(err, /^ccproc: t1 has not ended: this is what it has/);
	});

	test('of a worktree that is gone: by its branch', async (t) => {
		const { world, repo, place, here } = await changed(t,
			`${COMMIT}; echo lost >lost`);

		fs.rmSync(place('t1'), { recursive: true });
		assert.match((await here('diff', 't1')).out, /^\+four$/m);
		git(world, repo, 'worktree', 'prune');
		git(world, repo, 'branch', '-q', '-D', 'ccproc/t1');
		const { code, err } = await here('diff', 't1');

		assert.equal(code, 125);
		assert.match(err, /^ccproc: t1: its worktree .* is gone, and so is its branch ccproc\/t1: nothing is left/);
	});

	test('says in a sentence why there is nothing', async (t) => {
		const { world, repo, here, place } = await changed(t, 'true');
		const says = async (pattern, ...args) => {
			for (const verb of ['diff', 'apply']) {
				const { code, err, out } = await here(verb, ...args);

				assert.match(err, pattern);
				assert.equal(out.split('\n').length <= 2, true);
				assert.equal(code, /changed nothing\n$/.test(err) ? 0 : 125);
			}
		};

		await says(/^ccproc: t1 has changed nothing\n/, 't1');
		await ok(world, 'run', 'true');
		await says(/^ccproc: t2 has no git worktree of its own \(--worktree gives one\); what it changes is in /, 't2');
		await says(/^ccproc: t99: no such task; /, 't99');
		await ok(world, 'start', 'sleep', '600');
		await ok(world, 'start', '--after', 't3', '-w', '-C', repo, 'true');
		await says(/^ccproc: t4 is queued, and has changed nothing yet\n/, 't4');
		await ok(world, 'start', '-g', 'two', '-c', 'true', '-c', 'true');
		await says(/^ccproc: two is 2 tasks; name one of them, t\d/, 'two');
		fs.rmSync(path.join(place('t1'), '.git'));
		await says(/^ccproc: t1: its \.git is no longer that of a worktree/, 't1');
		fs.renameSync(repo, `${repo}.away`);
		fs.mkdirSync(repo);
		await says(/^ccproc: t1: the repository of its worktree, .*, is gone/,
			't1');
	});

	test('needs git', async (t) => {
		const { world } = await changed(t);
		const bin = path.join(world.root, 'few');

		fs.mkdirSync(bin);
		for (const name of ['sh', 'rm', 'sed'])
			fs.symlinkSync(`/bin/${name}`, path.join(bin, name));
		const { code, err } = await ccproc(world, ['diff', 't1'],
			{ env: { PATH: bin } });

		assert.equal(code, 125);
		assert.equal(err, 'ccproc: t1: git was not found in PATH\n');
	});

	test('on a terminal has colours and a pager, and nothing that a terminal ' +
		'would obey', { skip: noTerminal }, async (t) => {
		const { world } = await changed(t,
			'printf "\\033]0;title\\007\\n" >>file; printf "%s" "-- old" >new');
		const paged = (env) => onTerminal(world, ['diff', 't1'], { env }).end();
		const { out } = await paged({ PAGER: 'sed s/^/PAGED:/' });

		assert.match(out, /^PAGED:\x1b\[1mdiff --git a\/file/m);
		assert.match(out, /^PAGED:\x1b\[32m\+\\x1b\]0;title\\x07\x1b\[m\r$/m);
		assert.match(out, /^PAGED:\x1b\[36m@@/m);
		for (const env of [{ PAGER: 'cat' }, { GIT_PAGER: '', PAGER: 'false' },
			{ PAGER: 'false', TERM: 'dumb' }]) {
			const { out } = await paged(env);

			assert.match(out, /diff --git a\/file/);
			assert.doesNotMatch(out, /PAGED|\x07/);
		}
		assert.match((await ccproc(world, ['diff', 't1'])).out,
			/^\+\x1b\]0;title\x07$/m);
	});
});

describe('ccproc apply', ALL, () => {
	test('brings all of it here, staged, and tells how to go on', async (t) => {
		const { world, repo, place, here, file } = await changed(t);
		const { code, out, err } = await here('apply', 't1');

		assert.deepEqual([code, err], [0, '']);
		assert.match(out, new RegExp('5 files changed[^]*\n\nApplied to ' +
			`${repo} and staged, not committed\\.  Look: git diff --cached`));
		assert.match(out, /^Its commits instead \(2\): git cherry-pick [0-9a-f]{12}\.\.ccproc\/t1$/m);
		assert.match(out, /^Delete the task with its worktree: ccproc rm --force-worktree t1$/m);
		assert.equal(git(world, repo, 'diff', '--name-only'), '');
		assert.equal(file('file'), 'one\ntwo\nthree\nfour\nfive');
		assert.equal(file('binary'), 'a\0b');
		assert.equal(fs.readlinkSync(path.join(repo, 'link')), 'file');
		assert.ok(fs.statSync(path.join(repo, 'file')).mode & 0o100);
		assert.ok(!fs.existsSync(path.join(repo, 'sub/inner')));
		git(world, place('t1'), 'add', '-A');
		assert.equal(git(world, repo, 'write-tree'),
			git(world, place('t1'), 'write-tree'));
	});

	test('and what it says undoes it', async (t) => {
		const { world, repo, here } = await changed(t, `${COMMIT}; rm sub/inner`);
		const { out } = await here('apply', 't1');
		const undo = /^Undo: (.*)$/m.exec(out)[1].replace(/^ccproc/,
			path.join(buildDir(), 'ccproc'));

		assert.equal(spawnSync('sh', ['-c', undo], { cwd: repo,
			env: world.env }).status, 0);
		assert.equal(git(world, repo, 'status', '--porcelain'), '');
	});

	test('merges with what was committed since, and keeps other changes',
		async (t) => {
			const { world, repo, here, file, write } = await changed(t);

			write('file', 'zero\none\ntwo\nthree\n');
			git(world, repo, 'commit', '-qam', 'mine');
			write('mine', 'mine');
			const { code, err } = await here('apply', 't1');

			assert.equal(code, 0, err);
			assert.equal(file('file'), 'zero\none\ntwo\nthree\nfour\nfive');
			assert.equal(file('mine'), 'mine');
		});

	test('brings a file that became a folder, and the other way round, but no ' +
		'repository in the repository', async (t) => {
		const { world, repo, here, file, write } = await changed(t,
			'rm -r file sub; mkdir file; echo x >file/x; echo y >sub; ' +
			'git init -q inner');

		write('sub/mine', 'mine');
		const before = state(world, repo);

		assert.match((await here('apply', 't1')).err,
			/git could not write to .*, and what it had written was taken back/);
		assert.equal(state(world, repo), before);
		assert.equal(file('sub/mine'), 'mine');
		fs.rmSync(path.join(repo, 'sub/mine'));
		const { code, err } = await here('apply', 't1');

		assert.equal(code, 0, err);
		assert.equal(err,
			'ccproc: t1: inner/ is a repository of its own, and left out\n');
		assert.equal(file('file/x') + file('sub'), 'x\ny\n');
		assert.ok(!fs.existsSync(path.join(repo, 'inner')));
	});

	test('from any folder of the checkout, from another one, from outside',
		async (t) => {
			const { world, repo } = await changed(t, COMMIT);
			const other = path.join(world.root, 'other');

			git(world, repo, 'worktree', 'add', '-q', other);
			for (const [cwd, to] of [[path.join(other, 'sub'), other],
				['/', repo]]) {
				const { code, out, err } = await ccproc(world,
					['apply', 't1'], { cwd });

				assert.equal(code, 0, err);
				assert.ok(out.includes(`Applied to ${to} and staged`), out);
				assert.match(fs.readFileSync(path.join(to, 'file'), 'utf8'),
					/four/);
			}
		});

	const refusals = {
		'a file that is changed and not committed': [/are changed in .*, too, and not committed: file; commit or stash/,
			({ write }) => write('file', 'mine\n')],
		'a file that is changed and staged': [/not committed: file; commit/,
			({ write, world, repo }) => {
				write('file', 'mine\n');
				git(world, repo, 'add', 'file');
			}],
		'a file that is deleted': [/not committed: sub\/inner; commit/,
			({ repo }) => fs.rmSync(path.join(repo, 'sub/inner'))],
		'new files that are there': [/not committed: binary, new dir\/ü"q; /,
			({ write, repo }) => {
				write('binary', 'mine');
				fs.mkdirSync(path.join(repo, 'new dir'));
				write('new dir/ü"q', 'mine');
			}],
		'one that is ignored': [/not committed: binary; /,
			({ write, world, repo }) => {
				fs.appendFileSync(path.join(repo, '.git/info/exclude'),
					'binary\n');
				write('binary', 'mine');
			}],
		'what was committed since': [/its changes conflict with .* in file; nothing was changed here; `ccproc diff t1 \| git apply --3way' leaves/,
			({ write, world, repo }) => {
				write('file', 'one\ntwo\nthree\nmine\n');
				git(world, repo, 'commit', '-qam', 'mine');
			}],
		'a file that was removed since': [/git cannot apply it to .*, where nothing was changed: error: sub\/inner: does not exist/,
			({ world, repo }) => {
				git(world, repo, 'rm', '-q', 'sub/inner');
				git(world, repo, 'commit', '-qm', 'mine');
			}],
	};

	for (const [what, [pattern, prepare]] of Object.entries(refusals))
		test(`does nothing where it meets ${what}`, async (t) => {
			const world = await changed(t);

			prepare(world);
			const before = state(world.world, world.repo);
			const { code, out, err } = await world.here('apply', 't1');

			assert.deepEqual([code, out], [125, '']);
			assert.match(err, pattern);
			assert.equal(state(world.world, world.repo), before);
			assert.deepEqual(fs.readdirSync(world.world.taskDir('t1'))
				.filter((name) => name.startsWith('git.')), []);
		});

	test('takes back what a git wrote that failed in the middle', async (t) => {
		const { world, repo } = await changed(t, 'echo x >>file; rm sub/inner; ' +
			'head -c 3000000 /dev/zero >zero; git add .; git commit -qm big');
		const { status, stderr } = spawnSync('bash', ['-c', 'trap "" XFSZ; ' +
			`ulimit -f 1000; exec ${buildDir()}/ccproc apply t1`],
		{ cwd: repo, env: world.env, encoding: 'utf8' });

		assert.equal(status, 125, stderr);
		assert.match(stderr, /git could not write to .*, and what it had written was taken back: /);
		assert.equal(git(world, repo, 'status', '--porcelain'), '');
	});

	test('needs a checkout of its repository', async (t) => {
		const { world, repo } = await changed(t, COMMIT);
		const other = path.join(world.root, 'other');

		git(world, world.root, 'clone', '-q', repo, other);
		fs.renameSync(path.join(repo, '.git'), path.join(world.root, 'g'));
		fs.mkdirSync(path.join(repo, '.git'));
		const { code, err } = await ccproc(world, ['apply', 't1'],
			{ cwd: other });

		assert.equal(code, 125);
		assert.match(err, /git cannot look into|is in a checkout of/);
	});

	test('its own worktree is none', async (t) => {
		const { world, repo, place } = await changed(t, COMMIT);
		const { out } = await ccproc(world, ['apply', 't1'],
			{ cwd: place('t1') });

		assert.ok(out.includes(`Applied to ${repo} and staged`), out);
	});
});
