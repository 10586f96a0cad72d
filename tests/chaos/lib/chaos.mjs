// One run: a world, clients with their jobs, a killer; then the counting.
import fs from 'node:fs';
import path from 'node:path';

import { describe, kill, patient, processesWith, waitFor }
	from '../../system/lib/harness.mjs';
import { Client } from './client.mjs';
import { inspect, inspectOrder, starts, tasksOnDisk } from './expect.mjs';
import { Killer } from './killer.mjs';
import { Random } from './random.mjs';
import { Steps } from './steps.mjs';
import { inspectTalk, talkTotals } from './talk.mjs';
import { AGENTS, jobs } from './work.mjs';
import { comm, compareDaemons, makeWorld, read } from './world.mjs';

/** Problems that are named. */
const SHOWN = 30;

export class Chaos {
	constructor(options, world = makeWorld(options.state)) {
		this.options = options;
		this.random = new Random(options.seed);
		this.world = world;
		if (options.steps)
			this.world.env.CCPROC_STEP = '@' + this.world.armed;
		this.tasks = [];
		this.needed = new Set(); // tasks that others of a group wait for
		this.problems = {};
		this.counts = {};
		this.deadKeepers = new Map(); // directories: what becomes of them
		this.accepted = this.done = 0;
		this.pause = { ms: 0 };
		this.over = false;
	}

	// ---- what clients tell ----

	plan(tasks) {
		this.tasks.push(...tasks);
		for (const task of tasks)
			task.after.forEach((other) => this.needed.add(other)
				.add(task));
	}

	enough() {
		return this.over || (this.steps ? this.steps.done :
			this.tasks.length >= this.options.tasks);
	}

	report(kind, text, n = 1) {
		this.counts[kind] = (this.counts[kind] ?? 0) + n;
		(this.problems[kind] ??= []).push(text);
		if (this.options.verbose)
			console.error(`${kind}: ${text}`);
	}

	complain(client, what, text) {
		this.report('errors', `client ${client.index} (${client.era}), ` +
			`${what}: ${String(text).slice(0, 400)}`);
	}

	took(ms, what) {
		if (ms > this.pause.ms)
			this.pause = { ms, what };
	}

	/** A keeper is about to be killed: its task ends as lost, or right. */
	/** A later death, of the keeper that clears up, cannot undo a loss. */
	keeperDies(dir, fate = 'either') {
		if (fate !== 'right' || !this.deadKeepers.has(dir))
			this.deadKeepers.set(dir, fate);
	}

	/** The bridge of some agent that asks was killed. */
	askerDies() {
		for (const task of this.tasks)
			task.bridgeless = task.kind === 'ask';
	}

	inspect(task) {
		const dir = this.#directories().get(task.label);

		if (dir === undefined) {
			this.report('lost', `${task.id} ${task.label} is not on disk`);
			return;
		}
		task.inspected = true;
		this.#look(task, dir);
	}

	#look(task, dir) {
		const report = (...args) => this.report(...args);

