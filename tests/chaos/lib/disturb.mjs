// What happens to the world of a soak: a kind at random, one after another,
// each of which is undone before the next; kills of sessions and keepers come
// in between.  What this machine does not allow is left out.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { kill, waitFor } from '../../system/lib/harness.mjs';
import { another, installed, VERSION } from '../../system/lib/versions.mjs';
import { keepers } from './killer.mjs';
import { holder, read } from './world.mjs';

const execute = promisify(execFile);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** How often each kind comes. */
const KINDS = { daemon: 12, term: 4, bridge: 12, keeper: 12, stopDaemon: 6,
	stopKeepers: 6, clock: 8, full: 6, readonly: 4, descriptors: 6,
	upgrade: 4 };
/** Those that end daemons: in times of rest there are none. */
const DEADLY = ['daemon', 'term', 'readonly', 'upgrade'];
/** Times of rest show what a daemon gathers as it works. */
const REST_S = 300;
const ROUGH_S = 300;
const DAY_S = 86400;
const DISK = 'size=256m,mode=700';

const runs = (program, ...args) => spawnSync(program, args).status === 0;

export class Disturber {
	#random;
	#soak;
	#undo = () => {};

	constructor(soak, random) {
		this.#soak = soak;
		this.#random = random;
		this.kinds = { ...KINDS };
		this.without = [];
		this.done = Object.fromEntries(Object.keys(KINDS)
			.map((kind) => [kind, 0]));
		this.now = undefined; // what goes on
		this.spans = []; // [kind, from, to] by performance.now
		this.prefixes = ['a', 'b'].map((name) =>
			path.join(soak.world.root, `bin-${name}`));
		this.prefix = this.prefixes[0];
	}

	/** Makes the programs and the disk; before anything is started. */
	prepare() {
		const { world } = this.#soak;
		const [a, b] = this.prefixes;

		installed(a);
		installed(b);
		for (const program of ['ccproc', 'ccprocd', 'ccproc-bridge',
			'ccproc-keeper'])
			another(program, b, VERSION.replace(/\d$/, (n) =>
				(Number(n) + 1) % 10));
		delete world.env.CCPROC_LIBEXEC;
		if (!this.#ownClock())
			this.#without('clock', 'cc, patchelf');
		if (!runs('mount', '-t', 'tmpfs', '-o', DISK, 'none', world.state))
			this.#without('full readonly', 'the right to mount');
		else
			this.mounted = true;
		if (!runs('prlimit', '--version'))
			this.#without('descriptors', 'prlimit');
	}

	#without(kinds, what) {
		for (const kind of kinds.split(' '))
			delete this.kinds[kind];
		this.without.push(`${kinds} (needs ${what})`);
	}

	/** Gives the daemons a wall clock that can be set. */
	#ownClock() {
		const { world } = this.#soak;
		const library = path.join(world.root, 'clock.so');

