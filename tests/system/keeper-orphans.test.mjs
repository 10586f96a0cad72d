// What a killed keeper has left: another one finds the processes by their
// mark, ends them and completes the record.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { kill, waitFor } from './lib/harness.mjs';
import { isRoot, openPlace, parallel, program, sh, Task, trees }
	from './lib/keeper.mjs';

const markOf = (dir) => `t${path.basename(dir)}`;

/** A task whose processes are marked as the daemon does it. */
class Marked extends Task {
	constructor(t, options) {
		super(t, options);
		fs.appendFileSync(path.join(this.dir, 'env'),
			`CCPROC_TASK=${markOf(this.dir)}\0`);
	}

	/** Starts its program, and kills the keeper when it says "ready". */
	async orphan(argv, ids) {
		const keeper = this.keep(argv, ids);

		await this.says('ready');
		kill(keeper.pid, 'SIGKILL');
		await keeper.closed;
	}
}

describe('what a killed keeper has left', parallel, () => {
	const kinds = [['daemons', 5], ['ignorers', 20], ['stopped', 10],
		['chain', 60], ['subreapers', 10], ['respawner', 50],
		['hoppers', 3], ['threads', 1], ['bomb', 60], ['traced', 5],
		['vforkers', 3]];

	for (const [kind, n] of kinds)
		test(`${n} ${kind} are ended and named`, async (t) => {
			const task = new Marked(t);

			await task.orphan(trees(kind, n));
			assert.deepEqual((await task.sweep()).code, 0);
			assert.deepEqual(task.describe(), []);
			const { record } = task;

			assert.equal(record.stop_reason, 'keeper_lost');
			assert.equal(record.note, 'its keeper was killed');
			assert.ok(record.leftovers >= n, JSON.stringify(record));
			assert.match(record.leftover_names, /^\d+ trees(, \d+ trees)*$/);
			assert.deepEqual([record.unkillable, record.elapsed], [0, -1]);
			assert.equal('main_exited' in record, false);
		});

	test('the exit of the main process is kept', async (t) => {
		const task = new Marked(t);
		const keeper = task.keep(trees('left', 2));

		await waitFor(() => task.read('run').includes('"exit_code":3'));
		keeper.signal('SIGKILL');
		await keeper.closed;
		await task.sweep();
		assert.deepEqual(task.describe(), []);
		assert.deepEqual([task.record.exit_code, task.record.leftovers,
			task.record.stop_reason], [3, 2, 'keeper_lost']);
	});

	test('children without an environment are found by their parents',
		async (t) => {
			const task = new Marked(t);

			await task.orphan(sh('env -i sh -c "sleep 61 & env -i sleep 62 & ' +
				'echo ready; wait" & wait'));
			await task.sweep();
			assert.equal(task.record.leftovers, 4, task.record.leftover_names);
			assert.match(task.record.leftover_names, /sleep.*sleep/);
		});

	test('a task that was started inside is another one', async (t) => {
		const task = new Marked(t);

		await task.orphan(sh('CCPROC_TASK=t8-x sh -c "sleep 63 & echo \\$! ' +
			'>\\$0.inner; echo ready; wait" ' + task.dir + ' & wait'));
		const inner = Number(fs.readFileSync(`${task.dir}.inner`, 'utf8'));

		t.after(() => fs.unlinkSync(`${task.dir}.inner`));
		await task.sweep();
		assert.equal(task.record.leftovers, 1, task.record.leftover_names);
		assert.equal(task.processes().length, 2); // its shell and sleep
		assert.ok(task.processes().includes(inner));
	});

	test('a program that had not been started yet', async (t) => {
		const task = new Marked(t);
		const fifo = path.join(task.dir, 'prompt'); // opening it blocks
		execFileSync('mkfifo', [fifo]);
		const keeper = task.keep(['sleep', '64']);

		await waitFor(() => task.read('run').includes('started_at'));
		keeper.signal('SIGKILL');
		await keeper.closed;
		await task.sweep();
		assert.deepEqual([task.record.stop_reason, task.record.leftovers],
			['keeper_lost', 0]);
		assert.deepEqual(task.names(), ['exit.json', 'prompt']);
	});

	test('a whole record only wants its name', async (t) => {
		const task = new Marked(t);

		await task.run(sh('exit 7'));
		const text = task.read('exit.json');

		fs.renameSync(path.join(task.dir, 'exit.json'),
			path.join(task.dir, 'run'));
		assert.equal((await task.sweep()).code, 0);
		assert.equal(task.read('exit.json'), text);
	});

	test('half a piece is cut off', async (t) => {
		const task = new Marked(t);

		await task.run(sh('exit 7'));
		const text = task.read('exit.json');

		fs.unlinkSync(path.join(task.dir, 'exit.json'));
		task.write('run', text.slice(0, text.indexOf('"exit_signal"')));
		assert.equal((await task.sweep()).code, 0);
		assert.equal('main_exited' in task.record, false);
		assert.equal(task.record.stop_reason, 'keeper_lost');
	});

	for (const [what, text] of [['damaged', '\0\0\0\0x'],
		['a claim that is not whole', '{"version":1,"machi']])
		test(`${what}: processes are ended, the record stays`,
			async (t) => {
				const task = new Marked(t);

				await task.orphan(trees('daemons', 2));
				task.write('run', text);
				assert.equal((await task.sweep()).code, 1);
				assert.deepEqual(task.describe(), []);
				assert.equal(task.read('run'), text);
				assert.equal(task.has('exit.json'), false);
			});

	test('nothing is touched while a keeper lives', async (t) => {
		const task = new Marked(t);
		const keeper = task.keep(trees('daemons', 2));

		await task.says('ready');
		assert.equal((await task.sweep()).code, 0);
		assert.equal(task.processes().length, 3);
		assert.equal(task.has('run'), true);
		keeper.stop({ mode: 'now' });
		await keeper.ended();
	});

	test('nor a task that was never begun, or is over', async (t) => {
		const fresh = new Marked(t);

		assert.equal((await fresh.sweep()).code, 0);
		assert.deepEqual(fresh.names(), ['env', 'run']);
		const over = new Marked(t);

		await over.run(sh('exit 4'));
		const text = over.read('exit.json');

		assert.equal((await over.sweep()).code, 0);
		assert.equal(over.read('exit.json'), text);
	});

	for (const [what, pieces, kept] of [['whole', 3, true], ['not', 2, false]])
		test(`an environment for another try, with a record that is ${what}`,
			async (t) => {
				const task = new Marked(t);
				const env = task.read('env');

				await task.run(sh('exit 1'));
				task.write('run', task.read('exit.json').split('\n')
					.slice(0, pieces).map((line) => `${line}\n`).join(''));
				fs.unlinkSync(path.join(task.dir, 'exit.json'));
				task.write('env', env);
				assert.equal((await task.sweep()).code, 0);
				assert.equal(task.record.exit_code, 1);
				assert.equal(task.has('env'), kept);
			});

	test('two at once do the work of one', async (t) => {
		const task = new Marked(t);

		await task.orphan(trees('daemons', 9));
		const sweeps = await Promise.all([task.sweep(), task.sweep()]);

		assert.deepEqual(sweeps.map(({ code }) => code), [0, 0]);
		assert.equal(task.record.leftovers, 10);
		assert.deepEqual(task.describe(), []);
	});

	test('what cannot be killed is counted, after five seconds',
		{ skip: !isRoot }, async (t) => {
			const dir = openPlace('trees');
			const task = new Marked(t);
			const ids = { uid: 65534, gid: 65534 };

			fs.copyFileSync(program('trees'), dir);
			fs.chmodSync(dir, 0o4755);
			for (const name of ['', 'run', 'env'])
				fs.chownSync(path.join(task.dir, name), ids.uid, ids.gid);
			await task.orphan(sh('"$1" privileged & wait', dir), ids);
			const { code, ms } = await task.sweep(ids);

			assert.equal(code, 0);
			assert.ok(ms >= 5000, ms);
			assert.deepEqual([task.record.leftovers, task.record.unkillable],
				[3, 1], task.record.leftover_names);
		});
});