		task.killed = this.deadKeepers.get(dir);
		if (task.kind === 'talk')
			inspectTalk(task, dir, { report, world: this.world,
				deadKeepers: this.deadKeepers });
		else
			inspect(task, dir, report);
	}

	#directories() {
		return new Map(tasksOnDisk(this.world.state).tasks
			.map(({ label, dir }) => [label, dir]));
	}

	// ---- the run ----

	async run() {
		const { options } = this;
		const began = performance.now();
		let number = 0;

		this.clients = Array.from({ length: options.bridges },
			(_, i) => new Client(this, i));
		await Promise.all(this.clients.map((client) => client.connected()));
		const keys = await this.#hasKeys();

		this.killer = new Killer(this, this.random.fork('kills'), options);
		if (options.steps)
			this.steps = new Steps(this, this.random.fork('steps'));
		const killing = this.steps ? this.steps.work() :
			this.killer.work(() => this.done / options.tasks);
		const working = this.clients.map((client, i) => client.work(
			jobs(this.random.fork(`client ${i}`), { keys,
				tokens: this.world.tokens, next: () => ++number,
				weights: this.steps?.weights ??
					(options.agents ? AGENTS : undefined) })));

		await this.#inTime(Promise.all([killing, ...working]));
		this.seconds = (performance.now() - began) / 1000;
		await this.#settle();
		await this.#count();
		await this.#measure();
		await this.#end();
		return Object.keys(this.counts).length === 0;
	}

	async #hasKeys() {
		const bridge = await this.clients[0].connected();
		const { tools } = await bridge.request('tools/list');

		return 'key' in (tools.find(({ name }) => name === 'run_task')
			.inputSchema.properties.options?.properties ?? {});
	}

	async #inTime(work) {
		const late = new Promise((resolve) => {
			this.timer = setTimeout(resolve,
				patient(this.options.limit * 1000), true);
		});

		if (await Promise.race([work, late]) === true)
			this.report('late', 'not finished within ' +
				`${this.options.limit} s: ${this.world.live().length} live`);
		clearTimeout(this.timer);
		this.over = true;
	}

	/** Stops what nobody knows of, and waits for the end of all tasks. */
	async #settle() {
		const { world } = this;
		const labels = new Map(this.tasks.map((task) => [task.label, task]));
		const client = new Client(this, this.clients.length);

		this.clients.push(client);
		await client.connected();
		const sweep = async () => {
			for (const { dir, number, label } of
				tasksOnDisk(world.state).tasks) {
				const task = labels.get(label);

				if (task?.status !== 'unknown' || task.swept ||
					task.kind !== 'sleeper' ||
					fs.existsSync(path.join(dir, 'exit.json')))
					continue;
				task.swept = true;
				await client.repeat('stop_tasks',
					{ ids: [`t${number}`] });
			}
		};

		// again and again: a dead bridge's last line may be on its way
		await waitFor(async () => {
			await sweep();
			return world.live().length === 0;
		}, { timeout: 60000, what: 'the end of all tasks' })
			.catch(() => this.report('unfinished',
				`live: ${world.live().join(' ')}`));
		await this.#empty('trash');
		await this.#empty('hooks', 60000);
	}

	#empty(name, timeout = 10000) {
		const dir = path.join(this.world.state, name);

		return waitFor(() => !fs.existsSync(dir) ||
			fs.readdirSync(dir).length === 0, { timeout, what: `${name} to be empty` })
			.catch(() => this.report('leftovers', `${dir}: ${
				fs.readdirSync(dir).slice(0, SHOWN)}`));
	}

	// ---- the counting ----

	async #count() {
		const disk = tasksOnDisk(this.world.state);
		const byLabel = new Map();

		for (const found of disk.tasks) {
			if (byLabel.has(found.label))
				this.report('duplicates', `${found.dir} and ` +
					`${byLabel.get(found.label).dir} are one task`);
			byLabel.set(found.label, found);
		}
		disk.dots.forEach((dir) => this.report('leftovers', dir));
		for (const task of this.tasks) {
			const found = byLabel.get(task.label);

			byLabel.delete(task.label);
			if (found === undefined)
				task.status === 'accepted' && this.report('lost',
					`${task.id} ${task.label} was accepted`);
			else if (!task.inspected)
				this.#look(task, found.dir);
		}
		for (const { dir } of byLabel.values())
			this.report('duplicates', `${dir}: nobody asked for it`);
		for (const task of this.tasks)
			inspectOrder(task, (...args) => this.report(...args));
		this.#countStarts();
		this.#countHooks();
		this.total = { accepted: disk.tasks.length + disk.gone,
			finished: this.tasks.filter(({ found }) => found).length,
			unknown: this.tasks.filter(({ status, found }) =>
				status === 'unknown' && !found).length,
			lost: this.tasks.filter(({ found }) =>
				found?.state === 'lost').length };
		if (this.total.accepted !== this.total.finished)
			this.report('unfinished', JSON.stringify(this.total));
		await this.#countProcesses();
	}

	/** Each task has begun once, and nothing else has begun. */
	#countStarts() {
		const begun = new Map();

		for (const label of read(this.world.tokens).trim().split('\n'))
			begun.set(label, (begun.get(label) ?? 0) + 1);
		begun.delete('');
		for (const task of this.tasks) {
			const n = begun.get(task.label) ?? 0;
			const [least, most] = starts(task);

			begun.delete(task.label);
			if (n < least || n > most)
				this.report('duplicates',
					`${task.id} ${task.label} began ${n} times: ` +
					JSON.stringify(task.found));
		}
		for (const label of begun.keys())
			this.report('duplicates', `${label} began: unknown`);
	}

	/** Each end has had its hook once, or none if its keeper was killed. */
	#countHooks() {
		const events = new Set(), labels = new Set();

		for (const line of read(this.world.told).trim().split('\n')) {
			if (line !== '' && events.has(line))
				this.report('duplicates', `a hook of ${line}`);
			events.add(line);
			labels.add(line.split(' ')[0]);
		}
		if (this.options.keepers || this.options.steps)
			return;
		for (const { id, label, found } of this.tasks)
			if (found && label.endsWith('5') && !labels.has(label))
				this.report('lost', `the hook of ${id} ${label}`);
	}

	async #countProcesses() {
		const ours = () => processesWith(this.world.marker).filter((pid) =>
			!['ccprocd', 'ccproc-bridge', 'ccproc-sync']
				.includes(comm(pid)));

		await waitFor(() => ours().length === 0, { timeout: 15000,
			what: 'the end of every process' }).catch(() => ours()
			.forEach((pid) => this.report('processes', describe(pid))));
	}

	/** Checks that a new daemon holds what this one holds now. */
	async #measure() {
		const { after, fresh } = await compareDaemons(this.world, this.clients);

		this.memory = { after, fresh };
		if (after.fds !== fresh.fds)
			this.report('descriptors', `${after.open}; a new daemon has ` +
				fresh.open);
		if (after.mib > 1.1 * fresh.mib + 1)
			this.report('memory', `${after.mib.toFixed(1)} MiB, a new ` +
				`daemon has ${fresh.mib.toFixed(1)}`);
	}

	async #end() {
		const log = this.world.log();

		this.restarts = (log.match(/: version /g) ?? []).length - 1;
		if (/Sanitizer|runtime error|Assertion|turn of the loop has/.test(log))
			this.report('errors', `see ${this.world.state}/ccprocd.log`);
		this.dir = this.world.root;
		if (Object.keys(this.counts).length === 0) {
			await this.world.close();
			return;
		}
		for (const pid of this.world.processes())
			kill(pid, 'SIGKILL');
	}

	// ---- what is said ----

	get summary() {
		const { counts, total, killer, memory, options } = this;
		const { killed } = killer;
		const n = (kind) => counts[kind] ?? 0;
		const pair = (value) => `${value(memory.fresh)} -> ${
			value(memory.after)}`;

		return [
			`seed ${options.seed}: ${this.tasks.length} tasks, ` +
			`${options.bridges} bridges; SIGKILL of ${killed.daemon} daemons, ` +
			`${killed.bridge} bridges, ${killed.keeper} keepers` +
			(this.steps ? `, and at ${this.steps.fired.length} steps` : ''),
			`accepted ${total.accepted} = finished ${total.finished}, ` +
			`${total.unknown} never reached the daemon, ` +
			`${total.lost} lost with their keepers`,
			talkTotals(this.tasks),
			`duplicates ${n('duplicates')}, lost ${n('lost')}, ` +
			`wrong outcomes ${n('wrong')}, missing bytes ${n('missing')}`,
			`errors seen by clients ${n('errors')}, ` +
			`processes left ${n('processes')}, ` +
			`leftovers on disk ${n('leftovers')}`,
			`descriptors ${pair((m) => m.fds)}, memory ` +
			`${pair((m) => m.mib.toFixed(1))} MiB`,
			`${this.restarts} restarts, longest pause ` +
			`${Math.round(this.pause.ms)} ms (${this.pause.what}), ` +
			`${(this.tasks.length / this.seconds).toFixed(1)} tasks/s, ` +
			`${this.seconds.toFixed(1)} s`,
		].join('\n');
	}

	get details() {
		const told = new Map();

		for (const [kind, list] of Object.entries(this.problems))
			for (const text of list)
				told.set(`${kind}: ${text}`,
					(told.get(`${kind}: ${text}`) ?? 0) + 1);
		const lines = [...told].sort(([, a], [, b]) => b - a)
			.map(([text, n]) => n > 1 ? `${n} times ${text}` : text);

		return [...lines.slice(0, SHOWN), ...lines.length > SHOWN ?
			[`and ${lines.length - SHOWN} more`] : []].join('\n');
	}
}
