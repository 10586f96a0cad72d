// ./quickstart in a folder and for a prefix with blanks in their names: from the
// archive that is beside it, and built.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const [RELEASE] = process.env.CCPROC_RELEASES.split(':');
const IS_MADE = /^(\.git|build.*|release-out|node_modules|autom4te.cache)$/;

/** A copy of the sources, and what runs in it; both go with the test. */
function checkout(t) {
	const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-release-'));
	const to = (...names) => path.join(root, ...names);
	const env = { PATH: process.env.PATH, HOME: to('home'),
		XDG_RUNTIME_DIR: to('run'), XDG_CACHE_HOME: to('cache') };
	const prefix = to('a place for it');
	const run = (command, ...args) => {
		const { status, stdout, stderr } = spawnSync(command, args,
			{ env, encoding: 'utf8', input: '' });

		assert.equal(status, 0, stdout + stderr);
		return stdout;
	};

	for (const name of ['home', 'run'])
		fs.mkdirSync(to(name), { mode: 0o700 });
	fs.cpSync(TOP, to('my sources'), { recursive: true,
		filter: (name) => !IS_MADE.test(path.basename(name)) });
	t.after(() => {
		spawnSync(path.join(prefix, 'bin/ccproc'), ['daemon', 'stop'], { env });
		fs.rmSync(root, { recursive: true });
	});
	return { to, prefix, run,
		quickstart: (...args) => run(to('my sources/quickstart'), '--prefix',
			prefix, ...args) };
}

test('takes the release that is beside it, twice as once, and it goes again',
	(t) => {
		const { to, prefix, run, quickstart } = checkout(t);

		fs.cpSync(RELEASE, to('my sources/release-out'), { recursive: true });
		assert.match(quickstart(), /^taking .*\ninstalled ccproc [^]*    hello from ccproc\n[^]* mcp add\n$/);
		assert.match(quickstart(), /nothing was changed\n/);
		assert.match(run(path.join(prefix, 'bin/ccproc'), 'uninstall'),
			/^ended ccprocd .*\nccproc is gone from /);
		assert.deepEqual(fs.readdirSync(prefix, { recursive: true }).filter(
			(name) => /ccproc/.test(name)), []);
	});

test('builds where there is none', (t) => {
	const { to, quickstart } = checkout(t);

	assert.match(quickstart(), /^configuring\nbuilding\ninstalled ccproc [^]*    hello from ccproc\n/);
	assert.equal(fs.existsSync(to('my sources/build')), false);
});
