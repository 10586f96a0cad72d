// Every named step of every program in turn (common/step.h): whoever arrives
// there next is killed, while clients go on with their jobs.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { buildDir, kill } from '../../system/lib/harness.mjs';
import { holder, keptBy, read } from './world.mjs';

const PROGRAMS = ['ccprocd', 'ccproc-keeper', 'ccproc-bridge'];
/**
 * When nobody has come to a step for so long, the daemon is restarted; then
 * after twice as long, for some steps come after the work of another program.
 */
const NUDGE_MS = 400;
const REACHED_WITHIN_MS = 20000;
/** More than any process id. */
const NOBODY = 0x7fffffff;
/** Results that a kill of the keeper at these steps cannot cost. */
const HARMLESS = ['keep-opened', 'keep-locked', 'keep-outcome-written',
	'keep-renamed', 'keep-leaving'];

/** The steps in the programs of the build, by program. */
export function stepsOf(dir = buildDir()) {
	return PROGRAMS.flatMap((program) => {
		const text = fs.readFileSync(path.join(dir, program), 'latin1');
		const names = [...text.matchAll(/step:([a-z-]+)\0/g)]
			.map(([, name]) => name);

		return [...new Set(names)].sort().map((name) => ({ program, name }));
	});
}

export class Steps {
	constructor(chaos, random) {
		this.chaos = chaos;
		this.random = random;
		this.fired = [];
		this.done = false;
		// more of what is rare, less of what takes long
		this.weights = { run: 20, fire: 15, group: 25, stop: 20, look: 10,
			clean: 10, talk: 20, ask: 8, steer: 12 };
	}

	async work() {
		try {
			for (const step of stepsOf())
				await this.#kill(step, this.random.pick([1, 1, 2, 3]));
		} finally {
			this.done = true;
		}
	}

	async #kill({ program, name }, n) {
		const { world } = this.chaos;
		const file = world.armed;
		const until = Date.now() + REACHED_WITHIN_MS;
		let pause = NUDGE_MS;
		let nudge = Date.now() + pause;

		this.#arm(name, n);
		while (!fs.existsSync(`${file}.fired`)) {
			if (Date.now() > until) {
				fs.rmSync(file, { force: true });
				this.chaos.report('unreached',
					`${program} never came to ${name}`);
				return;
			}
			if (Date.now() > nudge) {
				nudge = Date.now() + (pause *= 2);
				kill(holder(world) ?? NOBODY, 'SIGTERM');
				this.#armAgain(name); // most come to it only once
			}
			await sleep(5);
		}
		this.#note(name, read(`${file}.fired`));
		fs.rmSync(`${file}.fired`);
	}

	#arm(name, n) {
		const file = this.chaos.world.armed;

		fs.writeFileSync(`${file}.new`, `${name}:${n}=kill`);
		fs.renameSync(`${file}.new`, file);
	}

	/** Unless somebody has just taken the file. */
	#armAgain(name) {
		const file = this.chaos.world.armed;

		try {
			fs.renameSync(file, `${file}.new`);
		} catch {
			return;
		}
		this.#arm(name, 1);
	}

	#note(name, said) {
		const [, , ...argv] = said.split('\0');
		const dir = keptBy(argv.join('\0'));

		this.fired.push(name);
		if (argv.includes('--ask'))
			this.chaos.askerDies();
		if (name.startsWith('keep-') && dir !== undefined)
			this.chaos.keeperDies(dir,
				HARMLESS.includes(name) ? 'right' : 'lost');
	}
}
