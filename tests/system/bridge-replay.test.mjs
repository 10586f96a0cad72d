// What the bridge keeps of its session for the next daemon, and what not.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { whyNoStrace } from './lib/faults.mjs';
import { startWorld, waitFor } from './lib/harness.mjs';
import { connect, exchange } from './lib/raw-bridge.mjs';
import { installed } from './lib/versions.mjs';

test('what is too large to be kept is answered with what happened',
	async (t) => {
		const { daemon, bridge, session } = await connect(t);
		const large = { text: 'x'.repeat(9 << 20) };

		bridge.request(1, 'tools/call', large);
		bridge.request(2, 'tools/call', large);
		bridge.request(3, 'resources/read', large);
		bridge.request(4, 'tools/call');
		for (let i = 0; i < 4; i++)
			await session.lines.next();
		await session.end();
		const next = await daemon.session();

		assert.deepEqual(next.hello.replays.map(([ordinal]) => ordinal),
			[1, 4]);
		const call = await bridge.message();
		const read = await bridge.message();

		assert.equal(call.id, 2);
		assert.equal(call.error.code, -32603);
		assert.match(call.error.message, /^the ccproc daemon restarted while this call was open, and it could not be sent again, since it was too large .* check_tasks to see/);
		assert.equal(read.id, 3);
		assert.match(read.error.message, /restarted while this request was open, .*; send it again$/);
		next.answer(await next.message());
		next.answer(await next.message());
		assert.equal((await bridge.message()).id, 1);
		assert.equal((await bridge.message()).id, 4);
	});

test('batches are not sent again', async (t) => {
	const { daemon, bridge, session } = await connect(t);
	const batch = (...ids) => bridge.write(JSON.stringify(ids.map((id) =>
		({ jsonrpc: '2.0', id, method: 'tools/call' }))) + '\n');

	batch(1, 2);
	batch(3, 4);
	bridge.request(5, 'ping');
	for (let i = 0; i < 3; i++)
		await session.lines.next();
	session.send([{ jsonrpc: '2.0', id: 2, result: {} },
		{ jsonrpc: '2.0', id: 1, result: {} }]);
	assert.equal((await bridge.message()).length, 2);
	await session.end();
	const next = await daemon.session();

	for (const id of [3, 4]) {
		const answer = await bridge.message();

		assert.equal(answer.id, id);
		assert.match(answer.error.message, /or part of a batch/);
	}
	// only what is no batch has a number
	assert.deepEqual(next.hello.replays.map(([ordinal]) => ordinal), [1]);
	assert.equal(next.hello.ordinal, 2);
	next.answer(await next.message());
	assert.equal((await bridge.message()).id, 5);
	assert.equal(bridge.lines.length, 0);
});

test('ids stay as they were sent', async (t) => {
	const { daemon, bridge, session } = await connect(t);
	const ids = ['1', '1.0', '1e3', '"1"', '0', '-7', '12345678901234567890', '""',
		'"\\u0061\\/\\"é日"'];

	for (const id of ids) {
		bridge.write(`{"id": ${id} ,"method":"tools/call"}\n`);
		await session.lines.next();
	}
	await session.end();
	const next = await daemon.session();

	for (const id of ids)
		assert.equal((await next.lines.next()).toString(),
			`{"id": ${id} ,"method":"tools/call"}\n`);
});

// No answer can name these ids, so the bridge waits for none.
test('what has no valid id is not sent again', async (t) => {
	const { daemon, bridge, session } = await connect(t);
	const ids = ['null', 'true', '[1]', '"' + 'x'.repeat(1025) + '"'];

	for (const id of ids) {
		bridge.write(`{"id": ${id} ,"method":"tools/call"}\n`);
		await session.lines.next();
	}
	bridge.request(1, 'ping');
	await session.message();
	await session.end();
	const next = await daemon.session();

	assert.equal((await next.message()).id, 1);
	assert.deepEqual(next.hello.replays.map(([ordinal]) => ordinal), [5]);
	assert.equal(next.hello.ordinal, 6);
});

test('answered and cancelled requests are not sent again', async (t) => {
	const { daemon, bridge, session } = await connect(t);

	bridge.write('{"id":"\\u0061","method":"tools/call"}\n');
	bridge.request(2, 'tools/call');
	bridge.request(3, 'tools/call');
	for (let i = 0; i < 3; i++)
		await session.message();
	session.answer({ id: 'a' }); // the same string, in other letters
	await bridge.message();
	bridge.notify('notifications/cancelled', { requestId: 2 });
	await session.message();
	// the daemon takes back a request of its own, which has the same id
	session.send({ jsonrpc: '2.0', method: 'notifications/cancelled',
		params: { requestId: 3 } });
	await bridge.message();
	await session.end();
	const next = await daemon.session();

	assert.equal((await next.message()).id, 3);
	assert.deepEqual(next.hello.replays.map(([ordinal]) => ordinal), [3]);
	assert.equal(bridge.lines.length, 0);
});

