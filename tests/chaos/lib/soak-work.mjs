// The tasks of a soak, and what may be told of each.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { wrong } from './ledger.mjs';
import { read, RETRIES } from './world.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const LEDGERED = here('../../programs/ledgered');
const ASKER = here('../../system/programs/asker.mjs');

/** How often each kind of command comes. */
const COMMANDS = { quick: 60, slow: 18, signal: 6, leaver: 5, wall: 2,
	agent: 4 };

/** A command that keeps its own accounts, or an agent that runs one. */
export class Ledgered {
	constructor(soak, random, number, kind = random.weighted(COMMANDS)) {
		this.soak = soak;
		this.label = `w${number}`;
		this.kind = kind;
		this.after = [];
		this.code = random.chance(0.5) ? 0 : random.int(1, 255);
		this.spec = { label: this.label };
		this.#command(this.#words(random));
	}

	#words(random) {
		switch (this.kind) {
		case 'slow': return [`sleep=${random.int(1, 40) / 10}`];
		case 'signal': return [`signal=${
			random.pick(['KILL', 'TERM', 'HUP', 'USR1'])}`];
		case 'leaver': return [`children=${random.int(1, 3)}`,
			'sleep=0.05'];
		case 'wall': return ['sleep=300'];
		case 'sleeper': return [`children=${random.int(0, 2)}`,
			'sleep=300'];
		case 'parent': return [
			`below=${path.join(this.soak.disturber.prefix, 'ccproc')}`,
			'sleep=300'];
		default: return [];
		}
	}

	#command(words) {
		const argv = [LEDGERED, this.soak.ledgerFile, this.label,
			String(this.code), ...words];

		if (this.kind === 'wall')
			this.spec.timeout_s = 1;
		if (this.kind !== 'agent') {
			this.spec.command = argv;
			return;
		}
		const result = JSON.stringify({ type: 'result', subtype: 'success',
			is_error: false, num_turns: 1, result: `done ${this.label}`,
			total_cost_usd: 0.01 });

		this.spec.prompt = `RUN ${argv.join(' ')}; code=$?; ` +
			`printf '%s\\n' '${result}'; exit $code`;
	}

	/** Why that is wrong of it, or undefined. */
	judge(told, ledger, { lost }) {
		const entry = ledger.of(this.label);

		// what an agent says is read from the disk, which may be full
		if (this.kind === 'agent' && told.state === 'failed' &&
			!['exit_code', 'signal'].includes(told.reason))
			return this.diskWasFull() ? undefined : 'its disk was not full';
		return wrong(told, entry, { lost, stopped: this.stopped,
			timeout: this.kind === 'wall',
			broken: this.after.some(({ told: end }) =>
				end !== 'completed') });
	}

	diskWasFull() {
		return this.soak.disturber.since(this.from).some((kind) =>
			['full', 'readonly'].includes(kind));
	}
}

/** An agent that is told several messages, some of which the API refuses. */
export class Talk extends Ledgered {
	constructor(soak, random, number) {
		super(soak, random, number, 'quick');
		this.kind = 'talk';
		delete this.spec.command;
		this.messages = [];
		this.spec.prompt = this.message(random);
		this.stopped = false;
	}

	/** The text of one more. */
	message(random) {
		const label = this.messages.length === 0 ? this.label :
			`${this.label}.${this.messages.length}`;
		const refuse = random.chance(0.3) ? random.int(1, RETRIES) : 0;
		const code = random.chance(0.8) ? 0 : random.int(1, 200);

		this.messages.push({ label, refuse, code, status: 'planned' });
		this.soak.most.set(label, refuse + 1);
		return `REPLAY stream-json.out say=${label} sleep=0.${
			random.int(0, 40)} rc=${code} refuse=${refuse}`;
	}

	judge(told, ledger, { lost }) {
		if (told.state === 'lost')
			return lost ? undefined : 'nobody has killed its keeper';
		if (told.state === 'cancelled')
			return this.stopped ? undefined : 'nobody has stopped it';
		for (const { label, refuse, status } of this.messages) {
			const { starts } = ledger.of(label);

			if (starts > refuse + 1 || (status === 'accepted' &&
				starts === 0 && !lost && !this.stopped &&
				!this.diskWasFull()))
				return `${label} (${status}) began ${starts} times`;
		}
		const last = this.messages.findLast(({ status }) =>
			status === 'accepted');

		if (told.state === 'completed' && !this.ends(ledger).includes('0'))
			return 'none of its messages has come to a good end';
		if (told.state === 'failed' && told.reason === 'exit_code' &&
			!this.ends(ledger).includes(String(told.exit_code)))
			return `none of its messages has ended so, ${last?.label}`;
		// killed before its conversation began, it has nothing that a message
		// goes on with
		if (lost && told.reason === 'spawn_error' &&
			this.messages.slice(1).every(({ label }) =>
				ledger.of(label).starts === 0))
			return undefined;
		// one that was just refused is not tried again after a stop
		if (told.state === 'failed' && told.reason !== 'exit_code' &&
			!(this.stopped && told.reason === 'rate_limited'))
			return this.diskWasFull() ? undefined : 'it cannot end so';
		return undefined;
	}

	ends(ledger) {
		return this.messages.flatMap(({ label }) => ledger.of(label).ends);
	}
}

/** An agent that asks for a permission, and notes what it was answered. */
export class Ask extends Ledgered {
	constructor(soak, random, number) {
		super(soak, random, number, 'quick');
		const note = `>>${soak.ledgerFile}`;
		const asks = JSON.stringify({ asks: [{ tool_name: 'Bash',
			input: { command: this.label } }] });

		this.kind = 'ask';
		this.decision = random.pick(['allow', 'deny']);
		this.answers = path.join(soak.world.work, `${this.label}.answers`);
		delete this.spec.command;
		this.spec.prompt = `RUN echo start ${this.label} $$ - ${note}; ` +
			`printf '%s\\n' '${asks}' | node ${ASKER} "$@" ` +
			`>${this.answers}; code=$?; cat ${this.answers}; ` +
			`echo end ${this.label} $$ $code ${note}; exit $code`;
	}

	judge(told, ledger, { lost }) {
		const text = read(this.answers);
		const allowed = text.includes('allow');

		if (allowed && this.decision !== 'allow')
			return `nobody has allowed it: ${text}`;
		if (this.answered && told.state === 'completed' &&
			allowed !== (this.decision === 'allow'))
			return `it was answered ${this.decision}: ${text}`;
		if (told.state === 'failed' && told.reason !== 'exit_code')
			return this.diskWasFull() ? undefined : 'its disk was not full';
		return wrong(told, ledger.of(this.label),
			{ lost, stopped: this.stopped });
	}
}
