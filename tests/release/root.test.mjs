// The archive on a root that has only busybox: no libc, no terminfo, no systemd,
// no network; from install.sh to its end, and `ccproc top` on many terminals.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { waitFor, within } from '../system/lib/patience.mjs';

const [RELEASE] = process.env.CCPROC_RELEASES.split(':');
const BUSYBOX = process.env.CCPROC_BUSYBOX; // a static one
const why = !BUSYBOX ? 'busybox-static could not be fetched' :
	spawnSync('unshare', ['-mpfn', 'true']).status !== 0 ?
		'no namespaces can be made here' :
		spawnSync('script', ['--version']).status !== 0 && 'no script(1)';
const TERMINALS = ['xterm-256color', 'tmux-256color', 'screen', 'linux',
	'vt100'];

/** What is run there, in namespaces of its own. */
const SCRIPT = `#!/bin/sh
export HOME=/root PATH=/root/.local/bin:/bin
cd /root && sh /release/install.sh || exit 1
sh /release/install.sh || exit 1
rm -r /release
ccproc run echo hello from here
ccproc run 'exit 3'
echo status $?
ccproc start -l needle 'sleep 600' >/dev/null
kill -9 $(pidof ccprocd)
ccproc ls --running
for terminal in ${TERMINALS.join(' ')}; do
	echo "on $terminal"
	TERM=$terminal ccproc top
	echo "off $terminal $?"
done
ccproc stop --now needle
ccproc uninstall
find / -xdev -name '*ccproc*' ! -path '/proc/*' ! -path '/dev/*'
echo the end
`;

/** A root with busybox and the release; it goes with the test. */
function makeRoot(t) {
	const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-root-'));
	const archive = fs.readdirSync(RELEASE).find((name) =>
		name.endsWith(`-${os.machine()}.tar.gz`));

	t.after(() => fs.rmSync(root, { recursive: true }));
	for (const name of ['bin', 'dev', 'etc', 'proc', 'release', 'root', 'tmp'])
		fs.mkdirSync(path.join(root, name));
	fs.copyFileSync(BUSYBOX, path.join(root, 'bin/busybox'));
	for (const name of execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' })
		.split('\n').filter((name) => name && name !== 'busybox'))
		fs.symlinkSync('busybox', path.join(root, 'bin', name));
	fs.writeFileSync(path.join(root, 'etc/passwd'),
		'root:x:0:0:root:/root:/bin/sh\n');
	fs.writeFileSync(path.join(root, 'script'), SCRIPT, { mode: 0o755 });
	execFileSync('tar', ['-xzf', path.join(RELEASE, archive),
		'--strip-components=1', '-C', path.join(root, 'release')]);
	return root;
}

test('on a root with busybox alone', { skip: why || false }, async (t) => {
	const root = makeRoot(t);
	const child = spawn('script', ['-qfec', 'unshare -mpfn sh -c "' +
		`mount -t proc proc ${root}/proc && mount --rbind /dev ${root}/dev && ` +
		`exec chroot ${root} /script"`, '/dev/null'],
	{ env: { PATH: process.env.PATH, TERM: 'xterm' }, stdio: 'pipe' });
	let said = '';

	t.after(() => child.kill('SIGKILL'));
	child.stdout.setEncoding('utf8').on('data', (data) => { said += data; });
	for (const terminal of TERMINALS) {
		await waitFor(() => {
			const shown = said.split(`on ${terminal}\r\n`)[1] ?? '';

			assert.ok(!shown.includes(`off ${terminal}`), shown);
			return shown.includes('needle');
		}, { timeout: 30000, what: `top on ${terminal}: ${said}` });
		child.stdin.write('q');
		await waitFor(() => said.includes(`off ${terminal} 0`),
			{ timeout: 10000, what: `the end of top on ${terminal}` });
	}
	await within(30000, new Promise((resolve) => child.once('close', resolve)),
		'the end');
	const at = (text) => assert.ok(said.includes(text), said);

	at('installed ccproc ');
	at('nothing was changed');
	at('\r\nhello from here\r\n');
	at('status 3\r\n');
	assert.match(said, /needle +\S*running/);
	const left = said.split('tasks and their output stay in')[1].split('\r\n')
		.slice(1, -2).filter((name) => !name.startsWith('/root/.local/state'));

	assert.deepEqual(left, []);
	assert.match(said, /the end\r\n$/);
});
