// The bridge when the daemon goes away, comes back, or cannot.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { FakeDaemon } from './lib/fake-daemon.mjs';
import { kill, startWorld, waitFor } from './lib/harness.mjs';
import { BROKEN, connect, exchange, installBridge, RawBridge, starts }
	from './lib/raw-bridge.mjs';

const MODERN_ID = 'io.modelcontextprotocol/subscriptionId';

test('queued answers pass, half a line does not', async (t) => {
	const { daemon, bridge, session } = await connect(t);

	bridge.request(1, 'tools/call');
	bridge.request(2, 'tools/call');
	await session.message();
	await session.message();
	session.send({ jsonrpc: '2.0', id: 2, result: {} });
	session.socket.write('{"jsonrpc":"2.0","id":1,"resu');
	await session.end();
	const next = await daemon.session();

	assert.equal((await bridge.message()).id, 2);
	assert.equal(next.hello.session, session.hello.session);
	assert.equal(next.hello.ordinal, 3);
	assert.equal(next.hello.replays.length, 1);
	assert.equal(next.hello.replays[0][0], 1);
	assert.ok(next.hello.replays[0][1] >= 0);
	next.answer(await next.message(), { once: true });
	assert.deepEqual(await bridge.message(),
		{ jsonrpc: '2.0', id: 1, result: { once: true } });
	await exchange(bridge, next, 1, 'tools/call');
	assert.equal(bridge.stderr, '');
});

test('a call goes to one daemon after the other until it is answered',
	async (t) => {
		const { daemon, bridge, session } = await connect(t);

		const sent = process.hrtime.bigint();

		bridge.request(1, 'tools/call', { first: true });
		await session.message();
		let before = session;

		for (let round = 0; round < 8; round++) {
			await before.end();
			before = await daemon.session();
			assert.equal(before.hello.replays.length, 1 + (round > 4));
			assert.equal(before.hello.replays[0][0], 1);
			assert.ok(before.hello.replays[0][1] <=
				Number(process.hrtime.bigint() - sent) / 1e6 + 1);
			assert.equal((await before.message()).params.first, true);
			if (round === 4)
				bridge.request(2, 'tools/call');
			if (round >= 4)
				assert.equal((await before.message()).id, 2);
		}
		before.answer({ id: 1 });
		before.answer({ id: 2 });
		assert.equal((await bridge.message()).id, 1);
		assert.equal((await bridge.message()).id, 2);
		await before.end();
		assert.equal(bridge.lines.length, 0);
	});

test('a new daemon learns what the client had said', async (t) => {
	const { daemon, bridge, session } = await connect(t);
	const listen = { notifications: { toolsListChanged: true } };
	const ack = { jsonrpc: '2.0',
		method: 'notifications/subscriptions/acknowledged',
		params: { _meta: { [MODERN_ID]: 'l' }, notifications: {} } };

	await exchange(bridge, session, 0, 'initialize', { a: 1 });
	bridge.notify('notifications/initialized');
	await session.message();
	await exchange(bridge, session, 1, 'logging/setLevel', { level: 'info' });
	await exchange(bridge, session, 2, 'logging/setLevel', { level: 'debug' });
	bridge.request('l', 'subscriptions/listen', listen);
	await session.message();
	session.send(ack);
	assert.deepEqual(await bridge.message(), ack);

	let before = session;

	for (let round = 0; round < 2; round++) {
		await before.end();
		const next = await daemon.session();
		const replayed = [];

		for (let i = 0; i < 4; i++)
			replayed.push(await next.message());
		assert.deepEqual(replayed, [
			{ jsonrpc: '2.0', id: 0, method: 'initialize',
				params: { a: 1 } },
			{ jsonrpc: '2.0', method: 'notifications/initialized' },
			{ jsonrpc: '2.0', id: 2, method: 'logging/setLevel',
				params: { level: 'debug' } },
			{ jsonrpc: '2.0', id: 'l', method: 'subscriptions/listen',
				params: listen },
		]);
		next.answer({ id: 0 });
		next.answer({ id: 2 });
		next.send(ack);
		await exchange(bridge, next, 0, 'tools/call'); // an id used again
		assert.equal(bridge.lines.length, 0);
		// each request line has one number for ever
		assert.equal(next.hello.ordinal, 5 + round);
		assert.deepEqual(next.hello.replays.map(([ordinal]) => ordinal),
			[1, 3, 4]);
		before = next;
	}
	before.answer({ id: 'l' }); // the listen ends
	await bridge.message();
	await before.end();
	const last = await daemon.session();

	assert.equal((await last.message()).method, 'initialize');
	await last.message();
	assert.equal((await last.message()).method, 'logging/setLevel');
	await exchange(bridge, last, 9, 'ping');
});

