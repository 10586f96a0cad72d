// The keeper of a later run of a task, whose directory is in the task's.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';

import { kill, waitFor } from './lib/harness.mjs';
import { parallel, sh, Task, trees } from './lib/keeper.mjs';


/** A run of a task in a state directory of its own, to be kept. */
class Run extends Task {
	constructor(t, name = 'run-2') {
		const state = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-state-'));
		const id = `7-${randomUUID()}`;
		const task = path.join(state, 'tasks', '2026-11-25', id);

		fs.mkdirSync(task, { recursive: true });
		super(t, { root: task });
		t.after(() => fs.rmSync(state, { recursive: true }));
		this.state = state;
		this.task = task;
		fs.renameSync(this.dir, path.join(task, name));
		this.dir = path.join(task, name);
		fs.appendFileSync(path.join(this.dir, 'env'),
			`CCPROC_TASK=t${id}\0`);
		fs.mkdirSync(path.join(state, 'live'));
		fs.symlinkSync(`../${path.relative(state, task)}`,
			path.join(state, 'live', id));
		fs.writeFileSync(path.join(state, 'lock'), '');
		// what a keeper starts in place of the daemon
		this.daemon = path.join(state, 'daemon');
		fs.writeFileSync(this.daemon,
			`#!/bin/sh\n: >'${state}/started'\n`, { mode: 0o755 });
	}

	get args() {
		return ['-R', this.daemon];
	}

	hasStarted() {
		return fs.existsSync(path.join(this.state, 'started'));
	}

	/** Accepts the run after this one. */
	follow() {
		const next = path.join(this.task, 'run-3');

		fs.mkdirSync(next);
		fs.writeFileSync(path.join(next, 'run'), '');
	}
}

const LIMITED = JSON.stringify({ type: 'result', is_error: true,
	api_error_status: 429 });

describe('a later run', parallel, () => {
	for (const name of ['run-2', 'retry-2'])
		test(`${name}: its orphans have the mark of the task`, async (t) => {
			const run = new Run(t, name);
			const keeper = run.keep(trees('daemons', 5));

			await run.says('ready');
			kill(keeper.pid, 'SIGKILL');
			await keeper.closed;
			assert.equal((await run.sweep()).code, 0);
			assert.deepEqual(run.describe(), []);
			assert.equal(run.record.leftovers, 6);
		});

	test('it starts a daemon for the next run', async (t) => {
		const run = new Run(t);

		run.follow();
		await run.run(sh('exit 0'), { args: ['-a', ...run.args] });
		await waitFor(() => run.hasStarted());
	});

	test('or for another try', async (t) => {
		const run = new Run(t);

		await run.run(sh(`echo '${LIMITED}'; exit 1`),
			{ args: ['-a', ...run.args] });
		assert.equal(run.has('env'), true);
		await waitFor(() => run.hasStarted());
	});

	test('or for a client in the task', async (t) => {
		const run = new Run(t);
		const keeper = run.keep(sh('exec sleep 1000'), { args: run.args });

		await keeper.told;
		keeper.signal(41);
		await waitFor(() => run.hasStarted());
		keeper.stop();
		await keeper.ended();
	});

	test('but not for nothing', async (t) => {
		const run = new Run(t);
		const { exit_code } = await run.run(sh('exit 0'),
			{ args: ['-a', ...run.args] });

		assert.equal(exit_code, 0);
		await waitFor(() => run.processes().length === 0);
		assert.equal(run.hasStarted(), false);
	});
});
