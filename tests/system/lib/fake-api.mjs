// A fake of the Messages API on loopback for the real `claude`.  The prompt
// is the script: plan(step, ...) returns a word to put into it, and each turn
// of the model takes the next step.  A step has any of
//
//	text     what the model says; many: repeated that often
//	calls    tools to use, [{ name, input }, ...]
//	echo     say what came back from the last tools
//	delay    ms to wait before answering
//	hang     never answer
//	pause    ms between the pieces of a streamed text
//	status   answer with this HTTP error; times: only so often, then go on
//
// Tools that the client has deferred are loaded by ToolSearch first, as a
// model would do; that turn takes no step.
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const MARK = /FAKE:([A-Za-z0-9_-]+)/g;
const SEARCH_ID = 'toolu_search';
const ERRORS = { 400: 'invalid_request_error', 401: 'authentication_error',
	403: 'permission_error', 404: 'not_found_error',
	429: 'rate_limit_error', 500: 'api_error', 529: 'overloaded_error' };

/** The script of a conversation as a word; base64, so that it can be nested. */
export const plan = (...steps) =>
	'FAKE:' + Buffer.from(JSON.stringify(steps)).toString('base64url');

const blocks = ({ content }) => typeof content === 'string' ?
	[{ type: 'text', text: content }] : content ?? [];

const textOf = (block) => typeof block.content === 'string' ? block.content :
	(block.content ?? []).map((part) => part.text ?? '').join('\n');

/** The results of the tools in the last message. */
const results = (messages) => blocks(messages.at(-1))
	.filter((block) => block.type === 'tool_result');

/** The last script in the user's messages, and the turns taken since. */
function findPlan(messages) {
	let steps, at = 0;

	for (const message of messages) {
		if (message.role === 'assistant') {
			at += !blocks(message).some((block) =>
				block.id?.startsWith(SEARCH_ID));
			continue;
		}
		for (const block of blocks(message)) {
			const word = block.type === 'text' &&
				[...block.text.matchAll(MARK)].at(-1);

			if (!word)
				continue;
			steps = JSON.parse(Buffer.from(word[1], 'base64url'));
			at = 0;
		}
	}
	return { steps, at };
}

/** The call of ToolSearch for those tools that have not been loaded yet. */
function search(calls, body, id) {
	const offered = new Set((body.tools ?? []).map((tool) => tool.name));
	const asked = JSON.stringify(body.messages.filter((message) =>
		message.role === 'assistant'));
	const missing = calls.map((call) => call.name)
		.filter((name) => !offered.has(name) &&
			!asked.includes(`"select:${name}`));

	if (missing.length === 0 || !offered.has('ToolSearch'))
		return undefined;
	return [{ type: 'tool_use', id: SEARCH_ID + id, name: 'ToolSearch',
		input: { query: `select:${missing.join(',')}`, max_results: 20 } }];
}

function contentOf(step, body, id) {
	const calls = step.calls ?? [];
	const text = (step.text ?? '').repeat(step.many ?? 1) + (step.echo ?
		results(body.messages).map(textOf).join('\n') : '');

	return search(calls, body, id) ?? [
		...(text !== '' ? [{ type: 'text', text }] : []),
		...calls.map(({ name, input = {} }, n) =>
			({ type: 'tool_use', id: `toolu_${id}_${n}`, name, input })),
	];
}

/** The events of a streamed answer. */
function* events({ content, stop_reason, usage, ...head }) {
	yield { type: 'message_start', message: { ...head, content: [],
		stop_reason: null, stop_sequence: null, usage } };
	for (const [index, block] of content.entries()) {
		const text = block.type === 'text';

		yield { type: 'content_block_start', index, content_block:
			text ? { type: 'text', text: '' } : { ...block, input: {} } };
		for (const piece of text ? block.text.match(/[^]{1,200}/g) :
			[JSON.stringify(block.input)])
			yield { type: 'content_block_delta', index, delta: text ?
				{ type: 'text_delta', text: piece } :
				{ type: 'input_json_delta', partial_json: piece } };
		yield { type: 'content_block_stop', index };
	}
	yield { type: 'message_delta', usage,
		delta: { stop_reason, stop_sequence: null } };
	yield { type: 'message_stop' };
}

