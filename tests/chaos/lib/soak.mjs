// A soak: hours of tasks that keep accounts of themselves (ledger.mjs), while
// everything is disturbed (disturb.mjs).  What is told of each task must be
// what it has noted; nothing else is believed.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, kill, patient, processesWith, waitFor, World }
	from '../../system/lib/harness.mjs';
import { Disturber } from './disturb.mjs';
import { Ledger } from './ledger.mjs';
import { Random } from './random.mjs';
import { SoakClient } from './soak-client.mjs';
import { growth, Samples } from './samples.mjs';
import { comm, compareDaemons, holder, makeWorld, measure, read }
	from './world.mjs';

/** Tasks are told within this time, or something is stuck. */
const TOLD_MS = 300000;
const SAMPLE_MS = 5000;
const MINUTE_MS = 60000;
/** Problems that are kept with all that belongs to them. */
const KEPT = 40;
/** What a daemon may gather for 10,000 tasks. */
const MOST = { mib: 4, fds: 5 };
const CONFIG = {
	commands: { max_running: 24 },
	retention: { max_tasks: 2000, max_age_s: 600, unseen_grace_s: 7200 },
};

export class Soak {
	constructor(options) {
		this.options = options;
		this.random = new Random(options.seed);
		this.world = makeWorld(options.state);
		this.#configure();
		this.ledgerFile = path.join(this.world.work, 'ledger');
		this.ledger = new Ledger(this.ledgerFile, this.world.talkLog);
		this.disturber = new Disturber(this, this.random.fork('disturb'));
		this.untold = new Set(); // of which an answer has named the id
		this.unknown = new Map(); // whose answer has not come, by label
		this.refused = new Set();
		this.most = new Map(); // labels that may begin several times
		this.deadKeepers = new Set(); // directories of tasks
		this.counts = { tasks: 0, told: 0, wrong: 0 };
		this.outcomes = {};
		this.errors = new Map(); // what clients were told, and how often
		this.pause = { ms: 0 };
		this.samples = new Samples();
		this.growth = growth([]);
		this.over = false;
	}

	#configure() {
		const file = path.join(this.world.root, 'config.json');
		const config = JSON.parse(read(file));

