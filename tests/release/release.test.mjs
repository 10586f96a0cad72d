// The archives of a release: made twice, and used by somebody who has neither
// root nor a network.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const archives = process.env.CCPROC_RELEASES.split(':').map((folder) =>
	path.join(folder, fs.readdirSync(folder)
		.find((name) => name.endsWith('.tar.gz'))));

test('two builds are equal to the byte', () => {
	assert.ok(fs.readFileSync(archives[0]).equals(fs.readFileSync(archives[1])));
});

/** A home in which nothing is, and the archive unpacked beside it. */
function unpack(t) {
	const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-release-'));
	const home = path.join(root, 'home');
	const env = { HOME: home, XDG_RUNTIME_DIR: path.join(root, 'run'),
		PATH: `${home}/.local/bin:/usr/bin:/bin` };
	const run = (command, ...args) => {
		const { status, stdout, stderr } = spawnSync(command, args,
			{ env, encoding: 'utf8', input: '' });

		assert.equal(status, 0, stderr);
		return stdout;
	};

	for (const name of ['home', 'run'])
		fs.mkdirSync(path.join(root, name), { mode: 0o700 });
	execFileSync('tar', ['-xzf', archives[0], '-C', root]);
	t.after(() => {
		spawnSync('ccproc', ['stop', '--now', '--all'], { env });
		spawnSync('ccproc', ['daemon', 'stop'], { env });
		fs.rmSync(root, { recursive: true, force: true });
	});
	const folder = path.join(root, fs.readdirSync(root)
		.find((name) => name.startsWith('ccproc-')));

	return { home, folder, run,
		ccproc: path.join(home, '.local/bin/ccproc'),
		install: path.join(folder, 'install.sh') };
}

const versions = (home) => fs.readdirSync(path.join(home, '.local/lib/ccproc'));

test('it installs, twice as once, runs tasks, and goes without a trace but these',
	(t) => {
		const { home, run, ccproc, install } = unpack(t);

		assert.match(run(install), /^installed ccproc \S+ in \S+\n/);
		assert.equal(run(ccproc, 'run', 'echo', 'hello'), 'hello\n');
		const status = run(ccproc, 'daemon', 'status');

		run(install);
		assert.equal(run(ccproc, 'daemon', 'status'), status);
		assert.equal(versions(home).length, 1);
		assert.match(run(install, '--uninstall'), /tasks and their output stay in/);
		for (const name of ['bin', 'lib', 'share'])
			assert.deepEqual(fs.readdirSync(path.join(home, '.local', name),
				{ recursive: true }).filter((file) => /ccproc/.test(file)), []);
		assert.ok(fs.existsSync(path.join(home, '.local/state/ccproc/tasks')));
	});

test('another version takes over, and no task notices', (t) => {
	const { home, folder, run, ccproc, install } = unpack(t);

	run(install);
	const id = run(ccproc, 'start', 'sleep 300').trim();
	const first = versions(home)[0];

	fs.appendFileSync(path.join(folder, 'libexec/ccproc/leave.sh'), '\n');
	run(install);
	assert.equal(versions(home).length, 2); // the keeper is of the first
	assert.ok(fs.realpathSync(ccproc).includes(
		versions(home).find((name) => name !== first)));
	assert.match(run(ccproc, 'ls', '--running'), new RegExp(`^${id} `, 'm'));
	run(ccproc, 'stop', '--now', id);
	run(install);
	assert.equal(versions(home).length, 1);
});
