// The archives of a release, which is made twice.  What is done with one is in
// tests/system/install.test.mjs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const archives = process.env.CCPROC_RELEASES.split(':').map((folder) =>
	path.join(folder, fs.readdirSync(folder)
		.find((name) => name.endsWith(`-${os.machine()}.tar.gz`))));

/** The archive unpacked, until the test has ended. */
function unpack(t) {
	const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-release-'));

	t.after(() => fs.rmSync(root, { recursive: true }));
	execFileSync('tar', ['-xzf', archives[0], '--strip-components=1', '-C', root]);
	return root;
}

test('two builds are equal to the byte', () => {
	assert.ok(fs.readFileSync(archives[0]).equals(fs.readFileSync(archives[1])));
});

test('the sums are those of the archives', () => {
	execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'],
		{ cwd: path.dirname(archives[0]) });
});

test('programs load nothing, can be anywhere, and have no symbols', (t) => {
	const root = unpack(t);

	for (const name of ['bin/ccproc', 'bin/ccprocd', 'bin/ccproc-bridge',
		'libexec/ccproc/ccproc-keeper', 'libexec/ccproc/ccproc-top']) {
		const told = execFileSync('readelf',
			['-hldS', '-W', path.join(root, name)], { encoding: 'utf8' });

		assert.match(told, /Type: +DYN/, name);
		assert.match(told, /GNU_RELRO/, name);
		assert.doesNotMatch(told, /INTERP|NEEDED|\.symtab|\.debug/, name);
	}
});

test('what is linked in has its licence there', (t) => {
	const text = fs.readFileSync(path.join(unpack(t),
		'share/doc/ccproc/LICENSES'), 'utf8');

	for (const name of ['libc6-dev', 'gcc-\\d+-base', 'libevent-dev', 'libjson-c-dev',
		'uuid-dev', 'libtinfo6', 'musl-dev'])
		assert.match(text, new RegExp(`^==== ${name} ====\n\n.*\n`, 'm'));
});
