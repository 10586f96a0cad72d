// Worlds with hooks, and what these have noted.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { startWorld, waitFor } from './harness.mjs';
import { installed } from './versions.mjs';

/** A line that notes an event in a file of the world; each is one write. */
export const NOTE = 'echo "$CCPROC_ID $CCPROC_EVENT $CCPROC_STATE $CCPROC_EVENT_ID"' +
	' >>"$CCPROC_STATE_DIR/../told"';

/** A world with hooks, and what they have noted there. */
export async function start(t, hooks, { config = {}, env } = {}) {
	const world = startWorld(t, { env, config: { hooks, ...config } });
	const bridge = world.bridge();

	await bridge.legacy();
	return { world, bridge };
}

export const file = (world, name = 'told') => {
	try {
		return fs.readFileSync(path.join(world.root, name), 'utf8');
	} catch {
		return '';
	}
};
export const told = (world, name) => file(world, name).split('\n').filter(Boolean)
	.map((line) => line.split(' '));

/** Hooks that are not over yet. */
export const open = (world) => {
	const dir = path.join(world.state, 'hooks');

	return fs.existsSync(dir) ? fs.readdirSync(dir) : [];
};

export const over = (world) => waitFor(() => open(world).length === 0,
	{ timeout: 20000, what: 'the last hook' });

/** The same, when all tasks have ended, but for some. */
export const settled = (world, but = []) => waitFor(() =>
	world.live().join() === but.join() && open(world).length === 0,
{ timeout: 20000, what: 'the last hook' });

export const hooksOf = (world, id) => fs.readdirSync(world.taskDir(id))
	.filter((name) => name.startsWith('hook-')).sort();

/** Options of a world whose keepers do this first; what they log there. */
export function keepers(t, script) {
	const libexec = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-'));

	t.after(() => fs.rmSync(libexec, { recursive: true }));
	installed(libexec);
	fs.mkdirSync(path.join(libexec, 'bin'));
	fs.renameSync(path.join(libexec, 'ccproc-keeper'),
		path.join(libexec, 'bin', 'ccproc-keeper'));
	fs.writeFileSync(path.join(libexec, 'ccproc-keeper'),
		`#!/bin/sh\n${script}\nexec \${0%/*}/bin/ccproc-keeper "$@"\n`,
		{ mode: 0o755 });
	return { libexec, env: { CCPROC_LIBEXEC: libexec }, log: () => {
		const file = path.join(libexec, 'log');

		return fs.existsSync(file) ?
			fs.readFileSync(file, 'utf8').trim().split('\n') : [];
	} };
}
