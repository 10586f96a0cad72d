// What any client must be able to do, whoever has made it.  A client is
//
//	version   the negotiated version of the protocol, if it tells
//	tools()   the names of the tools
//	tool(name, args, { signal, onprogress }) -> { text, isError }
//	tasks     whether it can do the tasks extension, and waits for their end
//	errors    what it could not make sense of
//
// Only everyTool wants a daemon that has not had a task before.
import assert from 'node:assert/strict';

import { within } from './harness.mjs';

const TOOLS = ['run_task', 'start_tasks', 'check_tasks', 'list_tasks',
	'read_output', 'stop_tasks', 'cleanup_tasks'];

/** The { text, isError } of a CallToolResult. */
export const answerOf = ({ content, isError = false }) =>
	({ isError, text: content.map((part) => part.text).join('\n') });

export async function everyTool({ tools, tool, tasks }) {
	const names = await tools();
	let answer;

	assert.deepEqual(TOOLS.filter((name) => !names.includes(name)), []);

	answer = await tool('run_task', { command: 'echo hello' });
	assert.equal(answer.isError, false);
	assert.match(answer.text, /^t1 completed\b.*\n[^]*\bhello\b/);

	answer = await tool('run_task', { command: 'echo why >&2; exit 3' });
	assert.equal(answer.isError, true);
	assert.match(answer.text, /^t2 failed: exit code 3 · .*\n[^]*\bwhy\b/);

	answer = await tool('start_tasks', { tasks: [
		{ command: 'seq 100', label: 'count' },
		{ command: ['sleep', '300'] } ],
	...(tasks && { notify: 'none' }) });
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

export async function wrongCalls({ tool }) {
	let answer;

	answer = await tool('stop_tasks', { ids: ['t1', 7], mood: 'x' });
	assert.equal(answer.isError, true);
	assert.match(answer.text, /ids\[1\]: expected a string, got integer/);
	assert.match(answer.text, /mood/);

	answer = await tool('check_tasks', { ids: ['t99'] });
	assert.equal(answer.isError, true);
	assert.match(answer.text, /t99/);

	// an unknown tool is an error of the protocol, a client may wrap it
	answer = await tool('no_such_tool', {}).catch((error) =>
		({ isError: true, text: error.message }));
	assert.equal(answer.isError, true);
	assert.match(answer.text, /no_such_tool/);
}

export async function progressInAWait({ tool }) {
	const seen = [];
	let first;
	const noticed = new Promise((resolve) => { first = resolve; });
	const answer = tool('run_task',
		{ command: 'sleep 300', label: 'slow', wait_s: 50 },
		{ onprogress: ({ progress }) => {
			seen.push(progress);
			first();
		} });

	await within(20000, noticed, 'a progress notice');
	await tool('stop_tasks', { ids: ['slow'], mode: 'now' });
	assert.match((await answer).text, /^t\d+ slow cancelled: by user/);
	assert.deepEqual(seen, [...new Set(seen)].sort((a, b) => a - b));
}

export async function cancelledWait({ tool, errors }) {
	const abort = new AbortController();
	let answer;

	answer = await tool('start_tasks', { tasks: [
		{ command: 'sleep 300', label: 'nap' }] });
	assert.match(answer.text, /^started g\d+: t\d+ nap /);
	const wait = tool('check_tasks', { ids: ['nap'], wait_s: 40 },
		{ signal: abort.signal });

	await tool('list_tasks', {}); // the daemon has read the wait, too
	abort.abort(new Error('no longer needed'));
	await assert.rejects(wait);
	answer = await tool('check_tasks', { ids: ['nap'] });
	assert.match(answer.text, /^t\d+ nap running/);

	// the end of the task must not answer a call that is no more
	await tool('stop_tasks', { ids: ['nap'], mode: 'now' });
	await tool('list_tasks', {});
	assert.deepEqual(errors, []);
}
