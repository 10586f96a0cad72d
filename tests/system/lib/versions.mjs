// Programs of another version, as an upgrade brings them: the built ones with
// another version in them, put into the place of the old ones.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { buildDir } from './harness.mjs';

/** The version of the programs under test. */
export const VERSION = execFileSync(path.join(buildDir(), 'ccprocd'),
	['--version'], { encoding: 'utf8' }).trim().split(' ')[1];

/** Installs the programs into a folder. */
export function installed(folder) {
	fs.mkdirSync(folder, { recursive: true });
	for (const program of ['ccproc', 'ccprocd', 'ccproc-bridge',
		'ccproc-keeper', 'prompt-argument.sh', 'worktree.sh'])
		fs.copyFileSync(path.join(buildDir(), program),
			path.join(folder, program));
}

/** A folder with all programs, and what takes one away and brings it back. */
export function programs(t) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-bin-'));

	t.after(() => fs.rmSync(dir, { recursive: true }));
	installed(dir);
	return { env: { CCPROC_LIBEXEC: dir },
		file: (name) => path.join(dir, name),
		take: (name) => fs.renameSync(path.join(dir, name),
			path.join(dir, `.${name}`)),
		bring: (name) => fs.renameSync(path.join(dir, `.${name}`),
			path.join(dir, name)) };
}

/** Puts a program of that version, as long as ours, in the place of one. */
export function another(program, folder, version) {
	const file = path.join(folder, program);
	const bytes = fs.readFileSync(path.join(buildDir(), program), 'latin1');

	if (version.length !== VERSION.length || !bytes.includes(`${VERSION}\0`))
		throw new Error(`${program} has no version ${VERSION} to replace`);
	fs.writeFileSync(`${file}.new`, Buffer.from(
		bytes.replaceAll(`${VERSION}\0`, `${version}\0`), 'latin1'),
	{ mode: 0o755 });
	fs.renameSync(`${file}.new`, file);
}
