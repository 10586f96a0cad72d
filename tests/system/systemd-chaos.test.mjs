// Chaos under a live `systemd --user`: the daemon is killed and comes back by
// Restart=on-failure, the unit is restarted, stopped and started, and a daemon
// that hangs is ended by the watchdog, while clients go on with their jobs.
// Runs alone: it has a systemd of its own.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Chaos } from '../chaos/lib/chaos.mjs';
import { prepare } from '../chaos/lib/world.mjs';
import { Bridge, kill } from './lib/harness.mjs';
import { install, runInside, runScenario, whyNot } from './lib/systemd.mjs';

const FILE = fileURLToPath(import.meta.url);
const UNITS = ['ccprocd.socket', 'ccprocd.service'];

/** Makes a home what chaos takes for a world. */
function worldOf(home) {
	const live = path.join(home.state, 'live');

	return Object.assign(home, {
		marker: 'CCPROC_TASK=', // nobody else is in this pid namespace
		bridges: new Set(),
		bridge(options) {
			const bridge = new Bridge(home, options);

			home.bridges.add(bridge);
			return bridge;
		},
		live: () => fs.readdirSync(live)
			.map((name) => `t${name.split('-')[0]}`),
		close: () => Promise.all([...home.bridges]
			.map((bridge) => bridge.close())),
	});
}

async function chaos(home, options, extra, disturb) {
	home.configure(prepare(worldOf(home)));
	await home.enable(`RestartSec=100ms\n${extra}`);
	const run = new Chaos({ bridges: 3, bridgeKills: 2, keeperKills: 0,
		limit: 50, disturb, ...options }, home);
	const fine = await run.run();

	console.log(run.summary);
	assert.ok(fine, run.details);
}

const scenarios = {
	'killed, and back by itself': async (home) => {
		await chaos(home, { seed: 1, tasks: 200, kills: 12 }, '', []);
		const restarts = Number(await home.show('NRestarts'));

		assert.ok(restarts >= 1, `${restarts} restarts by systemd`);
	},

	'restarted, stopped and started': (home) => chaos(home,
		{ seed: 2, tasks: 200, kills: 2 }, '', [
			() => home.systemctl('restart', 'ccprocd'),
			async () => {
				await home.systemctl('stop', ...UNITS);
				await home.systemctl('start', 'ccprocd.socket');
			},
			() => home.systemctl('restart', 'ccprocd'),
		]),

	'hanging, until the watchdog ends it': async (home) => {
		await chaos(home, { seed: 3, tasks: 150, kills: 0 }, 'WatchdogSec=1s',
			[1, 2].map(() => async () => {
				const pid = await home.nextPid(0);

				kill(pid, 'SIGSTOP');
				await home.nextPid(pid);
			}));
		assert.ok(Number(await home.show('NRestarts')) >= 2);
	},
};

if (scenarios[process.argv[2]])
	await runScenario(scenarios, process.argv[2]);
else
	describe('chaos under systemd --user', { concurrency: 2 }, () => {
		const skip = whyNot(FILE);
		const root = skip ? undefined : install();

		after(() => root && fs.rmSync(root, { recursive: true }));
		for (const name of Object.keys(scenarios))
			test(name, { skip }, async (t) =>
				t.diagnostic(await runInside(root, FILE, name)));
	});
