// A client of a soak.  It goes on whatever happens, and judges only what it is
// told of its tasks.
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from './client.mjs';
import { idsIn } from './expect.mjs';
import { Ask, Ledgered, Talk } from './soak-work.mjs';

const LANES = 3;
const JOBS = { run: 36, group: 30, stop: 12, tree: 3, talk: 5, ask: 2, look: 6,
	clean: 6 };
const LIVE = /^(queued|running|needs_input)$/;
/** What says that nothing of a call was done. */
const REFUSED = /not accepted|nothing was started|none was started/;
const GONE = /no such task|was cleaned up/;
/** After an answer that is an error. */
const AGAIN_MS = 250;

export class SoakClient extends Client {
	constructor(soak, index) {
		super(soak, index);
		this.soak = soak;
		this.done = []; // ids of tasks that were told, to clean up
	}

	async work(random, next) {
		const lane = async (n) => {
			const own = random.fork(n);

			while (!this.soak.over) {
				await sleep(own.int(0, 150));
				await this[own.weighted(JOBS)](own, next);
			}
		};

		await Promise.all(Array.from({ length: LANES }, (_, n) => lane(n)));
	}

	/** Until it is no error, or one that will stay. */
	async sure(name, args) {
		for (;;) {
			const answer = await this.repeat(name, args, { waits: true });

			if (!answer.isError || GONE.test(answer.text))
				return answer;
			this.soak.complain(this, name, answer.text);
			await sleep(AGAIN_MS);
		}
	}

	async begin(tasks, name, args, waits) {
		tasks.forEach((task) => { task.from = performance.now(); });
		const answer = await this.attempt(name, args, waits);

		const ids = idsIn(answer?.text ?? '', tasks);

		for (const [i, task] of tasks.entries()) {
			if (ids[i] !== undefined)
				this.soak.accept(task, ids[i]);
			else if (answer?.isError && REFUSED.test(answer.text))
				this.soak.refused.add(task.label);
			else
				await this.#lookUp(task);
		}
		if (answer?.isError && !ids.some(Boolean))
			this.soak.complain(this, name, answer.text);
	}

	async #lookUp(task) {
		const { text, isError } = await this.sure('check_tasks',
			{ ids: [task.label], detail: 'status' });
		const [, id] = isError ? [] :
			new RegExp(`^(t\\d+) ${task.label}\\b`).exec(text) ?? [];

