// The keeper's --probe.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { buildDir } from './lib/harness.mjs';
import { isRoot, openKeeper } from './lib/keeper.mjs';

describe('probe', () => {
	/** The lines for records of [cwd, program, PATH]. */
	const probe = (...records) => probeWith([], ...records);

	/** The same; the tasks of these places shall have a worktree. */
	function probeWith(places, ...records) {
		const input = records.flat().map((text) => text + '\0').join('');
		const { status, stdout } = spawnSync(
			path.join(buildDir(), 'ccproc-keeper'), ['--probe', ...places],
			{ input });

		assert.equal(status, 0);
		return String(stdout).split('\n').slice(0, -1);
	}

	const PATH = '/usr/bin:/bin';

	test('what would start is not mentioned', () => {
		assert.deepEqual(probe(['/tmp', 'sh', PATH], ['', 'sh', ''],
			['/', '', ''], ['', '', ''], ['/bin', './sh', ''],
			['/', 'bin/sh', ''], ['/bin', 'sh', '.'],
			['', '/bin/sh', PATH]), []);
	});

	test('those that are named need a repository, and git', (t) => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-'));

		t.after(() => fs.rmSync(dir, { recursive: true }));
		for (const name of ['linked/sub', 'bare/refs', 'bare/objects',
			'bare/hooks', 'none', 'half/refs', 'half/objects'])
			fs.mkdirSync(path.join(dir, name), { recursive: true });
		fs.writeFileSync(path.join(dir, 'linked/.git'), 'gitdir: /x\n');
		fs.writeFileSync(path.join(dir, 'bare/HEAD'), 'ref: x\n');
		fs.writeFileSync(path.join(dir, 'git'), '', { mode: 0o755 });
		const at = (name, PATH = dir) => [path.join(dir, name), '', PATH];
		const none = (n, name) => `${n}\tworktree: ${path.join(dir, name)} ` +
			'is not in a git repository; give a cwd that is, or leave ' +
			'worktree out';

		assert.deepEqual(probeWith(['1', '2', '3', '4', '6', '7', '8'],
			at('none'), at('linked'), at('linked/sub'), at('bare/hooks'),
			at('none'), at('none'), at('half'), at('linked', '/nope'),
			['/', '', dir]), [none(4, 'none'), none(6, 'half'),
			'7\tprogram: git was not found in PATH (/nope)',
			'8\tworktree: / is not in a git repository; give a cwd that ' +
			'is, or leave worktree out']);
	});

	test('nothing in, nothing out', () => {
		assert.deepEqual(probe(), []);
	});

	test('every problem has its sentence', () => {
		assert.deepEqual(probe(
			['/nope', '', ''],
			['/', 'sh', PATH],
			['/etc/passwd', '', ''],
			['/', 'frobnicate', PATH],
			['/', '/etc/passwd', PATH],
			['/', '/nope', PATH],
			['/', 'passwd', '/no:/etc'],
			['/', '/etc', PATH],
			['/', '/etc/passwd/x', PATH],
			['/nope', 'frobnicate', PATH],
			['/nope', './here', PATH],
			['/no\n\tpe', '', ''],
			['/etc/passwd/x', '', '']), [
			'0\tcwd: /nope does not exist',
			'2\tcwd: /etc/passwd is not a directory',
			'3\tprogram: frobnicate was not found in PATH (/usr/bin:/bin)',
			'4\tprogram: /etc/passwd is not executable',
			'5\tprogram: /nope does not exist',
			'6\tprogram: /etc/passwd is not executable',
			'7\tprogram: /etc is a directory',
			'8\tprogram: /etc/passwd/x does not exist: a part of its path ' +
				'is not a directory',
			'9\tcwd: /nope does not exist; ' +
				'program: frobnicate was not found in PATH',
			'10\tcwd: /nope does not exist',
			'11\tcwd: /no??pe does not exist',
			'12\tcwd: /etc/passwd/x does not exist: a part of its path ' +
				'is not a directory',
		]);
	});

	test('links that lead to themselves', (t) => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-'));

		t.after(() => fs.rmSync(dir, { recursive: true }));
		fs.symlinkSync('loop', path.join(dir, 'loop'));
		assert.deepEqual(probe([dir, './loop', '']),
			['0\tprogram: ./loop is a loop of symbolic links']);
	});

	test('a folder that may not be entered', { skip: !isRoot }, (t) => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-closed-'));

		t.after(() => fs.rmSync(dir, { recursive: true }));
		const { stdout } = spawnSync(openKeeper(),
			['--probe'], { input: `${dir}\0${dir}/x\0\0`, uid: 65534 });
		assert.equal(String(stdout), `0\tcwd: ${dir}: Permission denied; ` +
			`program: ${dir}/x: Permission denied\n`);
	});

	test('of a long PATH only the beginning is shown', () => {
		const [line] = probe(['/', 'nope', '/x'.repeat(5000)]);

		assert.ok(line.endsWith('/x/x...)'), line);
		assert.ok(line.length < 1100);
	});

	test('too much input is refused', () => {
		const { status, stdout, stderr } = spawnSync(
			path.join(buildDir(), 'ccproc-keeper'), ['--probe'],
			{ input: Buffer.alloc((16 << 20) + 1) });

		assert.equal(status, 1);
		assert.equal(String(stdout), '');
		assert.match(String(stderr), /^ccproc-keeper: stdin: /);
	});
});
