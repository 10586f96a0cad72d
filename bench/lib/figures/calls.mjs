// What a session and a call cost.
import { request } from '../context.mjs';
import { servers } from '../peers.mjs';

const CALLS = 2000;
const PEER_CALLS = 200;
const STARTS = 20;
const PEER_STARTS = 1;

const ping = request('ping');

/** Columns of the same measurement, with so many samples in a round. */
const columns = (measure, samples, peerSamples) => ({
	ours: (context) => measure(context, context.scene.ours, samples),
	floor: (context) => measure(context, context.scene.floor, samples),
	...peerSamples && Object.fromEntries(Object.entries(servers).map(
		([name, at]) => [name, (context) =>
			measure(context, at(), peerSamples)])),
});

const start = async (context, at, sessions) =>
	(await context.client(at, ping, { sessions })).start_ms;

const percentile = (which, line = ping, options = {}) =>
	async (context, at, calls) => (await context.client(at, line,
		{ calls: calls / (options.sessions ?? 1), ...options }))[which];

export const calls = [{
	name: 'bridge-start', unit: 'ms', scene: 'daemon', picture: true,
	what: 'from the start of a session to its answer to initialize',
	goal: { most: 1 },
	...columns(start, STARTS, PEER_STARTS),
}, {
	name: 'ping', unit: 'us', scene: 'daemon', picture: true,
	what: 'ping through the bridge, p50',
	goal: { most: 1.5, of: 'floor' },
	...columns(percentile('us_p50'), CALLS, PEER_CALLS),
}];
