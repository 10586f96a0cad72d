// The archive for aarch64 in a machine of that kind, which qemu emulates whole:
// one of programs alone (qemu-user) makes something else of vfork.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { within } from '../system/lib/patience.mjs';

const ROOT = process.env.CCPROC_ARM64; // its busybox and kernel
const GUEST = fileURLToPath(new URL('guest', import.meta.url));
const [RELEASE] = process.env.CCPROC_RELEASES.split(':');
/** An emulated machine is slow, and may share its processor with others. */
const BOOT_MS = 120000;

/** Makes the file system that the machine has in its memory. */
function makeSystem(root) {
	const to = (...names) => path.join(root, 'system', ...names);
	const archive = fs.readdirSync(RELEASE).find((name) =>
		name.endsWith('-aarch64.tar.gz'));

	for (const name of ['bin', 'dev', 'etc', 'proc', 'release', 'root', 'sys',
		'tmp'])
		fs.mkdirSync(to(name), { recursive: true });
	fs.copyFileSync(path.join(ROOT, 'bin/busybox'), to('bin/busybox'));
	fs.writeFileSync(to('etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
	fs.copyFileSync(GUEST, to('guest'));
	fs.writeFileSync(to('init'), '#!/bin/busybox sh\n' +
		'/bin/busybox --install -s /bin\nexec /guest\n', { mode: 0o755 });
	execFileSync('tar', ['-xzf', path.join(RELEASE, archive),
		'--strip-components=1', '-C', to('release')]);
	execFileSync('sh', ['-c', 'find . | cpio -o -H newc --quiet | gzip -1 >../initrd'],
		{ cwd: to() });
}

test('an emulated machine of aarch64', { skip: !ROOT &&
	'qemu-system-aarch64, cpio or Debian\'s arm64 kernel are not to be had' },
async (t) => {
	const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-arm64-'));
	const kernel = fs.readdirSync(path.join(ROOT, 'boot')).find((name) =>
		name.startsWith('vmlinuz'));

	makeSystem(root);
	const qemu = spawn('qemu-system-aarch64', ['-M', 'virt', '-cpu', 'cortex-a57',
		'-smp', '2', '-m', '512', '-nographic', '-no-reboot', '-nic', 'none',
		'-kernel', path.join(ROOT, 'boot', kernel),
		'-initrd', path.join(root, 'initrd'),
		'-append', 'console=ttyAMA0 quiet panic=-1'],
	{ stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';

	t.after(() => {
		qemu.kill('SIGKILL');
		fs.rmSync(root, { recursive: true });
	});
	for (const stream of [qemu.stdout, qemu.stderr])
		stream.setEncoding('utf8').on('data', (data) => { said += data; });
	await within(BOOT_MS, new Promise((resolve) => qemu.once('close', resolve)),
		'the end of the machine').catch((error) => {
		error.message += said.slice(-3000);
		throw error;
	});
	const told = Object.fromEntries([...said.matchAll(
		/^([\w-]+)=(.*?) *\r?$/gm)].map(([, name, value]) => [name, value]));

	assert.deepEqual(told, { machine: 'aarch64', version: told.version,
		...Object.fromEntries([0, 1, 3, 126, 127, 255].map((code) =>
			[`code-${code}`, String(code)])),
		'signal-SEGV': '139', 'signal-TERM': '143', 'signal-KILL': '137',
		stopped: 'cancelled', sleeping: '0', another: 'yes', adopted: '7',
		output: 'before after', initialize: '1', tool: 'exit code 4', left: '0',
		end: 'here' }, said);
	assert.match(told.version, /^ccproc \d/);
});
