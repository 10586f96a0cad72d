// The two shapes of an HTTP response to one JSON-RPC request.
const JSON_TYPE = { 'content-type': 'application/json' };
const STREAM_TYPE = { 'content-type': 'text/event-stream',
	'cache-control': 'no-cache' };

/** A JSON-RPC error; the id is left out when it is not known. */
export const rpcError = (id, code, message, data) => ({ jsonrpc: '2.0',
	...(id !== undefined && { id }),
	error: { code, message, ...(data !== undefined && { data }) } });

export function sendJson(res, status, body, headers = {}) {
	res.writeHead(status, { ...JSON_TYPE, ...headers });
	res.end(JSON.stringify(body));
}

export function sendEmpty(res, status, headers = {}) {
	res.writeHead(status, headers);
	res.end();
}

/** A stream of events that lasts until its client goes. */
export class EventStream {
	#res;

	constructor(res, headers = {}) {
		this.#res = res;
		res.writeHead(200, { ...STREAM_TYPE, ...headers });
		res.flushHeaders();
	}

	event(message) {
		this.#res.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
	}

	end() {
		this.#res.end();
	}
}

/**
 * What answers a request: plain JSON when nothing comes before the answer,
 * else a stream whose last event is the answer.
 */
export class Reply {
	#res;
	#headers;
	#stream;

	constructor(res, headers = {}) {
		this.#res = res;
		this.#headers = headers;
	}

	event(message) {
		this.#stream ??= new EventStream(this.#res, this.#headers);
		this.#stream.event(message);
	}

	answer(message, status = 200) {
		if (this.#stream === undefined) {
			sendJson(this.#res, status, message, this.#headers);
			return;
		}
		this.#stream.event(message);
		this.#stream.end();
	}
}
