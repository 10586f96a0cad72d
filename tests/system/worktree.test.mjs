// Tasks in git worktrees of their own: real repositories, real git.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { claude, startClaude } from './lib/claude.mjs';
import { ccproc, ok } from './lib/cli.mjs';
import { plan } from './lib/fake-api.mjs';
import { buildDir, waitFor } from './lib/harness.mjs';
import { branches, COMMIT, git, gone, noGit, repository, start }
	from './lib/repo.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));
const ALL = { skip: noGit, concurrency: 3 };

describe('a task with a worktree', ALL, () => {
	test('works in it, and says what it came to', async (t) => {
		const world = await start(t);
		const { run, bridge, repo, place } = world;
		const { text } = await run('pwd; git branch --show-current; ' +
			`${COMMIT}; rm sub/inner; echo new >new; git status -s`,
		{ label: 'fix' });
		const [first, ...lines] = text.split('\n');
		const { worktree, cwd } = await bridge.task('t1');

		assert.match(first, /^t1 fix completed · /);
		assert.deepEqual(lines, [place('t1-fix'), 'ccproc/t1-fix',
			' D sub/inner', '?? new', `[worktree ${place('t1-fix')}, ` +
			'branch ccproc/t1-fix: 1 commit, 2 files +1 -1, 1 untracked, ' +
			'not all committed]']);
		assert.equal(cwd, repo);
		assert.deepEqual(worktree, { path: place('t1-fix'),
			branch: 'ccproc/t1-fix', base: git(world.world, repo,
				'rev-parse', 'main'), commits: 1, files_changed: 2,
			insertions: 1, deletions: 1, untracked: 1, dirty: true });
		assert.equal(fs.readFileSync(path.join(repo, 'file'), 'utf8'),
			'one\ntwo\nthree\n');
	});

	test('that changes nothing', async (t) => {
		const { run, bridge } = await start(t);
		const { text } = await run('true');
		const { worktree } = await bridge.task('t1');

		assert.match(text, /, branch ccproc\/t1: no changes\]$/);
		assert.equal(worktree.dirty, false);
		assert.equal(worktree.commits, 0);
	});

	test('is in the same folder of it', async (t) => {
		const { run, repo, place } = await start(t);
		const { text } = await run(['/bin/pwd'],
			{ cwd: path.join(repo, 'sub') });

		assert.match(text, new RegExp(`^${place('t1')}/sub$`, 'm'));
	});

	test('is in a folder that git does not know', async (t) => {
		const { run, repo, place } = await start(t);
		const cwd = path.join(repo, 'sub', 'a b\'c"d');

		fs.mkdirSync(cwd);
		const { text } = await run('pwd', { cwd });

		assert.ok(text.includes(`\n${place('t1')}/sub/a b'c"d\n`), text);
		assert.match(text, /no changes\]$/);
	});

	test('that fails tells of its changes, too', async (t) => {
		const { run } = await start(t);
		const { text, isError } = await run('echo x >>file; exit 3');

		assert.equal(isError, true);
		assert.match(text, /^t1 failed: exit code 3/);
		assert.match(text, /: 1 file \+1 -0, not all committed\]$/);
	});

	test('that is stopped: the signal meets the program itself',
		async (t) => {
			const { world, repo, bridge } = await start(t);

			await bridge.tool('start_tasks', { tasks: [{ worktree: true,
				cwd: repo, command: ['/bin/sh', '-c', 'trap "echo ' +
				'stopped >>file; exit" TERM; echo begun; ' +
				'while :; do sleep 0.05; done'] }] });
			await waitFor(() => world.output('t1') === 'begun\n');
			await bridge.tool('stop_tasks', { ids: ['t1'] });
			const { text } = await bridge.tool('check_tasks',
				{ ids: ['t1'] });

			assert.match(text, /^t1 cancelled: by user/);
			assert.match(text, /: 1 file \+1 -0, not all committed\]$/);
		});

	test('has its stdin, environment and arguments', async (t) => {
		const { run } = await start(t);
		const { text } = await run(['sh', '-c',
			'printf "%s|" "$0" "$@" "$WORD"; wc -c', 'a b', '*', '', '"\'\\'],
		{ options: { env: { WORD: 'from outside', GIT_DIR: '/nope' } } });

		assert.match(text, /^a b\|\*\|\|"'\\\|from outside\|0$/m);
	});

	for (const name of ['with space', 'quo\'te"s', '-dash', 'do$(llar)`x`',
		'back\\slash', 'ümläut', 'two\nlines\nmade'])
		test(`of a repository called ${JSON.stringify(name)}`, async (t) => {
			const world = await start(t, { name });

			assert.match((await world.run(COMMIT)).text,
				/: 1 commit, 1 file \+1 -0\]$/);
			assert.match((await world.clean(['t1'])).text,
				/^removed 0 .*has changes \(1 commit\)/);
			assert.match((await world.clean(['t1'],
				{ force_worktree: true })).text, /^removed 1 /);
			await gone(world, 't1');
		});

	test('many at once', async (t) => {
		const { world, repo, bridge, clean, place } = await start(t);
		const tasks = Array.from({ length: 12 }, (_, i) => ({ cwd: repo,
			worktree: true, command: `echo ${i} >own; git add own; ` +
				'git commit -qm own' }));

		await bridge.tool('start_tasks', { tasks });
		const { text } = await bridge.tool('check_tasks',
			{ ids: ['g1'], until: 'all', wait_s: 40 });

		assert.equal(text.match(/^t\d+ completed/gm)?.length, 12, text);
		assert.equal(text.match(/: 1 commit, 1 file \+1 -0\]/g).length, 12);
		for (let i = 0; i < 12; i++)
			assert.equal(git(world, repo, 'show', `ccproc/t${i + 1}:own`),
				String(i));
		assert.match((await clean(['g1'], { force_worktree: true })).text,
			/^removed 12 /);
		assert.deepEqual(branches(world, repo), ['main']);
		await waitFor(() => fs.readdirSync(place('')).length === 0);
	});

	test('git that fails for a moment is tried again', async (t) => {
		const { world, run } = await start(t);
		const flaky = path.join(world.root, 'flaky');

		fs.mkdirSync(flaky);
		fs.writeFileSync(path.join(flaky, 'git'), `#!/bin/sh
case " $* " in *" worktree add "*)
	mkdir ${flaky}/once 2>/dev/null && { echo flaky >&2; exit 128; };;
esac
PATH=$\{PATH#*:} exec git "$@"
`, { mode: 0o755 });
		const { text } = await run('true',
			{ options: { env: { PATH: `${flaky}:${world.env.PATH}` } } });

		assert.match(text, /^t1 completed[^]*no changes\]$/);
		assert.ok(fs.existsSync(path.join(flaky, 'once')));
		assert.equal(world.output('t1', 'stderr'), '');
	});

	test('that is stopped while git is asked what it came to',
		async (t) => {
			const { world, repo, bridge } = await start(t, { config: {
				agents: { claude: { command: [FAKE] } } } });
			const slow = world.bin;

			fs.writeFileSync(path.join(slow, 'git'), `#!/bin/sh
case " $* " in *" status "*)
	touch ${slow}/asked
	until [ -e ${slow}/go ]; do sleep 0.05; done;;
esac
PATH=$\{PATH#${slow}:} exec git "$@"
`, { mode: 0o755 });
			await bridge.tool('start_tasks', { tasks: [{ cwd: repo,
				worktree: true, prompt: 'REPLAY stream-json.out sleep=1' }] });
			await bridge.tool('reply_task', { id: 't1', wait_s: 0,
				message: 'REPLAY stream-json.out' });
			await waitFor(() => fs.existsSync(path.join(slow, 'asked')));
			const stop = bridge.tool('stop_tasks', { ids: ['t1'] });

			await waitFor(async () => /being stopped/.test((await bridge.tool(
				'reply_task', { id: 't1', message: 'x' })).text));
			fs.writeFileSync(path.join(slow, 'go'), '');
			assert.match((await stop).text, /^t1 cancelled: by user/);
			assert.equal(world.output('t1', 'run-2/stdout'), '');
			assert.deepEqual(world.live(), []);
		});

	test('by people: ccproc run, show, rm', async (t) => {
		const { world, repo, place } = await start(t);

		const { err } = await ccproc(world, ['run', '-C', repo, '--worktree',
			'-l', 'mine', '-c', COMMIT]);

		assert.equal(err, `ccproc: t1: worktree ${place('t1-mine')}, ` +
			'branch ccproc/t1-mine\n');
		const shown = await ok(world, 'show', 'mine');

		assert.match(shown, new RegExp(`worktree +${place('t1-mine')}`));
		assert.match(shown, /branch +ccproc\/t1-mine/);
		assert.match(shown, /changes +1 commits, 1 files \+1 -0/);
		const refused = await ccproc(world, ['rm', 'mine']);

		assert.notEqual(refused.code, 0);
		assert.match(refused.out + refused.err, /merge branch ccproc\/t1-mine/);
		await ok(world, 'rm', '--force-worktree', 'mine');
		assert.deepEqual(branches(world, repo), ['main']);
	});
});

