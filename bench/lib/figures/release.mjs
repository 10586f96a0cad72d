// What the bridge of a release costs, beside the built one (the floor) and
// beside what npx and uvx would leave between a client and it.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { request } from '../context.mjs';
import { Missing } from '../missing.mjs';
import { program } from '../peers.mjs';
import { children, rssKb } from '../proc.mjs';

const STARTS = 20;
const ping = request('ping');
const peer = (name) => fileURLToPath(
	new URL(`../../peers/${name}`, import.meta.url));

/** The bridge in the release that bench/run has unpacked. */
function bridge() {
	const folder = process.env.CCPROC_BENCH_RELEASE;

	if (!folder)
		throw new Missing('not unpacked: bench/run release does that');
	return path.join(folder, 'bin/ccproc-bridge');
}

const ways = {
	ours: () => [bridge()],
	floor: ({ scene }) => scene.ours.command,
	'node shim': () => [process.execPath, peer('shim.mjs'), bridge()],
	'Python shim': () => [program('python3'), peer('shim.py'), bridge()],
};

const columns = (measure) => Object.fromEntries(Object.entries(ways).map(
	([name, command]) => [name, (context) => measure(context,
		{ ...context.scene.ours, command: command(context) })]));

const start = async (context, at) =>
	(await context.client(at, ping, { sessions: STARTS })).start_ms;

/** Of the process that was started, and of those that it has started. */
const memoryOf = (pid) =>
	children(pid).map(memoryOf).reduce((a, b) => a + b, rssKb(pid));

const memory = (context, at) => context.whileOpen(at, 1, (client) =>
	children(client).map(memoryOf));

export const release = [{
	name: 'release-start', unit: 'ms', scene: 'daemon',
	what: 'from the start of a session to its answer to initialize, by the ' +
		'bridge of a release; the floor is the built one',
	goal: { most: 1.5, of: 'floor' },
	...columns(start),
}, {
	name: 'release-memory', unit: 'kB', scene: 'daemon',
	what: 'memory of such a session (RSS)',
	goal: { most: 1.5, of: 'floor' },
	...columns(memory),
}];
