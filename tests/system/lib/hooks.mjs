// Worlds with hooks, and what these have noted.
import fs from 'node:fs';
import path from 'node:path';

import { startWorld, waitFor } from './harness.mjs';

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

/** The same, when all tasks have ended. */
export const settled = (world) => waitFor(() => world.live().length === 0 &&
	open(world).length === 0, { timeout: 20000, what: 'the last hook' });

export const hooksOf = (world, id) => fs.readdirSync(world.taskDir(id))
	.filter((name) => name.startsWith('hook-')).sort();
