// The keeper: the timeout of a task that writes nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { buildDir, waitFor } from './lib/harness.mjs';
import { parallel, sh, Task } from './lib/keeper.mjs';

const idle = (seconds, ...args) => ({ args: ['-i', String(seconds), ...args] });

/** Stopped as idle, so long (ms) after the last sign of life. */
function assertIdle(task, since, span) {
	const { stop_reason, ended_at, note } = task.record;

	assert.equal(stop_reason, 'idle');
	assert.equal(note, '');
	// files are dated by a coarse clock
	assert.ok(ended_at - since >= span - 20, `${ended_at - since}`);
	assert.ok(ended_at - since < span + 2000, `${ended_at - since}`);
	assert.deepEqual(task.describe(), []);
}

const written = (task, name) =>
	fs.statSync(path.join(task.dir, name)).mtimeMs;

describe('silent', parallel, () => {
	for (const kind of [[], ['-a']])
		test(`from the beginning ${kind}`, async (t) => {
			const task = new Task(t);
			const { exit_signal, started_at } = await task.run(
				['sleep', '1000'], idle(1, ...kind));

			assert.equal(exit_signal, kind.length ? 2 : 15);
			assertIdle(task, started_at, 1000);
		});

	for (const [name, to] of [['stdout', ''], ['stderr', ' >&2']])
		test(`at last, on ${name}`, async (t) => {
			const task = new Task(t);
			const { elapsed } = await task.run(sh(
				`for i in 1 2 3 4 5 6; do echo x${to}; sleep 0.5; done; ` +
				`echo end${to}; exec sleep 1000`), idle(1));

			assert.ok(elapsed >= 4000, elapsed);
			assertIdle(task, written(task, name), 1000);
		});

	test('but for files of its own', async (t) => {
		const task = new Task(t);
		const { started_at } = await task.run(sh('while :; do ' +
			'echo x >"$1"; sleep 0.2; done', task.dir + '/mine'), idle(1));

		assertIdle(task, started_at, 1000);
	});

	for (const when of ['1 hour ago', 'now + 1 hour'])
		test(`with a clock that cannot be right: ${when}`, async (t) => {
			const task = new Task(t);
			const { elapsed } = await task.run(sh('sleep 0.5; ' +
				'touch -d "$1" "$2"; exec sleep 1000', when,
			task.dir + '/stdout'), idle(2));

			assert.equal(task.record.stop_reason, 'idle');
			assert.ok(elapsed >= 2000 && elapsed < 6000, elapsed);
		});

	test('and what it started, too', async (t) => {
		const task = new Task(t);

		await task.run(sh('setsid sleep 1000 & exec sleep 1000'), idle(1));
		assert.equal(task.record.stop_reason, 'idle');
		assert.deepEqual(task.describe(), []);
	});
});

describe('not silent', parallel, () => {
	test('it writes seldom, but in time', async (t) => {
		const { stop_reason, exit_code } = await new Task(t).run(sh(
			'for i in 1 2 3; do echo x; sleep 1.4; done; exit 7'), idle(2));

		assert.deepEqual([stop_reason, exit_code], ['', 7]);
	});

	test('it has ended, and what it left is nobody to wait for', async (t) => {
		const { stop_reason, exit_code, leftovers } = await new Task(t).run(
			sh('setsid sleep 1000 & sleep 0.5; exit 7'), idle(1));

		assert.deepEqual([stop_reason, exit_code, leftovers], ['', 7, 1]);
	});

	test('a question is open, until it has an answer', async (t) => {
		const task = new Task(t);

		for (const [name, text] of [['ask-1.json', '{}'], ['ask-2.json', '{}'],
			['answer-1.json', '{}']])
			task.write(name, text);
		const keeper = task.keep(['sleep', '1000'], idle(1));

		await sleep(3500);
		assert.equal(task.has('exit.json'), false);
		task.write('answer-2.json', '{}');
		await keeper.ended();
		assertIdle(task, written(task, 'answer-2.json'), 1000);
	});

	test('what only looks like a question is none', async (t) => {
		const task = new Task(t);

		for (const name of ['ask-.json', 'ask-1', 'ask-x.json', '.ask-1.json',
			'ask-1.json.new', 'task-1.json'])
			task.write(name, '{}');
		const { started_at } = await task.run(['sleep', '1000'], idle(1));

		assertIdle(task, started_at, 1000);
	});
});

test('nobody wakes up before its time', async (t) => {
	const task = new Task(t);
	const keeper = task.keep(sh('echo ready; sleep 1; echo more; ' +
		'exec sleep 1000'), idle(8));
	const wakeups = () => Number(keeper.proc('voluntary_ctxt_switches'));

	await task.says('ready');
	await waitFor(() => /^S/.test(keeper.proc('State')));
	const before = wakeups();

	await sleep(6500);
	assert.equal(wakeups(), before);
	await keeper.ended(20000);
	assertIdle(task, written(task, 'stdout'), 8000);
});

test('an idle timeout is a number', (t) => {
	const task = new Task(t);
	const keeper = path.join(buildDir(), 'ccproc-keeper');

	for (const value of ['', 'x', '-1', '1s'])
		assert.equal(spawnSync(keeper, ['-i', value, '-d', task.dir, '--',
			'true']).status, 2, value);
	assert.equal(task.read('run'), '');
});
