#!/usr/bin/env node
// What a call costs the daemon while many tasks wait: milliseconds of its
// processor time, and the longest that another session's ping waited.
//
//	bench/growth.mjs BUILD [N ...]	default: 100 1000 9900 queued tasks
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [build, ...sizes] = process.argv.slice(2);

process.env.CCPROC_BUILD = build;
const { waitFor, World } = await import('../tests/system/lib/harness.mjs');
const { join } = await import('../tests/system/lib/session.mjs');

const GROUP = 50;
const cpuMs = (pid) => Number(fs.readFileSync(`/proc/${pid}/schedstat`,
	'latin1').split(' ')[0]) / 1e6;

/** Starts n tasks, all with the same options, in groups. */
async function fill(bridge, n, task) {
	for (let i = 0; i < n; i += GROUP)
		await bridge.tool('start_tasks', { tasks: Array.from(
			{ length: Math.min(GROUP, n - i) }, (_, j) => task(i + j)) });
}

class Meter {
	constructor(world, other) {
		this.pid = world.daemon();
		this.other = other;
		this.rows = [];
	}

	async measure(name, call) {
		let going = true, longest = 0;
		const pings = (async () => {
			while (going) {
				const start = performance.now();

				await this.other.request('ping');
				longest = Math.max(longest, performance.now() - start);
				await sleep(1);
			}
		})();
		const before = cpuMs(this.pid), start = performance.now();

		await call();
		const wall = performance.now() - start;
		const cpu = cpuMs(this.pid) - before;

		going = false;
		await pings;
		console.log(`${name.padEnd(44)} ${cpu.toFixed(1).padStart(9)} ms CPU` +
			` ${wall.toFixed(1).padStart(9)} ms  ping <= ${longest.toFixed(1)}`);
	}
}

for (const n of sizes.length > 0 ? sizes.map(Number) : [100, 1000, 9900]) {
	const world = new World({ config: { commands: { max_running: 2 } } });

	try {
		const bridge = await join(world), other = await join(world);
		const gate = `${world.work}/gate`;
		const waits = ['sh', '-c', `until [ -e ${gate} ]; do sleep 0.1; done`];
		const meter = new Meter(world, other);

		console.log(`${n} queued`);
		await bridge.tool('start_tasks', { tasks: [{ command: waits,
			label: 'first' }] });
		await meter.measure('filling', () => fill(bridge, n, (i) => ({
			command: ['true'], label: `l${i}`, after: ['t1'] })));
		const call = (name, args) => meter.measure(
			`${name} ${JSON.stringify(args).slice(0, 30)}`,
			() => bridge.tool(name, args));

		await call('run_task', { command: ['true'] });
		await meter.measure('start_tasks of 50', () => fill(bridge, GROUP,
			() => ({ command: ['true'], after: ['t1'] })));
		await call('list_tasks', { limit: 20 });
		await call('list_tasks', { limit: 200, form: 'json' });
		await call('list_tasks', { scope: 'active', limit: 200 });
		await call('check_tasks', {});
		await call('check_tasks', { ids: Array.from({ length: 50 },
			(_, i) => `t${i + 2}`) });
		await call('check_tasks', { ids: Array.from({ length: 50 },
			(_, i) => `nobody${i}`) });
		await meter.measure('ccproc ls', () => world.run('ccproc', ['ls']));
		await call('stop_tasks', { ids: ['t1'] });
		await meter.measure('the end of all', () => waitFor(async () =>
			/ 0 running, 0 queued/.test((await bridge.tool('list_tasks',
				{ limit: 1 })).text), { timeout: 600000 }));
		const ended = Array.from({ length: 50 }, (_, i) => `t${i + 2}`);

		await call('check_tasks', { ids: ended });
		await call('check_tasks', {});
		await call('list_tasks', { limit: 200, form: 'json' });
		await meter.measure('unknown labels of history', () => bridge.tool(
			'check_tasks', { ids: ended.map((id) => `no-${id}`) }));
		console.log(`memory ${fs.readFileSync(`/proc/${meter.pid}/status`,
			'latin1').match(/VmRSS:\s+(\d+)/)[1]} kB`);
	} finally {
		await world.close();
	}
}
