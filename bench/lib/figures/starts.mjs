// What it costs to start tasks.
import path from 'node:path';

import { buildDir } from '../../../tests/system/lib/harness.mjs';
import { toolCall } from '../context.mjs';
import { program, servers } from '../peers.mjs';

const TASKS = 20;
const SAMPLES = 5;
const places = ['tmpfs', 'disk'];

const runTrue = async (context, at, call) =>
	(await context.client(at, call, { calls: TASKS })).us_p50 / 1e3;

/** [ms until accepted, ms until the end is told] of one start_tasks. */
async function startTasks({ scene }, size) {
	const tasks = Array.from({ length: size }, () => ({ command: ['true'] }));
	const begin = performance.now();
	const text = await scene.tool('start_tasks', { tasks });
	const accepted = performance.now() - begin;
	const [group] = text.match(/g\d+/);

	await scene.tool('check_tasks', { ids: [group], wait_s: 60,
		detail: 'status' });
	return [accepted, performance.now() - begin];
}

/** The same of the floor. */
const batch = async (context, size) => (await context.run(
	context.programs.floor, ['batch', context.fresh(), size]))
	.split(' ').map(Number);

/** Some samples of one of the two times. */
const samples = (fn, which) => async (context, size) => {
	const list = [];

	while (list.length < SAMPLES)
		list.push((await fn(context, size))[which]);
	return list;
};

const startColumns = (which) =>
	({ ours: samples(startTasks, which), floor: samples(batch, which) });

/** The milliseconds of a command of ours. */
const ccproc = (...args) => (context) => context.process(
	path.join(buildDir(), 'ccproc'), args, context.scene.ours);

const ofProgram = (name, ...args) => async (context) => {
	program(name);
	if (name === 'pueue')
		await context.pueue();
	return context.process(name, args);
};

export const starts = [{
	name: 'first-instruction', unit: 'us', scene: 'daemon', places,
	what: 'from the call to the first instruction of the program, p50',
	goal: { most: 1.5, of: 'floor' }, picture: true,
	ours: async (context) => (await context.client(context.scene.ours,
		toolCall('run_task', { command: [context.programs.stamp] }),
		{ calls: TASKS })).stamp_us_p50,
	floor: async (context) => (await context.run(context.programs.floor,
		['first', context.programs.shim, TASKS, context.fresh(),
			context.programs.stamp]))
		.trim().split('\n').map(Number),
}, {
	name: 'run-task', unit: 'ms', scene: 'daemon', places, picture: true,
	what: 'run_task of the shell line true, until its whole answer',
	ours: (context) => runTrue(context, context.scene.ours,
		toolCall('run_task', { command: 'true' })),
	floor: samples((context) => batch(context, 1), 1),
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
}, {
	name: 'command-start', unit: 'ms', scene: 'daemon', places,
	what: 'ccproc start -- true; the floor is true itself',
	ours: ccproc('start', '--', 'true'), floor: ofProgram('true'),
	'task-spooler': ofProgram('tsp', 'true'),
	nq: ofProgram('nq', '-q', 'true'),
	pueue: ofProgram('pueue', 'add', 'true'),
}, {
	name: 'command-run', unit: 'ms', scene: 'daemon', places,
	what: 'ccproc run -- true', picture: true,
	ours: ccproc('run', '--', 'true'), floor: ofProgram('true'),
	'task-spooler': ofProgram('tsp', '-nf', 'true'),
	'GNU parallel': ofProgram('parallel', '-N0', 'true', ':::', '1'),
}, {
	name: 'command-ls', unit: 'ms', scene: 'daemon',
	what: 'ccproc ls, of the tasks that the figures before have left',
	ours: ccproc('ls'), floor: ofProgram('true'),
	'task-spooler': ofProgram('tsp'),
	pueue: ofProgram('pueue', 'status'),
}];
