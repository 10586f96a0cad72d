// A client of a stdio MCP server that writes down whatever comes back.
import { patient } from '../system/lib/patience.mjs';
import { StdioServer } from './stdio.mjs';

const LIMIT_MS = 15000;
const META = 'io.modelcontextprotocol/';

/** Params of a 2026-07-28 request; meta is added to its _meta. */
export const modern = (params = {}, { capabilities = {}, ...meta } = {}) =>
	({ ...params, _meta: {
		[META + 'protocolVersion']: '2026-07-28',
		[META + 'clientCapabilities']: capabilities, ...meta } });

export const TASKS = { extensions: { [META + 'tasks']: {} } };

export class Peer {
	#server;
	#waiting = new Set();
	#count = 0;

	/** The command is a line for the shell. */
	constructor(command) {
		this.messages = []; // in the order in which they came
		this.replies = {};  // to requests of the server, by method
		this.lacks = undefined; // what a conversation would need
		this.#server = new StdioServer(['/bin/sh', '-c', `exec ${command}`],
			{ take: (message) => this.#take(message),
				complain: (text) => this.messages.push({ complaint: text }),
				gone: () => this.#take({ end: true }) });
	}

	#take(message) {
		const reply = message.id !== undefined &&
			this.replies[message.method];

		this.messages.push(message);
		if (reply)
			this.#server.send({ jsonrpc: '2.0', id: message.id,
				result: reply(message.params) });
		for (const look of this.#waiting)
			look(message);
	}

	/** The next message that fits; one that does not come is written down. */
	next(fits, what) {
		return new Promise((resolve) => {
			const settle = (message) => {
				clearTimeout(timer);
				this.#waiting.delete(look);
				resolve(message);
			};
			const look = (message) => {
				if (message.end || fits(message))
					settle(message);
			};
			const timer = setTimeout(() => {
				this.messages.push({ missing: what });
				settle({});
			}, patient(LIMIT_MS));

			this.#waiting.add(look);
		});
	}

	/** Sends text as it is; the next message. */
	line(text) {
		const next = this.next(() => true, `an answer to ${text}`);

		this.#server.write(text);
		return next;
	}

	/** Sends a request; its answer. */
	ask(method, params, id = ++this.#count) {
		const answer = this.next((message) => message.method === undefined &&
			message.id === id, `the answer to ${method}`);

		this.#server.send({ jsonrpc: '2.0', id, method, params });
		return answer;
	}

	/** The same without waiting; its id. */
	begin(method, params, id = ++this.#count) {
		this.#server.send({ jsonrpc: '2.0', id, method, params });
		return id;
	}

	tell(method, params) {
		this.#server.send({ jsonrpc: '2.0', method, params });
	}

	/** The next notice of a method that fits. */
	notice(method, fits = () => true) {
		return this.next((message) => message.method === method &&
			fits(message.params), method);
	}

	call(name, args, meta) {
		return this.ask('tools/call', modern({ name, arguments: args }, meta));
	}

	/** Does something of which nothing is written down. */
	async quietly(action) {
		const { messages } = this;

		this.messages = [];
		const value = await action();

		this.messages = messages;
		return value;
	}

	/** Writes down what a conversation has found out by itself. */
	note(value) {
		this.messages.push({ note: value });
	}

	/** The handshake up to 2025-11-25. */
	async legacy(version = '2025-11-25', capabilities = {}) {
		const answer = await this.ask('initialize', {
			protocolVersion: version, capabilities,
			clientInfo: { name: 'differential', version: '1' } });

		this.tell('notifications/initialized');
		return answer;
	}

	/** Ends the input and waits for what still comes. */
	async hangUp() {
		const end = this.next(({ end: isEnd }) => isEnd, 'the end');

		this.#server.end();
		await end;
	}

	close() {
		return this.#server.close();
	}
}
