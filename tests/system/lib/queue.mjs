// A queue that stands still until a test opens it, and what runs in order.
import fs from 'node:fs';
import path from 'node:path';

import { ok } from './cli.mjs';
import { startWorld } from './harness.mjs';

/** One task at a time. */
export const one = { config: { commands: { max_running: 1 } } };

/** A world where t1 runs until it is opened, and others wait. */
export async function queued(t, ...more) {
	const world = startWorld(t, one);
	const gate = path.join(world.work, 'gate');

	await ok(world, 'start', '-c', `until [ -e ${gate} ]; do sleep 0.02; done`);
	for (const args of more)
		await ok(world, 'start', ...args);
	return Object.assign(world, { open: () => fs.writeFileSync(gate, '') });
}

/** Each adds its name to a file when it runs. */
export const job = (name) => ['-l', name, '-c', `echo ${name} >>order`];
export const order = (world) =>
	fs.readFileSync(path.join(world.work, 'order'), 'utf8').split('\n')
		.slice(0, -1).join(' ');