		Object.assign(config, CONFIG);
		config.agents.model_may_allow = true;
		fs.writeFileSync(file, JSON.stringify(config));
	}

	// ---- what clients tell ----

	enough() {
		return this.over;
	}

	took(ms, what) {
		if (ms > this.pause.ms)
			this.pause = { ms, what, during:
				this.disturber.since(performance.now() - ms) };
	}

	/** An error that a client saw; many come of what is done to the world. */
	complain(client, what, text) {
		const kind = `${what}: ${String(text).split('\n')[0]
			.replaceAll(this.world.root, '').replace(/\d+/g, 'N')
			.slice(0, 160)}`;

		if (!this.errors.has(kind))
			this.note(`client ${client.index} was told: ${kind}`);
		this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
		if (/^bridge: ended/.test(kind))
			this.report(`client ${client.index}`, `its ${text}`);
	}

	note(text) {
		if (this.options.verbose)
			console.log(`${this.#minutes()} ${text}`);
	}

	/** The keeper of a task, or of a later run of it, is about to be killed. */
	keeperDies(dir) {
		this.deadKeepers.add(this.#folder(dir));
	}

	#folder(dir) {
		return path.relative(this.world.state, dir).split(path.sep)
			.slice(0, 3).join('/');
	}

	/** Something is wrong: at once with all that tells why. */
	report(name, text, { id, dir } = {}) {
		this.counts.wrong++;
		console.log(`${this.#minutes()} WRONG ${name} ${id ?? ''}: ${text}; ` +
			`lately ${this.disturber.since(performance.now() - 5000)}`);
		if (this.counts.wrong > KEPT)
			return;
		if (dir && fs.existsSync(dir))
			fs.cpSync(dir, path.join(this.world.root, 'kept', name),
				{ recursive: true, verbatimSymlinks: true });
		const lines = id === undefined ? [] : this.world.log().split('\n')
			.filter((line) => new RegExp(`\\b${id}\\b`).test(line));

		for (const line of lines.slice(-12))
			console.log(`    ${line}`);
	}

	accept(task, id) {
		task.id = id;
		task.since = Date.now();
		this.counts.tasks++;
		this.untold.add(task);
	}

	/** The end of a task as a client was told it. */
	async tell(task, told) {
		if (!this.untold.delete(task))
			return;
		const where = { id: task.id, dir: told.output?.dir };
		const outcome = told.state === 'failed' ?
			`failed: ${told.reason}` : told.state;
		let why = task.judge(told, this.ledger, { soak: this,
			lost: where.dir && this.deadKeepers.has(this.#folder(where.dir)) });

		this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
		this.counts.told++;
		task.told = told.state;
		if (why === undefined) {
			if (this.ledger.alive(task.label).length > 0)
				await sleep(patient(200)); // in its very last moment
			const alive = this.ledger.alive(task.label);

			if (alive.length > 0)
				why = `has ended, and ${alive.map(describe)} lives`;
		}
		if (why !== undefined)
			this.report(task.label, `told ${JSON.stringify({ ...told,
				result: undefined, cwd: undefined, owner: undefined })}: ${
				why}`, where);
		this.ledger.settle(task.label);
	}

	// ---- the run ----

	#minutes() {
		const s = Math.floor((performance.now() - this.began) / 1000);

		return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
	}

	async run() {
		process.once('SIGINT', () => { this.over = true; });
		this.began = performance.now();
		try {
			await this.#work();
			await this.#judgeTheRest();
			await this.#measure();
		} catch (error) {
			this.report('soak', error.stack);
		}
		await this.#end();
		return this.counts.wrong === 0;
	}

	async #work() {
		const { options, disturber, world } = this;

		disturber.prepare();
		world.bridge = (given) => World.prototype.bridge.call(world,
			{ ...given, program: path.join(disturber.prefix,
				'ccproc-bridge') });
		console.log(`soak: seed ${options.seed}, ${options.hours} h, in ${
			world.root}; without ${disturber.without.join(', ') ||
				'nothing'}`);
		this.clients = Array.from({ length: options.bridges },
			(_, i) => new SoakClient(this, i));
		await Promise.all(this.clients.map((client) => client.connected()));
		let number = 0;
		const next = () => ++number;
		const timers = [setInterval(() => this.#sample(), SAMPLE_MS),
			setInterval(() => this.#minute(), MINUTE_MS),
			setTimeout(() => { this.over = true; },
				options.hours * 3600000)];
		const work = Promise.all(this.clients.map((client, i) =>
			client.work(this.random.fork(`client ${i}`), next)));

		await disturber.work(() => this.over);
		await this.#finish(work);
		timers.forEach(clearTimeout);
	}

	#sample() {
		const pid = holder(this.world);

		try {
			this.samples.add(pid, this.counts.told, measure(pid));
		} catch {
			// it has just ended
		}
		for (const task of this.untold)
			if (!task.late && Date.now() - task.since > patient(TOLD_MS)) {
				task.late = true;
				this.report(task.label, `nothing was told of it for ${
					TOLD_MS / 1000} s`, { id: task.id });
			}
	}

	#minute() {
		const { told, wrong: n } = this.counts;
		const last = this.samples.last;
		const rate = told / (performance.now() - this.began) * 1000;

		console.log(`${this.#minutes()} ${told} tasks (${rate.toFixed(1)}/s), ${
			this.untold.size} not told yet; daemon ${
			last?.mib.toFixed(1)} MiB, ${last?.fds} descriptors; ${
			Object.values(this.disturber.done).reduce((a, b) => a + b)
		} disturbances; ${n} wrong`);
	}

	/** Clients come to the end of what they do; then every task does. */
	async #finish(work) {
		const late = sleep(patient(TOLD_MS), 'late', { ref: false });

		if (await Promise.race([work, late]) === 'late')
			this.report('clients', 'do not come to an end');
		const { world } = this;
		const client = this.clients[0];

		await client.stopUnknown([...this.unknown.values()]);
		await waitFor(() => world.live().length === 0,
			{ timeout: 60000, what: 'the end of all tasks' })
			.catch(() => this.report('live', world.live().join(' ')));
		await client.askFor([...this.untold]);
	}

	async #judgeTheRest() {
		const known = await this.clients[0].found([...this.unknown.keys()]);

		for (const [label, task] of this.unknown) {
			const told = known.get(label);

			if (told === undefined)
				continue; // it never came, or was cleaned up
			task.id = told.id;
			task.stopped = true;
			this.untold.add(task);
			await this.tell(task, told);
		}
		for (const task of this.untold)
			this.report(task.label, 'nothing was ever told of it',
				{ id: task.id });
		for (const label of this.ledger.labels) {
			const { starts } = this.ledger.of(label);

			if (this.refused.has(label) && starts > 0)
				this.report(label, 'was refused, and started');
			if (starts > (this.most.get(label) ?? 1))
				this.report(label, `was started ${starts} times`);
		}
		await this.#nothingLeft();
	}

	async #nothingLeft() {
		const { world } = this;
		const ours = () => processesWith(world.marker).filter((pid) =>
			!['ccprocd', 'ccproc-bridge', 'ccproc-sync'].includes(comm(pid)));
		const trash = path.join(world.state, 'trash');
		const dots = () => fs.readdirSync(world.state, { recursive: true })
			.map(String).filter((name) => /(^|\/)\./.test(name));

		await waitFor(() => ours().length === 0, { timeout: 15000 })
			.catch(() => ours().forEach((pid) =>
				this.report('process', `${describe(pid)} is left`)));
		await waitFor(() => fs.readdirSync(trash).length === 0,
			{ timeout: 20000 }).catch(() =>
			this.report('trash', 'is not emptied'));
		dots().forEach((name) =>
			this.report('file', `${name} was never finished`));
	}

	/** A new daemon has as many descriptors open as this one. */
	async #measure() {
		const { after, fresh } = await compareDaemons(this.world, this.clients);

		if (after.fds !== fresh.fds)
			this.report('descriptors', `${after.open}; a new daemon has ${
				fresh.open}`);
		this.growth = growth(this.samples.lives);
		for (const [what, most] of Object.entries(MOST))
			if (this.growth.tasks > 10000 && this.growth[what] > most)
				this.report('growth', `${what} ${this.growth[what]
					.toFixed(1)} for 10,000 tasks`);
	}

	async #end() {
		const { world } = this;
		const logs = fs.readdirSync(world.state)
			.filter((name) => name.startsWith('ccprocd.log'));

		if (/Sanitizer|runtime error|Assertion|turn of the loop has/.test(world.log()))
			this.report('log', 'a daemon complains of itself');
		if (this.counts.wrong > 0)
			for (const name of logs)
				fs.cpSync(path.join(world.state, name),
					path.join(world.root, name));
		for (const bridge of world.bridges)
			await bridge.close();
		for (const pid of world.processes())
			kill(pid, 'SIGKILL');
		await waitFor(() => world.processes().length === 0);
		this.disturber.close();
		if (this.counts.wrong === 0)
			fs.rmSync(world.root, { recursive: true, force: true });
	}

	// ---- what is said ----

	get summary() {
		const { counts, disturber, growth: grown, pause } = this;
		const list = (object) => Object.entries(object)
			.sort(([, a], [, b]) => b - a)
			.map(([name, n]) => `${n} ${name}`).join(', ');

		return [
			`seed ${this.options.seed}, ${this.#minutes()}: ${
				counts.told} tasks: ${list(this.outcomes)}`,
			`${this.refused.size} refused, ${this.unknown.size
			} whose answer never came`,
			`disturbed: ${list(disturber.done)}`,
			`a daemon's growth for 10,000 tasks, over ${grown.lives} lives ` +
			`and ${grown.tasks} tasks: ${grown.mib.toFixed(2)} MiB, ${
				grown.fds.toFixed(2)} descriptors`,
			`clients were told: ${list(Object.fromEntries(this.errors))}`,
			`longest pause ${Math.round(pause.ms)} ms (${pause.what
			}, during ${pause.during})`,
			`${counts.wrong} wrong by the ledger`,
		].join('\n');
	}

	get dir() {
		return this.world.root;
	}

	get details() {
		return 'what was kept of it is in kept/';
	}
}

