// Completion in real shells, with tasks of a living daemon.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc, Cli, noTerminal, ok } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { buildDir, startWorld } from './lib/harness.mjs';

const ALL = { concurrency: 4 };
const lacks = (shell) => spawnSync(shell, ['--version']).error &&
	`${shell} is not installed`;

/** A world where ccproc is in PATH, with a task that runs and one that ended. */
async function start(t) {
	const world = startWorld(t,
		{ env: { PATH: `${buildDir()}:${process.env.PATH}` } });

	await ok(world, 'run', '-l', 'built', 'true');
	await ok(world, 'start', '-l', 'serving', '-g', 'nightly', 'sleep', '300');
	return world;
}

/** What may follow these words, by the verb that scripts ask. */
const words = async (world, ...before) => (await ok(world, 'completion',
	'words', ...before)).split('\n').map((line) => line.split('\t')[0])
	.filter((word) => word !== '');

function run(world, shell, script) {
	const { stdout, stderr, status } = spawnSync(shell, ['-c', script],
		{ cwd: world.work, env: world.env, encoding: 'utf8' });

	assert.equal(status, 0, stderr);
	return stdout.trim().split('\n');
}

describe('completion', ALL, () => {
	test('offers nothing that a shell would run', async (t) => {
		const world = await start(t);
		const spec = path.join(world.taskDir('t1'), 'spec.json');

		fs.writeFileSync(spec, fs.readFileSync(spec, 'utf8')
			.replace('"built"', '"b$(touch x)"'));
		await killDaemon(world);
		await ok(world, 'ls');
		assert.deepEqual(await words(world, 'rm', ''), ['t1']);
	});

	test('knows verbs, options, values and tasks', async (t) => {
		const world = await start(t);

		assert.deepEqual(await words(world, 'sto'), ['stop']);
		assert.deepEqual(await words(world, 'help', 'sto'), ['stop']);
		assert.deepEqual(await words(world, 'stop', ''),
			['t2', 'serving', 'nightly']);
		assert.deepEqual(await words(world, 'rm', ''), ['t1', 'built']);
		assert.deepEqual(await words(world, 'show', 't'), ['t2', 't1']);
		assert.deepEqual(await words(world, 'logs', '--fol'), ['--follow']);
		assert.deepEqual(await words(world, 'ls', '-g', ''), ['nightly']);
		assert.deepEqual(await words(world, 'start', '--after', 'b'),
			['built']);
		assert.deepEqual(await words(world, 'run', '-p', 'ac'),
			['acceptEdits']);
		assert.deepEqual(await words(world, 'daemon', 'st'),
			['status', 'start', 'stop']);
		assert.deepEqual(await words(world, 'run', ''), [':command']);
		assert.deepEqual(await words(world, 'run', 'make', '-'), [':file']);
		assert.deepEqual(await words(world, 'run', '-C', ''), [':dir']);
		assert.deepEqual(await words(world, 'nosuch', ''), []);
		assert.match(await ok(world, 'completion', 'words', 'stop', 't'),
			/^t2\trunning: serving$/);
	});

	test('starts no daemon', async (t) => {
		const world = startWorld(t);

		assert.deepEqual(await words(world, 'stop', ''), []);
		assert.ok((await words(world, '')).length > 15);
		assert.equal(world.daemon(), undefined);
		assert.match((await ccproc(world, ['completion'])).err,
			/expected a shell: bash, zsh or fish/);
		assert.match((await ccproc(world, ['completion', 'tcsh'])).err,
			/expected one of bash, zsh, fish, words; got 'tcsh'/);
	});

	test('in bash', { skip: lacks('bash') }, async (t) => {
		const world = await start(t);
		const complete = (...line) => run(world, 'bash',
			`eval "$(ccproc completion bash)"; compopt() { echo "$@"; }
			COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')})
			COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _ccproc
			printf '%s\\n' "\${COMPREPLY[@]}"`);

		assert.deepEqual(complete('ccproc', 'stop', ''),
			['t2', 'serving', 'nightly']);
		assert.deepEqual(complete('ccproc', 'resta'), ['restart']);
		assert.ok(complete('ccproc', 'run', 'slee').includes('sleep'));
		assert.deepEqual(complete('ccproc', 'run', 'cat', 'x'),
			['-o default']);
	});

	test('in fish', { skip: lacks('fish') }, async (t) => {
		const world = await start(t);
		const complete = (line) => run(world, 'fish',
			`ccproc completion fish | source; complete -C '${line}'`);

		assert.deepEqual(complete('ccproc stop ').sort(),
			['nightly\ta group', 'serving\trunning: serving',
				't2\trunning: serving']);
		assert.match(complete('ccproc resta').join(), /^restart\tStart tasks/);
		assert.match(complete('ccproc run slee').join('\n'), /^sleep\b/m);
	});

	test('in zsh', { skip: lacks('zsh') || noTerminal }, async (t) => {
		const world = await start(t);

		fs.writeFileSync(path.join(world.home, '.zshrc'),
			'PS1="ready> "\n' +
			'autoload -U compinit && compinit -u -d $ZDOTDIR/dump\n' +
			'eval "$(ccproc completion zsh)"; echo is-set-up\n');
		const shell = new Cli(world, ['-qefc', 'zsh -i', '/dev/null'],
			{ program: 'script', env: { TERM: 'xterm', ZDOTDIR: world.home } });

		await shell.says(/is-set-up[^]*ready> /);
		shell.child.stdin.write('ccproc resta\t');
		await shell.says(/restart/);
		shell.child.stdin.write('\x15ccproc wait s\t');
		await shell.says(/serving/);
		shell.child.stdin.write('\x15exit\n');
		await shell.end();
	});
});
