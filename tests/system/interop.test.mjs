// The TypeScript SDK's clients at a real bridge and daemon: both major
// versions, every way to negotiate.  Needs `npm install` in this folder.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';

import { LEGACY, MODERN, World, buildDir, within } from './lib/harness.mjs';
import { load } from './lib/node-modules.mjs';

const v1 = load('@modelcontextprotocol/sdk/client/index.js');
const v1stdio = load('@modelcontextprotocol/sdk/client/stdio.js');
const v2 = load('@modelcontextprotocol/client');
const v2stdio = load('@modelcontextprotocol/client/stdio');
const info = { name: 'interop', version: '1' };

const first = {
	name: 'SDK 1, initialize', missing: !v1,
	make: () => new v1.Client(info),
	transport: () => v1stdio.StdioClientTransport,
	// the schema of the result stands before the options
	call: (client, params, options) =>
		client.callTool(params, undefined, options),
};

const second = (mode, version) => ({
	name: `SDK 2, mode ${mode.pin ?? mode}`, missing: !v2, version,
	make: () => new v2.Client(info, { versionNegotiation: { mode } }),
	transport: () => v2stdio.StdioClientTransport,
	call: (client, params, options) => client.callTool(params, options),
});

const kinds = [first, second('legacy', LEGACY), second('auto', MODERN),
	second({ pin: MODERN }, MODERN)];

/** A connected client with tool(name, args, options) -> { text, isError }. */
async function connect(t, { make, transport, call }) {
	const world = new World();
	const client = make();
	const Transport = transport();

	t.after(() => client.close().finally(() => world.close()));
	await client.connect(new Transport({ env: world.env, cwd: world.work,
		command: path.join(buildDir(), 'ccproc-bridge') }));
	return { client, tool: async (name, args, options) => {
		const result = await call(client, { name, arguments: args },
			options);

		return { isError: result.isError ?? false,
			text: result.content.map((part) => part.text).join('\n') };
	} };
}

const TOOLS = ['run_task', 'start_tasks', 'check_tasks', 'list_tasks',
	'read_output', 'stop_tasks', 'cleanup_tasks'];

async function everyTool(t, kind) {
	const { client, tool } = await connect(t, kind);
	const { tools } = await client.listTools();
	const names = tools.map(({ name }) => name);
	let answer;

	assert.equal(client.getNegotiatedProtocolVersion?.(), kind.version);
	assert.deepEqual(TOOLS.filter((name) => !names.includes(name)), []);

	answer = await tool('run_task', { command: 'echo hello' });
	assert.equal(answer.isError, false);
	assert.match(answer.text, /^t1 completed\b.*\n[^]*\bhello\b/);

	answer = await tool('run_task', { command: 'echo why >&2; exit 3' });
	assert.equal(answer.isError, true);
	assert.match(answer.text, /^t2 failed: exit code 3 · .*\n[^]*\bwhy\b/);

	answer = await tool('start_tasks', { tasks: [
		{ command: 'seq 100', label: 'count' },
		{ command: ['sleep', '300'] } ] });
	assert.match(answer.text, /^started g3: t3 count .*t4 /);

	answer = await tool('check_tasks', { ids: ['count'], wait_s: 20 });
	assert.match(answer.text, /^t3 count completed\b/);

	answer = await tool('list_tasks', { scope: 'all' });
	for (const id of ['t1', 't2', 't3', 't4'])
		assert.match(answer.text, new RegExp(`^${id}\\b`, 'm'));

	answer = await tool('read_output', { id: 't3', cursor: 0 });
	assert.match(answer.text,
		/^t3 stdout 0-292 of 292 · .*\n1\n2\n[^]*\n99\n100\b/);

	answer = await tool('stop_tasks', { ids: ['t4'], mode: 'now' });
	assert.match(answer.text, /^t4 cancelled: by user/);

	answer = await tool('cleanup_tasks', { ids: ['t1', 'g3'] });
	assert.equal(answer.isError, false);
	answer = await tool('list_tasks', { scope: 'all' });
	assert.doesNotMatch(answer.text, /^t[134]\b/m);
	assert.match(answer.text, /^t2\b/m);
}

async function wrongCalls(t, kind) {
	const { tool } = await connect(t, kind);
	let answer;

	answer = await tool('stop_tasks', { ids: ['t1', 7], mood: 'x' });
	assert.equal(answer.isError, true);
	assert.match(answer.text, /ids\[1\]: expected a string, got integer/);
	assert.match(answer.text, /mood/);

	answer = await tool('check_tasks', { ids: ['t99'] });
	assert.equal(answer.isError, true);
	assert.match(answer.text, /t99/);

	// an unknown tool is an error of the protocol, an SDK may wrap it
	answer = await tool('no_such_tool', {}).catch((error) =>
		({ isError: true, text: error.message }));
	assert.equal(answer.isError, true);
	assert.match(answer.text, /no_such_tool/);
}

async function progressInAWait(t, kind) {
	const { tool } = await connect(t, kind);
	const seen = [];
	let first;
	const noticed = new Promise((resolve) => { first = resolve; });
	const answer = tool('run_task', { command: 'sleep 300',
		wait_s: 50 }, { timeout: 60000, onprogress: (progress) => {
		seen.push(progress.progress);
		first();
	} });

	await within(20000, noticed, 'a progress notice');
	await tool('stop_tasks', { ids: ['t1'], mode: 'now' });
	assert.match((await answer).text, /^t1 cancelled: by user/);
	assert.deepEqual(seen, [...new Set(seen)].sort((a, b) => a - b));
}

async function cancelledWait(t, kind) {
	const { client, tool } = await connect(t, kind);
	const abort = new AbortController();
	const errors = [];
	let answer;

	answer = await tool('start_tasks', { tasks: [
		{ command: 'sleep 300' }] });
	assert.match(answer.text, /^started g1: t1 /);
	const wait = tool('check_tasks', { ids: ['t1'], wait_s: 40 },
		{ signal: abort.signal });

	await tool('list_tasks', {}); // the daemon has read the wait, too
	abort.abort(new Error('no longer needed'));
	await assert.rejects(wait);
	answer = await tool('check_tasks', { ids: ['t1'] });
	assert.match(answer.text, /^t1 running/);

	// the end of the task must not answer a call that is no more
	client.onerror = (error) => errors.push(error);
	await tool('stop_tasks', { ids: ['t1'], mode: 'now' });
	await tool('list_tasks', {});
	assert.deepEqual(errors, []);
}

describe('the TypeScript SDK', { concurrency: true }, () => {
	for (const kind of kinds) {
		describe(kind.name, { concurrency: true,
			skip: kind.missing && 'npm install is missing' }, () => {
			test('every tool', (t) => everyTool(t, kind));
			test('wrong calls', (t) => wrongCalls(t, kind));
			test('progress in a wait', (t) => progressInAWait(t, kind));
			test('a cancelled wait', (t) => cancelledWait(t, kind));
		});
	}
});
