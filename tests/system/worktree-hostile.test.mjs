// A task that arranges its worktree so that git would run programs of its own
// choice, when the worktree is looked at, shown, brought over and removed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ask, asked, askers, begin } from './lib/askers.mjs';
import { ccproc } from './lib/cli.mjs';
import { buildDir } from './lib/harness.mjs';
import { COMMIT, git, gone, noGit, start } from './lib/repo.mjs';

const ALL = { skip: noGit, concurrency: 3 };

/** Filters for every file, by their names in .gitattributes. */
const FILTERS = 'echo "* filter=f diff=f merge=f" >.gitattributes; touch file';
const CONFIG = ['filter.f.clean', 'filter.f.process', 'filter.f.smudge',
	'diff.f.textconv', 'diff.f.command', 'diff.external', 'core.fsmonitor',
	'core.pager', 'core.editor', 'core.sshCommand', 'core.askPass',
	'credential.helper', 'gpg.program', 'interactive.diffFilter'];
const settings = (to) => CONFIG.map((key) => `git config ${to} ${key} canary`)
	.join('; ');
/** A repository that is not the user's, with all of that. */
const OTHER = `git init -q other; cd other; ${FILTERS}; git add .; ` +
	`git commit -qm other; ${settings('')}; cd ..`;
const HOOKS = ['post-checkout', 'post-index-change', 'reference-transaction',
	'pre-auto-gc', 'fsmonitor-watchman', 'post-commit'];

const ATTACKS = {
	'filters and everything else in the repository\'s configuration':
		`${FILTERS}; ${settings('')}`,
	'the same in a configuration of this worktree only': `${FILTERS}; ` +
		`git config extensions.worktreeConfig true; ${settings('--worktree')}`,
	'the same in a file that is included': `${FILTERS}; ` +
		`${settings('-f "$PWD/evil"')}; ` +
		'git config includeIf.gitdir:/**.path "$PWD/evil"',
	'the same in the user\'s configuration': `${FILTERS}; ` +
		settings('--global'),
	'attributes beside the repository': `${settings('')}; touch file; ` +
		'echo "* filter=f" >"$(git rev-parse --git-common-dir)/info/attributes"',
	hooks: 'd=$(git rev-parse --git-common-dir)/hooks; mkdir -p "$d" mine; ' +
		`for h in ${HOOKS.join(' ')}; do ` +
		'cp "$CANARY" "$d/$h"; cp "$CANARY" "mine/$h"; done',
	'a folder of hooks': `mkdir mine; for h in ${HOOKS.join(' ')}; do ` +
		'cp "$CANARY" mine/$h; done; git config core.hooksPath "$PWD/mine"',
	'.git names another repository': `${OTHER}; ` +
		'echo "gitdir: $PWD/other/.git" >.git',
	'.git is another repository': `${OTHER}; rm .git; mv other/.git .git`,
	'.git is a link to one': `${OTHER}; rm .git; ln -s other/.git .git`,
	'the common folder is that of another':
		`${OTHER}; echo "$PWD/other/.git" >"$(git rev-parse --git-dir)/commondir"`,
	'a submodule': `${OTHER}; git add other 2>/dev/null; git commit -qm sub; ` +
		'touch other/file',
	'objects that a remote promises': 'git config extensions.partialClone p; ' +
		'git config remote.p.promisor true; ' +
		'git config remote.p.url "ext::canary"; ' +
		'git config protocol.ext.allow always; ' +
		'git config protocol.allow always; ' +
		'git rm -q --cached sub/inner; d=$(git rev-parse --git-common-dir); ' +
		'o=$(git rev-parse HEAD:sub/inner); touch sub/inner; ' +
		'rm -f "$d/objects/${o%${o#??}}/${o#??}"; echo x >>file',
	'the note of its worktree names a git':
		'cd "$RUN_DIR"; sed "3s,.*,$CANARY," worktree >w; mv w worktree',
	'and another repository': `${OTHER}; w=$PWD; cd "$RUN_DIR"; ` +
		'sed "4s,.*,$w/other/.git," worktree >w; mv w worktree',
};

