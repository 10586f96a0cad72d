// What sessions and calls cost.
import { request, toolCall } from '../context.mjs';
import { Missing } from '../missing.mjs';
import { servers } from '../peers.mjs';
import { children, pssKb, rssKb } from '../proc.mjs';

const CALLS = 2000;
const PEER_CALLS = 200;
const STARTS = 20;
const PEER_MAX_SESSIONS = 10; // of 40 to 90 MB each

const ping = request('ping');

/** Columns of measure(context, at, samples, size). */
const columns = (measure, samples, peerSamples) => ({
	ours: (context, size) => measure(context, context.scene.ours, samples, size),
	floor: (context, size) =>
		measure(context, context.scene.floor, samples, size),
	...peerSamples && Object.fromEntries(Object.entries(servers).map(
		([name, at]) => [name, (context, size) => {
			if (size > PEER_MAX_SESSIONS)
				throw new Missing('not run: up to 90 MB a session');
			return measure(context, at(), peerSamples, size);
		}])),
});

const start = async (context, at, sessions) =>
	(await context.client(at, ping, { sessions })).start_ms;

/** A percentile of one session, or of so many with calls open at once. */
const percentile = (which) => async (context, at, calls, sessions = 1) =>
	(await context.client(at, ping, { sessions, atOnce: sessions > 1,
		calls: Math.ceil(calls / sessions) }))[which];

const rss = (context, at) => context.whileOpen(at, 1, (client) =>
	children(client).map(rssKb));

const pss = (context, at, _, sessions) => context.whileOpen(at, sessions,
	(client) => children(client).map(pssKb).reduce((a, b) => a + b) / sessions);

const list = (tool) => async (context, at, calls) =>
	(await context.client(at, toolCall(tool, {}), { calls })).us_p50;

const direct = (name) => async (context) =>
	(await context.client(context.scene[name], ping, { calls: CALLS })).us_p50;

export const calls = [{
	name: 'bridge-start', unit: 'ms', scene: 'daemon', picture: true,
	what: 'from the start of a session to its answer to initialize',
	goal: { most: 1 },
	...columns(start, STARTS, 1),
}, {
	name: 'bridge-start-cold', unit: 'ms', scene: 'daemon',
	what: 'the same, when it has to start the daemon',
	goal: { most: 50 },
	ours: (context) => context.scene.withoutDaemon(async () =>
		(await context.client(context.scene.ours, ping)).start_ms),
}, {
	name: 'bridge-memory', unit: 'kB', scene: 'daemon', picture: true,
	what: 'memory of a session (RSS)',
	goal: { most: 200 },
	...columns(rss, 1, 1),
}, {
	name: 'bridge-memory-each', unit: 'kB', scene: 'daemon', sizes: [500],
	what: 'memory of each of n sessions (PSS)', rounds: 2,
	...columns(pss, 1),
}, {
	name: 'ping', unit: 'us', scene: 'daemon', picture: true,
	what: 'ping through the bridge, p50',
	goal: { most: 1.5, of: 'floor' },
	...columns(percentile('us_p50'), CALLS, PEER_CALLS),
}, {
	name: 'ping-p99', unit: 'us', scene: 'daemon',
	what: 'the same, p99',
	goal: { most: 1.5, of: 'floor' },
	...columns(percentile('us_p99'), CALLS, PEER_CALLS),
}, {
	name: 'ping-direct', unit: 'us', scene: 'daemon',
	what: 'ping to the socket of the daemon, p50',
	ours: direct('socket'), floor: direct('floorSocket'),
}, {
	name: 'ping-sessions', unit: 'us', scene: 'daemon', sizes: [10],
	what: 'ping of n sessions, all at once, p50', rounds: 3,
	goal: { most: 1.5, of: 'floor' },
	...columns(percentile('us_p50'), CALLS, PEER_CALLS),
}, {
	name: 'ping-many', unit: 'us', scene: 'daemon', sizes: [100, 500],
	what: 'the same', rounds: 3,
	goal: { most: 1.5, of: 'floor' },
	...columns(percentile('us_p50'), 4 * CALLS),
}, {
	name: 'calls-per-second', unit: '/s', scene: 'daemon', sizes: [100],
	what: 'pings in a second, of n sessions at once', rounds: 3,
	...columns(percentile('calls_s'), 4 * CALLS),
}, {
	name: 'list-nothing', unit: 'us', scene: 'daemon',
	what: 'list_tasks through the bridge, when there are none, p50',
	ours: (context) => list('list_tasks')(context, context.scene.ours, CALLS),
	...Object.fromEntries(Object.entries(servers).map(([name, at]) =>
		[name, (context) => list('list')(context, at(), PEER_CALLS)])),
}];