describe('where there can be no worktree', ALL, () => {
	const refused = async ({ bridge }, cwd, what, more = {}) => {
		const { text, isError } = await bridge.tool('start_tasks', { tasks:
			[{ command: 'true' }, { command: 'true', cwd, worktree: true,
				...more }] });

		assert.equal(isError, true);
		assert.match(text, what);
		assert.match((await bridge.tool('list_tasks')).text, /^no /);
	};

	test('no repository: an error at the call', async (t) => {
		const world = await start(t);

		await refused(world, world.world.work,
			/tasks\[1\]\.worktree: \/.*work is not in a git repository; /);
	});

	test('no script of ours: an error at the call, and all else works',
		async (t) => {
			const libexec = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-'));

			t.after(() => fs.rmSync(libexec, { recursive: true }));
			fs.symlinkSync(path.join(buildDir(), 'ccproc-keeper'),
				path.join(libexec, 'ccproc-keeper'));
			const world = await start(t, { env: { CCPROC_LIBEXEC: libexec } });

			await refused(world, world.repo,
				/no program \/.*\/worktree\.sh; install ccproc whole/);
			assert.match((await world.run('echo ran', { worktree: false }))
				.text, /^t1 completed/);
		});

	test('no git: an error at the call', async (t) => {
		const world = await start(t);

		await refused(world, world.repo,
			/tasks\[1\]\.program: git was not found in PATH/,
			{ options: { env: { PATH: '/nope' } } });
	});

	for (const [name, make, words] of [
		['no commit', (world) => {
			const dir = path.join(world.root, 'empty');

			fs.mkdirSync(dir);
			git(world, dir, 'init', '-q');
			return dir;
		}, /no worktree: the repository of \/.*empty has no commit yet/],
		['what only looks like one', (world) => {
			const dir = path.join(world.root, 'fake');

			fs.mkdirSync(path.join(dir, '.git'), { recursive: true });
			return dir;
		}, /not a git repository[^]*no worktree: git does not take \/.*fake/],
	])
		test(`${name}: the task tells`, async (t) => {
			const { world, run } = await start(t);
			const { text, isError } = await run('echo ran',
				{ cwd: make(world) });

			assert.equal(isError, true);
			assert.match(text, /^t1 failed: exit code 125/);
			assert.match(text, words);
			assert.doesNotMatch(text, /^ran$/m);
		});

	test('a repository of somebody else: git says so', {
		skip: process.getuid() !== 0 && 'needs root' }, async (t) => {
		const { repo, run, clean } = await start(t);

		for (const dir of [repo, path.join(repo, '.git')])
			fs.chownSync(dir, 65534, 65534);
		assert.match((await run('echo ran')).text,
			/^t1 failed: exit code 125[^]*dubious ownership[^]*no worktree/);
		assert.match((await clean(['t1'])).text, /^removed 1 /);
	});

	test('a place where something is already', async (t) => {
		const { run, place, clean } = await start(t);

		fs.mkdirSync(place('t1'), { recursive: true });
		fs.writeFileSync(path.join(place('t1'), 'kept'), '');
		assert.match((await run('echo ran')).text,
			/^t1 failed: exit code 125[^]*t1 is there already, from another/);
		assert.match((await clean(['t1'],
			{ force_worktree: true })).text, /^removed 1 /);
		assert.ok(fs.existsSync(path.join(place('t1'), 'kept')));
	});

	test('a place that is taken', async (t) => {
		const world = await start(t);
		const { run, place, clean } = world;

		fs.writeFileSync(place('').replace(/\/$/, ''), '');
		const { text } = await run('echo ran');

		assert.match(text, /^t1 failed: exit code 125[^]*git could not make/);
		assert.match((await clean(['t1'])).text, /^removed 1 /);
	});
});

