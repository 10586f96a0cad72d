// A client inside of a task has no user and answers nothing in a user's place,
// whatever he makes of his environment: the process tells where he is.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ALLOWED, answers, ask, asked, begin, start } from './lib/askers.mjs';
import { server } from './lib/claude.mjs';
import { ccproc, ok } from './lib/cli.mjs';
import { buildDir, TASKS_EXTENSION, waitFor } from './lib/harness.mjs';
import { envelope, helloParams, owned } from './lib/session.mjs';
import { programs } from './lib/versions.mjs';

const CCPROC = path.join(buildDir(), 'ccproc');
const IMPOSTOR = path.join(buildDir(), 'tests/system/programs/impostor');

const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
/** A client whose user sees forms, or so it says. */
const FORMS = { elicitation: {} };

/** The name of a task in its environment. */
const nameOf = (world, id) => `${id}-${path.basename(world.taskDir(id))
	.replace(/^\d+-/, '')}`;

/**
 * A client whose bridge runs in a task that starter starts, as in the session
 * that has started the agent; what it says of its task is no more than that.
 */
async function inside(world, starter, { says, args = '' } = {}) {
	const [to, from, script] = ['to', 'from', 'talk'].map((name) =>
		path.join(world.root, name));

	execFileSync('mkfifo', [to, from]);
	fs.writeFileSync(script, `#!/bin/sh\ncat '${from}' &\nexec cat >'${to}'\n`,
		{ mode: 0o700 });
	await starter.tool('start_tasks', { tasks: [{ command:
		'env -u CCPROC_TASK -u CCPROC_DEPTH CLAUDE_CODE_SESSION_ID=me ' +
		`${says ? `CCPROC_TASK=${says}` : ''} ` +
		`${server.command} ${args} <'${to}' >'${from}'` }] });
	return world.bridge({ program: script });
}

async function agent(t, options) {
	const { world, bridge } = await start(t,
		{ bridge: owned('me'), ...options });

	await begin(bridge, ask('x'));
	await asked(bridge);
	return { world, bridge };
}

/** One that t1, the agent, could have started. */
async function child(world) {
	const bridge = world.bridge({ env: { CCPROC_TASK: nameOf(world, 't1') } });

	await bridge.legacy();
	return bridge;
}

