// MCP and JSON-RPC as they are on the wire: lines, ids and methods of both
// eras, good and bad.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { LEGACY, MODERN, waitFor } from './lib/harness.mjs';
import { ask, envelope, helloParams, initialized, KINDS, META, running, Wire }
	from './lib/session.mjs';

const ALL = { concurrency: 4 };
const LEGACIES = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

describe('the first line', ALL, () => {
	const says = async (t, line) => {
		const wire = await Wire.connect(await running(t));
		const answer = await wire.ask(line);

		await wire.closed;
		return answer;
	};

	test('is not hello', async (t) => {
		const answer = await says(t,
			'{"jsonrpc":"2.0","id":7,"method":"tools/list"}');

		assert.equal(answer.id, 7);
		assert.equal(answer.error.code, -32600);
		assert.match(answer.error.message,
			/expected ccproc\/hello as the first line.*ccproc-bridge/);
	});

	for (const line of ['GET / HTTP/1.1', '[]', '{}', 'null', '\0\0', '7',
		'\n[]', '{"jsonrpc":"2.0","method":"ccproc/hello","params":{}}'])
		test(`is ${JSON.stringify(line)}`, async (t) => {
			const { error } = await says(t, line);

			assert.equal(error.code, -32600);
			assert.match(error.message, /expected |must be /);
		});

	test('speaks another protocol', async (t) => {
		const world = await running(t);

		for (const protocol of [0, 3, '1', null, 1.5]) {
			const wire = await Wire.connect(world);
			const answer = await ask(wire, 'h', 'ccproc/hello',
				helloParams(world, { protocol }));

			assert.match(answer.error.message,
				/speaks protocol 2.*install the same version.*`ccproc restart`/);
			await wire.closed;
		}
	});

	test('has bad members', async (t) => {
		const world = await running(t);

		for (const changes of [{ session: 'x' }, { session: null },
			{ env: '!' }, { env: 5 }, { cwd: 'a' }, { ordinal: 0 },
			{ ordinal: -1 }, { pid: 0 }, { umask: 0o1000 }, { umask: 'x' }]) {
			const wire = await Wire.connect(world);
			const { error } = await ask(wire, 'h', 'ccproc/hello',
				helloParams(world, changes));

			assert.match(error.message, /^hello: /, JSON.stringify(changes));
			await wire.closed;
		}
	});

	test('can be told which request is handled, if it asks for that',
		async (t) => {
			const world = await running(t);
			const heard = async (changes) => {
				const wire = await Wire.greeted(world, changes);

				await initialized(wire);
				wire.request('p', 'ping');
				wire.request('w', 'tools/call', { name: 'run_task',
					arguments: { command: 'sleep 600', wait_s: 60 } });
				wire.request('q', 'ping');
				await waitFor(() => wire.lines.some((line) =>
					JSON.parse(line).id === 'q'));
				return wire.lines.map((line) => JSON.parse(line))
					.filter(({ method }) => /^ccproc/.test(method))
					.map(({ method, params }) =>
						`${method.slice(7)} ${params.ordinal}`);
			};

			assert.deepEqual(await heard({}), []);
			// what is soon over is not told, unless it comes again
			assert.deepEqual(await heard({ can: ['x', 'taken'] }), []);
			assert.deepEqual(await heard({ can: ['x', 'taken'],
				replays: [[1, 0], [3, 0]], ordinal: 4 }),
			['taking 1', 'taken 1', 'taking 3', 'taken 3']);
		});

	test('a daemon that dies of a request says so', async (t) => {
		for (let tries = 1; ; tries++) {
			const world = await running(t);
			const wire = await Wire.greeted(world, { can: ['taken'],
				replays: Array.from({ length: 40 }, (_, i) => [i + 1, 0]),
				ordinal: 41 });

			await initialized(wire);
			// of which we come in the middle of one
			for (let i = 2; i <= 40; i++)
				wire.request(i, 'tools/call', { name: 'run_task',
					arguments: { command: 'true', wait_s: 0 } });
			const first = await wire.line((line) =>
				/taking".*:2}/.test(line));

			process.kill(world.daemon(), 'SIGABRT');
			await wire.closed;
			const said = [first, ...wire.lines].map((line) => JSON.parse(line))
				.filter(({ method }) => method?.startsWith('ccproc/'));

			if (said.at(-1).method !== 'ccproc/died' && tries < 20)
				continue; // it was between two
			const died = said.at(-1);

			assert.equal(died.method, 'ccproc/died');
			// or with its answer, long after it was taken
			assert.ok(said.some(({ method, params: { ordinal } }) =>
				method === 'ccproc/taking' && ordinal === died.params.ordinal));
			return;
		}
	});

	test('also when it dies of what is done in slices', async (t) => {
		for (let tries = 1; ; tries++) {
			const world = await running(t);
			const wire = await Wire.greeted(world, { can: ['taken'],
				replays: [[1, 0], [2, 0]], ordinal: 3 });

			await initialized(wire);
			wire.request(2, 'tools/call', { name: 'start_tasks', arguments:
				{ tasks: Array(50).fill(
					{ command: `true ${'x'.repeat(100000)}` }) } });
			// by then the handler has returned long ago
			while (world.taskDir('t10') === undefined)
				await nextTurn();
			process.kill(world.daemon(), 'SIGABRT');
			await wire.closed;
			if (!/died"/.test(wire.lines.at(-1)) && tries < 20)
				continue; // it was between two
			assert.deepEqual(JSON.parse(wire.lines.at(-1)), { jsonrpc: '2.0',
				method: 'ccproc/died', params: { ordinal: 2 } });
			return;
		}
	});

	test('is hello, again and again', async (t) => {
		const wire = await Wire.greeted(await running(t));

		await initialized(wire);
		assert.equal((await ask(wire, 'h2', 'ccproc/hello', {})).error.code,
			-32601);
		assert.deepEqual((await ask(wire, 'p', 'ping')).result, {});
	});
});

for (const [kind, open] of Object.entries(KINDS))
	describe(`lines over the ${kind}`, ALL, () => {
		test('ids come back as they were', async (t) => {
			const wire = await open(await running(t));

			await initialized(wire);
			for (const id of ['0', '-1', '1', '"1"', '12345678901234567890',
				'123456789012345678901234567890', '"\\u00e9"', '"é"', '""',
				'"a\\/b"', '" "', '"\\ud83d\\ude00"', '9007199254740993',
				'1.0', '1.5', '1e-1', '-0.0']) {
				wire.request(id, 'ping');
				assert.equal(await wire.line(),
					`{"jsonrpc":"2.0","id":${id},"result":{}}`);
			}
		});

		test('what is no id', async (t) => {
			const wire = await open(await running(t));

			for (const id of ['null', 'true', '{}', '[1]',
				JSON.stringify('x'.repeat(2000))]) {
				const { error, id: got } = await wire.ask(
					`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);

				assert.equal(error.code, -32600, id);
				assert.equal(got, undefined);
			}
		});

		test('what is no request', async (t) => {
			const wire = await open(await running(t));

			for (const [line, code, id] of [
				['{', -32700], ['x', -32700], ['{"a":1} x', -32700],
				["{'a':1}", -32700], ['{"a":NaN}', -32700],
				['{"id":1,}', -32700], ['"text"', -32600], ['7', -32600],
				['null', -32600], ['true', -32600], ['[]', -32600],
				['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
				['{"id":1,"method":"ping"}', -32600, 1],
				['{"jsonrpc":"1.0","id":2,"method":"ping"}', -32600, 2],
				['{"jsonrpc":"2.0","id":3,"method":7}', -32600, 3]]) {
				const { error, id: got } = await wire.ask(line);

				assert.equal(error.code, code, line);
				assert.equal(got, id, line);
			}
			assert.deepEqual((await ask(wire, 'p', 'ping')).result, {});
		});

		test('responses and notifications get no answer', async (t) => {
			const wire = await open(await running(t));

			for (const line of ['{"jsonrpc":"2.0","id":1,"result":{}}',
				'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}',
				'{"jsonrpc":"2.0","method":"notifications/unheard-of"}',
				'{"jsonrpc":"2.0","method":"notifications/cancelled"}',
				'{"jsonrpc":"2.0","method":"notifications/cancelled",' +
					'"params":{"requestId":"nobody"}}',
				'{"jsonrpc":"2.0","method":"tools/list"}'])
				wire.send(line);
			assert.deepEqual(await wire.ask(
				'{"jsonrpc":"2.0","id":"p","method":"ping"}'),
			{ jsonrpc: '2.0', id: 'p', result: {} });
		});

		test('blank lines and CRLF', async (t) => {
			const wire = await open(await running(t));

			await initialized(wire);
			wire.write('\n\r\n \t \r\n' +
				'{"jsonrpc":"2.0","id":1,"method":"ping"}\r\n');
			assert.equal(await wire.line(),
				'{"jsonrpc":"2.0","id":1,"result":{}}');
		});

		test('many lines in one piece, and one line in many', async (t) => {
			const wire = await open(await running(t));
			const line = (i) =>
				`{"jsonrpc":"2.0","id":${i},"method":"ping"}\n`;

			wire.write([...Array(500).keys()].map(line).join(''));
			for (const byte of line(500)) {
				wire.write(byte);
				await new Promise(setImmediate);
			}
			for (let i = 0; i <= 500; i++)
				assert.equal(await wire.line(),
					`{"jsonrpc":"2.0","id":${i},"result":{}}`);
		});
	});

describe('methods', ALL, () => {
	test('unknown ones', async (t) => {
		const wire = await Wire.greeted(await running(t));
		const long = 'é'.repeat(3000);

		await initialized(wire);
		for (const method of ['', 'no/such', 'tools/List', 'tools/list ',
			'prompts/unheard', long]) {
			const { error } = await ask(wire, 'm', method);

			assert.equal(error.code, -32601, method);
			const modern = await ask(wire, 'm', method, envelope());

			assert.equal(modern.error.code, -32601, method);
			assert.ok(modern.error.message.length < 1000);
		}
	});

	test('removed ones, in the modern era', async (t) => {
		const wire = await Wire.greeted(await running(t));

		for (const method of ['ping', 'initialize', 'logging/setLevel',
			'resources/subscribe', 'resources/unsubscribe', 'tasks/result',
			'tasks/list'])
			assert.equal((await ask(wire, 'm', method,
				{ ...envelope(), protocolVersion: MODERN })).error.code,
			-32601, method);
	});

	test('modern ones need their envelope', async (t) => {
		const wire = await Wire.greeted(await running(t));
		const code = async (method, params) =>
			(await ask(wire, 'm', method, params)).error?.code;

		for (const method of ['server/discover', 'subscriptions/listen'])
			assert.equal(await code(method, {}), -32602);
		for (const changes of [
			{ [META + 'clientCapabilities']: undefined },
			{ [META + 'clientCapabilities']: [] },
			{ [META + 'clientCapabilities']: null },
			{ [META + 'protocolVersion']: 7 },
			{ [META + 'protocolVersion']: null },
			{ [META + 'clientInfo']: 'me' },
			{ [META + 'clientInfo']: { name: 'me' } },
			{ [META + 'clientInfo']: { name: 7, version: '1' } },
			{ [META + 'logLevel']: 'loud' }, { [META + 'logLevel']: 1 }])
			assert.equal(await code('tools/list', envelope(changes)), -32602,
				JSON.stringify(changes));
		for (const changes of [{}, { [META + 'logLevel']: 'debug' },
			{ [META + 'clientInfo']: { name: 'me', version: '1' } },
			{ traceparent: 'x', other: 1 }])
			assert.equal(await code('tools/list', envelope(changes)),
				undefined, JSON.stringify(changes));
		assert.equal(await code('tools/list', {}), -32602);
	});

	test('a version that is not supported', async (t) => {
		const wire = await Wire.greeted(await running(t));

		for (const requested of ['1900-01-01', '2025-11-25', '', 'é']) {
			const { error } = await ask(wire, 'd', 'server/discover',
				envelope({ [META + 'protocolVersion']: requested }));

			assert.equal(error.code, -32022);
			assert.equal(error.message, 'Unsupported protocol version');
			assert.equal(error.data.requested, requested);
			assert.ok(error.data.supported.includes(MODERN));
		}
		const { result } = await ask(wire, 'd', 'server/discover', envelope());
		const { error } = await ask(wire, 'e', 'tools/list',
			envelope({ [META + 'protocolVersion']: 'x' }));

		assert.ok(error.data.supported.every((version) =>
			result.supportedVersions.includes(version)));
	});

	test('discover', async (t) => {
		const wire = await Wire.greeted(await running(t));
		const { result } = await ask(wire, 'd', 'server/discover', envelope());
		const list = (await ask(wire, 'l', 'tools/list', envelope())).result;

		assert.deepEqual(result.supportedVersions, [MODERN, ...LEGACIES]);
		assert.ok(result.capabilities.tools);
		for (const { resultType, ttlMs, cacheScope, _meta } of [result, list]) {
			assert.equal(resultType, 'complete');
			assert.ok(Number.isInteger(ttlMs) && ttlMs >= 0);
			assert.match(cacheScope, /^(public|private)$/);
			assert.equal(_meta[META + 'serverInfo'].name, 'ccproc');
		}
	});

	test('initialize: the version that both speak', async (t) => {
		const world = await running(t);

		for (const [asked, got] of [...LEGACIES.map((v) => [v, v]),
			['2024-10-07', LEGACY], [MODERN, LEGACY], ['2099-01-01', LEGACY],
			['', LEGACY]]) {
			const wire = await Wire.greeted(world);
			const result = await initialized(wire, asked);

			assert.equal(result.protocolVersion, got, asked);
			assert.equal(result.serverInfo.name, 'ccproc');
			assert.ok(result.capabilities.tools);
			assert.equal(result.resultType, undefined);
			assert.equal((await ask(wire, 'l', 'tools/list')).error,
				undefined);
			await wire.destroy();
		}
	});

	test('initialize without a version, and twice', async (t) => {
		const wire = await Wire.greeted(await running(t));

		assert.equal((await ask(wire, 'i', 'initialize', {})).error.code,
			-32602);
		assert.equal((await initialized(wire, '2025-06-18')).protocolVersion,
			'2025-06-18');
		assert.equal((await initialized(wire)).protocolVersion, LEGACY);
		assert.ok((await ask(wire, 'l', 'tools/list')).result.tools.length);
	});

	for (const [kind, open] of Object.entries(KINDS))
		test(`both eras on one connection, over the ${kind}`, async (t) => {
			const wire = await open(await running(t));
			const call = { name: 'list_tasks', arguments: {} };

			assert.deepEqual((await ask(wire, 'p', 'ping')).result, {});
			assert.equal((await ask(wire, 'c', 'tools/call', call)).error.code,
				-32602);
			assert.equal((await ask(wire, 'd', 'server/discover', envelope()))
				.result.resultType, 'complete');
			assert.equal((await ask(wire, 'bad', 'server/discover', {}))
				.error.code, -32602);
			await initialized(wire);
			const old = await ask(wire, 'c', 'tools/call', call);
			const now = await ask(wire, 'n', 'tools/call',
				{ ...call, ...envelope() });

			assert.equal(old.result.resultType, undefined);
			assert.equal(now.result.resultType, 'complete');
			assert.deepEqual(old.result.content, now.result.content);
			assert.deepEqual((await ask(wire, 'p', 'ping')).result, {});
		});

	test('tools/call: names and arguments', async (t) => {
		const wire = await Wire.greeted(await running(t));

		await initialized(wire);
		for (const extra of [{}, envelope()]) {
			const call = (params) => ask(wire, 'c', 'tools/call',
				{ ...params, ...extra });

			for (const name of ['no_such', '', 'run_task ', 7, null, undefined])
				assert.equal((await call({ name })).error.code, -32602,
					String(name));
			for (const args of [[], 'x', 7]) {
				const { result } = await call(
					{ name: 'list_tasks', arguments: args });

				assert.equal(result.isError, true, JSON.stringify(args));
				assert.match(result.content[0].text, /expected an object/);
			}
			for (const args of [undefined, null, {}])
				assert.equal((await call({ name: 'list_tasks',
					arguments: args })).result.isError, undefined);
		}
		assert.equal((await ask(wire, 'l', 'tools/list', { cursor: 'x' }))
			.error.code, -32602);
		wire.send('{"jsonrpc":"2.0","id":"a","method":"tools/call",' +
			'"params":["list_tasks"]}');
		assert.equal((await wire.answer('a')).error.code, -32602);
	});
});