describe('repositories of other kinds', ALL, () => {
	test('a detached HEAD', async (t) => {
		const { world, repo, run } = await start(t);

		git(world, repo, 'checkout', '-q', '--detach');
		assert.match((await run(COMMIT)).text, /: 1 commit, 1 file/);
	});

	test('a bare one', async (t) => {
		const { world, repo, run, clean } = await start(t);
		const bare = path.join(world.root, 'bare.git');

		git(world, repo, 'clone', '-q', '--bare', repo, bare);
		assert.match((await run(COMMIT, { cwd: bare })).text,
			/: 1 commit, 1 file/);
		await clean(['t1'], { force_worktree: true });
		assert.deepEqual(branches(world, bare), ['main']);
	});

	test('a cwd that is a linked worktree: its HEAD counts', async (t) => {
		const world = await start(t);
		const { repo, run, clean } = world;
		const linked = path.join(world.world.root, 'linked');

		git(world.world, repo, 'worktree', 'add', '-q', '-b', 'side', linked);
		fs.writeFileSync(path.join(linked, 'side'), '');
		git(world.world, linked, 'add', '.');
		git(world.world, linked, 'commit', '-q', '-m', 'side');
		assert.match((await run('ls', { cwd: linked })).text, /^side$/m);
		assert.match((await clean(['t1'])).text, /^removed 1 /);
		await gone(world, 't1');
	});

	test('one with a submodule', async (t) => {
		const world = await start(t);
		const { repo, run, clean } = world;
		const inner = repository(world.world, 'inner');

		git(world.world, repo, '-c', 'protocol.file.allow=always',
			'submodule', '--quiet', 'add', inner, 'module');
		git(world.world, repo, 'commit', '-q', '-m', 'module');
		assert.match((await run('git -c protocol.file.allow=always ' +
			'submodule --quiet update --init && cat module/file')).text,
		/^one$[^]*no changes\]$/m);
		assert.match((await clean(['t1'])).text, /^removed 1 /);
		await gone(world, 't1');
	});

	test('hooks run, and their words are not the program\'s', async (t) => {
		const { world, repo, run } = await start(t);
		const hook = path.join(repo, '.git', 'hooks', 'post-checkout');

		fs.writeFileSync(hook, '#!/bin/sh\necho from hook; cat\n',
			{ mode: 0o755 });
		assert.match((await run('echo of program')).text,
			/^t1 completed.*\nof program\n\[worktree/);
		assert.match(world.output('t1', 'stderr'), /from hook/);
	});

	test('a hook that fails after the worktree is made', async (t) => {
		const world = await start(t);
		const hook = path.join(world.repo, '.git', 'hooks', 'post-checkout');
		const trace = path.join(world.world.root, 'hooked');

		fs.writeFileSync(hook, `#!/bin/sh\necho x >>${trace}\n` +
			'echo out of order; exit 3\n', { mode: 0o755 });
		assert.match((await world.run(COMMIT)).text,
			/^t1 completed[^]*: 1 commit, 1 file/);
		assert.equal(fs.readFileSync(trace, 'utf8'), 'x\n');
		assert.match(world.world.output('t1', 'stderr'),
			/out of order\nccproc: a hook has failed with status \d+, the /);
		await world.clean(['t1'], { force_worktree: true });
		await gone(world, 't1');
	});

	test('a branch that is there already is another\'s', async (t) => {
		const { world, repo, run, bridge, clean } = await start(t);

		git(world, repo, 'branch', 'ccproc/t1-x');
		git(world, repo, 'commit', '-q', '--allow-empty', '-m', 'second');
		await run(COMMIT, { label: 'x' });
		const { worktree } = await bridge.task('t1');

		assert.match(worktree.branch, /^ccproc\/t1-x-[0-9a-f]{8}$/);
		assert.equal(worktree.commits, 1);
		await clean(['t1'], { force_worktree: true });
		assert.deepEqual(branches(world, repo), ['ccproc/t1-x', 'main']);
	});

	for (const label of ['a..b', 'x.lock', 'v1.'])
		test(`a label that git would not take: ${label}`, async (t) => {
			const { run } = await start(t);

			assert.match((await run('true', { label })).text,
				/, branch ccproc\/t1-[a-z0-9-]+: no changes\]$/);
		});
});

describe('claude in a worktree', { skip: noGit || (!claude && 'no claude') },
	() => {
		test('writes a file there', async (t) => {
			const { world } = await startClaude(t);
			const repo = repository(world);
			const bridge = world.bridge();
			const target = path.join(world.state, 'worktrees', 't1-agent',
				'sub', 'made');

			await bridge.legacy();
			const { text } = await bridge.tool('run_task', { worktree: true,
				label: 'agent', cwd: path.join(repo, 'sub'),
				permission_mode: 'acceptEdits', prompt: plan({ calls: [{
					name: 'Write', input: { file_path: target,
						content: 'of an agent\n' } }] }, { text: 'written' }) });

			assert.match(text, /^t1 agent completed[^]*written/);
			assert.match(text, /ccproc\/t1-agent: 1 untracked, not all /);
			assert.equal(fs.readFileSync(target, 'utf8'), 'of an agent\n');
			assert.equal(git(world, repo, 'status', '--porcelain'), '');
		});
	});
