// What calls cost while many tasks wait; all sessions wait as long.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { buildDir } from '../../../tests/system/lib/harness.mjs';
import { join } from '../../../tests/system/lib/session.mjs';
import { rssKb, cpuMs } from '../proc.mjs';
import { GROUP } from '../scenes.mjs';

const LIVE = 9900;
const EXITS = 10;
const QUEUED = { scene: 'queued', sizes: [100, 1000, LIVE], unit: 'ms',
	rounds: 3 };

const ids = (word) => Array.from({ length: GROUP },
	(_, i) => `${word}${i + 2}`);

/** The milliseconds of a call, whatever its answer is. */
const call = (name, args = {}) => async ({ scene }) => {
	const begin = performance.now();

	await scene.bridge.tool(name, args, { timeout: 600000 });
	return performance.now() - begin;
};

const commandLs = (context) => context.process(path.join(buildDir(), 'ccproc'),
	['ls'], { ...context.scene.ours, runs: 1 });

const ofFifty = call('start_tasks', { tasks: Array.from({ length: GROUP },
	() => ({ command: ['true'], after: ['first'] })) });

/** The longest that another session waited for a ping while all this was. */
async function others(context) {
	const other = await join(context.scene.world);
	let going = true, longest = 0;
	const pings = (async () => {
		while (going) {
			const begin = performance.now();

			await other.request('ping');
			longest = Math.max(longest, performance.now() - begin);
			await sleep(1);
		}
	})();

	await call('list_tasks', { scope: 'active', limit: 200 })(context);
	await call('check_tasks', { ids: ids('nobody') })(context);
	await call('check_tasks', { ids: ids('t') })(context);
	await commandLs(context);
	going = false;
	await pings;
	await other.close();
	return longest;
}

/** Processor time of the daemon for a task that comes and goes. */
async function exits({ scene }) {
	const before = cpuMs(scene.pid);

	for (let i = 0; i < EXITS; i++)
		await scene.tool('run_task', { command: ['true'] });
	return (cpuMs(scene.pid) - before) / EXITS * 1e3;
}

/** Processor time of the daemon for each of n tasks, in microseconds. */
const perTask = (command) => async ({ scene }, n) => {
	const before = cpuMs(scene.pid);

	await scene.tool('start_tasks', { tasks: [{ command, label: 'link0' }] });
	await scene.fill(n - 1, (i) => ({ command: ['true'], label: `link${i + 1}`,
		after: [`link${i}`] }));
	await scene.drained();
	return (cpuMs(scene.pid) - before) / n * 1e3;
};

export const growth = [
	['run-task', 'run_task of true', call('run_task', { command: ['true'] })],
	['list-20', 'list_tasks of 20', call('list_tasks', { limit: 20 })],
	['list-200', 'list_tasks of 200, as JSON',
		call('list_tasks', { limit: 200, form: 'json' })],
	['list-active', 'list_tasks of 200 active ones',
		call('list_tasks', { scope: 'active', limit: 200 })],
	['check-default', 'check_tasks without ids', call('check_tasks')],
	['check-50', 'check_tasks of 50', call('check_tasks', { ids: ids('t') })],
	['check-unknown', 'check_tasks of 50 labels that do not exist',
		call('check_tasks', { ids: ids('nobody') })],
	['ls', 'ccproc ls', commandLs],
	['others', 'the longest wait of another session in all of these', others],
].map(([name, what, ours]) => ({ ...QUEUED, name: `queued-${name}`,
	what: `${what}, while n tasks wait`, ours })).concat([{
	...QUEUED, name: 'queued-exit', unit: 'us',
	what: 'processor time of the daemon for a run_task, while n tasks wait',
	ours: exits,
}, {
	...QUEUED, name: 'queued-start-50', rounds: 1,
	what: 'start_tasks of 50 more, while n tasks wait',
	ours: ofFifty,
}, {
	...QUEUED, name: 'queued-memory', rounds: 1, unit: 'MB',
	what: 'memory of the daemon (RSS), while n tasks wait',
	ours: ({ scene }) => rssKb(scene.pid) / 1024,
}, {
	...QUEUED, name: 'queued-restart', rounds: 1,
	what: 'start of a daemon after a SIGKILL, while n tasks wait',
	ours: (context) => context.scene.withoutDaemon(async () =>
		(await context.client(context.scene.ours, 'none')).start_ms[0],
	'SIGKILL'),
}, {
	name: 'chain', unit: 'us', scene: 'fresh', sizes: [100, 500, 2000],
	what: 'processor time of the daemon for each task of a chain of n',
	rounds: 1,
	ours: perTask(['true']),
}, {
	name: 'chain-broken', unit: 'us', scene: 'fresh', sizes: [100, 500, 2000],
	what: 'the same of a chain whose first task fails',
	rounds: 1,
	ours: perTask('sleep 2; false'),
}]);
