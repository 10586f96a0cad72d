// The programs of an earlier version, built once into the build folder from
// the history of this repository.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildDir } from './harness.mjs';

/** The last commit before programs said what they can. */
const COMMIT = '36aaa8e';
const TOP = fileURLToPath(new URL('../../..', import.meta.url));
const PROGRAMS = ['ccproc', 'ccprocd', 'ccproc-bridge', 'ccproc-keeper'];

const run = (cwd, line) => execFileSync('/bin/sh', ['-c', line],
	{ cwd, stdio: ['ignore', 'ignore', 'pipe'], timeout: 300000 });

function build(folder) {
	const dir = `${folder}.${process.pid}`;
	const source = path.join(dir, 'source');

	fs.mkdirSync(source, { recursive: true });
	run(TOP, `git archive ${COMMIT} | tar -x -C '${source}'`);
	run(source, './autogen.sh && ./configure -q ' +
		'CC="$(command -v ccache || true) gcc" && ' +
		`make -s -j2 ${PROGRAMS.join(' ')}`);
	for (const program of PROGRAMS)
		fs.copyFileSync(path.join(source, program), path.join(dir, program));
	fs.rmSync(source, { recursive: true });
	try {
		fs.renameSync(dir, folder);
	} catch (error) {
		if (!fs.existsSync(folder))
			throw error;
		fs.rmSync(dir, { recursive: true }); // somebody was faster
	}
}

/** { folder } of the programs, or { skip }, why there are none. */
export function earlier() {
	const folder = path.join(buildDir(), `earlier-${COMMIT}`);

	if (fs.existsSync(folder))
		return { folder };
	try {
		run(TOP, `test -e .git && git cat-file -e ${COMMIT}`);
	} catch {
		return { skip: `the history of this tree has no ${COMMIT}` };
	}
	build(folder);
	return { folder };
}