async function stream(res, message, pause = 0) {
	res.writeHead(200, { 'content-type': 'text/event-stream' });
	for (const event of events(message)) {
		res.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
		if (pause && event.type === 'content_block_delta')
			await sleep(pause);
	}
	res.end();
}

function json(res, value, status = 200) {
	res.writeHead(status, { 'content-type': 'application/json' });
	res.end(JSON.stringify(value));
}

const error = (res, status, message) => json(res, { type: 'error',
	error: { type: ERRORS[status] ?? 'api_error', message } }, status);

/**
 * Starts it: { url, requests, refused, close() }.  requests holds the body of
 * each request for a turn of the model.  With a limit { turns, ms } it answers
 * 429 to what is more in any time of that length; refused counts these.
 *
 * window { claim, until } stands for a window of the account that is used up
 * until then, ms since 1970: what comes before is refused as the API does it,
 * and kept in `early`.  at has the time of each of the requests.
 */
export async function startFakeApi({ limit } = {}) {
	const requests = [];
	const answered = []; // when, of those under the limit
	const early = [], arrived = [];
	let refused = 0, window;
	const failed = new Map(); // by script: how often it has failed
	let count = 0;

	async function turn(res, body) {
		const id = String(++count);
		const { steps, at } = findPlan(body.messages);
		// A request that is not of the conversation has no tools.
		const aside = !body.tools?.length;
		const step = aside ? { text: '{}' } :
			steps === undefined ? { text: 'hello' } :
			steps[at] ?? { text: 'the script has ended' };
		const key = JSON.stringify([steps, at]);

		if (!aside && limit) {
			const now = Date.now();

			if (answered.filter((at) => now - at < limit.ms).length >=
				limit.turns) {
				refused++;
				error(res, 429, 'too many requests');
				return;
			}
			answered.push(now);
		}
		if (!aside && Date.now() < window?.until) {
			early.push(body);
			res.setHeader('anthropic-ratelimit-unified-status', 'rejected');
			res.setHeader('anthropic-ratelimit-unified-representative-claim',
				window.claim);
			res.setHeader('anthropic-ratelimit-unified-reset',
				Math.floor(window.until / 1000));
			error(res, 429, 'usage limit reached');
			return;
		}
		if (!aside) {
			requests.push(body);
			arrived.push(Date.now());
		}
		await sleep(step.delay ?? 0);
		if (step.hang)
			return;
		if (step.status && (failed.get(key) ?? 0) < (step.times ?? Infinity)) {
			failed.set(key, (failed.get(key) ?? 0) + 1);
			error(res, step.status, `fake error ${step.status}`);
			return;
		}
		const content = contentOf(step, body, id);
		const message = { id: `msg_${id}`, type: 'message',
			role: 'assistant', model: body.model, content,
			stop_reason: content.some((block) =>
				block.type === 'tool_use') ? 'tool_use' : 'end_turn',
			stop_sequence: null,
			usage: { input_tokens: 100, output_tokens: 10 } };

		if (body.stream)
			await stream(res, message, step.pause);
		else
			json(res, message);
	}

	const server = http.createServer(async (req, res) => {
		const data = [];
		const path = req.url.split('?')[0];

		res.on('error', () => {}); // the client may have been stopped
		try {
			for await (const piece of req)
				data.push(piece);
			if (path === '/v1/messages')
				await turn(res, JSON.parse(Buffer.concat(data)));
			else if (path === '/v1/messages/count_tokens')
				json(res, { input_tokens: 100 });
			else
				error(res, 404, `no ${req.method} ${path} here`);
		} catch (cause) {
			if (!res.destroyed)
				error(res, 500, String(cause.stack));
		}
	});

	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	return {
		url: `http://127.0.0.1:${server.address().port}`,
		requests,
		early,
		at: arrived,
		set window(value) {
			window = value;
		},
		get refused() {
			return refused;
		},
		close: () => new Promise((done) => {
			server.close(done);
			server.closeAllConnections?.();
		}),
	};
}
