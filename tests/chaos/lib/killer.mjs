// Who is killed, and when: a schedule that follows from the seed.  Kills come
// when a certain part of the work is done, and a moment later; some strike the
// next daemon too, as soon as it is there.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { kill, waitFor } from '../../system/lib/harness.mjs';
import { comm, holder, keeps, read } from './world.mjs';

/** How often a kill of the daemon is followed by a kill of the next one. */
const AGAIN = 0.25;
/** A client needs this long in between to get anything done at all. */
const APART_MS = 30;

const parentOf = (pid) =>
	/\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1] ?? '0';

/**
 * The keepers of a world that run a task: [pid, its directory].  A child that
 * has not become the task's program yet is none.
 */
export const keepers = (world) => fs.readdirSync('/proc')
	.filter((name) => /^\d+$/.test(name) &&
		comm(name) === 'ccproc-keeper' &&
		comm(parentOf(name)) !== 'ccproc-keeper')
	.map((pid) => [Number(pid), keeps(pid)])
	.filter(([, dir]) => dir?.startsWith(world.state + path.sep));

export class Killer {
	constructor(chaos, random, { kills, bridgeKills, keeperKills,
		disturb = [] }) {
		this.chaos = chaos;
		this.random = random;
		this.killed = { daemon: 0, bridge: 0, keeper: 0, term: 0, other: 0 };
		this.disturb = [...disturb]; // what else happens to the daemon
		this.schedule = [...this.#entries('daemon', kills),
			...this.#entries('term', Math.floor(kills / 10)),
			...this.#entries('other', disturb.length),
			...this.#entries('bridge', bridgeKills),
			...this.#entries('keeper', keeperKills)]
			.sort((a, b) => a.at - b.at);
	}

	#entries(victim, n) {
		const list = [];

		while (list.length < n) {
			const last = list.at(-1);
			const again = victim === 'daemon' && last !== undefined &&
				this.random.chance(AGAIN);

			list.push({ victim, at: again ? last.at :
				0.01 + 0.94 * this.random.next(), again,
			delay: this.random.int(0, again ? 15 : 60),
			which: this.random.next() });
		}
		return list;
	}

	/** Kills on schedule; progress() says how much is done, 0 to 1. */
	async work(progress) {
		this.progress = progress;
		for (const entry of this.schedule) {
			while (progress() < entry.at && !this.chaos.enough())
				await sleep(5);
			await sleep(entry.delay);
			if (await this[entry.victim](entry))
				this.killed[entry.victim]++;
			await sleep(entry.again ? 0 : APART_MS);
		}
	}

	/** 0: all is done, and no client needs one any more. */
	async #daemonPid() {
		const { pid } = await waitFor(() => {
			const pid = holder(this.chaos.world);

			return pid || this.progress() >= 1 ? { pid: pid || 0 } : undefined;
		}, { timeout: 20000, what: 'a daemon to kill' });

		return pid;
	}

	async daemon({ again }) {
		const pid = await this.#daemonPid();

		if (again) // another one than that which was killed just now
			await waitFor(() => holder(this.chaos.world) !== this.last,
				{ timeout: 20000, what: 'another daemon' });
		this.last = again ? await this.#daemonPid() : pid;
		if (this.last !== 0)
			kill(this.last, 'SIGKILL');
		return this.last !== 0;
	}

	async other() {
		await this.disturb.shift()();
		return true;
	}

	async term() {
		const pid = await this.#daemonPid();

		if (pid !== 0)
			kill(pid, 'SIGTERM');
		return pid !== 0;
	}

	async bridge({ which }) {
		const { clients } = this.chaos;

		return clients[Math.floor(which * clients.length)].killBridge();
	}

	async keeper({ which }) {
		const all = keepers(this.chaos.world);
		const [pid, dir] = all[Math.floor(which * all.length)] ?? [];

		if (pid === undefined)
			return false;
		this.chaos.keeperDies(dir);
		kill(pid, 'SIGKILL');
		return true;
	}
}