		this.clockFile = path.join(world.root, 'clock');
		this.#setClock(0);
		world.env.CCPROC_CHAOS_CLOCK = this.clockFile;
		return runs('cc', '-shared', '-fPIC', '-o', library,
			here('clock.c')) && this.prefixes.every((dir) =>
			runs('patchelf', '--add-needed', library,
				path.join(dir, 'ccprocd')));
	}

	/** In place, for who has mapped it. */
	#setClock(seconds) {
		const fd = fs.openSync(this.clockFile,
			fs.constants.O_RDWR | fs.constants.O_CREAT);
		const bytes = Buffer.alloc(8);

		bytes.writeBigInt64LE(BigInt(seconds));
		fs.writeSync(fd, bytes, 0, 8, 0);
		fs.closeSync(fd);
	}

	/** Until over() is true. */
	async work(over) {
		const began = performance.now();
		const resting = () => (performance.now() - began) / 1000 %
			(ROUGH_S + REST_S) > ROUGH_S;

		while (!over()) {
			await sleep(this.#random.int(200, 4000));
			const kind = this.#random.weighted(this.kinds);

			if (!over() && !(resting() && DEADLY.includes(kind)))
				await this.#one(kind);
		}
	}

	async #one(kind) {
		const from = performance.now();

		this.now = kind;
		try {
			if (await this[kind]() !== false)
				this.done[kind]++;
		} catch (error) {
			this.#soak.complain({ index: '-' }, `disturb ${kind}`,
				error.message);
		} finally {
			await this.undo();
			this.now = undefined;
			this.spans.push([kind, from, performance.now()]);
			this.#soak.note(`${kind} ${(performance.now() - from)
				.toFixed(0)} ms`);
		}
	}

	/** What has gone on since then, and a little before. */
	since(from) {
		return [...new Set([...this.spans.filter(([, , to]) =>
			to > from - 2000).map(([kind]) => kind), this.now])]
			.filter(Boolean);
	}

	/** Everything as it should be. */
	async undo() {
		const undo = this.#undo;

		this.#undo = () => {};
		await undo();
	}

	#hold(low, high) {
		return sleep(this.#random.int(low, high));
	}

	// ---- the kinds ----

	#kill(signal) {
		const pid = holder(this.#soak.world);

		return pid !== undefined && (kill(pid, signal), true);
	}

	async daemon() {
		for (let n = this.#random.pick([1, 1, 1, 2, 3]); n > 0; n--) {
			if (!this.#kill('SIGKILL'))
				return false;
			await this.#hold(0, 60);
		}
		return true;
	}

	term() {
		return this.#kill('SIGTERM');
	}

	bridge() {
		return this.#random.pick(this.#soak.clients).killBridge();
	}

	#someKeepers(n) {
		const all = keepers(this.#soak.world);

		return Array.from({ length: Math.min(n, all.length) }, () =>
			all.splice(this.#random.int(0, all.length - 1), 1)[0]);
	}

	keeper() {
		const some = this.#someKeepers(this.#random.int(1, 3));

		for (const [pid, dir] of some) {
			this.#soak.keeperDies(dir);
			kill(pid, 'SIGKILL');
		}
		return some.length > 0;
	}

	async #stop(pids, low, high) {
		this.#undo = () => pids.forEach((pid) => kill(pid, 'SIGCONT'));
		pids.forEach((pid) => kill(pid, 'SIGSTOP'));
		await this.#hold(low, high);
		return pids.length > 0;
	}

	stopDaemon() {
		return this.#stop([holder(this.#soak.world)].filter(Boolean),
			50, 4000);
	}

	stopKeepers() {
		return this.#stop(this.#someKeepers(5).map(([pid]) => pid), 50, 4000);
	}

	/** Ahead or behind, and it stays so until the next time. */
	clock() {
		this.#setClock(this.#random.pick([0, 0, 3600, -3600, DAY_S, -DAY_S,
			40 * DAY_S, -40 * DAY_S, this.#random.int(-9, 9)]));
	}

	async full() {
		const file = path.join(this.#soak.world.state, 'fill');
		const until = performance.now() + this.#random.int(200, 3000);
		const fd = fs.openSync(file, 'w', 0o600);
		const bytes = Buffer.alloc(1 << 20);

		this.#undo = () => {
			fs.closeSync(fd);
			fs.rmSync(file, { force: true });
		};
		while (performance.now() < until) {
			for (let size = bytes.length; size >= 4096; size /= 4)
				try {
					for (;;)
						fs.writeSync(fd, bytes, 0, size);
				} catch (error) {
					if (error.code !== 'ENOSPC')
						throw error;
				}
			await sleep(20);
		}
	}

	/**
	 * Whatever is opened by its path meets a read-only file system; with a
	 * new daemon, for the old one has its folder open.
	 */
	async readonly() {
		const { world } = this.#soak;
		const before = holder(world);

		if (!runs('mount', '--bind', world.state, world.state))
			return false;
		this.#undo = async () => {
			if (!runs('umount', '-l', world.state))
				throw new Error(`cannot umount ${world.state}`);
			// its folder is what was covered just now
			if (holder(world) !== before)
				this.#kill('SIGTERM');
		};
		if (!runs('mount', '-o', 'remount,ro,bind', world.state))
			return false;
		await this.#hold(0, 1500);
		if (this.#random.chance(0.5))
			this.#kill('SIGKILL');
		await this.#hold(200, 3000);
		return true;
	}

	/** Down to about what is open. */
	async descriptors() {
		const pid = holder(this.#soak.world);

		if (pid === undefined)
			return false;
		const [, soft] = /open files\s+(\d+)/.exec(
			read(`/proc/${pid}/limits`)) ?? [];
		const limit = (n) => runs('prlimit', '--pid', String(pid),
			`--nofile=${n}:`);

		if (soft === undefined)
			return false;
		this.#undo = () => limit(soft);
		limit(fs.readdirSync(`/proc/${pid}/fd`).length +
			this.#random.int(-8, 4));
		await this.#hold(300, 4000);
		return true;
	}

	/** The programs at the other place are the installed ones from now on. */
	async upgrade() {
		const { world } = this.#soak;

		this.prefix = this.prefixes.find((dir) => dir !== this.prefix);
		await execute(path.join(this.prefix, 'ccproc'), ['restart'],
			{ env: world.env, cwd: world.work, timeout: 60000 });
		await waitFor(() => holder(world), { what: 'a daemon' });
		return true;
	}

	/** Leaves no mount behind. */
	close() {
		if (!this.mounted)
			return;
		try {
			for (let i = 0; i < 3; i++) // bound ones, too
				execFileSync('umount', ['-l', this.#soak.world.state],
					{ stdio: 'ignore' });
		} catch {
			// that was the last
		}
	}
}
