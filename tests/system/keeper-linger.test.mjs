// The keeper of an agent: an agent that stays after its result is stopped, and
// background tasks that it only waits for are not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { buildDir, waitFor } from './lib/harness.mjs';
import { blindKernel, parallel, sh, Task } from './lib/keeper.mjs';

const RESULT = { a: 1, is_error: false, type: 'result', b: { c: [] } };
const INIT = { type: 'system', subtype: 'init' };
const SAYS = { type: 'assistant', message: { content: [] } };
const background = (subtype) => ({ type: 'system', subtype, task_id: 'b1' });

/** A line of a shell script that writes events. */
const say = (...events) => `printf '%s\\n' ${events.map((event) =>
	`'${JSON.stringify(event)}'`).join(' ')}`;

const agent = (linger, ...args) => ({ args: ['-a', '-c', '1000000000', '-l',
	String(linger), ...args] });

/** Runs a script as an agent that may linger for so long; the record. */
const run = (task, linger, ...lines) =>
	task.run(sh(lines.join('\n')), agent(linger));

function assertLingered({ stop_reason, note, unkillable }, seconds) {
	assert.deepEqual({ stop_reason, note, unkillable }, {
		stop_reason: 'linger', unkillable: 0,
		note: `lingered for ${seconds} s after its result and was stopped` });
}

function assertLeft({ stop_reason, exit_code, note }) {
	assert.deepEqual({ stop_reason, exit_code, note },
		{ stop_reason: '', exit_code: 7, note: '' });
}

describe('lingering', parallel, () => {
	test('after a result', async (t) => {
		const task = new Task(t);
		const record = await run(task, 1, say(SAYS, RESULT),
			'exec sleep 1000');

		assertLingered(record, 1);
		assert.equal(record.exit_signal, 2); // as every stop of an agent
		assert.ok(record.elapsed >= 1000 && record.elapsed < 4000,
			record.elapsed);
		assert.deepEqual(task.describe(), []);
	});

	test('deaf, and with children in sessions of their own', async (t) => {
		const task = new Task(t);
		const record = await task.run(sh(['trap "" INT TERM',
			'setsid sh -c "trap \'\' INT TERM; sleep 1000; true" &',
			say(RESULT), 'while :; do sleep 1; done'].join('\n')),
		agent(1, '-g', '1'));

		assertLingered(record, 1);
		assert.equal(record.exit_signal, 9);
		assert.deepEqual(task.describe(), []);
	});

	test('a result in pieces', async (t) => {
		const task = new Task(t);
		const record = await run(task, 1, 'printf \'{"type":"res\'',
			'sleep 1.5', 'printf \'ult"}\'', 'sleep 1.5', 'echo',
			'exec sleep 1000');

		assertLingered(record, 1);
		assert.ok(record.elapsed >= 4000, record.elapsed);
	});

	test('after the second result', async (t) => {
		const task = new Task(t);
		const record = await run(task, 1, say(SAYS, RESULT, INIT),
			'sleep 2.5', say(SAYS, RESULT), 'exec sleep 1000');

		assertLingered(record, 1);
		assert.ok(record.elapsed >= 3500, record.elapsed);
	});

	test('after 100 MB of output, which costs little', async (t) => {
		const task = new Task(t);
		const long = 'x'.repeat(1000);
		const event = JSON.stringify({ type: 'user', message: long,
			text: `{"type":"result"}${long}` });
		const keeper = task.keep(sh(`yes '${event}' | head -c 100000000; ` +
			`echo; ${say(RESULT)}; exec sleep 1000`), agent(3));

		await task.says('"a":1', 60000);
		// The keeper's CPU time: fields 14 and 15 in ticks of 10 ms.
		await waitFor(() => /^S/.test(keeper.proc('State')));
		const [, rest] = fs.readFileSync(`/proc/${keeper.pid}/stat`, 'utf8')
			.split(') ');
		const used = rest.split(' ').slice(11, 13)
			.reduce((sum, ticks) => sum + Number(ticks), 0);

		assert.ok(used < 300, `${used} ticks`);
		await keeper.ended();
		assertLingered(task.record, 3);
	});
});

