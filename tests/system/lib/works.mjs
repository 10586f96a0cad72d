// Tasks of several kinds, each with an exit code, output and traces that can be
// checked, and gates that let them go on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { waitFor } from './harness.mjs';

/** The work of a task before its end, by kind. */
export const BODIES = {
	sleeping: () => 'until [ -e gate ]; do sleep 0.05; done',
	writing: (n) => 'i=0; until [ -e gate ]; do i=$((i + 1)); ' +
		`echo ${n}.$i; sleep 0.01; done; echo $i >count-${n}`,
	ending: (n) => 'until [ -e soon ]; do sleep 0.02; done; ' +
		`sleep 0.${String(n % 25).padStart(2, 0)}; seq 2000`,
};

/** Tasks, each with an exit code, output and traces that can be checked. */
export class Works {
	constructor(home, kinds, first = 0) {
		this.home = home;
		this.numbers = kinds.map((_, i) => first + i);
		this.kinds = new Map(kinds.map((kind, i) => [first + i, kind]));
		this.specs = this.numbers.map((n) => ({ command: `echo ran >>trace-${n
		}; ${BODIES[this.kinds.get(n)](n)}; exit ${n % 7}` }));
	}

	async start(bridge) {
		const { isError, text } = await bridge.tool('start_tasks',
			{ tasks: this.specs });

		assert.ok(!isError, text);
		this.group = /started (g\d+)/.exec(text)[1];
		await waitFor(() => this.numbers.every((n) =>
			fs.existsSync(this.#path(`trace-${n}`))));
	}

	/** Lets go those that wait for this. */
	open(gate = 'gate') {
		fs.writeFileSync(this.#path(gate), '');
	}

	/** Waits for all and looks at every trace. */
	async check(bridge) {
		await bridge.tool('check_tasks', { ids: [this.group], wait_s: 30,
			until: 'all', detail: 'status' });
		const tasks = await this.records(bridge);

		assert.equal(tasks.length, this.specs.length);
		tasks.forEach((task, i) => {
			const n = this.numbers[i];

			assert.deepEqual([task.state, task.exit_code, task.signal],
				[n % 7 ? 'failed' : 'completed', n % 7, null], task.id);
			assert.equal(fs.readFileSync(this.#path(`trace-${n}`), 'utf8'),
				'ran\n', task.id);
			assert.equal(this.home.output(task.uuid), this.#output(n));
		});
	}

	async records(bridge) {
		const { text } = await bridge.tool('check_tasks',
			{ ids: [this.group], detail: 'full', result_chars: 200 });

		return JSON.parse(text).tasks;
	}

	#path(name) {
		return path.join(this.home.work, name);
	}

	#output(n) {
		const lines = (count, prefix) => Array.from({ length: count },
			(_, i) => `${prefix}${i + 1}\n`).join('');

		switch (this.kinds.get(n)) {
		case 'writing':
			return lines(Number(fs.readFileSync(
				this.#path(`count-${n}`), 'utf8')), `${n}.`);
		case 'ending':
			return lines(2000, '');
		default:
			return '';
		}
	}
}