test('unanswered requests of every kind are sent again', async (t) => {
	const { daemon, bridge, session } = await connect(t);
	const methods = ['server/discover', 'initialize', 'ping', 'tools/list',
		'tasks/get', 'resources/read', 'prompts/get',
		'logging/setLevel', 'subscriptions/listen'];

	for (const [id, method] of methods.entries())
		bridge.request(id, method);
	for (const method of methods)
		assert.equal((await session.message()).method, method);
	await session.end();
	const next = await daemon.session();

	for (const [id, method] of methods.entries()) {
		const message = await next.message();

		assert.equal(message.method, method);
		assert.equal(message.id, id);
		next.answer(message);
	}
	for (const id of methods.keys())
		assert.equal((await bridge.message()).id, id);
	assert.equal(bridge.lines.length, 0);
});

test('what the old daemon did not read is sent to the new one', async (t) => {
	const { daemon, bridge, session } = await connect(t);
	const big = JSON.stringify({ jsonrpc: '2.0', id: 'big', method: 'x',
		params: { text: 'x'.repeat(4 << 20) } }) + '\n';

	session.socket.pause();
	bridge.write(big);
	bridge.request('after', 'tools/call');
	await waitFor(() => session.socket.readableLength > 0 ||
		bridge.child.stdin.writableLength === 0);
	session.socket.destroy();
	const next = await daemon.session();

	assert.equal((await next.lines.next()).toString(), big);
	assert.equal((await next.message()).id, 'after');
	assert.equal(next.hello.ordinal, 1);
	assert.equal(bridge.lines.length, 0);
});

const CALL_METHODS = ['initialize', 'server/discover', 'tools/list', 'ping'];

test('when the daemon cannot start, its sentence is the answer', async (t) => {
	const world = startWorld(t);
	const bridge = new RawBridge(world);
	const sentence = /the state directory is on fire/;

	for (const method of CALL_METHODS) {
		bridge.request(method, method);
		const { id, error } = await bridge.message();

		assert.equal(id, method);
		assert.equal(error.code, -32603);
		assert.match(error.message, sentence);
	}
	const before = starts(world);

	bridge.request(7, 'tools/call', { name: 'run_task' });
	const { id, result } = await bridge.message();

	assert.equal(id, 7);
	assert.equal(result.isError, true);
	assert.equal(result.resultType, 'complete');
	assert.equal(result.content[0].type, 'text');
	assert.match(result.content[0].text, sentence);
	assert.equal(starts(world), before + 1); // the call tried again
	assert.match(bridge.stderr, sentence);

	const daemon = await FakeDaemon.listen(t, world);

	bridge.request(8, 'tools/call');
	const session = await daemon.session();

	session.answer(await session.message());
	assert.equal((await bridge.message()).id, 8);
});

test('a daemon that goes and cannot come back', async (t) => {
	const { world, daemon, bridge, session } = await connect(t);

	await exchange(bridge, session, 0, 'initialize');
	bridge.request(1, 'tools/call');
	bridge.request(2, 'tools/list');
	await session.message();
	await session.message();
	await daemon.close();
	const call = await bridge.message();

	assert.equal(call.id, 1);
	assert.equal(call.result.isError, true);
	assert.match(call.result.content[0].text,
		/went away while this call was open .*on fire.* run on/);
	const list = await bridge.message();

	assert.equal(list.id, 2);
	assert.equal(list.error.code, -32603);
	assert.equal(starts(world), 1); // once, and not again and again
	const again = await FakeDaemon.listen(t, world);

	bridge.request(3, 'tools/call');
	const next = await again.session();

	assert.equal((await next.message()).method, 'initialize');
	next.answer({ id: 0 });
	assert.equal((await next.message()).id, 3);
	next.answer({ id: 3 });
	assert.equal((await bridge.message()).id, 3);
});

