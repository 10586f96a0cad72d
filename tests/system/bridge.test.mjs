// The bridge with a daemon that a test controls: bytes, limits, ends.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { FakeDaemon } from './lib/fake-daemon.mjs';
import { LEGACY, startWorld, waitFor, within } from './lib/harness.mjs';
import { connect, RawBridge, starts } from './lib/raw-bridge.mjs';

const MIB = 1 << 20;
const LINE_MAX = 10 * MIB;

const bytes = (...parts) => Buffer.concat(parts.map((part) =>
	typeof part === 'string' ? Buffer.from(part) : Buffer.from(part)));

const LINES = [
	'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}\n',
	' { "method" : "x" , "id" : 12345678901234567890 } \r\n',
	'{"id":"\\u0061\\/é日本語😀","method":"ping","jsonrpc":"2.0"}\n',
	'not JSON at all\n',
	'\n',
	'[]\n',
	'{"id":null,"method":1.50e+3}\n',
	bytes('{"bad":"', [0xff, 0xc0, 0x80, 0x00], '"}\n'),
	'{"jsonrpc":"2.0","id":"x","result":{"a":[1,2.0]}}\n',
].map((line) => Buffer.from(line));

test('lines pass unchanged in both directions', async (t) => {
	const { bridge, session } = await connect(t);

	bridge.write(Buffer.concat(LINES));
	for (const line of LINES)
		assert.deepEqual(await session.lines.next(), line);
	session.socket.write(Buffer.concat(LINES));
	for (const line of LINES)
		assert.deepEqual(await bridge.line(), line);
	assert.equal(bridge.stderr, '');
});

test('a line in pieces is one line', async (t) => {
	const { bridge, session } = await connect(t);

	for (const byte of LINES[2])
		await new Promise((resolve) => bridge.child.stdin.write(
			Buffer.from([byte]), resolve));
	assert.deepEqual(await session.lines.next(), LINES[2]);
});

