// What a job of ten minutes costs a model that makes exactly the call which
// each answer names.
//
// The ten minutes are on a clock of the test's own.  An answer "running" to
// a call that has waited for long is the same as to one that has waited for
// a second, so the model waits for a second and the clock goes on by what
// was named.  The job ends within the wait that takes the clock beyond ten
// minutes; that call is made as it was named.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { connect, ERAS } from './lib/session.mjs';

const JOB_S = 600;
const RUN_WAIT_S = 45;      // run_task's own, when none is given
const BACKGROUND_S = 120;   // Claude Code takes longer calls out of the talk
const SILENCE_S = 60;       // SDK clients give up, if no progress is heard

/** The call that an answer names: { name, args }; undefined if none. */
function nextCall(text) {
	const [, name, args] = /^next: (\w+) (\{.*\})/m.exec(text) ?? [];

	return name && { name, args: JSON.parse(args) };
}

/** A job that ends when done() is called, and one file that tells it to. */
function makeJob(world) {
	const gate = path.join(world.work, 'gate');

	return { command: `until [ -e ${gate} ]; do sleep 0.05; done; echo fine`,
		done: () => fs.writeFileSync(gate, '') };
}

/**
 * Plays the model from its first call on: { calls, answer }.  The first one
 * waits for so many seconds on its own.
 */
async function play(bridge, job, { name, args, waits }, meta) {
	let call = { name, args }, clock = 0, answer;
	let wait = waits;

	for (let calls = 1; ; calls++) {
		const over = clock + wait >= JOB_S;

		assert.ok(calls < 50 && wait < BACKGROUND_S, `${wait} s`);
		assert.ok(meta || wait < SILENCE_S, `${wait} s, and no progress`);
		if (over)
			setTimeout(job.done, 200);
		answer = await bridge.tool(call.name, over || wait === 0 ?
			call.args : { ...call.args, wait_s: 1 }, { meta });
		clock += wait;
		call = nextCall(answer.text);
		if (call === undefined)
			return { calls, answer };
		assert.ok(!over, answer.text);
		wait = call.args.wait_s;
	}
}

/** The last turn is that in which the model reads the result. */
const turns = ({ calls }) => calls + 1;

for (const era of ERAS)
	test(`at most seven turns, where progress is heard (${era})`,
		async (t) => {
			const { world, bridge } = await connect(t, { era });
			const job = makeJob(world);
			const played = await play(bridge, job, { name: 'run_task',
				args: { command: job.command }, waits: RUN_WAIT_S },
			{ progressToken: 1 });

			assert.match(played.answer.text, /^t1 completed · .*\nfine/);
			t.diagnostic(`${turns(played)} turns`);
			assert.ok(turns(played) <= 7, `${turns(played)} turns`);
		});

test('started in the background, with a call more', async (t) => {
	const { world, bridge } = await connect(t);
	const job = makeJob(world);
	const played = await play(bridge, job, { name: 'start_tasks',
		args: { tasks: [{ command: job.command }] }, waits: 0 },
	{ progressToken: 1 });

	assert.match(played.answer.text, /^t1 completed · .*\nfine/);
	assert.ok(turns(played) <= 8, `${turns(played)} turns`);
});

test('where no progress is heard no call lasts for a minute', async (t) => {
	const { world, bridge } = await connect(t);
	const job = makeJob(world);
	const { answer } = await play(bridge, job, { name: 'run_task',
		args: { command: job.command }, waits: RUN_WAIT_S });

	assert.match(answer.text, /^t1 completed · .*\nfine/);
});

test('a long wait is answered at the end of the job', async (t) => {
	const { world, bridge } = await connect(t);
	const job = makeJob(world);
	const first = await bridge.tool('run_task',
		{ command: job.command, wait_s: 1 }, { meta: { progressToken: 1 } });
	const { name, args } = nextCall(first.text);

	assert.ok(args.wait_s > 50, first.text);
	setTimeout(job.done, 1000);
	const { text } = await bridge.tool(name, args,
		{ meta: { progressToken: 2 } });

	assert.match(text, /^t1 completed · .*\nfine/);
});

test('what every session reads at its start is short', async (t) => {
	const { bridge } = await connect(t, { era: 'modern' });
	const { instructions } = await bridge.request('server/discover');
	const { tools } = await bridge.request('tools/list');

	assert.ok([...instructions].length <= 600, instructions);
	assert.ok(Buffer.byteLength(JSON.stringify(tools)) <= 8192);
	t.diagnostic(`${[...instructions].length} characters, ` +
		`${Buffer.byteLength(JSON.stringify(tools))} bytes`);
});
