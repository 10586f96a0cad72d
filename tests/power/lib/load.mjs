// Clients that start, stop, clean up, reply to and answer tasks of every kind,
// and note what they are told, with how long the log of the disk is then.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { killDaemon } from '../../system/lib/daemon.mjs';
import { open } from '../../system/lib/hooks.mjs';
import { waitFor } from '../../system/lib/patience.mjs';
import { said } from './told.mjs';

const AGENT = fileURLToPath(new URL('../../programs/fake-claude',
	import.meta.url));
const CLIENTS = 6;
const KINDS = { run: 6, group: 6, stop: 3, dequeue: 2, cleanup: 4, key: 2,
	talk: 2, ask: 1 };

/** What a daemon is told, before the cut and after it. */
export const config = (ask_timeout_s) => ({ commands: { max_running: 5 },
	agents: { max_running: 8, launches: 0, min_free_bytes: 0, ask_timeout_s,
		model_may_allow: true, claude: { command: [AGENT] } } });

/** Where tasks write that they have started: commands, and agents. */
export const ledgers = (work) =>
	[path.join(work, 'ledger'), path.join(work, 'talk', 'log')];

/** Where the hooks of tasks write whose end they have been told. */
export const hooked = (work) => path.join(work, 'hooked');

/** Once it is there, those that would go on until they are stopped end. */
export const gate = (work) => path.join(work, 'gate');

class Load {
	#labels = 0;

	constructor(world, disk, random) {
		Object.assign(this, { world, disk, random, notes: [], ended: [] });
	}

	label() {
		return `k${++this.#labels}`;
	}

	note(fact) {
		this.notes.push({ at: this.disk.position(), ...fact });
	}

	/** Calls a tool and notes what the answer says. */
	async tool(bridge, name, args) {
		const { text } = await bridge.tool(name, args, { timeout: 60000 });
		const at = this.disk.position();
		const tasks = said(text);

		if (tasks.length === 0)
			throw new Error(`${name} ${JSON.stringify(args)}: ${text}`);
		tasks.forEach((task) => this.notes.push({ at, ...task }));
		return { tasks, at };
	}

	/** A command with its label that ends with any code, after something. */
	command(first = 'true') {
		const label = this.label();
		const { work } = this.world;
		const [ledger] = ledgers(work);

		return { label, command: `echo ${label} >>${ledger}; ${first}; ` +
			`echo ${label}; exit ${this.random.int(0, 9)}`,
		...(this.random.chance(0.4) && { options: {
			on_finish: `echo ${label} >>${hooked(work)}` } }) };
	}

	/** One that goes on until it is stopped. */
	endless() {
		return this.command(`until [ -e ${gate(this.world.work)} ]; do ` +
			'sleep 0.1; done');
	}

	async wait(bridge, tasks) {
		const ids = tasks.map(({ id }) => `t${id}`);

		await this.tool(bridge, 'check_tasks', { ids, wait_s: 30 });
		this.ended.push(...ids);
	}

	async run(bridge) {
		const { tasks } = await this.tool(bridge, 'run_task', this.command());

		this.ended.push(`t${tasks[0].id}`);
	}

	async group(bridge) {
		const { tasks } = await this.tool(bridge, 'start_tasks', { tasks:
			Array.from({ length: this.random.int(2, 6) }, () =>
				this.command(`sleep 0.${this.random.int(0, 2)}`)) });

		await this.wait(bridge, tasks);
	}

	async stop(bridge) {
		const { tasks: [{ id }] } = await this.tool(bridge, 'start_tasks',
			{ tasks: [this.endless()] });

		await this.tool(bridge, 'stop_tasks', { ids: [`t${id}`], mode: 'now' });
	}

	/** A stop of one that waits for another. */
	async dequeue(bridge) {
		const first = this.endless();
		const { tasks: [one, other] } = await this.tool(bridge, 'start_tasks',
			{ tasks: [first, { ...this.command(), after: [first.label] }] });

		await this.tool(bridge, 'stop_tasks', { ids: [`t${other.id}`] });
		await this.tool(bridge, 'stop_tasks', { ids: [`t${one.id}`],
			mode: 'now' });
	}

	async cleanup(bridge) {
		const id = this.ended.shift();

		if (id === undefined)
			return;
		this.note({ id: Number(id.slice(1)), deletion: 'asked' });
		const { text } = await bridge.tool('cleanup_tasks', { ids: [id] });

		if (!/^removed 1 task/.test(text))
			throw new Error(`cleanup_tasks ${id}: ${text}`);
		this.note({ id: Number(id.slice(1)), deletion: 'told' });
	}

	/** One that may be started once. */
	async key(bridge) {
		const task = this.command();
		const keyed = { ...task, options: { ...task.options,
			key: task.label } };
		const { tasks: [{ id }] } = await this.tool(bridge, 'start_tasks',
			{ tasks: [keyed] });

		this.note({ id, keyed });
	}

	agent(text) {
		const label = this.label();

		return { label, prompt: `REPLAY stream-json.out say=${label} ${text}` };
	}

	/** An agent, and a reply to it. */
	async talk(bridge) {
		const { tasks: [{ id }] } = await this.tool(bridge, 'start_tasks',
			{ tasks: [this.agent(`rc=${this.random.int(0, 3)}`)] });

		if (this.random.chance(0.7))
			await this.wait(bridge, [{ id }]);
		this.ended = this.ended.filter((other) => other !== `t${id}`);
		await this.tool(bridge, 'reply_task', { id: `t${id}`,
			message: this.agent('').prompt, wait_s: this.random.int(0, 1) });
		await this.wait(bridge, [{ id }]);
	}

	/** An agent that asks, and is answered. */
	async ask(bridge) {
		const label = this.label();
		const { tasks: [{ id }] } = await this.tool(bridge, 'start_tasks',
			{ tasks: [{ label, prompt: 'ASK {"asks":[{"tool_name":"Bash",' +
				'"input":{"command":"make"}}]}' }] });

		await waitFor(async () => (await bridge.task(`t${id}`)).asks.length > 0,
			{ what: `a question of t${id}` });
		await this.tool(bridge, 'reply_task', { id: `t${id}`, answer: {
			request_id: 'q1', decision: this.random.pick(['allow', 'deny']) } });
		this.note({ id, answer: 'q1' });
		await this.wait(bridge, [{ id }]);
	}

	async client(until) {
		const bridge = this.world.bridge();

		await bridge.legacy();
		while (this.#labels < until)
			await this[this.random.weighted(KINDS)](bridge);
		await bridge.close();
	}
}

/** Has clients start so many tasks; what they were told, in order. */
export async function load(world, disk, random, tasks) {
	const all = new Load(world, disk, random);

	fs.mkdirSync(path.join(world.work, 'talk'));
	[...ledgers(world.work), hooked(world.work)].forEach((file) =>
		fs.writeFileSync(file, ''));
	const clients = Promise.all(Array.from({ length: CLIENTS },
		() => all.client(tasks)));

	await Promise.race([clients, waitFor(() => all.notes.length > tasks / 2,
		{ timeout: 60000 })]);
	await killDaemon(world);
	await clients;
	// a keeper that ends without a daemon would start one
	await waitFor(() => world.live().length === 0 && open(world).length === 0,
		{ what: 'the end of every task and hook', timeout: 60000 });
	return all.notes;
}
