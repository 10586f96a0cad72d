// What is in memory, and what is done while nothing is to do.
import { setTimeout as sleep } from 'node:timers/promises';

import { nameOf, peakKb, pssKb, rssKb, switches } from '../proc.mjs';

const MB = 1024;
const DRAINED = 10000;
const SESSIONS = 500;
const QUIET_MS = 10000;
const IDLE_SESSIONS = 10;

const daemonMb = ({ scene }) => rssKb(scene.pid) / MB;

const ofUs = (world) => world.processes().filter((pid) =>
	nameOf(pid).startsWith('ccproc'));

async function perTask({ scene }, n) {
	const keepers = scene.world.processes().filter((pid) =>
		nameOf(pid) === 'ccproc-keeper').map(pssKb);

	return (keepers.reduce((a, b) => a + b) +
		pssKb(scene.pid) - scene.pssBefore) / n;
}

/** Daemon kB for each of n sessions, or what it has kept when they left. */
const sessions = (when) => async (context, n) => {
	const before = rssKb(context.scene.pid);
	const open = await context.whileOpen(context.scene.ours, n,
		() => rssKb(context.scene.pid));

	await sleep(500); // they are gone, and what was theirs is freed
	return when === 'open' ? (open - before) / n : rssKb(context.scene.pid) / MB;
};

/** How often any program of ours was switched to in that time. */
const idle = (context) => context.whileOpen(context.scene.ours, IDLE_SESSIONS,
	async () => {
		const all = () => ofUs(context.scene.world).map(switches)
			.reduce((a, b) => a + b);

		await sleep(1000); // what has just started is done
		const before = all();

		await sleep(QUIET_MS);
		return all() - before;
	});

export const memory = [{
	name: 'daemon-idle', unit: 'MB', scene: 'fresh', rounds: 1,
	what: 'memory of the daemon (RSS), when it has done nothing',
	goal: { most: 4 },
	ours: daemonMb,
}, {
	name: 'daemon-sessions', unit: 'kB', scene: 'sessions', rounds: 1,
	what: 'more memory of the daemon for each of n sessions',
	sizes: [SESSIONS],
	ours: sessions('open'),
}, {
	name: 'daemon-sessions-left', unit: 'MB', scene: 'sessions', rounds: 1,
	what: 'memory of the daemon when n sessions have left',
	sizes: [SESSIONS],
	ours: sessions('left'),
}, {
	name: 'daemon-drained', unit: 'MB', scene: 'drained', rounds: 1,
	what: 'memory of the daemon when n tasks were queued and have ended',
	sizes: [DRAINED - 100], goal: { most: 4 },
	ours: daemonMb,
}, {
	name: 'task-memory', unit: 'kB', scene: 'running', sizes: [1000],
	what: 'for each of n running tasks, in all processes of ours (PSS)',
	goal: { most: 100 }, rounds: 1,
	ours: perTask,
}, {
	name: 'idle', unit: '', scene: 'running', sizes: [100],
	what: 'switches to any program of ours in 10 s, with n tasks and 10 sessions',
	goal: { most: 0 }, rounds: 1,
	ours: idle,
}];
