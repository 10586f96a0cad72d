// Requests that stay open: listens, waits, what cancels them, how many there
// may be; and what is answered when there is no daemon.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { LEGACY, startWorld, TASKS_EXTENSION, waitFor } from './lib/harness.mjs';
import { ask, envelope, ERAS, initialized, KINDS, META, running, Wire }
	from './lib/session.mjs';

const ALL = { concurrency: 4 };

describe('requests that stay open', ALL, () => {
	const sleeper = { name: 'run_task', arguments:
		{ command: 'sleep 60', wait_s: 40 } };

	for (const [kind, open] of Object.entries(KINDS))
		test(`a listen, over the ${kind}`, async (t) => {
			const wire = await open(await running(t));

			for (const id of ['"listen:0"', '0', '"\\u00e9"']) {
				wire.request(id, 'subscriptions/listen', { ...envelope({
					[META + 'clientCapabilities']:
						{ extensions: { [TASKS_EXTENSION]: {} } } }),
				notifications: { toolsListChanged: true,
						taskIds: ['t1-x'] } });
				const line = await wire.line();
				const { method, params } = JSON.parse(line);

				assert.equal(method, 'notifications/subscriptions/acknowledged');
				assert.equal(params._meta[META + 'subscriptionId'],
					JSON.parse(id));
				assert.equal(typeof params.notifications, 'object');
				const again = await wire.ask(
					`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);

				assert.equal(again.error.code, -32600);
				wire.send('{"jsonrpc":"2.0","method":"notifications/' +
					`cancelled","params":{"requestId":${id}}}`);
				assert.deepEqual((await wire.ask(
					`{"jsonrpc":"2.0","id":${id},"method":"ping"}`)).result,
				{}, id);
			}
			for (const notifications of [undefined, null, [], 'all'])
				assert.equal((await ask(wire, 'l', 'subscriptions/listen',
					{ ...envelope(), notifications })).error.code, -32602);
		});

	test('a listen ends with its result when the daemon does', async (t) => {
		const world = await running(t);
		const wire = await Wire.greeted(world);

		wire.request('l', 'subscriptions/listen',
			{ ...envelope(), notifications: {} });
		await wire.line();
		process.kill(world.daemon(), 'SIGTERM');
		const { result } = await wire.answer('l');

		assert.equal(result.resultType, 'complete');
		assert.equal(result._meta[META + 'subscriptionId'], 'l');
		await wire.closed;
	});

	for (const era of ERAS)
		for (const [kind, open] of Object.entries(KINDS))
			test(`cancelling ends the wait, not the task: ${era}, ${kind}`,
				async (t) => {
					const world = await running(t);
					const wire = await open(world);
					const extra = era === 'modern' ? envelope() : {};

					await initialized(wire);
					const ids = ['5', '"5"', '"\\u00e9"', '"a\\/b"',
						'12345678901234567890'];

					for (const id of ids) {
						wire.request(id, 'tools/call', { ...sleeper, ...extra });
						await waitFor(() => world.live().length ===
							ids.indexOf(id) + 1);
					}
					for (const id of ids)
						wire.send('{"jsonrpc":"2.0","method":"notifications/' +
							`cancelled","params":{"requestId":${id}}}`);
					// the ids are free again, so the calls are gone
					for (const id of ids)
						assert.deepEqual((await wire.ask(
							`{"jsonrpc":"2.0","id":${id},"method":"ping"}`))
							.result, {}, id);
					wire.request('stop', 'tools/call', { name: 'stop_tasks',
						arguments: { scope: 'mine', mode: 'now' } });
					const { result } = await wire.answer('stop');

					assert.equal(result.content[0].text.match(/cancelled/g)
						.length, ids.length);
					assert.deepEqual(wire.lines, []); // no late answer
				});

	test('an id that is in use', async (t) => {
		const world = await running(t);
		const wire = await Wire.greeted(world);

		await initialized(wire);
		wire.request('7', 'tools/call', { name: 'run_task', arguments:
			{ command: 'sleep 0.5; echo first', wait_s: 20 } });
		await waitFor(() => world.live().length === 1);
		const again = await wire.ask('{"jsonrpc":"2.0","id":7,"method":' +
			'"tools/call","params":{"name":"run_task","arguments":' +
			'{"command":"echo second"}}}');

		assert.equal(again.error.code, -32600);
		assert.match(again.error.message, /id 7 is still open/);
		wire.request('"7"', 'ping'); // another id
		assert.deepEqual((await wire.answer('7')).result, {});
		assert.match((await wire.answer(7)).result.content[0].text,
			/^t1 completed .*\nfirst$/);
		assert.equal(world.taskDir('t2'), undefined);
	});

	test('progress only for those who ask', async (t) => {
		const wire = await Wire.greeted(await running(t));

		await initialized(wire);
		for (const progressToken of [undefined, 'tok', 0, 12345678901, null,
			{}, 1.5]) {
			const { result } = await ask(wire, 'c', 'tools/call',
				{ name: 'run_task', arguments: { command: 'true' },
					_meta: { progressToken } });

			assert.match(result.content[0].text, / completed/);
		}
	});

	test('sixty-four at once, and one more', async (t) => {
		const world = await running(t,
			{ config: { commands: { max_running: 1 } } });
		const wire = await Wire.greeted(world);

		await initialized(wire);
		await ask(wire, 'first', 'tools/call', { name: 'run_task',
			arguments: { command: 'sleep 60', wait_s: 0 } });
		const check = { name: 'check_tasks',
			arguments: { ids: ['t1'], wait_s: 40 } };

		for (let i = 0; i < 65; i++)
			wire.request(String(i), 'tools/call', check);
		const { error } = await wire.answer(64);

		assert.equal(error.code, -32600);
		assert.match(error.message, /64 requests .* most allowed/);
		assert.deepEqual((await ask(wire, 'p', 'ping')).result, {});
		const other = await Wire.greeted(world);

		await initialized(other);
		assert.match((await ask(other, 's', 'tools/call', { name: 'stop_tasks',
			arguments: { ids: ['t1'], mode: 'now' } })).result.content[0].text,
		/^t1 cancelled/);
		for (let i = 0; i < 64; i++)
			assert.match((await wire.answer(i)).result.content[0].text,
				/^t1 cancelled/);
	});

	test('listens are bounded too', async (t) => {
		const wire = await Wire.greeted(await running(t));

		for (let i = 0; i < 200; i++)
			wire.request(String(i), 'subscriptions/listen',
				{ ...envelope(), notifications: {} });
		const { error } = await wire.answer(199);

		assert.match(error.message, /most allowed/);
	});
});

test('a bridge that cannot reach a daemon says so, by method', async (t) => {
	const world = startWorld(t, { env: { CCPROC_STATE_DIR: '/proc/no' } });
	const wire = Wire.bridge(world);

	for (const [method, params] of [['initialize', { protocolVersion: LEGACY }],
		['server/discover', envelope()], ['tools/list', envelope()]]) {
		const { error } = await ask(wire, 'x', method, params);

		assert.equal(error.code, -32603);
		assert.match(error.message, /\/proc\/no/);
	}
	const { result } = await ask(wire, 'c', 'tools/call',
		{ name: 'list_tasks', ...envelope() });

	assert.equal(result.isError, true);
	assert.match(result.content[0].text, /\/proc\/no/);
});