/** A program that must not run, first in every PATH and by its own path. */
function withCanary(world) {
	const bin = path.join(world.root, 'evil');
	const canary = path.join(bin, 'canary');
	const trace = path.join(world.root, 'sung');

	fs.mkdirSync(bin);
	fs.writeFileSync(canary, `#!/bin/sh\necho "$0 $*" >>${trace}\ncat\n`,
		{ mode: 0o755 });
	world.env.CANARY = canary;
	return { canary, trace,
		sung: () => fs.existsSync(trace) && fs.readFileSync(trace, 'utf8') };
}

describe('a worktree in which git would run programs', ALL, () => {
	for (const [what, command] of Object.entries(ATTACKS))
		test(what, async (t) => {
			const world = await start(t);
			const { canary, trace, sung } = withCanary(world.world);
			const { text } = await world.run(
				`RUN_DIR='${path.join(world.world.state, 'tasks')}'/*/1-*; ` +
				'cd /; RUN_DIR=$(echo $RUN_DIR); cd "$OLDPWD"; ' +
				command.replaceAll('canary', canary)
					.replaceAll('"$CANARY"', canary)
					.replaceAll('$CANARY', canary) +
				`; rm -f '${trace}'; exit 0`);

			assert.match(text, /^t1 completed/);
			assert.equal(sung(), false);
			for (const args of [['diff'], ['diff', '--stat'], ['apply']]) {
				const { code, err } = await ccproc(world.world, [...args, 't1'],
					{ cwd: world.repo });

				assert.ok(code === 0 || (code === 125 && /^ccproc: /.test(err)),
					`${args}: ${code} ${err}`);
			}
			assert.equal(sung(), false);
			await world.clean(['t1'], { dry_run: true });
			assert.equal(sung(), false);
			await world.clean(['t1']);
			assert.equal(sung(), false);
			await world.clean(['t1'], { force_worktree: true });
			assert.equal(sung(), false);
			assert.ok(!fs.existsSync(world.place('t1')));
			assert.equal(world.world.taskDir('t1'), undefined);
		});
});

describe('what a task says of its worktree is not taken on trust', ALL, () => {
	const forge = (line, value) => 'd=$(echo "$STATE"/tasks/*/1-*); ' +
		`sed "${line}s,.*,${value}," "$d/worktree" >"$d/w"; mv "$d/w" ` +
		'"$d/worktree"';
	const begin = async (t) => {
		const world = await start(t);

		return { ...world, forge: (line, value) => world.run(
			`STATE='${world.world.state}'; ${forge(line, value)}`) };
	};

	test('another branch than its own is not deleted', async (t) => {
		const { world, repo, clean, forge } = await begin(t);

		git(world, repo, 'branch', 'precious');
		await forge(2, 'precious');
		await clean(['t1'], { force_worktree: true });
		assert.match(git(world, repo, 'branch'), /precious/);
	});

	test('a commit that would hide what it did is none', async (t) => {
		const { run, clean, world } = await begin(t);
		const { text } = await run(`${COMMIT}; STATE='${world.state}'; ` +
			forge(1, '--all'));

		assert.doesNotMatch(text, /no changes/);
		assert.match((await clean(['t1'])).text, /^removed 0 /);
	});

	test('a repository of its own in the place of ours stays', async (t) => {
		const { run, clean, place } = await begin(t);
		const { text } = await run('rm .git; git init -q; git add .; ' +
			'git commit -qm hidden');

		assert.doesNotMatch(text, /no changes/);
		assert.match((await clean(['t1'])).text,
			/^removed 0 .*its \.git is no longer/);
		assert.ok(fs.existsSync(place('t1')));
		assert.match((await clean(['t1'], { force_worktree: true })).text,
			/^removed 1 /);
	});

	test('pipes among the worktrees of the repository hold up nothing',
		async (t) => {
			const world = await begin(t);
			const { text } = await world.run('cd "$(git rev-parse ' +
				'--git-common-dir)/worktrees"; mkdir a z; mkfifo a/gitdir ' +
				'z/gitdir');

			assert.match(text, /branch ccproc\/t1: no changes/);
			assert.match((await world.clean(['t1'])).text, /^removed 1 /);
			for (const name of ['a', 'z']) // git waits for them here, too
				fs.rmSync(path.join(world.repo, '.git/worktrees', name),
					{ recursive: true });
			await gone(world, 't1');
		});

	test('a link that was committed in the place of a folder is not followed',
		async (t) => {
			const { run, repo, world } = await start(t);
			const sub = path.join(repo, 'sub');
			const outside = path.join(world.work, 'outside');

			fs.mkdirSync(outside);
			fs.rmSync(sub, { recursive: true, force: true });
			fs.symlinkSync(outside, sub);
			git(world, repo, 'add', '-A');
			git(world, repo, 'commit', '-qm', 'link');
			fs.rmSync(sub);
			fs.mkdirSync(path.join(sub, 'deep'), { recursive: true });
			for (const cwd of [sub, path.join(sub, 'deep')])
				assert.match((await run('echo x >file', { cwd })).text,
					/sub is a link, which leads elsewhere/);
			assert.deepEqual(fs.readdirSync(outside), []);
		});

	test('a link in the place of its worktree is not followed', async (t) => {
		const world = await begin(t);
		const { run, clean, place, repo } = world;

		await run('w=$PWD; cd /; rm -r "$w"; ' +
			`ln -s '${repo}' "$w"`);
		assert.match((await clean(['t1'])).text, /^removed 0 /);
		await clean(['t1'], { force_worktree: true });
		assert.ok(!fs.existsSync(place('t1')));
		assert.equal(fs.readFileSync(path.join(repo, 'file'), 'utf8'),
			'one\ntwo\nthree\n');
	});
});

