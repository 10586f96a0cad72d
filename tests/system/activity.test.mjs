// Following what agents do: the real `claude` at work, looked at by cursor,
// with a fake of the Messages API as its model.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { claude, startClaude } from './lib/claude.mjs';
import { ccproc, Cli } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { plan } from './lib/fake-api.mjs';
import { patient, startWorld, waitFor } from './lib/harness.mjs';

const bash = (command, text) => ({ text,
	calls: [{ name: 'Bash', input: { command } }] });
const read = (file_path) => ({ calls: [{ name: 'Read', input: { file_path } }] });

/** Waits, in a tool, for a file in the agent's folder. */
const until = (name) =>
	bash(`until [ -e ${name} ]; do sleep 0.1; done; echo ${name}`);

const open = (world, name) => fs.writeFileSync(path.join(world.work, name), '');

/** A minute of work as agents do it: 30 calls of tools, and some words. */
const minute = (world, n) => Array.from({ length: 30 }, (_, i) =>
	i % 3 === 2 ? read(path.join(world.work, `notes-${n}-${i}.txt`)) :
		bash(`printf 'line %s of the tests\\n' ${n}-${i}`,
			i % 10 === 0 ? `Now I look at part ${i} of minute ${n}, which ` +
				'takes some more words to explain than would fit.' : ''));

async function agent(t, steps, spec = {}) {
	const { api, world } = await startClaude(t);
	const bridge = world.bridge();

	for (let n = 1; n <= 3; n++)
		for (let i = 0; i < 30; i++)
			open(world, `notes-${n}-${i}.txt`);
	await bridge.legacy();
	await bridge.tool('start_tasks', { tasks: [{ label: 'fix-login',
		prompt: plan(...steps(world)),
		allowed_tools: ['Bash', 'Read'], ...spec }] });
	return { api, world, bridge };
}

const HEAD = /^t1 activity (\d+)-(\d+) of (\d+) · (\w+) · next cursor (\d+)\n/;

/** Looks from a cursor on. */
async function look(bridge, args = {}) {
	const { text, isError } = await bridge.tool('read_output',
		{ id: 't1', stream: 'activity', ...args }, { timeout: 60000 });
	const [, from, to, size, state, next] = HEAD.exec(text) ?? [];

	assert.equal(isError, false, text);
	assert.ok(next, text);
	return { text, state, bytes: Buffer.byteLength(text),
		from: Number(from), to: Number(to), size: Number(size),
		next: Number(next), lines: text.split('\n').slice(1) };
}

/** Waits until the agent has begun to wait for that file. */
const waiting = (world, name) => waitFor(() =>
	world.output('t1').includes(`until [ -e ${name} ]`),
{ timeout: 120000, what: `the wait for ${name}` });

