// What it costs to start tasks.
import { toolCall } from '../context.mjs';
import { servers } from '../peers.mjs';

const TASKS = 20;
const BATCHES = 3;
const places = ['tmpfs', 'disk'];

const runTrue = async (context, at, call) =>
	(await context.client(at, call, { calls: TASKS })).us_p50 / 1e3;

/** [ms until accepted, ms until the end is told] of one start_tasks. */
async function startTasks({ scene: { bridge } }, size) {
	const tasks = Array.from({ length: size }, () => ({ command: ['true'] }));
	const begin = performance.now();
	const { text } = await bridge.tool('start_tasks', { tasks });
	const accepted = performance.now() - begin;
	const [group] = text.match(/g\d+/);

	await bridge.tool('check_tasks', { ids: [group], wait_s: 60,
		detail: 'status' });
	return [accepted, performance.now() - begin];
}

/** The same of the floor. */
const batch = async (context, size) => (await context.run(
	context.programs.floor, ['batch', context.fresh(), size]))
	.split(' ').map(Number);

/** Columns of one of the two times. */
const startColumns = (which) => Object.fromEntries(
	[['ours', startTasks], ['floor', batch]].map(([name, measure]) =>
		[name, async (context, size) => {
			const all = [];

			for (let i = 0; i < BATCHES; i++)
				all.push((await measure(context, size))[which]);
			return all;
		}]));

export const starts = [{
	name: 'run-task', unit: 'ms', scene: 'daemon', places, picture: true,
	what: 'run_task of the shell line true, until its whole answer',
	ours: (context) => runTrue(context, context.scene.ours,
		toolCall('run_task', { command: 'true' })),
	floor: async (context) => (await batch(context, 1))[1],
	...Object.fromEntries(Object.entries(servers).map(([name, at]) =>
		[name, (context) => runTrue(context, at(),
			toolCall('execute', { command: 'true' }))])),
}, {
	name: 'start-tasks', unit: 'ms', scene: 'daemon', places,
	sizes: [1, 8, 50],
	what: 'start_tasks of n times true, until it is answered',
	...startColumns(0),
}, {
	name: 'start-tasks-ended', unit: 'ms', scene: 'daemon', places,
	sizes: [1, 8, 50],
	what: 'the same, until their end is told',
	...startColumns(1),
}];
