// How many tasks come to their end in a second.
import path from 'node:path';

import { buildDir } from '../../../tests/system/lib/harness.mjs';
import { toolCall } from '../context.mjs';
import { Missing } from '../missing.mjs';
import { program } from '../peers.mjs';
import { AT_ONCE } from '../scenes.mjs';

const MANY = 1000;
const HUGE = 10000;
const BY_COMMAND = 200;
const places = ['tmpfs', 'disk'];

const perSecond = async (context, n, fn) => n / (await context.ms(fn)) * 1000;

const startTasks = (context, n) => perSecond(context, n, async () => {
	await context.scene.fill(n, () => ({ command: ['true'] }));
	await context.scene.drained();
});

const runTask = async (context, n) => (await context.client(context.scene.ours,
	toolCall('run_task', { command: ['true'] }),
	{ sessions: AT_ONCE, atOnce: true, calls: n / AT_ONCE })).calls_s;

/** Times a shell line that is called with a number of tasks. */
const bySh = (line) => (context, n) => perSecond(context, n, () =>
	context.shell(line, [n], { env: context.env }));

const ofPeer = (name, line) => async (context, n) => {
	program(name);
	if (name === 'pueue')
		await context.pueue();
	return bySh(line)(context, n);
};

const byCommand = (context, n) => perSecond(context, n, async () => {
	await context.shell('while [ $((i += 1)) -le $1 ]; do "$2" start -- true; ' +
		'done >/dev/null </dev/null', [n, path.join(buildDir(), 'ccproc')],
	context.scene.ours);
	await context.scene.drained();
});

const floor = (...more) => async (context, n) => Number(await context.run(
	context.programs.floor, ['many', context.programs.shim, n, AT_ONCE,
		...more.length > 0 ? [context.fresh(), ...more.slice(1)] : []]));

/** Bare, and with the files that a task has, synced where that is promised. */
const floors = {
	floor: floor(),
	'floor with files': floor('files'),
	'floor with synced files': floor('files', 'sync'),
};

const spooler = 'tsp -S 8; while [ $((i += 1)) -le $1 ]; do tsp -n true; done ' +
	'>/dev/null; tsp -w; tsp -K';

export const rates = [{
	name: 'rate', unit: '/s', scene: 'daemon', places, sizes: [MANY],
	what: 'n times true, 8 at once, by start_tasks of 50', picture: true,
	goal: { least: 0.7, of: 'floor' }, rounds: 3,
	ours: startTasks, ...floors,
	xargs: bySh('seq $1 | xargs -P 8 -n 1 sh -c true'),
	'task-spooler': ofPeer('tsp', spooler),
	'GNU parallel': ofPeer('parallel', 'seq $1 | parallel -j 8 -N0 true'),
	nq: ofPeer('nq', 'while [ $((i += 1)) -le $1 ]; do nq -q true; done; nq -w'),
	pueue: () => {
		throw new Missing('runs one in 40 ms: see rate-by-command');
	},
}, {
	name: 'rate-run-task', unit: '/s', scene: 'daemon', places, sizes: [MANY],
	what: 'the same by run_task of 8 sessions', rounds: 3,
	goal: { least: 0.7, of: 'floor' },
	ours: runTask, floor: floors.floor,
}, {
	name: 'rate-by-command', unit: '/s', scene: 'daemon', places,
	sizes: [BY_COMMAND], rounds: 3,
	what: 'n times ccproc start -- true, one after the other',
	ours: byCommand, floor: floors.floor,
	pueue: ofPeer('pueue', 'pueue parallel 8; while [ $((i += 1)) -le $1 ]; ' +
		'do pueue add true; done >/dev/null; pueue wait >/dev/null'),
}, {
	name: 'rate-huge', unit: '/s', scene: 'fresh', places: ['tmpfs'],
	sizes: [HUGE], rounds: 1,
	what: 'n times true, 8 at once, by start_tasks of 50',
	goal: { least: 0.7, of: 'floor' },
	ours: startTasks, ...floors,
}];
