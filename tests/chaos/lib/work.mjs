// What clients have done: tasks whose output, end and number of starts are
// known before they begin, and the jobs that they are part of.
import os from 'node:os';
import path from 'node:path';

import { Message, steps } from './talk.mjs';
import { hasGit } from './world.mjs';

/** How often each kind of task comes. */
const KINDS = { quick: 58, much: 8, slow: 15, signal: 6, argv: 5, agent: 5,
	leaver: 1, wall: 1, branch: hasGit ? 4 : 0 };
const JOBS = { run: 34, fire: 10, group: 34, stop: 9, look: 8, clean: 5,
	talk: 12, ask: 2, steer: 4 };
/** The same with --agents. */
export const AGENTS = { ...JOBS, talk: 90, ask: 4 };
/** The share of tasks that a client asks for again with the same key. */
const KEYED = 0.2;

const END = { state: 'completed', reason: null, code: 0, signal: 0 };
const exit = (code) => code === 0 ? END :
	{ state: 'failed', reason: 'exit_code', code, signal: 0 };
const killedBy = (name) => ({ state: 'failed', reason: 'signal', code: -1,
	signal: os.constants.signals[name] });

const lines = (ranges) => ranges.map(([first, last]) =>
	Array.from({ length: last - first + 1 }, (_, i) => `${first + i}\n`)
		.join('')).join('');
const seq = ([first, last]) => `seq ${first} ${last}`;

/** A range of numbers to print, which no other task is likely to have. */
function range(random, most) {
	const first = random.int(1, 800000);

	return [first, first + random.int(0, most)];
}

export class Task {
	constructor(random, number, tokens, kind = random.weighted(KINDS)) {
		this.label = `w${number}`;
		this.kind = kind;
		this.status = 'planned'; // sent, accepted or unknown; cleaned
		this.id = undefined;
		this.after = [];
		this.out = [];
		this.err = [];
		this.end = END;
		this.tail = '';
		this.spec = { label: this.label };
		if (kind === 'branch')
			Object.assign(this.spec, { worktree: true,
				cwd: path.join(path.dirname(tokens), 'repository') });
		this[kind](random, `echo ${this.label} >>${tokens}; `);
	}

	get stdout() {
		return lines(this.out) + this.tail;
	}

	get stderr() {
		return lines(this.err);
	}

	/** Whether a prefix of the output is all that can be expected. */
	get cut() {
		return this.kind === 'sleeper' || this.kind === 'wall' ||
			this.killed !== undefined;
	}

	code(random) {
		return random.chance(0.5) ? 0 : random.int(1, 255);
	}

	quick(random, begin) {
		const code = this.code(random);

		this.out = [range(random, 300)];
		if (random.chance(0.3))
			this.err = [range(random, 50)];
		this.spec.command = begin + seq(this.out[0]) +
			this.err.map((r) => `; ${seq(r)} >&2`).join('') +
			`; exit ${code}`;
		this.end = exit(code);
	}

	much(random, begin) {
		const code = this.code(random);

		this.out = [range(random, 80000)];
		this.spec.command = `${begin}${seq(this.out[0])}; exit ${code}`;
		this.end = exit(code);
	}

	/** In a git worktree, which it leaves as it is. */
	branch(random, begin) {
		this.quick(random, `${begin}case $(pwd) in */worktrees/t*) ;; ` +
			'*) echo "no worktree";; esac; ');
	}

	argv(random, begin) {
		this.quick(random, begin);
		this.spec.command = ['/bin/sh', '-c', this.spec.command];
	}

	slow(random, begin) {
		const code = this.code(random);

		this.out = Array.from({ length: random.int(2, 5) },
			() => range(random, 100));
		this.spec.command = begin + this.out.map((r) => `${seq(r)}; sleep ${
			random.int(1, 40) / 100}`).join('; ') + `; exit ${code}`;
		this.end = exit(code);
	}

	signal(random, begin) {
		const name = random.pick(['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGUSR1']);

		this.out = [range(random, 200)];
		this.spec.command = `${begin}${seq(this.out[0])}; ` +
			`kill -${name.slice(3)} $$; sleep 300`;
		this.end = killedBy(name);
	}