test('hello tells what the daemon needs', async (t) => {
	const { world, bridge, session: { hello } } = await connect(t);
	const env = Buffer.from(hello.env, 'base64').toString().split('\0');

	assert.equal(hello.protocol, 2);
	assert.deepEqual(hello.replays, []);
	assert.equal(hello.client, 'bridge');
	assert.match(hello.session, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
	assert.equal(hello.ordinal, 1);
	assert.equal(hello.pid, bridge.child.pid);
	assert.equal(hello.umask, process.umask());
	assert.equal(Buffer.from(hello.cwd, 'base64').toString(), world.work);
	assert.deepEqual(new Set(env), new Set(Object.entries(world.env)
		.map(([name, value]) => `${name}=${value}`)));
});

test('10 MiB pass, more is refused, and the session goes on', async (t) => {
	const { bridge, session } = await connect(t);
	const line = (length) => Buffer.from('"' + 'x'.repeat(length - 2) + '"\n');

	bridge.write(line(LINE_MAX));
	assert.equal((await session.lines.next()).length, LINE_MAX + 1);
	session.socket.write(line(LINE_MAX));
	assert.equal((await bridge.line()).length, LINE_MAX + 1);
	bridge.write(line(LINE_MAX + 1));
	const { error, ...rest } = await bridge.message();

	assert.deepEqual(rest, { jsonrpc: '2.0' });
	assert.equal(error.code, -32600);
	assert.match(error.message, /more than 10485760 bytes/);
	bridge.write(line(3 * LINE_MAX));
	assert.equal((await bridge.message()).error.code, -32600);
	bridge.write(LINES[0]);
	assert.deepEqual(await session.lines.next(), LINES[0]);
});

test('who sends more is told by the id of the request', async (t) => {
	const { bridge, session } = await connect(t);
	const x = 'x'.repeat(LINE_MAX);
	const call = { method: 'tools/call', params: { name: 'x', id: 8,
		arguments: { x, id: 9, y: [{ id: 10 }, '"id":11', ',"id":12}'] } } };
	const told = async (line) => {
		bridge.write(line + '\n');
		const { error, ...rest } = await bridge.message();

		assert.match(error.message, /more than 10485760 bytes/);
		return rest.id;
	};

	for (const id of [5, -1, 'abc', 'a"b\\c,}{', ''])
		for (const message of [{ ...call, jsonrpc: '2.0', id },
			{ jsonrpc: '2.0', id, ...call }])
			for (const space of [undefined, 1])
				assert.equal(await told(JSON.stringify(message, null, space)
					.replaceAll('\n', '\t')), id);
	for (const none of [call, { id: 1, result: { x } }, [{ ...call, id: 1 }],
		{ ...call, id: { id: 5 } }, { ...call, id: null },
		{ ...call, id: 'x'.repeat(2000) }, { x: { ...call, id: 5 } }])
		assert.equal(await told(JSON.stringify(none)), undefined);
	assert.equal(await told(JSON.stringify({ ...call, id: 5 }).slice(0, -1)),
		undefined);
	bridge.write(LINES[0]);
	assert.deepEqual(await session.lines.next(), LINES[0]);
});

test('at the end of input whole lines go, half a line does not', async (t) => {
	const { bridge, session } = await connect(t);
	const many = Array.from({ length: 2000 }, (_, i) =>
		JSON.stringify({ jsonrpc: '2.0', id: i, method: 'x' }) + '\n');

	bridge.child.stdin.end(many.join('') + '{"half":');
	assert.equal(await bridge.exit(), 0);
	await session.closed;
	for (const line of many)
		assert.equal((await session.lines.next()).toString(), line);
	assert.equal(session.lines.length, 0);
	assert.equal(session.reader.rest.length, 0);
	assert.equal(bridge.stderr, '');
});

test('input that ends at once reaches the daemon', async (t) => {
	const world = startWorld(t);
	const daemon = await FakeDaemon.listen(t, world);

	const bridge = new RawBridge(world);

	bridge.child.stdin.end(LINES[0]);
	const session = await daemon.session();

	assert.deepEqual(await session.lines.next(), LINES[0]);
	assert.equal(await bridge.exit(), 0);
});

/** The ids that are answered when these lines are all the input. */
async function piped(world, ...lines) {
	const bridge = world.bridge();

	bridge.child.stdin.end(lines.map((line) => JSON.stringify(
		{ jsonrpc: '2.0', ...line }) + '\n').join(''));
	await within(10000, new Promise((resolve) =>
		bridge.child.on('close', resolve)), 'the end of the bridge');
	return bridge.messages.map(({ id }) => id).filter((id) => id);
}

test('input that ends is answered, but for what waits', async (t) => {
	const world = startWorld(t);
	const call = (id, args) => ({ id, method: 'tools/call',
		params: { name: 'run_task', arguments: args } });
	const init = { id: 1, method: 'initialize', params: {
		protocolVersion: LEGACY, capabilities: {},
		clientInfo: { name: 'x', version: '1' } } };
	const begun = { method: 'notifications/initialized' };

	// the first of them starts the daemon
	assert.deepEqual(await piped(world, init), [1]);
	assert.deepEqual(await piped(world, init, begun,
		call(2, { command: 'true', wait_s: 0 }),
		call(3, { command: 'sleep 600', wait_s: 30 })), [1, 2]);
	assert.deepEqual(world.live(), ['t2']);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	test(`${signal} ends it with status 0`, async (t) => {
		const { bridge, session } = await connect(t);

		bridge.request(1, 'tools/call');
		await session.lines.next();
		bridge.child.kill(signal);
		assert.equal(await bridge.exit(), 0);
		assert.equal(bridge.stderr, '');
	});

// The daemon is being started and says nothing.
const HANGING = '#!/bin/sh\necho >>"$CCPROC_STATE_DIR/starts"\n' +
	'exec sleep 30\n';

for (const end of ['EOF', 'SIGTERM'])
	test(`${end} ends it while the daemon starts`, async (t) => {
		const world = startWorld(t);
		const bridge = new RawBridge(world, { script: HANGING });

		bridge.request(1, 'initialize');
		await waitFor(() => starts(world) === 1);
		if (end === 'EOF')
			bridge.child.stdin.end();
		else
			bridge.child.kill(end);
		assert.equal(await bridge.exit(), 0);
		for (const pid of world.processes()) // the one that hangs
			process.kill(pid, 'SIGKILL');
	});

test('the end of a daemon that does not read lets it go', async (t) => {
	const { bridge, session } = await connect(t);

	session.socket.pause();
	bridge.write(`"${'x'.repeat(4 * MIB)}"\n`.repeat(4));
	bridge.child.stdin.end();
	// the client is gone when it has closed its ends
	bridge.child.stdin.destroy();
	assert.equal(await bridge.exit(), 0);
});

test('a client that reads no more lets it go', async (t) => {
	const { bridge } = await connect(t);

	bridge.child.stdout.destroy();
	assert.equal(await bridge.exit(), 0);
});

const FLOOD = 32 * MIB;
const FLOOD_LINE = `"${'y'.repeat(1021)}"\n`;

/** Writes lines until FLOOD bytes are gone; told by the count so far. */
function flood(stream) {
	const state = { written: 0 };
	const chunk = FLOOD_LINE.repeat(64);
	const more = () => {
		state.written += chunk.length;
		if (state.written < FLOOD)
			stream.write(chunk, more);
	};

	stream.write(chunk, more);
	return state;
}

/** Waits until a flood does not go on, though it is not over. */
async function standstill(state) {
	let before;

	await waitFor(async () => {
		before = state.written;
		await sleep(200);
		return state.written === before;
	}, { what: 'no more being read' });
	assert.ok(state.written < FLOOD / 4, `${state.written} bytes were read`);
}

test('a client that reads slowly does not grow it', async (t) => {
	const { bridge, session } = await connect(t);

	bridge.child.stdout.pause();
	await standstill(flood(session.socket));
	bridge.child.stdout.resume();
	for (let got = 0; got < FLOOD; got += FLOOD_LINE.length)
		assert.equal((await bridge.line()).length, FLOOD_LINE.length);
});

test('a daemon that reads slowly does not grow it', async (t) => {
	const { bridge, session } = await connect(t);

	session.socket.pause();
	await standstill(flood(bridge.child.stdin));
	session.socket.resume();
	for (let got = 0; got < FLOOD; got += FLOOD_LINE.length)
		assert.equal((await session.lines.next()).length,
			FLOOD_LINE.length);
});

test('options', async (t) => {
	const world = startWorld(t);
	const help = await world.run('ccproc-bridge', ['--help']);
	const version = await world.run('ccproc-bridge', ['--version']);
	const wrong = await world.run('ccproc-bridge', ['--wrong']);

	assert.equal(help.code, 0);
	assert.match(help.stdout, /^usage: ccproc-bridge /);
	assert.equal(version.code, 0);
	assert.match(version.stdout, /^ccproc-bridge \d+\.\d+\.\d+\n$/);
	assert.equal(wrong.code, 2);
	assert.equal(wrong.stdout, '');
	assert.match(wrong.stderr, /unknown argument '--wrong'/);
	assert.ok(!fs.existsSync(path.join(world.root, 'sock')));
});
