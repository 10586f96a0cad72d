// Permission questions of agents and the clients that answer them: forms in
// every way that the protocol has, the model, and those who must not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ALLOWED, answers, ask, asked, askers, begin, prompt,
	start } from './lib/askers.mjs';
import { claude, runClaude, server, startClaude, toolResults,
	use } from './lib/claude.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { plan } from './lib/fake-api.mjs';
import { startWorld, TASKS_EXTENSION, waitFor,
	within } from './lib/harness.mjs';
import { owned } from './lib/session.mjs';

const META = 'io.modelcontextprotocol/';

describe('reply_task', () => {
	const reply = (bridge, answer, more) => bridge.tool('reply_task',
		{ id: 't1', answer, ...more });

	test('a model may deny', async (t) => {
		const { bridge } = await start(t);

		await begin(bridge, ask('x'));
		await asked(bridge);
		const { text, isError } = await reply(bridge, { request_id: 'q1',
			decision: 'deny', reason: 'not now' });

		assert.match(text, /^t1 completed/);
		assert.equal(isError, false);
		assert.deepEqual((await answers(bridge)).answers, [
			{ behavior: 'deny', message: 'permission denied: not now' }]);
	});

	test('a model may not allow', async (t) => {
		const { bridge } = await start(t);

		await begin(bridge, ask('x'));
		await asked(bridge);
		const { text, isError } = await reply(bridge,
			{ decision: 'allow', always: true });

		assert.equal(isError, true);
		assert.match(text, /is the user's to give.*ccproc answer t1 allow/);
		await asked(bridge); // still
		await reply(bridge, { decision: 'deny' });
	});

	test('a model may allow where the configuration says so', async (t) => {
		const { world, bridge } = await start(t,
			{ agents: { model_may_allow: true } });

		await begin(bridge, ask('x'));
		await asked(bridge);
		const seen = await bridge.tool('check_tasks', { ids: ['t1'] });

		assert.match(seen.text, /you may allow or deny with reply_task/);
		await reply(bridge, { decision: 'allow' });
		assert.deepEqual((await answers(bridge)).answers, [ALLOWED]);
		assert.match(JSON.parse(fs.readFileSync(path.join(
			world.taskDir('t1'), 'answer-1.json'))).by, /^the model of/);
	});

	test('but an agent never itself', async (t) => {
		const { world, bridge } = await start(t,
			{ agents: { model_may_allow: true } });

		await begin(bridge, ask('x'));
		await asked(bridge);
		const itself = world.bridge({ env: { CCPROC_TASK:
			`t1-${path.basename(world.taskDir('t1')).slice(2)}` } });

		await itself.legacy();
		const { text, isError } = await reply(itself,
			{ decision: 'allow' });

		assert.equal(isError, true);
		assert.match(text, /is the user's to give/);
		await asked(bridge);
	});

	test('what is wrong with an answer', async (t) => {
		const { bridge } = await start(t);
		const wrong = async (answer, words) => {
			const { text, isError } = await reply(bridge, answer);

			assert.match(text, words);
			assert.equal(isError, true);
		};

		await begin(bridge, prompt({ command: 'x' }, { command: 'y' }));
		await asked(bridge, 2);
		await wrong({ decision: 'deny' }, /has 2 open questions.*request_id/);
		await wrong({ decision: 'deny', request_id: 'q9' },
			/t1 has no question q9; 2 are open/);
		await wrong({ decision: 'maybe' },
			/^reply_task: answer\.decision: expected one of allow, deny; got "maybe"$/);
		await wrong({ decision: 'deny', always: true }, /always/);
		await wrong(undefined, /answer, message: give exactly one/);
		await wrong({ reason: 'no' }, /expected an object with decision/);
		await reply(bridge, { decision: 'deny', request_id: 'q1' },
			{ wait_s: 0 });
		await wrong({ decision: 'deny', request_id: 'q1' },
			/q1 was denied already by the model/);
		await reply(bridge, { decision: 'deny', request_id: 'q2' });
		await wrong({ decision: 'deny' }, /asks nothing now, it has ended/);
	});

	test('the command does not allow inside of a session or a task',
		async (t) => {
			const { world, bridge } = await start(t);

			await begin(bridge, ask('x'));
			await asked(bridge);
			for (const env of [{ CLAUDECODE: '1' }, { CCPROC_TASK: 't9' }]) {
				const { code, stderr } = await world.run('ccproc',
					['answer', 't1', 'allow'], { env });

				assert.notEqual(code, 0);
				assert.match(stderr, /the user's to give.*inside of/s);
			}
			const { text } = await bridge.tool('run_task', { command:
				`env -u CCPROC_TASK ${server.command.replace(
					/-bridge$/, '')} answer t1 allow` });

			assert.match(text, /^t2 failed: exit code 125/);
			assert.match(text, /the user's to give/);
			await asked(bridge);
			const { code } = await world.run('ccproc',
				['answer', 't1', 'deny'], { env: { CLAUDECODE: '1' } });

			assert.equal(code, 0);
		});
});

describe('a wait', () => {
	test('ends once to tell of a question, then waits for its answer',
		async (t) => {
			const { world, bridge } = await start(t);
			const { text } = await bridge.tool('run_task',
				{ prompt: ask('x'), label: 'agent', wait_s: 20 });

			assert.match(text, /^t1 agent needs input · /);
			assert.match(text, /^q1: allow "Bash": x\?$/m);
			const wait = bridge.tool('check_tasks',
				{ ids: ['t1'], wait_s: 20 });

			await bridge.tool('check_tasks', { ids: ['t1'] }); // not ended
			await world.run('ccproc', ['answer', 't1', 'allow']);
			assert.match((await wait).text, /^t1 agent completed/);
		});

	test('of the command shows the question, once', async (t) => {
		const { world, bridge } = await start(t);
		const run = world.run('ccproc', ['run', '-a', ask('x')]);

		await waitFor(() => world.taskDir('t1'));
		await asked(bridge);
		await world.run('ccproc', ['answer', 't1', 'allow']);
		const { code, stderr } = await run;

		assert.equal(code, 0);
		assert.equal(stderr.match(/t1 asks to be allowed "Bash": x; ccproc answer/g)
			.length, 1);
	});

	test('of another session ends for it as well', async (t) => {
		const { world, bridge } = await start(t);

		await bridge.tool('run_task', { prompt: ask('x'), wait_s: 20 });
		const other = world.bridge(owned('somebody'));

		await other.legacy();
		assert.match((await other.tool('check_tasks',
			{ ids: ['t1'], wait_s: 20 })).text, /^t1 needs input/);
	});
});

/** A client whose user sees forms. */
const FORMS = { elicitation: {} };

describe('a client before 2026-07-28', () => {
	const decide = (bridge, id, result) =>
		bridge.send({ jsonrpc: '2.0', id, result });
	const taken = new WeakSet();
	/** The next form, which may have come with the answer before it. */
	const form = async (bridge) => {
		const message = await waitFor(() => bridge.messages.find((one) =>
			one.method === 'elicitation/create' && !taken.has(one)),
		{ what: 'a form' });

		taken.add(message);
		return { ...message.params, id: message.id };
	};

	test('is asked with no call open', async (t) => {
		const { world, bridge } = await start(t,
			{ bridge: owned('me'), capabilities: FORMS });
		const other = world.bridge(owned('somebody'));

		await other.legacy({ capabilities: FORMS });
		await begin(bridge, ask('x'), { label: 'agent' });
		const { id, message, requestedSchema } = await form(bridge);

		assert.equal(message, 't1 agent asks to use "Bash"\nin ' +
			`${world.work}:\n> x`);
		assert.deepEqual(requestedSchema,
			{ type: 'object', properties: {} });
		decide(bridge, id, { action: 'accept', content: {} });
		assert.deepEqual((await answers(bridge)).answers, [ALLOWED]);
		assert.ok(!other.messages.some(({ method }) =>
			method === 'elicitation/create'));
	});

	test('declines', async (t) => {
		const { bridge } = await start(t, { capabilities: FORMS });

		await begin(bridge, ask('x'));
		decide(bridge, (await form(bridge)).id, { action: 'decline' });
		assert.deepEqual((await answers(bridge)).answers, [
			{ behavior: 'deny', message: 'permission denied by the user' }]);
	});

	test('puts it aside: a wait tells the model, others may answer',
		async (t) => {
			const { world, bridge } = await start(t,
				{ capabilities: FORMS });
			const call = bridge.tool('run_task',
				{ prompt: ask('x'), wait_s: 20 });

			decide(bridge, (await form(bridge)).id, { action: 'cancel' });
			assert.match((await call).text, /^t1 needs input/);
			await world.run('ccproc', ['answer', 't1', 'allow']);
			assert.deepEqual((await answers(bridge)).answers, [ALLOWED]);
		});

	test('while the user looks at it a wait goes on', async (t) => {
		const { bridge } = await start(t, { capabilities: FORMS });
		const call = bridge.tool('run_task', { prompt: ask('x'),
			wait_s: 20 });
		const { id } = await form(bridge);

		await asked(bridge);
		decide(bridge, id, { action: 'accept' });
		assert.match((await call).text, /^t1 completed/);
	});

	test('answered elsewhere, the form is taken back', async (t) => {
		const { world, bridge } = await start(t, { capabilities: FORMS });

		await begin(bridge, ask('x'));
		const { id } = await form(bridge);
		const gone = once(bridge, 'notifications/cancelled');

		await world.run('ccproc', ['answer', 't1', 'deny']);
		assert.equal((await within(10000, gone, 'its end'))[0].requestId, id);
		decide(bridge, id, { action: 'accept' }); // too late
		assert.equal((await answers(bridge)).answers[0].behavior, 'deny');
	});

	test('the next daemon takes the form back and asks again, and takes ' +
		'either answer', async (t) => {
		const { world, bridge } = await start(t, { capabilities: FORMS });

		await begin(bridge, ask('x'));
		const { id } = await form(bridge);
		const again = form(bridge);

		await killDaemon(world);
		const second = await again;

		assert.equal(second.id, id);
		assert.ok(bridge.messages.some(({ method, params }) =>
			method === 'notifications/cancelled' &&
			params.requestId === id));
		decide(bridge, id, { action: 'accept' });
		assert.deepEqual((await answers(bridge)).answers, [ALLOWED]);
	});

	test('that comes later is asked, too', async (t) => {
		const { world, bridge } = await start(t, { bridge: owned('me') });

		await begin(bridge, ask('x'));
		await asked(bridge);
		const later = world.bridge(owned('me'));
		const shown = form(later);

		await later.legacy({ capabilities: FORMS });
		decide(later, (await shown).id, { action: 'accept' });
		assert.deepEqual((await answers(bridge)).answers, [ALLOWED]);
	});

	test('inside of a task is not asked: it has no user', async (t) => {
		const { world, bridge } = await start(t, { bridge: owned('me') });
		const inner = world.bridge({ env: { CCPROC_TASK: 't9',
			CLAUDE_CODE_SESSION_ID: 'me' } });

		await inner.legacy({ capabilities: FORMS });
		await begin(bridge, ask('x'));
		await asked(inner);
		assert.deepEqual(inner.messages.filter(({ method }) =>
			method === 'elicitation/create'), []);
	});
});

describe('a client of 2026-07-28', () => {
	async function modern(t, { tasks = false, env } = {}) {
		const world = startWorld(t, { config: { agents: askers } });
		const bridge = world.bridge({ env });

		await bridge.modern();
		bridge.meta[META + 'clientCapabilities'] = { ...FORMS, ...(tasks &&
			{ extensions: { [TASKS_EXTENSION]: {} } }) };
		return { world, bridge };
	}

	const KEY = 't1-q1';

	for (const [tool, args] of [
		['run_task', { prompt: ask('x'), wait_s: 20 }],
		['check_tasks', { ids: ['t1'], wait_s: 20 }]]) {
		test(`${tool} answers with the form, and goes on`, async (t) => {
			const { bridge } = await modern(t);

			if (tool === 'check_tasks')
				await begin(bridge, ask('x'));
			const call = { name: tool, arguments: args };
			const first = await bridge.request('tools/call', call);

			assert.equal(first.resultType, 'input_required');
			assert.equal(first.inputRequests[KEY].method,
				'elicitation/create');
			const second = await bridge.request('tools/call', { ...call,
				requestState: first.requestState,
				inputResponses: { [KEY]: { action: 'accept',
					content: {} } } });

			assert.match(second.content[0].text, /^t1 completed/);
			assert.equal((await bridge.tool('list_tasks',
				{ scope: 'all' })).text.match(/^t\d/gm).length, 1);
			assert.deepEqual((await answers(bridge)).answers, [ALLOWED]);
		});

		test(`${tool}: dismissed, the model is told`, async (t) => {
			const { bridge } = await modern(t);

			if (tool === 'check_tasks')
				await begin(bridge, ask('x'));
			const call = { name: tool, arguments: args };
			const { requestState } = await bridge.request('tools/call', call);
			const { content } = await bridge.request('tools/call', { ...call,
				requestState, inputResponses: { [KEY]:
					{ action: 'cancel' } } });

			assert.match(content[0].text, /^t1 needs input/);
			await asked(bridge);
		});
	}

	test('answers that nobody asked for answer nothing', async (t) => {
		const { bridge } = await modern(t);

		await begin(bridge, ask('x'));
		await asked(bridge);
		const { content } = await bridge.request('tools/call', {
			name: 'check_tasks', arguments: { ids: ['t1'] },
			inputResponses: { [KEY]: { action: 'accept', content: {} } } });

		assert.match(content[0].text, /^t1 needs input/);
		await asked(bridge);
	});

	test('the tasks extension: what input, and the answer', async (t) => {
		const { bridge } = await modern(t, { tasks: true });
		const { taskId } = await bridge.request('tools/call', {
			name: 'run_task', arguments: { prompt: ask('x') } });
		const look = () => bridge.request('tasks/get', { taskId });
		const update = (answer) => bridge.request('tasks/update',
			{ taskId, inputResponses: answer });
		const { status, statusMessage, inputRequests } = await look();

		assert.equal(status, 'input_required');
		assert.match(statusMessage, /^t1 needs input/);
		assert.deepEqual(Object.keys(inputRequests), [KEY]);
		assert.match(inputRequests[KEY].params.message,
			/^t1 asks to use "Bash"\nin .*:\n> x$/);
		await update({ other: { action: 'accept' },
			't1-q2': { action: 'accept' }, [KEY]: { action: 'cancel' } });
		assert.equal((await look()).status, 'input_required');
		await update({ [KEY]: { action: 'accept', content: {} } });
		const done = await waitFor(async () => {
			const task = await look();

			return task.status === 'completed' && task;
		});

		assert.match(done.result.content[0].text, /^t1 completed/);
		await update({ [KEY]: { action: 'decline' } }); // too late
		assert.deepEqual((await answers(bridge)).answers, [ALLOWED]);
	});

	test('a group asks for all of its tasks', async (t) => {
		const { bridge } = await modern(t, { tasks: true });
		const { taskId } = await bridge.request('tools/call', {
			name: 'start_tasks', arguments: { tasks: [
				{ prompt: ask('x') }, { prompt: ask('x') },
				{ command: 'true' }] } });
		const { inputRequests, statusMessage } = await waitFor(async () => {
			const task = await bridge.request('tasks/get', { taskId });

			return Object.keys(task.inputRequests ?? {}).length === 2 && task;
		});

		assert.match(statusMessage, /2 need input/);
		await bridge.request('tasks/update', { taskId, inputResponses:
			Object.fromEntries(Object.keys(inputRequests).map((key) =>
				[key, { action: 'accept' }])) });
		await waitFor(async () => (await bridge.request('tasks/get',
			{ taskId })).status === 'completed');
	});
});

describe('claude -p as a client whose tasks ask',
	{ skip: !claude && 'no claude' }, () => {
		for (const negotiation of ['auto', 'legacy'])
			test(`is told, as it has no user (${negotiation})`,
				async (t) => {
					const { api, world } = await startClaude(t);

					world.env.MCP_PROTOCOL_NEGOTIATION = negotiation;
					await runClaude(world, ['-p', '--strict-mcp-config',
						'--mcp-config', JSON.stringify(
							{ mcpServers: { ccproc: server } }),
						'--allowedTools=mcp__ccproc'], plan(
						use('run_task', { prompt: plan({ calls: [{
							name: 'Bash',
							input: { command: 'touch made' } }] }) }),
						{ text: 'bye' }));
					const [seen] = toolResults(api);

					assert.match(seen, /^t1 needs input · /);
					assert.match(seen, /^q1: allow "Bash": touch made\?$/m);
				});
	});