describe('not lingering', parallel, () => {
	test('it ends by itself', async (t) => {
		assertLeft(await run(new Task(t), 2, say(RESULT), 'sleep 0.5',
			'exit 7'));
	});

	test('the word inside of strings, keys and other objects', async (t) => {
		const text = '{"type":"result"}';

		assertLeft(await run(new Task(t), 1, say({ type: 'user', text },
			{ text, message: { type: 'result' } },
			{ types: 'result', result: 'type' }, [RESULT], text,
			{ ...RESULT, type: 'Result' }), 'printf \'{"type":"result"\'',
		'sleep 2.5', 'exit 7'));
	});

	test('a turn after the result takes long', async (t) => {
		assertLeft(await run(new Task(t), 1, say(RESULT, INIT), 'sleep 2.5',
			'exit 7'));
	});

	test('it waits for a task in the background', async (t) => {
		const task = new Task(t);

		assertLeft(await run(task, 1, say(background('task_started'), SAYS,
			RESULT), 'sleep 2.5', say(background('task_notification')),
		'sleep 0.3', say(INIT, SAYS, RESULT), 'exit 7'));
	});

	test('it writes other things, to either stream', async (t) => {
		assertLeft(await run(new Task(t), 1, say(RESULT),
			'for i in 1 2 3 4 5 6; do',
			'sleep 0.4; echo >&2; sleep 0.4; printf x; done', 'exit 7'));
	});

	for (const [what, args] of [['it may', ['-a', '-l', '0']],
		['it may, if nothing is said', ['-a']],
		['it is no agent', ['-l', '1']]])
		test(what, async (t) => {
			assertLeft(await new Task(t).run(sh([say(RESULT), 'sleep 2.5',
				'exit 7'].join('\n')), { args }));
		});

	test('it is stopped before', async (t) => {
		const task = new Task(t);
		const keeper = task.keep(sh(`${say(RESULT)}; exec sleep 1000`),
			agent(60));

		await task.says('result');
		keeper.stop();
		await keeper.ended();
		assert.equal(task.record.stop_reason, 'user');
		assert.equal(task.record.note, '');
	});
});

test('while it waits it costs nothing', { skip: blindKernel }, async (t) => {
	const task = new Task(t);
	const keeper = task.keep(sh(`${say(RESULT)}; exec sleep 1000`),
		agent(600, '-i', '600'));
	const wakeups = () => keeper.proc('voluntary_ctxt_switches');
	let before;

	await task.says('result');
	await waitFor(async () => {
		before = wakeups();
		await new Task(t).run(sh('sleep 2; true'));
		return wakeups() === before;
	});
	keeper.signal('SIGTERM');
	await keeper.ended();
});

