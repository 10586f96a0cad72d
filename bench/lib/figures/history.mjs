// What the past costs: 100,000 tasks that have ended, in n days.
import { toolCall } from '../context.mjs';
import { peakKb, rssKb } from '../proc.mjs';
import { ENDED, GROUP } from '../scenes.mjs';

const MB = 1024;
const DAYS = { scene: 'history', sizes: [100, 1] };
const CALLS = 5;

/** The milliseconds of a call; the first one of a round is not counted. */
const call = (name, args, calls = CALLS) => async (context) =>
	(await context.client(context.scene.ours, toolCall(name, args),
		{ calls })).us_p50 / 1e3;

const last = Array.from({ length: GROUP }, (_, i) => `t${ENDED - 2 * i}`);

/** The start of a daemon, and a first call, in milliseconds. */
const restarted = (which) => (context) => context.scene.withoutDaemon(
	async () => which(await context.client(context.scene.ours,
		toolCall('list_tasks', { scope: 'all', limit: 20 }), { calls: 1 })));

export const history = [{
	...DAYS, name: 'history-list', unit: 'ms', picture: true,
	what: 'list_tasks of the latest 50 of 100,000 ended in n days',
	goal: { most: 10 },
	ours: call('list_tasks', { scope: 'all', limit: 50 }),
}, {
	...DAYS, name: 'history-list-20', unit: 'ms',
	what: 'the same of the latest 20', goal: { most: 10 },
	ours: call('list_tasks', { scope: 'all', limit: 20 }),
}, {
	...DAYS, name: 'history-check', unit: 'ms',
	what: 'check_tasks of 50 ids of them',
	ours: call('check_tasks', { ids: last }),
}, {
	...DAYS, name: 'history-check-oldest', unit: 'ms',
	what: 'check_tasks of the oldest one',
	ours: call('check_tasks', { ids: ['t1'] }),
}, {
	...DAYS, name: 'history-label', unit: 'ms',
	what: 'check_tasks of a label of the latest',
	ours: call('check_tasks', { ids: [`l${String(ENDED).padStart(7, 0)}`] }),
}, {
	...DAYS, name: 'history-unknown', unit: 'ms',
	what: 'check_tasks of 50 labels that do not exist', rounds: 2,
	ours: async ({ scene }) => {
		const begin = performance.now();

		await scene.bridge.tool('check_tasks', { ids: Array.from(
			{ length: GROUP }, (_, i) => `nobody${i}`) });
		return performance.now() - begin;
	},
}, {
	...DAYS, name: 'history-check-default', unit: 'ms',
	what: 'check_tasks without ids',
	ours: call('check_tasks', {}),
}, {
	...DAYS, name: 'history-start', unit: 'ms',
	what: 'start of a daemon over them, until a session is answered',
	goal: { most: 50 }, rounds: 3,
	ours: restarted(({ start_ms: [ms] }) => ms),
}, {
	...DAYS, name: 'history-first-list', unit: 'ms',
	what: 'the first list_tasks of that daemon', rounds: 3,
	ours: restarted(({ us_p50: us }) => us / 1e3),
}, {
	...DAYS, name: 'history-memory', unit: 'MB',
	what: 'memory of the daemon (RSS) after all this', rounds: 1,
	goal: { most: 8 },
	ours: ({ scene }) => rssKb(scene.pid) / MB,
}, {
	...DAYS, name: 'history-peak', unit: 'MB',
	what: 'most memory that it ever had', rounds: 1,
	goal: { most: 8 },
	ours: ({ scene }) => peakKb(scene.pid) / MB,
}];
