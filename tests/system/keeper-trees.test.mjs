// The keeper: no process of a task is left, whatever it does.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { waitFor } from './lib/harness.mjs';
import { isRoot, parallel, program, sh, Task, trees } from './lib/keeper.mjs';

describe('trees', parallel, () => {
	const kinds = [['daemons', 5], ['ignorers', 20], ['stopped', 10],
		['chain', 60], ['subreapers', 10], ['respawner', 100],
		['hoppers', 10], ['threads', 1], ['bomb', 60], ['traced', 5],
		['vforkers', 5]];

	for (const [kind, n] of kinds) {
		test(`now ends ${n} ${kind}`, async (t) => {
			const task = new Task(t);
			const keeper = task.keep(trees(kind, n));

			await task.says('ready');
			keeper.stop({ mode: 'now' });
			await keeper.ended();
			assert.deepEqual(task.describe(), []);
			assert.equal(task.record.exit_signal, 9);
			assert.equal(task.record.unkillable, 0);
		});

		test(`a grace of 1 s ends ${n} ${kind}`, async (t) => {
			const task = new Task(t);
			const keeper = task.keep(trees(kind, n));

			await task.says('ready');
			keeper.stop({ grace: 1 });
			await keeper.ended();
			assert.deepEqual(task.describe(), []);
			assert.equal(task.record.stop_reason, 'user');
			assert.deepEqual([task.record.leftovers, task.record.unkillable],
				[0, 0]);
		});
	}

	test('state D is waited for, not for ever', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(trees('vforkers', 3));

		// in the kernel they sleep as one does that waits for a disk; but
		// these can be killed, and what cannot be is as in the last test
		await task.says('ready');
		await waitFor(() => task.processes().filter((pid) =>
			/\) D /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')))
			.length === 3);
		keeper.stop({ grace: 1 });
		await keeper.ended();
		assert.deepEqual(task.describe(), []);
		assert.equal(task.record.unkillable, 0);
		assert.ok(task.record.elapsed < 5000);
	});

	test('one that closes its output is not over', async (t) => {
		const task = new Task(t);
		const record = await task.run(trees('closed'));

		assert.deepEqual([record.exit_code, record.leftovers], [5, 0]);
		assert.ok(record.elapsed >= 650, record.elapsed);
	});

	test('what outlives the main process is named', async (t) => {
		const task = new Task(t);
		const record = await task.run(trees('left', 4));

		assert.equal(record.exit_code, 3);
		assert.equal(record.stop_reason, '');
		assert.equal(record.leftovers, 4);
		assert.match(record.leftover_names, /^\d+ trees(, \d+ trees){3}$/);
		assert.ok(record.elapsed >= 2000 && record.elapsed < 9000);
		assert.deepEqual(task.describe(), []);
	});

	test('names are cut, the count is not', async (t) => {
		const record = await new Task(t).run(trees('left', 80));

		assert.equal(record.leftovers, 80);
		assert.match(record.leftover_names, /^\d+ trees(, \d+ trees)+$/);
		assert.ok(record.leftover_names.length < 512);
	});

	test('a name with strange characters', async (t) => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-name-'));
		const odd = path.join(dir, 'a")\\ \né');

		t.after(() => fs.rmSync(dir, { recursive: true }));
		fs.copyFileSync(program('trees'), odd);
		const record = await new Task(t).run(
			sh('"$1" daemons 1 & exit 0', odd));

		assert.equal(record.leftovers, 2);
		assert.match(record.leftover_names,
			/^\d+ a\?\)\?[ -~]*, \d+ a\?\)\?[ -~]*$/);
	});

	test('what goes within 2 s is no leftover', async (t) => {
		const task = new Task(t);
		const record = await task.run(
			sh('(sleep 0.5; echo late) & echo early'));

		assert.equal(record.exit_code, 0);
		assert.equal(record.leftovers, 0);
		assert.equal(task.stdout, 'early\nlate\n');
		assert.ok(record.ended_at - record.main_ended_at >= 400);
	});

	test('leftovers get SIGTERM before SIGKILL', async (t) => {
		const task = new Task(t);
		const record = await task.run(sh('(trap "echo TERM; exit" TERM; ' +
			'while :; do sleep 0.05; done) & exit 0'));

		assert.equal(task.stdout, 'TERM\n');
		assert.ok(record.leftovers >= 1);
	});

	test('a stop after the main process only shortens', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(trees('left', 2));

		await waitFor(() => task.read('run').includes('"exit_code":3'));
		keeper.stop({ mode: 'now' });
		await keeper.ended();
		assert.equal(task.record.stop_reason, '');
		assert.equal(task.record.leftovers, 2);
		assert.ok(task.record.ended_at - task.record.main_ended_at < 2000);
		assert.deepEqual(task.describe(), []);
	});

	test('what cannot be killed is counted', { skip: !isRoot }, async (t) => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-suid-'));
		const file = path.join(dir, 'trees');
		const task = new Task(t);
		const ids = { uid: 65534, gid: 65534 };

		t.after(() => fs.rmSync(dir, { recursive: true }));
		fs.chmodSync(dir, 0o755);
		fs.copyFileSync(program('trees'), file);
		fs.chmodSync(file, 0o4755);
		for (const name of ['', 'run', 'env'])
			fs.chownSync(path.join(task.dir, name), ids.uid, ids.gid);
		const keeper = task.keep([file, 'privileged'], ids);
		await waitFor(() => task.stdout !== '' || task.has('exit.json'));
		if (task.stdout !== 'ready\n') {
			t.skip('setuid does nothing here');
			return;
		}
		keeper.stop({ mode: 'now' });
		await keeper.ended();
		const { record } = task;
		assert.equal(record.exit_signal, 9);
		assert.deepEqual([record.leftovers, record.unkillable], [1, 1]);
		assert.match(record.leftover_names, /^\d+ trees$/);
		assert.ok(record.elapsed >= 5000);
	});
});
