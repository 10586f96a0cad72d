// What is there before a figure is measured, by name: (context, size) => an
// object with close().
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import { buildDir, World } from '../../tests/system/lib/harness.mjs';
import { join } from '../../tests/system/lib/session.mjs';

const MAX_RUNNING = 8;

const config = { commands: { max_running: MAX_RUNNING } };

/** A daemon with a session, and the floor's server beside it. */
async function daemon(context) {
	const world = new World({ config });
	const bridge = await join(world);
	const socket = path.join(context.dir, 'wire');
	const server = spawn(context.programs.answerer, [socket],
		{ stdio: ['ignore', 'pipe', 'inherit'] });

	await once(server.stdout, 'data');
	return { world, bridge,
		/** Ours, as the client starts it. */
		ours: { command: [path.join(buildDir(), 'ccproc-bridge')],
			env: world.env, cwd: world.work },
		floor: { command: [context.programs.hop, socket] },
		close: () => {
			server.kill();
			return world.close();
		} };
}

export const scenes = {
	none: () => ({ close() {} }),
	daemon,
};
