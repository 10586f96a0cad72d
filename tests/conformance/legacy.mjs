// 2024-11-05 to 2025-11-25 over HTTP: a child for each session.
import { randomUUID } from 'node:crypto';

import { EventStream, Reply, rpcError, sendEmpty, sendJson } from './reply.mjs';
import { StdioServer } from './stdio.mjs';

const SESSION = 'mcp-session-id';
const NOT_FOUND = -32001;

class Session {
	#open = new Map(); // by the client's ids
	#tokens = new Map();
	#waiting = [];     // for a stream that somebody opens
	#stream;
	#server;

	constructor(command, { complain, gone }) {
		this.id = randomUUID();
		this.version = undefined; // that was agreed on
		this.#server = new StdioServer(command, { complain,
			take: (message) => this.#take(message),
			gone: () => {
				gone();
				for (const [id, reply] of this.#open)
					reply.answer(rpcError(id, -32603,
						'the server has ended'), 500);
				this.#open.clear();
				this.#stream?.end();
			} });
	}

	#take(message) {
		if (message.method === undefined) {
			this.version ??= message.result?.protocolVersion;
			this.#open.get(message.id)?.answer(message);
			this.#open.delete(message.id);
			return;
		}
		// What has no token of its own goes to the newest request.
		const place = this.#tokens.get(message.params?.progressToken) ??
			[...this.#open.values()].at(-1) ?? this.#stream;

		if (place !== undefined)
			place.event(message);
		else
			this.#waiting.push(message);
	}

	post(res, message) {
		if (message.method === undefined || message.id === undefined) {
			this.#server.send(message);
			sendEmpty(res, 202);
			return;
		}
		const reply = new Reply(res, { [SESSION]: this.id });
		const token = message.params?._meta?.progressToken;

		this.#open.set(message.id, reply);
		if (token !== undefined)
			this.#tokens.set(token, reply);
		// a client that goes has not cancelled anything
		res.once('close', () => {
			this.#open.delete(message.id);
			this.#tokens.delete(token);
		});
		this.#server.send(message);
	}

	listen(res) {
		const stream = new EventStream(res);

		this.#stream = stream;
		for (const message of this.#waiting.splice(0))
			stream.event(message);
		res.once('close', () => {
			if (this.#stream === stream)
				this.#stream = undefined;
		});
	}

	close() {
		return this.#server.close();
	}
}

export class Legacy {
	#sessions = new Map();
	#ending = new Set();
	#command;
	#complain;

	constructor(command, complain) {
		this.#command = command;
		this.#complain = complain;
	}

	#begin() {
		const session = new Session(this.#command, {
			complain: this.#complain,
			gone: () => this.#sessions.delete(session.id) });

		this.#sessions.set(session.id, session);
		return session;
	}

	/** The session of a request; answers the request when there is none. */
	#find(req, res, status) {
		const id = req.headers[SESSION];
		const session = this.#sessions.get(id);
		const version = req.headers['mcp-protocol-version'];

		if (id === undefined)
			sendJson(res, status, rpcError(undefined, -32600,
				'the header Mcp-Session-Id is missing'), { allow: 'POST' });
		else if (session === undefined)
			sendJson(res, 404, rpcError(undefined, NOT_FOUND,
				'there is no such session'));
		else if (version !== undefined && session.version !== undefined &&
			version !== session.version)
			sendJson(res, 400, rpcError(undefined, -32600,
				`this session speaks ${session.version}`));
		else
			return session;
		return undefined;
	}

	post(req, res, message) {
		const begins = message.method === 'initialize' &&
			req.headers[SESSION] === undefined;
		const session = begins ? this.#begin() : this.#find(req, res, 400);

		session?.post(res, message);
	}

	get(req, res) {
		this.#find(req, res, 405)?.listen(res);
	}

	delete(req, res) {
		const session = this.#find(req, res, 405);

		if (session === undefined)
			return;
		this.#sessions.delete(session.id);
		const ended = session.close();

		this.#ending.add(ended);
		ended.finally(() => this.#ending.delete(ended));
		sendEmpty(res, 204);
	}

	close() {
		return Promise.all([...this.#ending,
			...[...this.#sessions.values()].map((session) =>
				session.close())]);
	}
}