describe('what git starts all the same is inside of the task', ALL, () => {
	/** A git that does something else as well; in the daemon's PATH. */
	async function evil(t, body) {
		const world = await start(t, { config: { agents: askers } });
		const { bin } = world.world;

		fs.writeFileSync(path.join(bin, 'git'),
			`#!/bin/sh\nB=${bin}\nPATH=\${PATH#$B:}\n${body}\n` +
			'exec git "$@"\n', { mode: 0o755 });
		return { ...world, bin };
	}

	test('it is not the person, and bears the mark', async (t) => {
		const world = await evil(t, 'case " $* " in *" status "*) ' +
			'tr "\\0" "\\n" </proc/$$/environ >>$B/env; ' +
			'env -i PATH=$PATH $(sed "s/^/ /" $B/world) ' +
			`${path.join(buildDir(), 'ccproc')} answer t1 allow ` +
			'>>$B/said 2>&1;; esac');
		const said = path.join(world.bin, 'said');

		fs.writeFileSync(path.join(world.bin, 'world'), Object.entries(
			world.world.env).filter(([name]) => /^CCPROC|^HOME/.test(name))
			.map(([name, value]) => `${name}=${value}\n`).join(''));
		await begin(world.bridge, ask('x'));
		await asked(world.bridge);
		await world.run('true');
		assert.match(fs.readFileSync(said, 'utf8'), /user's to give/);
		fs.rmSync(said);
		assert.match((await world.clean(['t2'])).text, /^removed 1 /);
		assert.match(fs.readFileSync(said, 'utf8'), /user's to give/);
		await asked(world.bridge);
		assert.match(fs.readFileSync(path.join(world.bin, 'env'), 'utf8'),
			/^CCPROC_TASK=t2-/m);
		await gone(world, 't2');
	});

	test('it ends with the look', async (t) => {
		const world = await evil(t, 'case " $* " in *" status "*) ' +
			`setsid env -i sleep 5432 >/dev/null 2>&1 & echo $! >>$B/pids;; esac`);

		await world.run('true');
		await world.clean(['t1']);
		for (const pid of fs.readFileSync(path.join(world.bin, 'pids'), 'utf8')
			.trim().split('\n'))
			assert.ok(!fs.existsSync(`/proc/${pid}`) ||
				/ Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')), pid);
	});
});
