// The power of the machine is cut again and again while tasks start, end, are
// cancelled and deleted: the next boot knows all that was told before the cut.
// CCPROC_MACHINE_CUTS says how often.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Machine } from './lib/machine.mjs';

const CUTS = Number(process.env.CCPROC_MACHINE_CUTS) || 10;
/** Each task tells its name and its id when it starts. */
const START = 'echo $CCPROC_TASK >>/run/tell';

/** What answers have told of the tasks, by their ids. */
class Ledger {
	#due; // what waits for a number of words
	#words = 0;
	tasks = new Map();
	counts = { accepted: 0, ended: 0, cancelled: 0, deleted: 0 };

	tell(id, what, code) {
		this.tasks.set(id, { what, code });
		this.counts[what]++;
		if (++this.#words === this.#due?.at)
			this.#due.resolve();
	}

	/** Resolves at the word by which so many more are told. */
	more(n) {
		return new Promise((resolve) => {
			this.#due = { at: this.#words + n, resolve };
		});
	}

	/** Compares what was told with the records of the next boot. */
	check(records) {
		const now = new Map(records.map((task) => [task.id, task]));

		for (const [id, { what, code }] of this.tasks) {
			const task = now.get(id);
			const seen = `${id} was told ${what} ${code ?? ''} and is ` +
				JSON.stringify(task);

			assert.equal(task === undefined, what === 'deleted', seen);
			assert.doesNotMatch(task?.note ?? '', /damaged|cannot be read/, seen);
			if (what === 'ended')
				assert.deepEqual([task.state, task.exit_code], ['failed', code],
					seen);
			if (what === 'cancelled')
				assert.equal(task.state, 'cancelled', seen);
		}
	}
}

describe('the power is cut', () => {
	const machine = new Machine();
	const ledger = new Ledger();
	let code = 0;
	let cut = false;

	before(async () => {
		await machine.install();
		await machine.enable({ commands: { max_running: 12 } });
	});
	after(() => machine.close());

	/** Tasks that end one after another, and are deleted now and then. */
	async function ending(bridge) {
		for (;;) {
			const given = 1 + code++ % 99;
			const { text } = await bridge.tool('run_task',
				{ command: `${START}; exit ${given}` });
			const [, id] = /^(t\d+) failed: exit code/.exec(text) ??
				assert.fail(text);

			ledger.tell(id, 'ended', given);
			if (given % 3 === 0) {
				ledger.tasks.delete(id); // the cut may come before the answer
				assert.match((await bridge.tool('cleanup_tasks',
					{ ids: [id] })).text, /^removed 1 task/);
				ledger.tell(id, 'deleted');
			}
		}
	}

	async function cancel(bridge, ids, mode) {
		const { isError, text } = await bridge.tool('stop_tasks', { ids, mode });

		assert.equal(isError, false, text);
		ids.forEach((id) => ledger.tell(id, 'cancelled'));
	}

	/** Tasks that run or wait, and are cancelled. */
	async function cancelled(bridge) {
		for (;;) {
			const text = await bridge.start([1, 2, 3, 4, 5, 6].map(() =>
				({ command: `${START}; exec sleep 600` })));
			const ids = [...text.matchAll(/\bt(\d+)(?:-t(\d+))?\b/g)]
				.flatMap(([, from, to = from]) => Array.from(
					{ length: to - from + 1 }, (_, i) => `t${Number(from) + i}`))
				.slice(0, 6);

			ids.forEach((id) => ledger.tell(id, 'accepted'));
			await cancel(bridge, ids.slice(1), 'now');
			await cancel(bridge, ids.slice(0, 1));
		}
	}

	/** Until the machine is off; what else fails is a failure. */
	const load = (bridge) => Promise.all([ending, ending, ending, cancelled,
		cancelled].map((work) => work(bridge).catch((error) => {
		if (!cut)
			throw error;
	})));

	test(`${CUTS} times, and what was told is there`, async (t) => {
		let left = []; // of an earlier boot, in the places of what is to come

		for (let n = 1; n <= CUTS; n++) {
			const bridge = await machine.bridge();

			if (left.length > 0)
				await cancel(bridge, left, 'now');
			cut = false;
			const over = load(bridge);

			await Promise.race([over,
				ledger.more(20 + Math.floor(Math.random() * 300))]);
			cut = true;
			await machine.cut();
			await over;
			await machine.boot();
			const { tasks } = JSON.parse(await machine.ccproc('ls -aj'));

			ledger.check(tasks);
			assert.equal(new Set(machine.told).size, machine.told.length,
				`started twice: ${machine.told.filter((name, i) =>
					machine.told.indexOf(name) !== i)}`);
			left = tasks.filter(({ state }) => ['queued', 'running']
				.includes(state)).map(({ id }) => id);
			t.diagnostic(`${n}: ${JSON.stringify(ledger.counts)}, ${
				machine.told.length} starts, ${ledger.tasks.size} tasks judged, ` +
				`${left.length} go on`);
		}
	});
});