describe('activity of the real claude', { skip: !claude && 'no claude',
	concurrency: 2 }, () => {
	test('30 calls a minute, looked at once a minute, cost 1 kB; ' +
		'the daemon is killed in between', async (t) => {
		const { world, bridge } = await agent(t, (place) => [
			...minute(place, 1), until('second'),
			...minute(place, 2), until('third'),
			...minute(place, 3), until('end'), { text: 'all done' }]);
		let cursor = 0;

		for (const [name, n] of [['second', 1], ['third', 2], ['end', 3]]) {
			await waiting(world, name);
			const seen = await look(bridge, { cursor });

			t.diagnostic(`minute ${n}: ${seen.bytes} bytes, for ` +
				`${seen.to - seen.from} of stream-json`);
			assert.ok(seen.bytes <= 1000, `${seen.bytes}\n${seen.text}`);
			assert.equal(seen.from, cursor);
			assert.equal(seen.state, 'running');
			assert.equal(seen.next, seen.to);
			assert.match(seen.lines[0], new RegExp('^31 tools: ' +
				'Bash 21, Read 10 · 31 turns · 3\\.4k tokens$'));
			assert.match(seen.lines[1], new RegExp(
				`^says: Now I look at part 10 of minute ${n}\\b`));
			assert.match(seen.lines[2], /^… \d+ earlier$/);
			assert.match(seen.lines.at(-1),
				new RegExp(`^Bash until \\[ -e ${name} \\]`));
			// nothing is left that could have been read already
			assert.equal(seen.next, Buffer.byteLength(world.output('t1')));
			cursor = seen.next;
			await killDaemon(world);
			open(world, name);
		}
		await bridge.tool('check_tasks', { ids: ['t1'], wait_s: 45 },
			{ timeout: 60000 });
		const last = await look(bridge, { cursor });

		assert.equal(last.state, 'completed');
		assert.match(last.text, /\nsays: all done\nresult: success · /);
		assert.match(last.lines[0], /^1 turn · 110 tokens · \$0\.0\d$/);
	});

	test('what running agents do is seen wherever tasks are', async (t) => {
		const { world, bridge } = await agent(t, () => [
			bash('false', 'I try it.'), until('end'), { text: 'done' }]);

		await waiting(world, 'end');
		const { text } = await bridge.tool('check_tasks', { ids: ['t1'] });

		assert.match(text, new RegExp('^t1 fix-login running · .*\n' +
			'2 tools: Bash 2 · 2 turns · 220 tokens\n' +
			'says: I try it\\.\n' +
			'Bash false · failed\n' +
			'Bash until \\[ -e end \\]; do sleep 0\\.1; done; echo end\n' +
			'next: check_tasks '));
		const table = await bridge.tool('list_tasks');

		assert.match(table.text, /^t1\s+fix-login\s+running\s.*\s2\s.*Bash until/m);
		assert.match((await ccproc(world, ['ls', '--plain'])).out,
			/^t1\tfix-login\trunning\t.*\tBash until/);
		const task = await bridge.task('t1');

		assert.equal(task.turns, 2);
		assert.equal(task.cost_usd, null);
		assert.equal(task.tokens.input_tokens, 200);
		assert.match(task.activity, /^Bash until/);
		assert.equal(task.result, null);
	});

	test('a notice of a wait has the newest line', async (t) => {
		const { world, bridge } = await agent(t, () => [
			bash('echo 1'), until('end'), { text: 'done' }]);
		const notices = [];

		bridge.on('notifications/progress', ({ message }) =>
			notices.push(message));
		const answer = bridge.tool('check_tasks', { ids: ['t1'], wait_s: 60 },
			{ meta: { progressToken: 'p' }, timeout: 70000 });

		await waitFor(() => notices.length > 0, { timeout: 30000 });
		open(world, 'end');
		assert.match((await answer).text, /^t1 fix-login completed/);
		assert.match(notices[0],
			/^t1 fix-login running · .* · Bash until \[ -e end \]; do sleep/);
	});

	test('a look waits for something new', async (t) => {
		const { world, bridge } = await agent(t, () => [
			bash('echo 1'), until('end'), bash('echo something new'),
			until('later'), { text: 'done' }]);

		await waiting(world, 'end');
		const { next } = await look(bridge);
		const began = Date.now();
		const answer = look(bridge, { cursor: next, wait_s: 60 });

		open(world, 'end');
		const seen = await answer;

		assert.ok(Date.now() - began < patient(30000));
		assert.equal(seen.from, next);
		assert.match(seen.text, /\nBash echo something new(\n|$)/);
		await waiting(world, 'later');
		// the end also ends a wait
		const end = look(bridge,
			{ cursor: (await look(bridge)).next, wait_s: 60 });

		open(world, 'later');
		assert.match((await end).text, /says: done/);
	});

	test('people follow it with ccproc logs', async (t) => {
		const { world } = await agent(t, () => [
			bash('echo red', 'I look.'), until('end'), bash('false'),
			{ text: 'It is red.' }]);
		const waits = 'Bash until [ -e end ]; do sleep 0.1; done; echo end\n';

		await waiting(world, 'end');
		assert.equal((await ccproc(world, ['logs', 't1'])).out,
			`says: I look.\nBash echo red\n${waits}`);
		assert.equal((await ccproc(world, ['logs', '-n', '1', 't1'])).out,
			waits);
		const follow = new Cli(world, ['logs', '-f', 't1']);
		const all = new Cli(world, ['logs', '--activity', '-f', '-n', '0', 't1']);

		await waitFor(() => follow.err.includes(waits));
		open(world, 'end');
		const { out, err, code } = await follow.end();

		assert.equal(code, 0);
		assert.equal(out, 'It is red.\n');
		assert.match(err, /^says: I look\.\n[^]*\nBash false( · failed)?\n[^]*says: It is red\.\nresult: success · .*\n$/);
		assert.match((await all.end()).out, /^(Bash false|says: It)[^]*\nresult: success · .*\n$/);
		assert.equal((await ccproc(world, ['logs', 't1'])).out,
			'It is red.\n');
		assert.match((await ccproc(world, ['logs', '--activity', 't1'])).out,
			/^says: I look\.\nBash echo red\n[^]*\nBash false · failed\nsays: It is red\.\nresult: success/);
	});

	test('each stream, by name and by default', async (t) => {
		const { world, bridge } = await agent(t, () => [
			bash('echo red'), bash('echo green', 'Green it is.'),
			until('end'), { text: 'done' }]);
		const output = async (args) => (await bridge.tool('read_output',
			{ id: 'fix-login', ...args })).text;

		await waiting(world, 'end');
		assert.match(await output({}), HEAD);
		assert.match(await output({ grep: 'red|Green' }),
			/^.*\nBash echo red\nsays: Green it is\.$/);
		assert.match(await output({ grep: 'blue' }), /\nno line matches$/);
		assert.match(await output({ grep: '(' }), /grep: no POSIX/);
		assert.match(await output({ stream: 'activity', cursor: 1e9 }),
			/cursor: 1000000000 is beyond the end/);
		for (const stream of ['raw', 'stdout'])
			assert.match(await output({ stream, cursor: 0 }), new RegExp(
				`^t1 ${stream} 0-\\d+ of \\d+ · .*\n\\{"type":"system"`));
		const { next } = await look(bridge);

		open(world, 'end');
		await bridge.tool('check_tasks', { ids: ['t1'], wait_s: 45 });
		assert.match(await output({}), /^t1 result 0-4 of 4 · .*\ndone$/);
		// who has followed it goes on with what he has
		assert.match(await output({ cursor: next }),
			/^t1 activity \d+-.*\n[^]*says: done/);
	});
});

test('a command has no activity', async (t) => {
	const world = startWorld(t);
	const bridge = world.bridge();

	await bridge.legacy();
	await bridge.tool('run_task', { command: 'echo hello' });
	const answer = await bridge.tool('read_output',
		{ id: 't1', stream: 'activity' });

	assert.equal(answer.isError, true);
	assert.equal(answer.text,
		't1 is a command: it has stdout and stderr, no activity');
	assert.match((await bridge.tool('read_output',
		{ id: 't1', stream: 'raw' })).text, /^t1 raw 0-6 of 6 .*\nhello/);
	assert.match((await ccproc(world, ['logs', '--activity', 't1'])).err,
		/^ccproc: t1 is a command: it has no activity\n$/);
});