		if (id !== undefined)
			this.soak.accept(task, id);
		else
			this.soak.unknown.set(task.label, task);
	}

	/** Waits for the end of tasks, and has each judged. */
	async askFor(tasks) {
		for (;;) {
			const left = tasks.filter((task) => this.soak.untold.has(task));

			if (left.length === 0)
				return;
			const { text, isError } = await this.sure('check_tasks',
				{ ids: left.slice(0, 50).map(({ id }) => id), wait_s: 20,
					until: 'any', detail: 'full', result_chars: 200 });

			if (isError) {
				const id = /\bt\d+/.exec(text)?.[0];
				const task = left.find((one) => one.id === id) ?? left[0];

				this.soak.untold.delete(task);
				this.soak.report(task.label, `was accepted: ${text}`, { id });
				continue;
			}
			for (const told of JSON.parse(text).tasks)
				if (!LIVE.test(told.state))
					await this.soak.tell(left.find(({ id }) =>
						id === told.id), told);
			if (left.every((task) => this.soak.untold.has(task)))
				await sleep(AGAIN_MS); // one of them asks
		}
	}

	async collect(tasks) {
		await this.askFor(tasks);
		this.done.push(...tasks.filter(({ told }) => told)
			.map(({ id }) => id));
	}

	async run(random, next) {
		const task = new Ledgered(this.soak, random, next());
		const wait_s = random.pick([0, 20]);

		await this.begin([task], 'run_task', { ...task.spec, wait_s },
			wait_s !== 0);
		await this.collect([task]);
	}

	async group(random, next) {
		const tasks = Array.from({ length: random.int(2, 12) }, () =>
			new Ledgered(this.soak, random, next()));

		tasks.forEach((task, i) => {
			if (i === 0 || random.chance(0.7))
				return;
			task.after = [tasks[random.int(0, i - 1)]];
			task.spec.after = task.after.map(({ label }) => label);
		});
		await this.begin(tasks, 'start_tasks', {
			...random.chance(0.3) && { max_parallel: random.int(1, 3) },
			tasks: tasks.map(({ spec }) => spec) });
		await this.askFor(tasks.filter(({ after }) => after.length === 0));
		await this.collect(tasks);
	}

	async stop(random, next) {
		const tasks = Array.from({ length: random.int(1, 4) }, () =>
			new Ledgered(this.soak, random, next(),
				random.pick(['sleeper', 'sleeper', 'slow'])));

		await this.begin(tasks, 'start_tasks',
			{ tasks: tasks.map(({ spec }) => spec) });
		await sleep(random.int(0, 400));
		await this.end(tasks, random.chance(0.5) ? { mode: 'now' } :
			{ grace_s: random.int(0, 3) });
	}

	async end(tasks, args) {
		const ids = tasks.filter(({ id }) => id).map(({ id }) => id);

		tasks.forEach((task) => { task.stopped = true; });
		for (;;) {
			if (ids.length === 0)
				return;
			const { text } = await this.sure('stop_tasks',
				{ ids, ...args });

			if (!/still stopping/.test(text))
				break;
		}
		await this.collect(tasks);
	}

	/** A task that has started another one, with which it is stopped. */
	async tree(random, next) {
		const task = new Ledgered(this.soak, random, next(), 'parent');
		const below = `${task.label}.1`;

		await this.begin([task], 'run_task', { ...task.spec, wait_s: 0 });
		await sleep(random.int(0, 1500));
		await this.end([task], { tree: true, grace_s: random.int(0, 3) });
		if (task.told === 'cancelled') {
			if (this.soak.ledger.alive(below).length > 0)
				await sleep(AGAIN_MS);
			if (this.soak.ledger.alive(below).length > 0)
				this.soak.report(task.label, 'its tree is stopped, and ' +
					`${below} lives`, { id: task.id });
		}
		this.soak.unknown.set(below, new Ledgered(this.soak, random,
			below.slice(1), 'sleeper'));
	}

	async talk(random, next) {
		const task = new Talk(this.soak, random, next());

		await this.begin([task], 'run_task', { ...task.spec, wait_s: 0 });
		const [first] = task.messages;

		first.status = task.id ? 'accepted' : 'unknown';
		for (let n = random.int(0, 3); n > 0 && task.id; n--) {
			await sleep(random.int(0, 600));
			const answer = await this.attempt('reply_task', { id: task.id,
				message: task.message(random), wait_s: 0 });

			task.messages.at(-1).status = answer === undefined ? 'unknown' :
				answer.isError ? 'refused' : 'accepted';
			if (answer?.isError)
				this.soak.complain(this, 'reply_task', answer.text);
		}
		if (random.chance(0.2))
			await this.end([task], { grace_s: 1 });
		await this.collect([task]);
	}

	async ask(random, next) {
		const task = new Ask(this.soak, random, next());

		await this.begin([task], 'run_task', { ...task.spec, wait_s: 0 });
		while (this.soak.untold.has(task)) {
			const { text, isError } = await this.sure('check_tasks',
				{ ids: [task.id], wait_s: 2, detail: 'full' });
			const [{ state, asks }] = isError ? [{}] : JSON.parse(text).tasks;

			if (!LIVE.test(state))
				break;
			if (asks?.length > 0) {
				const answer = await this.repeat('reply_task', {
					id: task.id, wait_s: 0, answer: {
						request_id: asks[0].request_id,
						decision: task.decision } });

				task.answered ||= !answer.isError;
			}
		}
		await this.collect([task]);
	}

	async look(random) {
		const id = this.done.at(-1);
		const [name, args] = random.pick([
			['list_tasks', { scope: 'all', limit: 50 }],
			['read_output', { id, stream: 'stdout' }]]);

		if (id !== undefined)
			await this.repeat(name, args);
	}

	async clean(random) {
		const ids = this.done.splice(0, random.int(1, 20));

		this.done.splice(0, this.done.length - 200);
		if (ids.length === 0)
			return;
		await this.repeat('cleanup_tasks', { ids });
	}

	/** What may run although nobody was told its id. */
	async stopUnknown(tasks) {
		for (const { label } of tasks)
			await this.sure('stop_tasks', { ids: [label], mode: 'now' });
	}

	/** What is told of labels, by label; those that nobody has are absent. */
	async found(labels) {
		const found = new Map();

		for (const label of labels) {
			const { text, isError } = await this.sure('check_tasks',
				{ ids: [label], detail: 'full' });

			if (!isError)
				found.set(label, JSON.parse(text).tasks[0]);
		}
		return found;
	}
}
