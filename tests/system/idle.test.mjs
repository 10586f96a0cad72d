// While nobody asks and no task writes, none of our programs runs at all.
// Runs alone: it measures that nothing runs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { waitFor, within } from './lib/harness.mjs';
import { blindKernel } from './lib/keeper.mjs';
import { connect, join } from './lib/session.mjs';

const WINDOW_MS = 10000;
const OURS = ['ccprocd', 'ccproc-bridge', 'ccproc-keeper'];

const proc = (pid, file) => fs.readFileSync(`/proc/${pid}/${file}`, 'utf8');
const comm = (pid) => proc(pid, 'comm').trim();

/**
 * How often each thread of a process went to sleep or was preempted, and
 * where the kernel tells it, for how many nanoseconds it ran.  A process
 * that makes a system call has been woken up for it, which counts here.
 */
function work(pid) {
	const threads = fs.readdirSync(`/proc/${pid}/task`);

	return [comm(pid), pid, ...threads.flatMap((tid) => {
		const file = (name) => `task/${tid}/${name}`;

		return [...proc(pid, file('status')).match(/^\w*ctxt_switches.*/gm),
			fs.existsSync(`/proc/${pid}/${file('schedstat')}`) ?
				proc(pid, file('schedstat')).trim() : ''];
	})].join(' ');
}

/** Waits until what fn tells is the same for a while. */
const settled = (fn) => waitFor(async () => {
	const before = fn();

	await sleep(500);
	return fn() === before;
}, { timeout: 20000, what: 'a quiet half second' });

/** The processes of a world, which has to have these programs. */
function programs(world, counts) {
	const pids = world.processes().filter((pid) => OURS.includes(comm(pid)));

	assert.deepEqual(OURS.map((name) =>
		pids.filter((pid) => comm(pid) === name).length), counts);
	return pids;
}

async function listen(bridge) {
	const acknowledged = new Promise((resolve) => bridge.once(
		'notifications/subscriptions/acknowledged', resolve));

	bridge.send({ jsonrpc: '2.0', id: 'listen:0',
		method: 'subscriptions/listen', params: { _meta: bridge.meta,
			notifications: { toolsListChanged: true,
				resourcesListChanged: true } } });
	await within(10000, acknowledged, 'the acknowledgement');
}

test('idle is idle', { skip: blindKernel }, async (t) => {
	const { world, bridge } = await connect(t);
	const modern = await join(world, 'modern');
	const tasks = [...Array(4)].map(() =>
		({ command: 'echo up; exec sleep 1000' }));

	await listen(modern);
	tasks[0].timeout_s = 900;
	for (const client of [bridge, modern]) {
		const { isError, text } = await client.tool('start_tasks', { tasks });

		assert.ok(!isError, text);
	}
	await waitFor(() => world.live().length === 8 &&
		world.live().every((id) => world.output(id) === 'up\n'));

	const pids = programs(world, [1, 2, 8]);
	const all = () => pids.map(work);
	await settled(() => all().join('\n'));
	const before = all();
	await sleep(WINDOW_MS);
	assert.deepEqual(all(), before);

	// They can be seen to work: it was no standstill that we measured.
	for (const client of [bridge, modern])
		assert.match((await client.tool('list_tasks')).text, /running/);
	const after = all();
	assert.deepEqual(pids.filter((_, i) => after[i] !== before[i]).map(comm)
		.sort(), ['ccproc-bridge', 'ccproc-bridge', 'ccprocd']);
});