test('subscriptions are told to every daemon until they end', async (t) => {
	const { daemon, bridge, session } = await connect(t);
	const uri = (n) => ({ uri: `ccproc://tasks/t${n}` });

	await exchange(bridge, session, 1, 'resources/subscribe', uri(1));
	await exchange(bridge, session, 2, 'resources/subscribe', uri(2));
	await exchange(bridge, session, 3, 'resources/subscribe', uri(1));
	await exchange(bridge, session, 4, 'resources/unsubscribe', uri(2));
	bridge.request(5, 'resources/subscribe', uri(3));
	await session.message();
	session.send({ jsonrpc: '2.0', id: 5, error: { code: -1, message: '' } });
	await bridge.message();
	await session.end();
	const next = await daemon.session();

	assert.deepEqual(await next.message(), { jsonrpc: '2.0', id: 3,
		method: 'resources/subscribe', params: uri(1) });
	next.answer({ id: 3 });
	await exchange(bridge, next, 3, 'ping');
	assert.equal(bridge.lines.length, 0);
});

/** The daemon says which request it is handling. */
const says = (session, what, ordinal) => session.send({ jsonrpc: '2.0',
	method: `ccproc/${what}`, params: { ordinal } });

test('a request that daemons die of is answered at the second death',
	async (t) => {
		const { daemon, bridge, session } = await connect(t);

		assert.deepEqual(session.hello.can, ['taken']);
		bridge.request(1, 'tools/call', { name: 'check_tasks' });
		bridge.request(2, 'tools/call', { name: 'read_output' });
		bridge.request(3, 'tools/call', { name: 'list_tasks' });
		for (let i = 0; i < 3; i++)
			await session.message();
		says(session, 'taking', 1);
		says(session, 'taken', 1);
		says(session, 'taking', 2);
		says(session, 'died', 2);
		await session.end();
		const second = await daemon.session();

		assert.deepEqual(second.hello.replays.map(([ordinal]) => ordinal),
			[1, 2, 3]);
		says(second, 'taking', 1);
		says(second, 'taken', 1);
		says(second, 'taking', 2);
		await setTimeout(1100); // it may hang, and be killed for that
		await second.end();
		const { id, result } = await bridge.message();

		assert.equal(id, 2);
		assert.equal(result.isError, true);
		assert.match(result.content[0].text, /^read_output is not sent again: 2 ccproc daemons in a row have died of this call;/);
		const third = await daemon.session();

		assert.deepEqual(third.hello.replays.map(([ordinal]) => ordinal),
			[1, 3]);
		third.answer(await third.message());
		third.answer(await third.message());
		assert.equal((await bridge.message()).id, 1);
		assert.equal((await bridge.message()).id, 3);
	});

test('waits, and requests of daemons that are killed, are sent again for ever',
	async (t) => {
		const { daemon, bridge, session } = await connect(t);
		let next = session;

		bridge.request(1, 'tools/call', { name: 'check_tasks' });
		bridge.request('x', 'ping');
		await next.message();
		await next.message();
		for (let i = 0; i < 5; i++) {
			says(next, 'taking', 1);
			if (i % 2 === 0)
				says(next, 'taken', 1);
			await next.end();
			next = await daemon.session();
			assert.equal((await next.message()).id, 1);
			assert.equal((await next.message()).id, 'x');
		}
		next.answer({ id: 1 });
		assert.equal((await bridge.message()).id, 1);
	});

// so many looks for the program that a process of its own has them
const far = { command: ['true'], options: { env: {
	PATH: '/dev/null/x:'.repeat(300) + process.env.PATH } } };

/** Daemons that die as soon as they accept something. */
async function dieOf(t, tool, args) {
	const world = startWorld(t);
	const bin = path.join(world.root, 'bin');
	const daemon = path.join(bin, 'ccprocd');
	const calls = path.join(world.root, 'calls');
	const deaths = () => fs.readFileSync(calls, 'utf8')
		.match(/killed by SIGABRT/g)?.length;

	installed(bin);
	fs.mkdirSync(path.join(bin, 'real'));
	fs.renameSync(daemon, path.join(bin, 'real', 'ccprocd'));
	// a daemon dies when it makes the link of a task that it accepts
	fs.writeFileSync(daemon, '#!/bin/sh\n' +
		`exec strace -A -o '${calls}' -e trace=symlinkat ` +
		'-e inject=symlinkat:signal=SIGABRT:when=1 ' +
		'"${0%/*}/real/ccprocd" "$@"\n', { mode: 0o755 });
	fs.mkdirSync(path.join(world.state, 'program')); // none is noted
	const bridge = world.bridge({ program: path.join(bin, 'ccproc-bridge') });

	await bridge.legacy();
	const call = bridge.tool(tool, args);
	const pong = bridge.request('ping');
	const { isError, text } = await call;

	assert.equal(isError, true);
	assert.match(text,
		/^\w+ is not sent again: 2 ccproc daemons in a row have died of this call;/);
	assert.equal(text.split(' ')[0], tool);
	await waitFor(() => deaths() === 2);
	await pong;
	assert.match((await bridge.tool('list_tasks', { scope: 'all' })).text,
		/; 0 running, 0 queued in all$/);
	assert.equal(deaths(), 2);
}

test('two real daemons die of a call, and the third serves all others',
	{ skip: whyNoStrace },
	(t) => dieOf(t, 'run_task', { command: 'true' }));

test('two real daemons die of a call whose programs were looked for first',
	{ skip: whyNoStrace }, (t) => dieOf(t, 'start_tasks', { tasks: [far] }));
