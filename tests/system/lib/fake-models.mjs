// Fakes, on loopback, of the APIs that codex and gemini talk to.  The model
// calls a tool first, if one was given and is offered, and then says words.
import http from 'node:http';

const WORDS = ['hello ', 'from a model'];

const send = (res, events) => {
	res.writeHead(200, { 'content-type': 'text/event-stream' });
	for (const event of events)
		res.write((event.type ? `event: ${event.type}\n` : '') +
			`data: ${JSON.stringify(event)}\n\n`);
	res.end();
};

/** The Responses API of OpenAI. */
function respond(res, call, text) {
	const id = `resp_${Date.now()}`;
	const item = call ? { type: 'function_call', id: 'fc_1',
		call_id: 'call_1', namespace: 'mcp__ccproc', name: call.name,
		arguments: JSON.stringify(call.args) } :
		{ type: 'message', role: 'assistant', id: 'msg_1',
			content: [{ type: 'output_text', text }] };

	send(res, [{ type: 'response.created', response: { id } },
		{ type: 'response.output_item.added', output_index: 0, item },
		{ type: 'response.output_item.done', output_index: 0, item },
		{ type: 'response.completed', response: { id, output: [item],
			usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2,
				input_tokens_details: { cached_tokens: 0 },
				output_tokens_details: { reasoning_tokens: 0 } } } }]);
}

/** The API of Gemini, which streams in parts. */
function generate(res, call) {
	const parts = call ? [{ functionCall: {
		name: `mcp_ccproc_${call.name}`, args: call.args } }] :
		WORDS.map((text) => ({ text }));

	send(res, parts.map((part, i) => ({ candidates: [{ index: 0,
		content: { role: 'model', parts: [part] },
		...(i === parts.length - 1 && { finishReason: 'STOP' }) }],
	usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1,
		totalTokenCount: 2 } })));
}

/** Starts them: { url, bodies, close() }; call is { name, args }. */
export async function startFakeModels({ call } = {}) {
	const bodies = [];
	const server = http.createServer(async (req, res) => {
		let data = '';

		for await (const piece of req.setEncoding('utf8'))
			data += piece;
		const due = call && data.includes('ccproc') &&
			!/function_call_output|functionResponse/.test(data) ?
			call : undefined;

		if (req.url.endsWith('/responses')) {
			bodies.push(data);
			respond(res, due, WORDS.join(''));
		} else if (req.url.includes(':streamGenerateContent')) {
			bodies.push(data);
			generate(res, due);
		} else {
			res.writeHead(404, { 'content-type': 'application/json' });
			res.end('{}');
		}
	});

	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	return { url: `http://127.0.0.1:${server.address().port}`, bodies,
		close: () => new Promise((done) => {
			server.close(done);
			server.closeAllConnections?.();
		}) };
}
