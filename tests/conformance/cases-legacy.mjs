// Conversations of 2024-11-05 to 2025-11-25, and lines of no era, for the
// comparison of two servers that have the suite's fixtures.
import { modern } from './peer.mjs';

const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];
const ABLE = { elicitation: {}, sampling: {}, roots: {} };

const call = (peer, name, args = {}, more = {}) =>
	peer.ask('tools/call', { name, arguments: args, ...more });

/** Replies to what a server may ask. */
const REPLIES = {
	'elicitation/create': () => ({ action: 'accept', content: {
		username: 'ann', email: 'ann@example.com', name: 'Ann' } }),
	'sampling/createMessage': () => ({ role: 'assistant', model: 'm',
		content: { type: 'text', text: 'Paris' } }),
	'roots/list': () => ({ roots: [{ uri: 'file:///x', name: 'x' }] }),
};

async function questions(peer) {
	peer.replies = REPLIES;
	await peer.legacy('2025-11-25', ABLE);
	await call(peer, 'test_sampling', { prompt: 'say it' });
	await call(peer, 'test_elicitation', { message: 'who?' });
	await call(peer, 'test_elicitation_sep1034_defaults');
	await call(peer, 'test_elicitation_sep1330_enums');
	await call(peer, 'test_input_required_result_elicitation');
	for (const action of ['decline', 'cancel']) {
		peer.replies = { 'elicitation/create': () => ({ action }) };
		await call(peer, 'test_elicitation', { message: 'who?' });
	}
}

async function unable(peer) {
	await peer.legacy();
	for (const [name, args] of [['test_sampling', { prompt: 'say it' }],
		['test_elicitation', { message: 'who?' }]]) {
		const { error, result } = await peer.quietly(() =>
			call(peer, name, args));

		peer.note(error !== undefined || result?.isError === true);
	}
}

/** The experimental tasks of 2025-11-25. */
async function coreTasks(peer) {
	const { result: hello } = await peer.legacy();

	if (hello?.capabilities?.tasks === undefined) {
		peer.lacks = 'tasks in 2025-11-25';
		return;
	}
	const { result } = await call(peer, 'slow_compute',
		{ seconds: 0.2, label: 'x' }, { task: { ttl: 60000 } });
	const taskId = result?.task?.taskId;

	await peer.quietly(() => peer.ask('tasks/result', { taskId }, 'wait'));
	await peer.ask('tasks/get', { taskId });
	await peer.ask('tasks/result', { taskId });
	await peer.ask('tasks/list', {});
	await peer.ask('tasks/cancel', { taskId });
	await peer.ask('tasks/get', { taskId: 'none' });
	await call(peer, 'greet', { name: 'x' }, { task: {} });
}

async function lines(peer) {
	for (const line of ['no JSON', '{"jsonrpc":"2.0","id":1', '[]', '[1]',
		'7', 'null', '"text"', '{}', '{"id":1,"method":"ping"}',
		'{"jsonrpc":"1.0","id":1,"method":"ping"}',
		'{"jsonrpc":"2.0","id":null,"method":"ping"}',
		'{"jsonrpc":"2.0","id":{},"method":"ping"}',
		'{"jsonrpc":"2.0","id":1,"method":7}',
		'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}',
		'{"jsonrpc":"2.0","id":"1","method":"ping"}',
		'{"jsonrpc":"2.0","id":0,"method":"ping"}',
		'{"jsonrpc":"2.0","id":-9007199254740991,"method":"ping"}',
		' {"method":"ping","jsonrpc":"2.0","id":"äöü"} '])
		await peer.line(line);
	// none of these has an answer
	peer.tell('notifications/unknown');
	peer.tell('notifications/cancelled', { requestId: 'none' });
	peer.tell('notifications/cancelled');
	await peer.ask('ping', {});
}

export const LEGACY_CASES = {
	lines,
	...Object.fromEntries(VERSIONS.map((version) =>
		[`the handshake of ${version}`, async (peer) => {
			await peer.legacy(version);
			await peer.ask('tools/list', {});
			await peer.ask('ping', {});
			await call(peer, 'test_simple_text');
		}])),
	async 'handshakes that go wrong'(peer) {
		await peer.ask('initialize', {});
		await peer.ask('initialize', { protocolVersion: 7,
			capabilities: {} });
		await peer.legacy('2099-01-01');
		await peer.legacy('2025-06-18');
		await peer.ask('ping', {});
	},
	async 'before the handshake'(peer) {
		for (const method of ['ping', 'tools/list', 'tools/call',
			'resources/list', 'unknown/method', 'subscriptions/listen'])
			await peer.ask(method, {});
	},
	async 'both eras'(peer) {
		await peer.ask('server/discover', modern());
		await peer.legacy();
		await peer.ask('tools/list', {});
		await peer.ask('tools/list', modern());
		await call(peer, 'test_simple_text');
		await peer.call('test_simple_text', {});
	},
	async 'unknown methods'(peer) {
		await peer.legacy();
		for (const method of ['unknown/method', 'tasks/update', ''])
			await peer.ask(method, {});
	},
	async 'lists and what they name'(peer) {
		await peer.legacy();
		for (const method of ['tools/list', 'prompts/list', 'resources/list',
			'resources/templates/list']) {
			await peer.ask(method, {});
			await peer.ask(method, { cursor: 'no such cursor' });
		}
		for (const uri of ['test://static-text', 'test://static-binary',
			'test://template/7/data', 'test://nowhere'])
			await peer.ask('resources/read', { uri });
		await peer.ask('prompts/get', { name: 'test_simple_prompt' });
		await peer.ask('prompts/get', { name: 'no_such' });
	},
	async 'tools'(peer) {
		await peer.legacy();
		for (const name of ['test_simple_text', 'test_image_content',
			'test_audio_content', 'test_embedded_resource',
			'test_multiple_content_types', 'test_error_handling', 'no_such'])
			await call(peer, name);
		await call(peer, 'greet', { name: 'Ann' });
		await call(peer, 'test_elicitation', {});
	},
	async 'progress'(peer) {
		await peer.legacy();
		await call(peer, 'test_tool_with_progress', {},
			{ _meta: { progressToken: 'token' } });
	},
	async 'log messages'(peer) {
		await peer.legacy();
		await call(peer, 'test_tool_with_logging');
		await peer.ask('logging/setLevel', { level: 'loud' });
		await peer.ask('logging/setLevel', { level: 'error' });
		await call(peer, 'test_tool_with_logging');
	},
	async 'subscriptions'(peer) {
		await peer.legacy();
		for (const method of ['resources/subscribe', 'resources/unsubscribe'])
			await peer.ask(method, { uri: 'test://watched-resource' });
	},
	async 'list_changed'(peer) {
		await peer.legacy();
		await call(peer, 'test_trigger_tool_change');
		await call(peer, 'test_trigger_prompt_change');
	},
	'questions': questions,
	'questions to who cannot answer': unable,
	'tasks of 2025-11-25': coreTasks,
	async 'a batch'(peer) {
		await peer.legacy('2025-06-18');
		await peer.line('[{"jsonrpc":"2.0","id":"a","method":"ping"}]');
	},
	async 'a call that is cancelled'(peer) {
		await peer.legacy();
		const id = peer.begin('tools/call', { name: 'slow_compute',
			arguments: { seconds: 1, label: 'x' } });

		peer.tell('notifications/cancelled', { requestId: id });
		await call(peer, 'slow_compute', { seconds: 1.5, label: 'later' });
	},
};
