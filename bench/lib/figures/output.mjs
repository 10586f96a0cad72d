// Output, searching in it, and the end of trees of processes.
import { waitFor } from '../../../tests/system/lib/harness.mjs';
import { cpuMs } from '../proc.mjs';

const BYTES = 1000000000;
const writing = `head -c ${BYTES} /dev/zero`;

const call = (context, name, args) =>
	context.ms(() => context.scene.tool(name, args));

/** [seconds, milliseconds of the daemon's processor time] that it takes. */
async function write({ scene }) {
	const cpu = cpuMs(scene.pid), begin = performance.now();
	const text = await scene.tool('run_task', { command: writing });
	const passed = [(performance.now() - begin) / 1e3, cpuMs(scene.pid) - cpu];

	await scene.tool('cleanup_tasks', { ids: [text.match(/t\d+/)[0]] });
	return passed;
}

/** The pages of an answer until the end of the output, or one of them. */
async function search({ scene }, args) {
	const begin = performance.now();
	let cursor = 0, text;

	do {
		text = await scene.tool('read_output', { id: 't1', cursor, ...args });
		cursor = Number(text.match(/next cursor (\d+)/)?.[1] ?? BYTES);
	} while (cursor < BYTES);
	return performance.now() - begin;
}

/** Ends a tree of n processes that knows nothing of signals. */
async function stop({ scene }, n) {
	const text = await scene.tool('start_tasks', { tasks: [{ command:
		`i=0; while [ $((i += 1)) -lt ${n} ]; do sleep 100000 & done; ` +
		'echo ready; wait; sleep 100000' }] });
	const [id] = text.match(/t\d+/);

	await waitFor(() => scene.world.output(id) === 'ready\n');
	const begin = performance.now();

	await scene.tool('stop_tasks', { ids: [id], mode: 'now' });
	return performance.now() - begin;
}

export const output = [{
	name: 'write-gigabyte', unit: 's', scene: 'fresh', picture: true,
	what: 'a task writes 1 GB; the floor is the same into a file',
	goal: { most: 1.05, of: 'floor' }, rounds: 3,
	ours: async (context) => (await write(context))[0],
	floor: async (context) => {
		const file = context.fresh();
		const ms = await context.ms(() =>
			context.shell(`${writing} >"$1"`, [file]));

		await context.shell('rm "$1"', [file]);
		return ms / 1e3;
	},
}, {
	name: 'write-gigabyte-daemon', unit: 'ms', scene: 'fresh',
	what: 'processor time of the daemon meanwhile', rounds: 1,
	goal: { most: 5 },
	ours: async (context) => (await write(context))[1],
}, {
	name: 'tail-gigabyte', unit: 'ms', scene: 'gigabyte',
	what: 'the end of an output of 1 GB',
	ours: (context) => call(context, 'read_output', { id: 't1' }),
	floor: async (context) => context.ms(() => context.shell(
		'tail -c 4096 "$1"/tasks/*/1-*/stdout', [context.scene.world.state])),
}, {
	name: 'grep-gigabyte', unit: 'ms', scene: 'gigabyte', rounds: 2,
	what: 'a search that finds nothing in an output of 1 GB',
	ours: (context) => search(context, { grep: 'nobody writes this' }),
	floor: async (context) => context.ms(() => context.shell(
		'! grep "nobody writes this" "$1"/tasks/*/1-*/stdout',
		[context.scene.world.state])),
}, {
	name: 'activity', unit: 'ms', scene: 'agent',
	what: 'what an agent does that has said 200 MB: read_output of activity',
	ours: (context) => call(context, 'read_output',
		{ id: 't1', stream: 'activity' }),
}, {
	name: 'activity-check', unit: 'ms', scene: 'agent',
	what: 'the same agent by check_tasks',
	ours: (context) => call(context, 'check_tasks', { ids: ['t1'] }),
}, {
	name: 'stop-tree', unit: 'ms', scene: 'fresh', sizes: [1, 10, 100, 1000],
	what: 'a tree of n processes is ended; the floor: a group, killed and reaped',
	rounds: 3,
	ours: stop,
	floor: async (context, n) =>
		Number(await context.run(context.programs.floor, ['kill', n])),
}];