test('a refused hello is the answer', async (t) => {
	const world = startWorld(t);
	const daemon = await FakeDaemon.listen(t, world);

	const bridge = new RawBridge(world);
	const refuse = async () => {
		const connection = await daemon.connection();

		assert.equal((await connection.message()).method, 'ccproc/hello');
		connection.send({ jsonrpc: '2.0', id: 'hello', error: { code: -32600,
			message: 'this daemon speaks protocol 2; "restart" it' } });
		await connection.end();
	};

	await refuse();
	bridge.request(1, 'tools/call');
	await refuse();
	assert.match((await bridge.message()).result.content[0].text,
		/protocol 2; "restart" it/);
	bridge.request(2, 'initialize');
	await refuse();
	assert.match((await bridge.message()).error.message, /protocol 2/);
});

test('daemons that are killed at work are waited for', async (t) => {
	const world = startWorld(t);
	const daemon = await FakeDaemon.listen(t, world);
	const bridge = new RawBridge(world);

	bridge.request(1, 'initialize');
	for (let i = 0; i < 14; i++) {
		const session = await daemon.session();

		assert.equal((await session.message()).id, 1);
		await session.end();
	}
	const session = await daemon.session();

	session.answer(await session.message());
	assert.deepEqual((await bridge.message()).result, {});
});

test('a daemon that always hangs up is given up', async (t) => {
	const world = startWorld(t);
	const daemon = await FakeDaemon.listen(t, world);

	const bridge = new RawBridge(world);

	bridge.request(1, 'initialize');
	for (let i = 0; i < 11; i++)
		await (await daemon.connection()).end();
	assert.match((await bridge.message()).error.message,
		/went away 11 times as soon as it was there/);
	bridge.request(2, 'initialize');
	const session = await daemon.session();

	assert.equal((await session.message()).id, 2);
});

// A ccprocd that is a process, listens and answers; see the file.
const REAL = `#!/bin/sh\nexec '${process.execPath}' '${fileURLToPath(
	new URL('programs/fake-ccprocd.mjs', import.meta.url))}'\n`;

test('it starts the daemon, and again when that is killed', async (t) => {
	const world = startWorld(t);
	const bridge = new RawBridge(world, { script: REAL });
	const ask = async (id, method) => {
		bridge.request(id, method);
		const message = await bridge.message();

		assert.equal(message.id, id);
		return message.result.pid;
	};
	const first = await ask(1, 'initialize');

	assert.equal(await ask(2, 'tools/call'), first);
	kill(first, 'SIGKILL');
	await waitFor(() => starts(world) === 2);
	const second = await ask(3, 'tools/call');

	assert.notEqual(second, first);
	assert.equal(bridge.lines.length, 0);
	kill(second, 'SIGKILL');
	bridge.child.stdin.end();
	assert.equal(await bridge.exit(), 0);
	assert.equal(bridge.stderr, '');
	world.processes().forEach((pid) => kill(pid, 'SIGKILL'));
});

test('bridges that start together start one daemon', async (t) => {
	const world = startWorld(t);

	installBridge(world, REAL);
	const bridges = Array.from({ length: 6 }, () =>
		new RawBridge(world, { script: REAL }));

	bridges.forEach((bridge) => bridge.request(1, 'initialize'));
	const answers = await Promise.all(bridges.map((bridge) =>
		bridge.message()));

	assert.equal(new Set(answers.map(({ result }) => result.pid)).size, 1);
	assert.equal(starts(world), 1);
	kill(answers[0].result.pid, 'SIGTERM');
	await Promise.all(bridges.map((bridge) => {
		bridge.child.kill('SIGTERM');
		return bridge.exit();
	}));
	await waitFor(() => {
		world.processes().forEach((pid) => kill(pid, 'SIGKILL'));
		return world.processes().length === 0;
	});
});

test('inside a task it starts no daemon but finds one', async (t) => {
	const world = startWorld(t);
	const keeper = path.join(world.root, 'ccproc-keeper');

	fs.writeFileSync(keeper, '#!/bin/sh\n"$@"\n', { mode: 0o700 });
	const bridge = new RawBridge(world, { script: BROKEN,
		command: [keeper] });

	bridge.request(1, 'initialize');
	assert.match((await bridge.message()).error.message, /inside a task/);
	assert.equal(starts(world), 0);
	const daemon = await FakeDaemon.listen(t, world);

	bridge.request(2, 'initialize');
	assert.equal((await (await daemon.session()).message()).id, 2);
	bridge.child.stdin.end();
	assert.equal(await bridge.exit(), 0);
});
