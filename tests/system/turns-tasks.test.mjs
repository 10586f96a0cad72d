// A job of any length costs two turns where the client knows tasks: the call
// that starts it, and the one in which the model reads the result.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { waitFor } from './lib/harness.mjs';
import { connect } from './lib/session.mjs';

async function connectWithTasks(t) {
	const { world, bridge } = await connect(t);

	await bridge.modern({ tasks: true });
	return { world, bridge, gate: path.join(world.work, 'gate') };
}

/** Polls a task until it has ended, as the client does; its result. */
const ended = (bridge, taskId) => waitFor(async () => {
	const task = await bridge.request('tasks/get', { taskId });

	return task.status === 'working' ? undefined : task;
}, { timeout: 20000, what: `the end of ${taskId}` });

for (const [name, args, handle, result] of [
	['run_task', (command) => ({ command }), /^t1-/, /^t1 completed · /],
	['start_tasks', (command) => ({ tasks: [{ command }, { command }] }),
		/^g1-/, /t1 completed · [^]*t2 completed · /]])
	test(`${name}: two turns`, async (t) => {
		const { bridge, gate } = await connectWithTasks(t);
		const answer = await bridge.tool(name,
			args(`until [ -e ${gate} ]; do sleep 0.05; done; echo fine`));

		assert.equal(answer.resultType, 'task');
		assert.equal(answer.status, 'working');
		assert.match(answer.taskId, handle);
		assert.ok(answer.pollIntervalMs >= 500, 'no busy polling');
		fs.writeFileSync(gate, '');
		const { status, result: { content, isError } } =
			await ended(bridge, answer.taskId);

		assert.equal(status, 'completed');
		assert.ok(!isError);
		assert.match(content[0].text, result);
		assert.doesNotMatch(content[0].text, /^next:/m);
	});
