// Many permission questions at once: each reaches the user, and none is
// allowed because there were too many.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ALLOWED, answers, askers, begin, prompt,
	start } from './lib/askers.mjs';
import { startWorld, waitFor } from './lib/harness.mjs';

const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
/** A client whose user sees forms. */
const FORMS = { elicitation: {} };
/** How many questions one answer has, as forms and as JSON. */
const AT_ONCE = 16;
/** Requests that a connection may have open. */
const OPEN = 64;

const many = (n) => prompt(...Array.from({ length: n }, () =>
	({ command: 'x' })));

/** Waits for the nth question, which no session has been told of so far. */
const arrived = (world, n) => waitFor(() => fs.existsSync(
	path.join(world.taskDir('t1'), `ask-${n}.json`)));

describe('many questions', () => {
	test('more than one answer has come in the next', async (t) => {
		const world = startWorld(t, { config: { agents: askers } });
		const bridge = world.bridge();
		const call = { name: 'check_tasks',
			arguments: { ids: ['t1'], wait_s: 20 } };

		await bridge.modern();
		bridge.meta[CAPABILITIES] = FORMS;
		await begin(bridge, many(AT_ONCE + 4));
		await arrived(world, AT_ONCE + 4);
		let result = await bridge.request('tools/call', call);
		const seen = [];

		while (result.resultType === 'input_required') {
			const keys = Object.keys(result.inputRequests);

			seen.push(keys.length);
			result = await bridge.request('tools/call', { ...call,
				requestState: result.requestState,
				inputResponses: Object.fromEntries(keys.map((key) =>
					[key, { action: 'accept', content: {} }])) });
		}
		assert.match(result.content[0].text, /^t1 completed/);
		assert.equal(seen.reduce((a, b) => a + b), AT_ONCE + 4);
		assert.deepEqual((await answers(bridge)).answers,
			Array(AT_ONCE + 4).fill(ALLOWED));
	});

	test('those put aside do not hide the others', async (t) => {
		const world = startWorld(t, { config: { agents: askers } });
		const bridge = world.bridge();
		const call = { name: 'check_tasks',
			arguments: { ids: ['t1'], wait_s: 20 } };
		const seen = new Set();

		await bridge.modern();
		await begin(bridge, many(AT_ONCE + 4));
		await arrived(world, AT_ONCE + 4);
		bridge.meta[CAPABILITIES] = FORMS;
		let result = await bridge.request('tools/call', call);

		while (result.resultType === 'input_required') {
			const keys = Object.keys(result.inputRequests);

			assert.ok(keys.every((key) => !seen.has(key)), 'once each');
			for (const key of keys)
				seen.add(key);
			result = await bridge.request('tools/call', { ...call,
				requestState: result.requestState,
				inputResponses: Object.fromEntries(keys.map((key) =>
					[key, { action: 'cancel' }])) });
		}
		assert.equal(seen.size, AT_ONCE + 4);
		assert.match(result.content[0].text, /^t1 needs input/);
	});

	test('more than may be open are refused, not allowed', async (t) => {
		const { bridge } = await start(t);
		let shown = 0;

		bridge.on('elicitation/create', (params, id) => {
			shown++;
			bridge.send({ jsonrpc: '2.0', id,
				result: { action: 'accept', content: {} } });
		});
		await bridge.legacy({ capabilities: FORMS });
		await begin(bridge, many(OPEN + 36));
		const given = (await answers(bridge)).answers;
		const allowed = given.filter(({ behavior }) => behavior === 'allow');

		assert.equal(given.length, OPEN + 36);
		assert.equal(allowed.length, shown);
		for (const { behavior, error } of given)
			assert.ok(behavior === 'allow' || /the most allowed/.test(error));
	});
});
