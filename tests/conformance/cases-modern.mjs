// Conversations of 2026-07-28 for the comparison of two servers that have
// the suite's fixtures.  Each begins on a connection of its own.
import { modern, TASKS } from './peer.mjs';

const META = 'io.modelcontextprotocol/';
const ELICIT = { elicitation: {} };
const ALL = { elicitation: { form: {} }, sampling: {}, roots: {} };

const accept = (content) => ({ action: 'accept', content });

/** Calls of fixtures that are answered at once, by name. */
const PLAIN = { test_simple_text: {}, test_image_content: {},
	test_audio_content: {}, test_embedded_resource: {},
	test_multiple_content_types: {}, test_error_handling: {},
	greet: { name: 'Ann' },
	test_tool_with_logging: {}, test_logging_tool: {},
	slow_compute: { seconds: 0, label: 'quick' } };

/** Answers to the first input_required, by tool. */
const INPUTS = {
	test_input_required_result_elicitation:
		{ user_name: accept({ name: 'Ann' }) },
	test_input_required_result_sampling: { capital_question:
		{ role: 'assistant', model: 'm', content:
			{ type: 'text', text: 'Paris' } } },
	test_input_required_result_list_roots:
		{ client_roots: { roots: [{ uri: 'file:///x', name: 'x' }] } },
	test_input_required_result_request_state:
		{ confirm: accept({ ok: true }) },
};

async function envelopes(peer) {
	for (const meta of [undefined, {}, 7, [],
		{ [META + 'protocolVersion']: '2026-07-28' },
		{ [META + 'clientCapabilities']: {} },
		{ [META + 'protocolVersion']: 7, [META + 'clientCapabilities']: {} },
		{ [META + 'protocolVersion']: '2026-07-28',
			[META + 'clientCapabilities']: [] },
		{ [META + 'protocolVersion']: '1900-01-01',
			[META + 'clientCapabilities']: {} },
		{ [META + 'protocolVersion']: '2025-11-25',
			[META + 'clientCapabilities']: {} }])
		await peer.ask('server/discover', { _meta: meta });
	for (const change of [{ [META + 'clientInfo']: 'me' },
		{ [META + 'clientInfo']: { name: 'me' } },
		{ [META + 'clientInfo']: { name: 'me', version: '1' } },
		{ [META + 'logLevel']: 'loud' }, { [META + 'logLevel']: 'debug' }])
		await peer.ask('tools/list', modern({}, change));
}

async function inputs(peer, name, responses) {
	const meta = { capabilities: ALL };

	await peer.call(name, {}, { capabilities: {} });
	const { result } = await peer.call(name, {}, meta);
	const again = (inputResponses, requestState = result?.requestState) =>
		peer.ask('tools/call', modern({ name, arguments: {}, inputResponses,
			...(requestState !== undefined && { requestState }) }, meta));
	const [key] = Object.keys(responses);

	await again({});
	await again({ other: accept({}) });
	await again({ [key]: 7 });
	if (result?.requestState !== undefined)
		await again(responses, 'e30.forged');
	await again({ ...responses, other: accept({}) });
	await again(responses);
}

async function rounds(peer) {
	const name = 'test_input_required_result_multi_round';
	const meta = { capabilities: ELICIT };
	const step = (more = {}) => peer.ask('tools/call',
		modern({ name, arguments: {}, ...more }, meta));
	const one = await step();
	const two = await step({ requestState: one.result?.requestState,
		inputResponses: { step1: accept({ name: 'Ann' }) } });

	await step({ requestState: two.result?.requestState,
		inputResponses: { step2: accept({ color: 'blue' }) } });
}

/** Creates a task and asks for it until it has ended. */
async function runTask(peer, name, args) {
	const meta = { capabilities: TASKS };
	const { result } = await peer.call(name, args, meta);
	const taskId = result?.taskId;

	if (taskId === undefined)
		return;
	for (let status = 'working'; status === 'working';) {
		const answer = await peer.quietly(() =>
			peer.ask('tasks/get', modern({ taskId }, meta), 'poll'));

		status = answer.result?.status;
	}
	await peer.ask('tasks/get', modern({ taskId }, meta));
	await peer.ask('tasks/cancel', modern({ taskId }, meta));
	await peer.ask('tasks/update',
		modern({ taskId, inputResponses: {} }, meta));
	await peer.ask('tasks/get', modern({ taskId }, meta));
	await peer.ask('tasks/get', modern({ taskId }));
}