	/** The task ends before the processes that it leaves behind. */
	leaver(random, begin) {
		const code = this.code(random);

		this.out = [range(random, 200)];
		this.spec.command = `${begin}setsid sleep 300 & ${
			seq(this.out[0])}; exit ${code}`;
		this.end = exit(code);
	}

	wall(random, begin) {
		this.out = [range(random, 200)];
		this.spec.command = `${begin}${seq(this.out[0])}; sleep 300`;
		this.spec.timeout_s = 1;
		this.end = { state: 'timeout', reason: 'wall' };
	}

	/** The prompt is what the agent of world.mjs runs. */
	agent(random, begin) {
		const result = { type: 'result', subtype: 'success', is_error: false,
			num_turns: 1, result: `done ${this.label}`,
			total_cost_usd: 0.01 };

		this.tail = JSON.stringify(result) + '\n';
		this.spec.prompt = `RUN ${begin}printf '%s\\n' '${this.tail.trim()}'`;
	}

	/** Goes on in its conversation: see talk.mjs. */
	talk(random) {
		const first = new Message(random, `${this.label}.0`);

		first.fork = false;
		this.spec.prompt = first.text;
		this.messages = [first];
		this.replies = this.stops = 0;
		this.steps = [...steps(random, this.label)];
	}

	/** Asks for a permission and is denied it, with this reason. */
	ask(random, begin) {
		this.reason = `no ${this.label}`;
		this.spec.prompt = 'ASK ' + JSON.stringify({ asks: [{
			tool_name: 'Bash', input: { command: 'x' } }] });
	}

	/** Is there to be stopped. */
	sleeper(random, begin) {
		this.out = [range(random, 200)];
		this.spec.command = `${begin}${seq(this.out[0])}; ` +
			(random.chance(0.5) ? 'exec sleep 300' : 'sleep 300; sleep 300');
		this.end = { state: 'cancelled', reason: 'user' };
	}
}

/** Endless jobs of one client; each task has a number of its own. */
export function* jobs(random, { tokens, next, keys, weights = JOBS }) {
	for (;;) {
		const kind = random.weighted(weights);
		const make = (task) => new Task(random, next(), tokens, task);
		const job = { kind, pause: random.int(0, 20), tasks: [] };

		if (kind === 'run' || kind === 'fire') {
			job.tasks = [make()];
			if (keys && random.chance(KEYED)) {
				const task = job.tasks[0];

				task.spec.options = { key: `key of ${task.label}` };
				job.again = true;
			}
		} else if (kind === 'group')
			group(random, job, make);
		else if (kind === 'stop') {
			job.tasks = Array.from({ length: random.int(1, 3) },
				() => make('sleeper'));
			job.delay = random.int(0, 200);
			job.args = random.chance(0.5) ? { mode: 'now' } :
				{ grace_s: random.int(0, 3) };
		} else if (kind === 'steer') {
			job.tasks = [make('slow')];
			job.tasks[0].spec.options = { hold: true };
			job.delay = random.int(0, 100);
			job.priority = random.int(1, 5);
			job.queue = random.chance(0.6);
		} else if (kind === 'talk' || kind === 'ask')
			job.tasks = [make(kind)];
		else if (kind === 'look')
			job.what = random.pick(['tools', 'list', 'output']);
		yield job;
	}
}

/** Up to ten tasks, some of which wait for others of the group. */
function group(random, job, make) {
	job.tasks = Array.from({ length: random.int(2, 10) }, () => make());
	job.args = random.chance(0.3) ? { max_parallel: random.int(1, 3) } : {};
	job.until = random.pick(['any', 'all']);
	if (!random.chance(0.4))
		return;
	// in an order of its own, so that some wait for later ones
	const order = job.tasks.map((task) => [random.next(), task])
		.sort(([a], [b]) => a - b).map(([, task]) => task);

	order.forEach((task, i) => {
		if (i === 0 || random.chance(0.3))
			return;
		task.after = [order[random.int(0, i - 1)]];
		task.spec.after = task.after.map(({ label }) => label);
	});
}
