// An MCP client that does its jobs whatever happens to daemon and bridge.
// When its bridge is killed it takes another one, and looks up what became
// of what it had asked for.
import { setTimeout as sleep } from 'node:timers/promises';

import { waitFor } from '../../system/lib/harness.mjs';
import { checkLine, firstLines, idsIn } from './expect.mjs';
import { checkTalkLine, converse } from './talk.mjs';

const ERAS = ['legacy', 'modern'];
/** Jobs of one client at the same time. */
const LANES = 3;
/** Time for one call, however often it has to be sent again. */
const CALL_MS = 120000;

class BridgeGone extends Error {}

export class Client {
	constructor(chaos, index) {
		this.chaos = chaos;
		this.index = index;
		this.era = ERAS[index % ERAS.length];
		this.finished = []; // tasks of ours to look at and to clean up
	}

	/** The bridge, connected; several may wait for the same. */
	connected() {
		this.connecting ??= this.#connect();
		return this.connecting;
	}

	async #connect() {
		const { world } = this.chaos;

		for (;;) {
			const bridge = world.bridge({ detached: true, env:
				{ CLAUDE_CODE_SESSION_ID: `client-${this.index}` } });

			bridge.exited.then((status) => this.#ended(bridge, status));
			// all that it said has been read then
			bridge.closed = new Promise((resolve) =>
				bridge.child.once('close', resolve));
			try {
				await bridge[this.era]();
				if (bridge.gone)
					continue;
				this.bridge = bridge; // whose end makes us take another
				return bridge;
			} catch (error) {
				if (!bridge.gone && !/^the bridge ended/.test(error.message))
					this.chaos.complain(this, 'handshake', error.message);
				bridge.left = true;
				await bridge.close();
				await sleep(20);
			}
		}
	}