/** A task that asks, on a listen that hears of it. */
async function askingTask(peer) {
	const meta = { capabilities: { ...TASKS, ...ELICIT } };
	const { result } = await peer.call('confirm_delete',
		{ filename: 'x' }, meta);
	const taskId = result?.taskId;
	let answer;

	do
		answer = await peer.quietly(() =>
			peer.ask('tasks/get', modern({ taskId }, meta), 'poll'));
	while (answer.result?.status === 'working');
	await peer.ask('tasks/get', modern({ taskId }, meta));
	const heard = peer.notice('notifications/tasks',
		({ status }) => status === 'completed');

	peer.begin('subscriptions/listen', modern(
		{ notifications: { taskIds: [taskId, 'none'] } }, meta), 'listen');
	await peer.notice('notifications/subscriptions/acknowledged');
	await peer.ask('tasks/update', modern({ taskId,
		inputResponses: { other: accept({}) } }, meta));
	await peer.quietly(() => Promise.all([heard,
		peer.ask('tasks/update', modern({ taskId, inputResponses:
			{ confirm: accept({ confirm: true }) } }, meta))]));
	peer.messages.push(await heard); // before or after the answer
	await peer.ask('tasks/get', modern({ taskId }, meta));
}

async function listens(peer) {
	await peer.ask('subscriptions/listen', modern());
	for (const notifications of [{ toolsListChanged: true },
		{ promptsListChanged: true, resourcesListChanged: false },
		{ resourceSubscriptions: ['test://watched-resource'] }, {}]) {
		const acknowledged = peer.notice(
			'notifications/subscriptions/acknowledged');

		peer.begin('subscriptions/listen', modern({ notifications }));
		await acknowledged;
	}
	await peer.ask('subscriptions/listen', modern({ notifications: 7 }));
	await peer.ask('subscriptions/listen',
		modern({ notifications: { taskIds: ['x'] } }));
}

/** What changes is told on the listens that want it, until they end. */
async function changes(peer) {
	for (const [id, notifications] of [[0, { toolsListChanged: true }],
		['p', { promptsListChanged: true }]]) {
		const acknowledged = peer.notice(
			'notifications/subscriptions/acknowledged');

		peer.begin('subscriptions/listen', modern({ notifications }), id);
		await acknowledged;
	}
	await peer.call('test_trigger_tool_change', {});
	await peer.call('test_trigger_prompt_change', {});
	await peer.ask('tools/list', modern());
	peer.tell('notifications/cancelled', { requestId: 0 });
	await peer.call('test_trigger_tool_change', {});
	await peer.call('test_trigger_prompt_change', {});
	await peer.hangUp(); // the other one gets its result
}

async function cancelled(peer) {
	const id = peer.begin('tools/call', modern({ name: 'slow_compute',
		arguments: { seconds: 1, label: 'x' } }));

	peer.tell('notifications/cancelled', modern({ requestId: id }));
	peer.tell('notifications/cancelled', modern({ requestId: 'none' }));
	await peer.call('slow_compute', { seconds: 1.5, label: 'later' });
}

