// What a task or an agent can fill, with what a terminal would obey or nobody
// would see: no verb lets it through, but for a command's own output.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { askers, asked, begin, prompt } from './lib/askers.mjs';
import { startWorld } from './lib/harness.mjs';

// A title, a cleared line, a colour by C1, directions, no width, no shape.
const EVIL = '\x1b]0;t\x07\x1b[2K\u009b31m\u202e\u2066\u200b\u3164\b\r\x7f';
const HARMFUL =
	/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\u3164]/;
const BAD_BYTE = Buffer.from([0xff]);

const evil = (word) => `${word}${EVIL}`;

/** What an agent says in its stream, with all of that in it. */
const STREAM = [
	{ type: 'system', subtype: 'init', session_id: 's', model: evil('m') },
	{ type: 'assistant', message: { id: 'a', role: 'assistant', content: [
		{ type: 'text', text: evil('I look') }] } },
	{ type: 'assistant', message: { id: 'a', role: 'assistant', content: [
		{ type: 'tool_use', id: 'u', name: evil('Ba'),
			input: { command: evil('ls') } }] } },
	{ type: 'result', subtype: 'success', is_error: false, num_turns: 1,
		session_id: 's', result: `${evil('one')}\n${evil('two')}`,
		permission_denials: [{ tool_name: evil('Ba'), tool_use_id: 'u',
			tool_input: {} }] },
].map((event) => JSON.stringify(event) + '\n').join('');

/** A world with such an agent; what a verb prints, of both streams. */
function start(t) {
	const world = startWorld(t, { config: { agents: { claude: {
		command: ['/bin/sh', '-c', 'cat said; cat said2 >&2'] } } } });

	fs.writeFileSync(path.join(world.work, 'said'), STREAM);
	fs.writeFileSync(path.join(world.work, 'said2'),
		Buffer.concat([Buffer.from(evil('err')), BAD_BYTE]));
	return { world, async ccproc(...args) {
		const { stdout, stderr } = await world.run('ccproc', args);

		return stdout + stderr;
	} };
}

describe('nothing that a terminal would obey', () => {
	test('comes from an agent, by any verb', async (t) => {
		const { world, ccproc } = start(t);
		const dir = path.join(world.work, 'd\u202e\u200b');

		fs.mkdirSync(dir);
		fs.copyFileSync(path.join(world.work, 'said'), path.join(dir, 'said'));
		fs.copyFileSync(path.join(world.work, 'said2'),
			path.join(dir, 'said2'));
		const seen = { run: await ccproc('run', '-a', '-C', dir, evil('do')) };

		fs.writeFileSync(path.join(world.taskDir('t1'), evil('x')), '');
		for (const args of [['ls'], ['ls', '-j'], ['top', '--once'],
			['show', 't1'],
			['show', '-j', 't1'], ['show', '--files', 't1'],
			['show', '--files', '-j', 't1'], ['logs', 't1'],
			['logs', '--activity', 't1'], ['logs', '-f', 't1'],
			['logs', '--activity', '-f', 't1'], ['logs', '-e', 't1'],
			['logs', '-r', 't1'], ['logs', '-r', '-n', '2', 't1'],
			['wait', 't1'], ['wait', '-j', 't1'], ['asks', 't1'],
			['answer', 't1', evil('x')], ['debug'], ['prune', '-n'],
			['reply', 't1', evil('more')], ['show', 't1'],
			['report', 't1'], ['stats'], ['diff', 't1'],
			...['pause', 'unpause', 'hold', 'release', 'move', 'edit']
				.map((verb) => [verb, evil('t')]),
			['signal', 'TERM', evil('t')],
			['start', '-a', evil('do')], ['wait', 't2'], ['stop', 't2'],
			['stop', evil('t')], ['logs', evil('t')], ['rm', 't1', 't2']])
			seen[args.join(' ')] = await ccproc(...args);
		for (const [verb, text] of Object.entries(seen))
			assert.doesNotMatch(text, HARMFUL, verb);
		for (const [, verb] of (await ccproc('--help'))
			.matchAll(/^  ([a-z]+) {2,}/gm))
			assert.ok(['config', 'daemon', 'doctor', 'mcp', 'restart',
				'completion', 'events', 'status', 'apply',
				'install', 'uninstall'].includes(verb) || Object.keys(seen)
				.some((args) => args.split(' ')[0] === verb), verb);
		assert.match(seen.run, /^one\\x1b\]0;t\\x07\\x1b\[2K\\x9b31m\\u202e/m);
		assert.match(seen['logs t1'], /^two.*\\u200b\\u3164\\x08\\x0d\\x7f$/m);
		assert.match(seen['logs -e t1'], /^err\\x1b.*\ufffd$/m);
		assert.deepEqual(seen['logs -r t1'].trim().split('\n').map(JSON.parse),
			STREAM.trim().split('\n').map(JSON.parse));
		assert.equal(JSON.parse(seen['show -j t1']).tasks[0].result,
			`${evil('one')}\n${evil('two')}`);
		assert.match(seen['show t1'], /denied +Ba\\x1b/);
	});

	test('comes from a question', async (t) => {
		const world = startWorld(t, { config: { agents: askers } });
		const bridge = world.bridge();

		await bridge.legacy();
		await begin(bridge, prompt({ tool_name: evil('Ba'),
			input: { [evil('key')]: evil('value'), command: evil('ls') } },
		{ tool_name: 'AskUserQuestion', input: { questions: [{
			question: evil('Which?'), options: [{ label: evil('A'),
				description: evil('a') }] }] } }));
		await asked(bridge, 2);
		for (const args of [['asks'], ['top', '--once'], ['asks', 't1'], ['asks', '-j'],
			['show', 't1'], ['ls'], ['wait', '-t', '1', 't1'],
			['answer', 't1', evil('x')], ['answer', '-q', 'q1', 't1', 'deny'],
			['answer', '-q', 'q2', 't1', evil('my')], ['wait', 't1'],
			['show', 't1'], ['logs', 't1']]) {
			const { stdout, stderr } = await world.run('ccproc', args);

			assert.doesNotMatch(stdout + stderr, HARMFUL, args.join(' '));
		}
	});

	test('comes from a command but as its output', async (t) => {
		const { world, ccproc } = start(t);
		const bytes = Buffer.concat([Buffer.from(evil('é')), BAD_BYTE]);
		const shown = 'é\\x1b]0;t\\x07\\x1b[2K\\x9b31m\\u202e\\u2066\\u200b' +
			'\\u3164\\x08\\x0d\\x7f\ufffd';
		const seen = {};

		fs.writeFileSync(path.join(world.work, 'bytes'), bytes);
		const raw = await ccproc('run', '--', 'cat', 'bytes', evil('no'));

		for (const args of [['ls'], ['top', '--once'], ['show', 't1'],
			['wait', 't1'],
			['show', '-j', 't1'], ['ls', '-j'], ['debug'],
			['logs', '--clean', 't1'], ['logs', '--clean', '-e', 't1'],
			['logs', '--clean', '-f', 't1'],
			['run', '--clean', '--', 'cat', 'bytes', evil('no')]])
			seen[args.join(' ')] = await ccproc(...args);
		for (const [verb, text] of Object.entries(seen))
			assert.doesNotMatch(text, HARMFUL, verb);
		assert.ok(raw.startsWith(EVIL.slice(0, 3), 1), raw);
		assert.ok((await ccproc('logs', 't1')).startsWith(evil('é')));
		for (const args of ['logs --clean t1', 'logs --clean -f t1'])
			assert.ok(seen[args].startsWith(shown), seen[args]);
	});
});