describe('the environment', parallel, () => {
	const failed = (status, more = {}) => ({ ...RESULT, is_error: true,
		terminal_reason: 'api_error', api_error_status: status, ...more });
	const left = (task) => task.has('env') && task.read('env');

	for (const [what, event, code, back] of [
		['429', failed(429), 1, true],
		['529', failed(529), 1, true],
		['overloaded in a stream',
			failed(null, { api_error_type: 'overloaded_error' }), 1, true],
		['a success', RESULT, 0, false],
		['401', failed(401), 1, false],
		['500', failed(500), 1, false],
		['429 in words', failed(null, { result: '429' }), 1, false],
		['429 that was overcome', { ...RESULT, api_error_status: 429 }, 0,
			false]])
		test(`${what}: ${back ? 'kept' : 'gone'}`, async (t) => {
			const task = new Task(t, { env: { SECRET: 'a b\nc' } });
			const env = task.read('env');
			const keeper = task.keep(sh(`${say(SAYS, event)}; ` +
				`while [ ! -e '${task.dir}/go' ]; do sleep 0.05; done; ` +
				`exit ${code}`), agent(30));

			await task.says('"result"');
			assert.equal(task.has('env'), false);
			task.write('go', '');
			await keeper.ended();
			assert.equal(task.record.exit_code, code);
			assert.equal(task.record.note, '');
			assert.equal(left(task), back && env);
			if (back)
				assert.equal(fs.statSync(path.join(task.dir, 'env')).mode &
					0o777, 0o600);
		});

	test('the last result counts', async (t) => {
		const task = new Task(t);

		await run(task, 30, say(failed(429), INIT, RESULT));
		assert.equal(left(task), false);
		await waitFor(() => task.has('exit.json'));
	});

	test('a last line without an end counts', async (t) => {
		const task = new Task(t);
		const env = task.read('env');

		await run(task, 30, `printf '%s' '${JSON.stringify(failed(529))}'`);
		assert.equal(left(task), env);
	});

	test('it lingered: kept', async (t) => {
		const task = new Task(t);
		const env = task.read('env');

		assertLingered(await run(task, 1, say(failed(429)),
			'exec sleep 1000'), 1);
		assert.equal(left(task), env);
	});

	for (const [reason, stop] of [
		['user', (keeper) => keeper.stop({ reason: 'user' })],
		['interrupted', (keeper) => keeper.signal('SIGTERM')],
		['wall', (keeper) => keeper.stop({ reason: 'wall' })]])
		test(`stopped, ${reason}: gone`, async (t) => {
			const task = new Task(t);
			const keeper = task.keep(sh(`trap "exit 0" INT; ` +
				`${say(failed(429))}; while :; do sleep 0.05; done`),
			agent(60));

			await task.says('result');
			stop(keeper);
			await keeper.ended();
			assert.equal(task.record.stop_reason, reason);
			assert.equal(left(task), false);
		});

	test('killed by a signal: gone', async (t) => {
		const task = new Task(t);
		const record = await run(task, 30, say(failed(429)), 'kill -9 $$');

		assert.equal(record.exit_signal, 9);
		assert.equal(left(task), false);
	});

	test('a command: gone', async (t) => {
		const task = new Task(t);

		await task.run(sh(say(failed(429))), { args: ['-c', '1000000'] });
		assert.equal(left(task), false);
	});

	test('a task has put something in its place', async (t) => {
		const task = new Task(t);
		const record = await run(task, 30, say(failed(429)),
			`ln -s /nowhere '${task.dir}/env'`);

		assert.equal(record.note, 'its environment could not be kept');
		assert.equal(fs.readlinkSync(path.join(task.dir, 'env')), '/nowhere');
	});
});

describe('the first signal of a stop', parallel, () => {
	/** Stops an agent that notes its signals, in words; what it noted. */
	async function noted(t, args, grace = 10) {
		const task = new Task(t);
		const keeper = task.keep(sh('for s in HUP INT QUIT TERM USR1 USR2; ' +
			'do trap "echo $s" $s; done; echo ready; ' +
			'while :; do sleep 0.05; done'), { args });

		await task.says('ready');
		keeper.stop({ grace });
		await keeper.ended();
		assert.equal(task.record.exit_signal, 9);
		return task.stdout.trim().split('\n').slice(1);
	}

	for (const [args, signals, grace] of [
		[[], ['TERM'], 1],
		[['-a'], ['INT'], 1],
		[['-a'], ['INT', 'TERM'], 4],
		[['-a', '-s', 'TERM'], ['TERM'], 4],
		[['-s', 'INT'], ['INT', 'TERM'], 4],
		[['-a', '-s', 'USR1'], ['USR1'], 1]])
		test(`${args.join(' ')}: ${signals.join(', ')}`, async (t) => {
			assert.deepEqual(await noted(t, args, grace), signals);
		});

	test('has a name', (t) => {
		const task = new Task(t);
		const keeper = path.join(buildDir(), 'ccproc-keeper');

		for (const name of ['', 'KILL', 'STOP', 'SIGINT', '2', 'int'])
			assert.equal(spawnSync(keeper, ['-s', name, '-d', task.dir, '--',
				'true']).status, 2, name);
		assert.equal(task.read('run'), '');
	});
});