export const MODERN_CASES = {
	'discover': (peer) => peer.ask('server/discover', modern()),
	envelopes,
	async 'removed and unknown methods'(peer) {
		for (const method of ['initialize', 'ping', 'logging/setLevel',
			'resources/subscribe', 'resources/unsubscribe', 'tasks/list',
			'tasks/result', 'unknown/method', ''])
			await peer.ask(method, modern({ protocolVersion: '2026-07-28',
				level: 'info', uri: 'x', taskId: 'x' }));
	},
	async 'lists'(peer) {
		for (const method of ['tools/list', 'prompts/list', 'resources/list',
			'resources/templates/list']) {
			await peer.ask(method, modern());
			await peer.ask(method, modern({ cursor: 'no such cursor' }));
		}
	},
	async 'resources'(peer) {
		for (const uri of ['test://static-text', 'test://static-binary',
			'test://template/7/data', 'test://nowhere'])
			await peer.ask('resources/read', modern({ uri }));
	},
	async 'prompts'(peer) {
		for (const [name, args] of [['test_simple_prompt'],
			['test_prompt_with_arguments', { arg1: 'a', arg2: 'b' }],
			['test_prompt_with_embedded_resource', { resourceUri: 'x://y' }],
			['test_prompt_with_image'], ['no_such'], [7], [undefined],
			['test_prompt_with_arguments', { arg1: 'a' }]])
			await peer.ask('prompts/get', modern({ name, arguments: args }));
	},
	async 'a prompt that asks'(peer) {
		const get = (more) => peer.ask('prompts/get', modern(
			{ name: 'test_input_required_result_prompt', ...more },
			{ capabilities: ELICIT }));
		const { result } = await get({});

		const { result: prompt } = await peer.quietly(() => get({
			requestState: result?.requestState, inputResponses:
				{ user_context: accept({ context: 'words' }) } }));

		peer.note(/words/.test(prompt?.messages?.[0]?.content.text));
	},
	'completion': (peer) => peer.ask('completion/complete', modern({
		ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' },
		argument: { name: 'arg1', value: 'par' } })),
	async 'plain tools'(peer) {
		for (const [name, args] of Object.entries(PLAIN))
			await peer.call(name, args);
	},
	async 'wrong calls'(peer) {
		for (const params of [{}, { name: 7 }, { name: 'no_such' },
			{ name: 'test_elicitation', arguments: {} }])
			await peer.ask('tools/call', modern(params,
				{ capabilities: ALL }));
	},
	async 'progress'(peer) {
		await peer.call('test_tool_with_progress', {});
		await peer.call('test_tool_with_progress', {},
			{ progressToken: 'token' });
		await peer.call('test_tool_with_progress', {}, { progressToken: 0 });
	},
	async 'log messages'(peer) {
		for (const level of ['debug', 'info', 'error'])
			await peer.call('test_logging_tool', {},
				{ [META + 'logLevel']: level });
	},
	'capabilities that are missing': (peer) =>
		peer.call('test_missing_capability', {}),
	...Object.fromEntries(Object.entries(INPUTS).map(([name, responses]) =>
		[name, (peer) => inputs(peer, name, responses)])),
	rounds,
	async 'only what the client can be asked'(peer) {
		for (const capabilities of [{}, ELICIT, { sampling: {} }])
			await peer.call('test_input_required_result_capabilities', {},
				{ capabilities });
	},
	async 'several inputs'(peer) {
		await peer.call('test_input_required_result_multiple_inputs', {},
			{ capabilities: ALL });
	},
	'a task': (peer) => runTask(peer, 'slow_compute',
		{ seconds: 0.3, label: 'x' }),
	'a task that fails': (peer) => runTask(peer, 'failing_job', {}),
	'a task with a protocol error': (peer) =>
		runTask(peer, 'protocol_error_job', {}),
	'a task that asks': askingTask,
	async 'a task that is cancelled'(peer) {
		const meta = { capabilities: TASKS };
		const { result } = await peer.call('slow_compute',
			{ seconds: 60, label: 'x' }, meta);

		await peer.ask('tasks/cancel',
			modern({ taskId: result?.taskId }, meta));
		await peer.ask('tasks/get', modern({ taskId: result?.taskId }, meta));
	},
	async 'tasks that are not there'(peer) {
		for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel'])
			for (const taskId of ['none', '', 7, undefined])
				await peer.ask(method, modern({ taskId, inputResponses: {} },
					{ capabilities: TASKS }));
	},
	async 'tasks without the extension'(peer) {
		await peer.call('failing_job', {});
		for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel'])
			await peer.ask(method, modern({ taskId: 'x' }));
	},
	listens,
	changes,
	cancelled,
};
