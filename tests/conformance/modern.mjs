// 2026-07-28 over HTTP: all requests share one child.  A request gets an id
// of ours on its way in, which is also its progress token and the name of
// its subscription, so that whatever comes back finds the way out by it.
import { mismatch, ParamHeaders } from './headers.mjs';
import { Reply, rpcError, sendEmpty, sendJson } from './reply.mjs';
import { StdioServer } from './stdio.mjs';

const META = 'io.modelcontextprotocol/';
const VERSION = META + 'protocolVersion';
const CAPABILITIES = META + 'clientCapabilities';
const LOG_LEVEL = META + 'logLevel';
const SUBSCRIPTION = META + 'subscriptionId';

const HEADER_MISMATCH = -32020;
const STATUS = { [-32601]: 404, [-32700]: 400, [-32600]: 400,
	[HEADER_MISMATCH]: 400, [-32021]: 400, [-32022]: 400 };

const metaOf = (message) => message.params?._meta;

/** The version that a message says it is of. */
export const versionOf = (message) => metaOf(message)?.[VERSION];

const isObject = (value) => typeof value === 'object' && value !== null;

/** A copy of params or of a result with members of its _meta replaced. */
const withMeta = (part, changes) =>
	({ ...part, _meta: { ...part._meta, ...changes } });

export class Modern {
	#command;
	#complain;
	#server;
	#open = new Map(); // by our id
	#paramHeaders = new ParamHeaders();
	#count = 0;

	constructor(command, complain) {
		this.#command = command;
		this.#complain = complain;
	}

	#child() {
		this.#server ??= new StdioServer(this.#command, {
			take: (message) => this.#take(message),
			gone: () => this.#gone(),
			complain: this.#complain });
		return this.#server;
	}

	post(req, res, message) {
		const version = versionOf(message);

		if (message.id === undefined) {
			this.#child().send(message);
			sendEmpty(res, 202);
			return;
		}
		const bad = typeof version === 'string' && mismatch(req.headers,
			message, version, this.#paramHeaders);

		if (bad)
			sendJson(res, 400, rpcError(message.id, HEADER_MISMATCH,
				`the header ${bad} does not repeat what the body says`));
		else
			this.#pass(res, message);
	}

	#pass(res, message) {
		const id = `http-${++this.#count}`;
		const meta = metaOf(message);
		const token = meta?.progressToken;
		const server = this.#child();

		this.#open.set(id, { id: message.id, token, method: message.method,
			logs: meta?.[LOG_LEVEL] !== undefined,
			whole: typeof meta?.[VERSION] === 'string' &&
				isObject(meta[CAPABILITIES]),
			reply: new Reply(res) });
		res.once('close', () => {
			if (this.#open.delete(id))
				server.send({ jsonrpc: '2.0',
					method: 'notifications/cancelled', params:
					{ requestId: id, reason: 'the HTTP client went' } });
		});
		server.send({ ...message, id, ...(token !== undefined && { params:
			withMeta(message.params, { progressToken: id }) }) });
	}

	#take(message) {
		if (message.method === undefined)
			this.#answer(message);
		else if (message.id !== undefined)
			this.#complain('the server sent a request, which 2026-07-28 ' +
				`does not have: ${message.method}`);
		else
			this.#notice(message);
	}

	#answer(message) {
		const call = this.#open.get(message.id);

		if (call === undefined)
			return; // its client has gone, or the id was not told
		this.#open.delete(message.id);
		const { result, error } = message;
		const out = { ...message, id: call.id };

		if (call.method === 'tools/list' && Array.isArray(result?.tools))
			this.#paramHeaders.learn(result.tools);
		if (result?._meta?.[SUBSCRIPTION] !== undefined)
			out.result = withMeta(result, { [SUBSCRIPTION]: call.id });
		call.reply.answer(out, error === undefined ? 200 :
			!call.whole && error.code === -32602 ? 400 :
			STATUS[error.code] ?? 200);
	}

	/** The call that a notice belongs to, and the notice as its client's. */
	#notice(message) {
		const { method, params = {} } = message;
		const subscription = params._meta?.[SUBSCRIPTION];
		let call, told = params;

		if (subscription !== undefined) {
			call = this.#open.get(subscription);
			told = withMeta(params, { [SUBSCRIPTION]: call?.id });
		} else if (method === 'notifications/progress') {
			call = this.#open.get(params.progressToken);
			told = { ...params, progressToken: call?.token };
		} else if (method === 'notifications/cancelled') {
			call = this.#open.get(params.requestId);
			told = { ...params, requestId: call?.id };
		} else if (method === 'notifications/message') {
			call = [...this.#open.values()].filter(({ logs }) => logs).at(-1);
		}
		if (call !== undefined)
			call.reply.event({ ...message, params: told });
		else if (method === 'notifications/message' ||
			subscription === undefined &&
			method !== 'notifications/progress' &&
			method !== 'notifications/cancelled')
			this.#complain(`the server sent ${method}, which nobody ` +
				'had asked for');
	}

	#gone() {
		this.#server = undefined;
		for (const { id, reply } of this.#open.values())
			reply.answer(rpcError(id, -32603, 'the server has ended'), 500);
		this.#open.clear();
	}

	close() {
		return this.#server?.close();
	}
}