	#gone(bridge) {
		bridge.gone = true;
		this.chaos.world.bridges.delete(bridge);
		if (this.bridge === bridge) // told of only once
			this.bridge = this.connecting = undefined;
	}

	#ended(bridge, [code, signal]) {
		this.#gone(bridge);
		if (signal !== 'SIGKILL' && !bridge.left && !this.chaos.over)
			this.chaos.complain(this, 'bridge', `ended: ${code ?? signal} ` +
				bridge.stderr);
	}

	/** Kills the bridge; false when there is none. */
	killBridge() {
		if (this.bridge === undefined)
			return false;
		const { child } = this.bridge;

		this.#gone(this.bridge);
		return child.kill('SIGKILL');
	}

	/** One request; BridgeGone when nobody can say what became of it. */
	async #once(ask, what, waits) {
		const bridge = await this.connected();
		const began = performance.now();

		try {
			return await Promise.race([ask(bridge), bridge.closed
				.then(() => { throw new BridgeGone(); })]);
		} catch (error) {
			if (error instanceof BridgeGone ||
				/^the bridge ended/.test(error.message))
				throw new BridgeGone();
			this.chaos.complain(this, what, error.message);
			return undefined;
		} finally {
			bridge.messages.length = 0;
			if (!waits && !bridge.gone)
				this.chaos.took(performance.now() - began, what);
		}
	}

	#tool(name, args, waits) {
		return this.#once((bridge) => bridge.tool(name, args,
			{ timeout: CALL_MS }), name, waits);
	}

	/** A call that may be repeated: until there is an answer. */
	async repeat(name, args, { waits = false } = {}) {
		for (let i = 1;; i++)
			try {
				const answer = await this.#tool(name, args, waits);

				if (answer !== undefined)
					return { ...answer, repeated: i > 1 };
			} catch (error) {
				if (!(error instanceof BridgeGone))
					throw error;
			}
	}

	/** One that must not be: its answer, or undefined. */
	async attempt(name, args, waits) {
		try {
			return await this.#tool(name, args, waits);
		} catch (error) {
			if (!(error instanceof BridgeGone))
				throw error;
			return undefined;
		}
	}

	/**
	 * A call that starts tasks; its answer, or undefined.  What became of
	 * the tasks is in their status: accepted, or unknown.
	 */
	async start(tasks, name, args, waits) {
		for (const task of tasks)
			task.status = 'sent';
		const answer = await this.attempt(name, args, waits);

		if (answer !== undefined)
			for (const [i, id] of idsIn(answer.text, tasks).entries()) {
				const task = tasks[i];

				task.id = id;
				task.status = task.id ? 'accepted' : 'unknown';
				if (!task.id)
					this.chaos.complain(this, name, answer.text);
			}
		else
			for (const task of tasks)
				await this.#lookUp(task);
		this.chaos.accepted += tasks.filter(({ status }) =>
			status === 'accepted').length;
		return answer;
	}

	async #lookUp(task) {
		const { text, isError } = await this.repeat('check_tasks',
			{ ids: [task.label], detail: 'status' });

		task.id = isError ? undefined :
			new RegExp(`^(t\\d+) ${task.label}\\b`).exec(text)?.[1];
		task.status = task.id ? 'accepted' : 'unknown';
	}

	async collect(tasks, until) {
		await this.wait(tasks, until);
		this.finished.push(...tasks.filter(({ id }) => id));
	}

	/** Waits until tasks have ended, and looks at what is said of each. */
	async wait(tasks, until = 'all') {
		const left = new Map(tasks.filter(({ id }) => id)
			.map((task) => [task.id, task]));

		while (left.size !== 0) {
			const { text, isError } = await this.repeat('check_tasks',
				{ ids: [...left.keys()], wait_s: 40, until, detail: 'status' },
				{ waits: true });

			if (isError) {
				this.chaos.complain(this, 'check_tasks', text);
				return;
			}
			for (const [id, line] of firstLines(text))
				if (left.has(id) && !/^(running|queued)\b/.test(line)) {
					(left.get(id).kind === 'talk' ? checkTalkLine :
						checkLine)(this, left.get(id), line);
					left.delete(id);
				}
		}
	}

	async work(jobs) {
		const lane = async () => {
			while (!this.chaos.enough()) {
				const job = jobs.next().value;

				this.chaos.plan(job.tasks);
				await sleep(job.pause);
				await this[job.kind](job);
				this.chaos.done += job.tasks.length;
			}
		};

		await Promise.all(Array.from({ length: LANES }, lane));
	}

	run(job) {
		return this.#one(job, 40);
	}

	fire(job) {
		return this.#one(job, 0);
	}

	async #one(job, wait_s) {
		const [task] = job.tasks;
		const answer = await this.start(job.tasks, 'run_task',
			{ ...task.spec, wait_s }, wait_s !== 0);
		const [, line] = (answer && firstLines(answer.text)[0]) ?? [];

		if (job.again && task.id)
			await this.#again(task);
		if (line === undefined || /^(running|queued)\b/.test(line))
			await this.collect(job.tasks);
		else {
			checkLine(this, task, line);
			this.finished.push(task);
		}
	}

	/** The same key again: the same task. */
	async #again(task) {
		const { text } = await this.repeat('run_task',
			{ ...task.spec, wait_s: 0 });

		if (!text.startsWith(`${task.id} ${task.label} `))
			this.chaos.complain(this, 'key', `${task.id}: ${text}`);
	}

	async group(job) {
		await this.start(job.tasks, 'start_tasks', { ...job.args,
			tasks: job.tasks.map(({ spec }) => spec) });
		await this.collect(job.tasks, job.until);
	}

	async stop(job) {
		await this.start(job.tasks, 'start_tasks',
			{ tasks: job.tasks.map(({ spec }) => spec) });
		await sleep(job.delay);
		const ids = job.tasks.filter(({ id }) => id).map(({ id }) => id);

		if (ids.length === 0)
			return;
		const { text, isError } = await this.repeat('stop_tasks',
			{ ids, ...job.args }, { waits: true });

		if (isError)
			this.chaos.complain(this, 'stop_tasks', text);
		await this.collect(job.tasks);
	}

	/** What people do with tasks, which changes nothing of what they say. */
	async steer(job) {
		const [{ id }] = (await this.start(job.tasks, 'run_task',
			{ ...job.tasks[0].spec, wait_s: 0 }), job.tasks);
		const control = (action, args = { ids: [id] }) =>
			this.repeat('control_tasks', { action, ...args });

		if (id === undefined)
			return;
		await control('move', { ids: [id], priority: job.priority });
		if (job.queue)
			await control('pause', { queue: true });
		await control('release');
		if (job.queue)
			await control('unpause', { queue: true });
		// it may have ended meanwhile
		await sleep(job.delay);
		await control('pause');
		await control('signal', { ids: [id], signal: 23, tree: true }); // URG
		const { text, isError } = await control('unpause');

		if (/paused/.test(text) && !isError)
			this.chaos.complain(this, 'unpause', text);
		await this.collect(job.tasks);
	}

	async talk(job) {
		const [task] = job.tasks;

		await this.start(job.tasks, 'run_task', { ...task.spec, wait_s: 0 });
		task.messages[0].status = task.status;
		if (task.status !== 'accepted')
			return;
		await converse(this, task, sleep);
		if (task.messages.every(({ status }) => status !== 'unknown'))
			this.finished.push(task);
	}

	/** Denies the questions of agents. */
	async ask(job) {
		const [task] = job.tasks;

		await this.start(job.tasks, 'run_task', { ...task.spec, wait_s: 0 });
		for (;;) {
			const { text, isError } = await this.repeat('check_tasks',
				{ ids: [task.id], wait_s: 2, detail: 'full' },
				{ waits: true });

			if (task.id === undefined || isError)
				return;
			const [{ state, asks }] = JSON.parse(text).tasks;

			if (asks?.length > 0) // its answer may have been given
				await this.repeat('reply_task', { id: task.id, wait_s: 0,
					answer: { request_id: asks[0].request_id,
						decision: 'deny', reason: task.reason } });
			else if (!/^(queued|running)$/.test(state))
				break;
		}
		await this.collect(job.tasks);
	}

	async look(job) {
		if (job.what === 'tools') {
			await this.#once((bridge) => bridge.request('tools/list', {},
				{ timeout: CALL_MS }), 'tools/list').catch((error) => {
				if (!(error instanceof BridgeGone))
					throw error;
			});
			return;
		}
		const task = this.finished.at(-1);

		if (job.what === 'list' || task === undefined) {
			const { text, isError } = await this.repeat('list_tasks',
				{ scope: 'all', limit: 30 });

			if (isError)
				this.chaos.complain(this, 'list_tasks', text);
			return;
		}
		const { text, isError } = await this.repeat('read_output',
			{ id: task.id, stream: 'stdout' });
		const last = task.stdout.trimEnd().split('\n').at(-1);

		// whose keeper was killed, or who waited in vain, has said less
		if (isError || (/^(completed|failed)/.test(task.said) &&
			!text.trimEnd().endsWith(last)))
			this.chaos.complain(this, 'read_output', `${task.label}: ${text}`);
	}

	/**
	 * Some of what has ended is looked at and deleted; with a worktree, if
	 * one has any, for they are few.
	 */
	async clean() {
		const branch = this.finished.findIndex(({ kind }) => kind === 'branch');
		const tasks = [...this.finished.splice(Math.max(branch, 0), 1),
			...this.finished.splice(0, 3)]
			.filter((task) => !this.chaos.needed.has(task));
		const ids = tasks.map(({ id }) => id);

		if (ids.length === 0)
			return;
		for (const task of tasks)
			this.chaos.inspect(task);
		const { text, isError, repeated } =
			await this.repeat('cleanup_tasks', { ids });

		if (!(repeated && isError) &&
			!text.startsWith(`removed ${ids.length} task`))
			this.chaos.complain(this, 'cleanup_tasks', text);
		for (const task of tasks)
			task.status = 'cleaned';
	}

	/** A connected bridge without anything in flight. */
	async idle() {
		await waitFor(async () => {
			const bridge = await this.connected();

			return bridge.tool('list_tasks', { scope: 'all', limit: 200 })
				.catch(() => false);
		}, { timeout: 30000, what: `client ${this.index} to be connected` });
	}
}