describe('inside of a task', () => {
	test('no form is shown', async (t) => {
		const { world, bridge } = await agent(t);
		const inner = await inside(world, bridge);

		await inner.legacy({ capabilities: FORMS });
		await inner.tool('list_tasks'); // a form would have come before
		assert.deepEqual(inner.messages.filter(({ method }) =>
			method === 'elicitation/create'), []);
		await asked(bridge);
	});

	test('the tasks extension tells of no input and takes none',
		async (t) => {
			const { world, bridge } = await agent(t);
			const inner = await inside(world, bridge);
			const taskId = nameOf(world, 't1');

			await inner.modern();
			inner.meta[CAPABILITIES] = { ...FORMS,
				extensions: { [TASKS_EXTENSION]: {} } };
			const { status, inputRequests } =
				await inner.request('tasks/get', { taskId });

			assert.equal(status, 'working');
			assert.equal(inputRequests, undefined);
			await inner.request('tasks/update', { taskId, inputResponses:
				{ 't1-q1': { action: 'accept', content: {} } } });
			await asked(bridge);
			await world.run('ccproc', ['answer', 't1', 'deny']);
			assert.equal((await answers(bridge)).answers[0].behavior, 'deny');
		});

	test('a wait answers with no form', async (t) => {
		const { world, bridge } = await agent(t);
		const inner = await inside(world, bridge);

		await inner.modern();
		inner.meta[CAPABILITIES] = FORMS;
		const { content } = await inner.request('tools/call', {
			name: 'check_tasks', arguments: { ids: ['t1'], wait_s: 20 } });

		assert.match(content[0].text, /^t1 needs input/);
	});

	test('what an agent has started does not allow what it asks, even ' +
		'where models may allow', async (t) => {
		const { world, bridge } = await agent(t,
			{ agents: { model_may_allow: true } });
		const inner = await inside(world, await child(world));

		await inner.legacy();
		const { text, isError } = await inner.tool('reply_task',
			{ id: 't1', answer: { decision: 'allow' } });

		assert.match(text, /is the user's to give/);
		assert.equal(isError, true);
		await asked(bridge);
		await bridge.tool('reply_task', // another one's may
			{ id: 't1', answer: { decision: 'allow' } });
		assert.deepEqual((await answers(bridge)).answers, [ALLOWED]);
	});

	test('what agents of agents ask is shown where the first was started, ' +
		'also when that one has ended', async (t) => {
		const { world, bridge } = await agent(t, { capabilities: FORMS });
		const below = await child(world);
		const forms = [];
		const x = { tool_name: 'Bash', input: { command: 'x' } };

		bridge.on('elicitation/create', (params, id) =>
			params.message.startsWith('t2') && forms.push({ ...params, id }));
		await begin(below, JSON.stringify({ asks: [x],
			then: [{ ...x, tool_use_id: 'second' }] }));
		const [{ id, message }] = await waitFor(() =>
			forms.length === 1 && forms);

		assert.match(message, /^t2 asks to use "Bash"\nin .*:\n> x$/);
		await bridge.tool('stop_tasks', { ids: ['t1'], mode: 'now' });
		bridge.send({ jsonrpc: '2.0', id, result: { action: 'accept' } });
		await waitFor(() => forms.length === 2);
		bridge.send({ jsonrpc: '2.0', id: forms[1].id,
			result: { action: 'decline' } });
		assert.deepEqual((await answers(bridge, 't2')).answers
			.map(({ behavior }) => behavior), ['allow', 'deny']);
		assert.deepEqual(below.messages.filter(({ method }) =>
			method === 'elicitation/create'), []);
	});

	/** What the daemon answers to a process that hides who it is. */
	async function impostor(world, bridge, name, args) {
		const lines = [['ccproc/hello', helloParams(world,
			{ client: 'ccproc', protocol: 2 })], ['tools/call', { name,
			arguments: args, ...envelope() }]];
		const script = path.join(world.root, 'lines');

		fs.writeFileSync(script, lines.map(([method, params], id) =>
			JSON.stringify({ jsonrpc: '2.0', id, method, params }) + '\n')
			.join(''));
		const { text } = await bridge.tool('run_task', { wait_s: 20, command:
			`${IMPOSTOR} "$CCPROC_SOCKET" ${world.daemon()} <'${script}'` });
		const output = text.slice(text.indexOf('\n') + 1);

		return JSON.parse(output.split('\n')[1]).result.content[0].text;
	}

	test('a connection that somebody else has made, who has ended, allows ' +
		'nothing', async (t) => {
		const { world, bridge } = await agent(t,
			{ agents: { model_may_allow: true } });

		assert.match(await impostor(world, bridge, 'reply_task',
			{ id: 't1', answer: { decision: 'allow' } }),
		/is the user's to give/);
		await asked(bridge);
		assert.match(await impostor(world, bridge, 'reply_task',
			{ id: 't1', message: 'do what I say' }),
		/^no reply to t1: .* cannot be looked at/);
		assert.match(await impostor(world, bridge, 'run_task',
			{ command: [CCPROC, 'start', 'true'], wait_s: 20 }),
		/^the process that has connected has ended, or has too many/);
	});

	test('a task that has killed its keeper allows nothing', async (t) => {
		const { world, bridge } = await agent(t);
		const tries = `kill -KILL $PPID; unset CCPROC_TASK CCPROC_DEPTH; ` +
			`for i in 1 2 3 4 5 6 7 8; do ${CCPROC} answer t1 allow; done`;

		await bridge.tool('start_tasks', { tasks:
			Array.from({ length: 5 }, () => ({ command: tries })) });
		await waitFor(() => world.live().join() === 't1');
		for (const id of ['t2', 't3', 't4', 't5', 't6'])
			assert.equal((await bridge.task(id)).state, 'lost');
		await asked(bridge);
		await ok(world, 'answer', 't1', 'allow'); // a person may, meanwhile
	});

	test('a client that comes while what a killed keeper has left is ended ' +
		'has the rights of a task, and then its own', async (t) => {
		const bin = programs(t);
		const { world, bridge } = await agent(t, { env: bin.env });
		const gate = path.join(world.root, 'gate');
		const forms = [];

		await bridge.tool('start_tasks', { tasks: [{ command: 'until ' +
			`[ -e '${gate}' ]; do sleep 0.05; done; kill -KILL $PPID; ` +
			'exec sleep 1000' }] });
		bin.take('ccproc-keeper'); // so that the moment lasts
		fs.writeFileSync(gate, '');
		await waitFor(() => /t2: cannot start /.test(world.log()));
		const late = world.bridge({ detached: true, ...owned('me') });

		late.on('elicitation/create', (params, id) => forms.push(id));
		await late.legacy({ capabilities: FORMS });
		assert.match((await late.tool('reply_task',
			{ id: 't1', message: 'more', wait_s: 0 })).text, /^t1 needs input/);
		assert.match((await ccproc(world, [CCPROC, 'answer', 't1', 'allow'],
			{ program: 'setsid' })).err, /^ccproc: .*; try again in a moment$/m);
		await asked(bridge);
		assert.equal(forms.length, 0);
		bin.bring('ccproc-keeper');
		await waitFor(() => forms.length === 1);
		assert.equal((await bridge.task('t2')).state, 'lost');
		late.send({ jsonrpc: '2.0', id: forms[0],
			result: { action: 'accept' } });
		await waitFor(async () =>
			(await bridge.task('t1')).asks.length === 0);
	});

	test('nobody asks for another task', async (t) => {
		const { world, bridge } = await agent(t);
		const name = nameOf(world, 't1');

		const inner = await inside(world, bridge,
			{ says: name, args: `--ask ${name}` });

		await assert.rejects(inner.legacy(), /from inside of that task only/);
		await asked(bridge);
	});
});
