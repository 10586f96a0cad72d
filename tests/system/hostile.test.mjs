// A line of 10 MiB that means harm: what it costs the daemon, and that other
// sessions are answered before and after.
// Runs alone: what others wait for is measured.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { cpuMs, memory, peakMemory } from './lib/daemon.mjs';
import { ask, connect, envelope, META, ready, Wire } from './lib/session.mjs';

const LINE_MAX = 10 * 1024 * 1024;
const COST_MAX = 64; // MiB over idle
const META_TEXT = JSON.stringify(envelope()._meta).slice(1, -1);

/** A text with a filling at its ~, as long as a line may be. */
function into(text, filling) {
	const [head, tail] = text.split('~');
	const room = LINE_MAX - Buffer.byteLength(head + tail);

	return head + filling.repeat(room / Buffer.byteLength(filling)) + tail;
}

const HEAD = '{"jsonrpc":"2.0","id":1,"method":';
const call = (text) => `${HEAD}"tools/call","params":${text}}`;
const run = (name, args) => call(`{"name":"${name}","arguments":${args}}`);

const LINES = {
	'an id': into('{"jsonrpc":"2.0","id":"~","method":"ping"}', 'x'),
	'a number as id': into('{"jsonrpc":"2.0","id":1~,"method":"ping"}', '0'),
	'a method': into(`${HEAD}"~"}`, 'x'),
	'a version': into(`${HEAD}"initialize","params":{"protocolVersion":"~"}}`,
		'x'),
	'a modern version': into(`${HEAD}"tools/list","params":{"_meta":{"${META
	}protocolVersion":"~"}}}`, 'x'),
	'the name of a tool': into(call('{"name":"~"}'), 'x'),
	'a progress token': into(call('{"name":"list_tasks","arguments":{},' +
		'"_meta":{"progressToken":"~"}}'), 'x'),
	'a modern progress token': into(call('{"name":"list_tasks",' +
		`"_meta":{${META_TEXT},"progressToken":"~"}}`), 'x'),
	'an unknown argument': into(run('list_tasks', '{"~":1}'), 'x'),
	'many unknown arguments': into(run('list_tasks', '{"a":1~}'),
		`,"${'k'.repeat(210)}":1`),
	'a command': into(run('run_task', '{"command":"~","wait_s":0}'), 'x'),
	'a command in escapes':
		into(run('run_task', '{"command":"~","wait_s":0}'), '\\u00e4'),
	'an id of a task': into(run('check_tasks', '{"ids":["~"]}'), 'x'),
	'many ids of tasks': into(run('check_tasks', '{"ids":["t1"~]}'),
		`,"${'x'.repeat(210)}"`),
	'a regular expression': into(run('read_output',
		'{"id":"t1","grep":"~"}'), '(a|b)*'),
	'a cursor': into(`${HEAD}"tools/list","params":{"cursor":"~"}}`, 'x'),
	'a notification': into('{"jsonrpc":"2.0","method":"notifications/' +
		'cancelled","params":{"requestId":"~"}}', 'x'),
	'too many values': into(`${HEAD}"ping","params":{"a":[1~]}}`, ',{}'),
	'spaces': into(`${HEAD}~"ping"}`, ' '),
	'no JSON': 'x'.repeat(LINE_MAX),
	'no UTF-8 at its end': Buffer.from(into(`${HEAD}"~\xff"}`, 'x'), 'latin1'),
	'more than a line': 'x'.repeat(3 * LINE_MAX),
};

describe('a hostile line', { concurrency: 1 }, () => {
	for (const [name, line] of Object.entries(LINES))
		test(name, async (t) => {
			const { world } = await connect(t);
			const hostile = await ready(world);
			const other = await ready(world);
			const pid = world.daemon();
			const bytes = Buffer.from(line);
			const half = bytes.length / 2;
			const idle = memory(pid), worked = cpuMs(pid);

			assert.ok(bytes.length > LINE_MAX - 300, `${bytes.length}`);
			// the line is not there yet, and the other one is answered
			hostile.write(bytes.subarray(0, half));
			await ask(other, 'before', 'ping');
			assert.deepEqual(hostile.lines, []);
			const start = performance.now();

			hostile.write(bytes.subarray(half));
			hostile.send('');
			hostile.request('on', 'ping');
			await ask(other, 'meanwhile', 'ping');
			const took = performance.now() - start;

			await hostile.line((text) => text.includes('"id":"on"'),
				{ timeout: 20000 });
			const cost = peakMemory(pid) - idle;

			t.diagnostic(`${cost.toFixed(1)} MiB more, ` +
				`${cpuMs(pid) - worked} ms of work; another session ` +
				`waited for ${took.toFixed()} ms`);
			assert.equal(world.daemon(), pid, 'the daemon lives');
			assert.ok(cost <= COST_MAX, `${cost.toFixed(1)} MiB more`);
			await ask(other, 'after', 'ping');
		});

	// each costs little for itself, all together with one another a lot
	for (const [name, changes, text] of [
		['words in hello', { can: Array(24000).fill('x') }, `${HEAD}"ping"}`],
		['variables in hello and in a task', { env: Buffer.from(
			Array.from({ length: 100000 }, (_, i) => `V${i}=`).join('\0'))
			.toString('base64') }, run('run_task', JSON.stringify({
			command: 'true', options: { env: Object.fromEntries(Array.from(
				{ length: 20000 }, (_, i) => [`W${i}`, ''])) } }))],
		['stars in a label', {}, run('list_tasks',
			JSON.stringify({ label: '*'.repeat(4 << 20) }))],
	])
		test(`many ${name}`, async (t) => {
			const { world, bridge } = await connect(t);
			const labels = Array.from({ length: 50 }, (_, i) =>
				({ command: 'true', label: `${i}${'x'.repeat(30)}` }));

			await bridge.tool('start_tasks', { tasks: labels });
			await bridge.tool('check_tasks', { ids: ['g1'], wait_s: 30 });
			const pid = world.daemon(), worked = cpuMs(pid);
			const wire = await Wire.greeted(world, changes);

			wire.request('v', 'initialize', { protocolVersion: '2025-11-25',
				capabilities: {}, clientInfo: { name: 'x', version: '1' } });
			await wire.answer('v');
			wire.send(text);
			await wire.answer(1, { timeout: 60000 });
			const cost = cpuMs(pid) - worked;

			t.diagnostic(`${cost} ms of work`);
			assert.ok(cost < 1000, `${cost} ms`);
			assert.equal(world.daemon(), pid);
		});

	test('eight at once', async (t) => {
		const { world } = await connect(t);
		const other = await ready(world);
		const all = await Promise.all([...Array(8)].map(() => ready(world)));
		const pid = world.daemon();
		const idle = memory(pid);

		for (const wire of all)
			wire.send(LINES['a command']);
		await ask(other, 'meanwhile', 'ping');
		for (const wire of all) {
			wire.request('on', 'ping');
			await wire.line((text) => text.includes('"id":"on"'),
				{ timeout: 20000 });
		}
		t.diagnostic(`${(peakMemory(pid) - idle).toFixed(1)} MiB more`);
		assert.equal(world.daemon(), pid, 'the daemon lives');
		await ask(other, 'after', 'ping');
	});
});
