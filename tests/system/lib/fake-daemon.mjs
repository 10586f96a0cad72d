// A daemon that does what the real one cannot be made to do: it answers
// nothing by itself but hello, and comes and goes as a test wants.
import net from 'node:net';

import { within } from './harness.mjs';

/** A queue that can be waited at. */
export class Inbox {
	#items = [];
	#waiting = [];

	push(item) {
		const waiting = this.#waiting.shift();

		if (waiting)
			waiting(item);
		else
			this.#items.push(item);
	}

	/** The next item, at the latest after timeout ms. */
	next(what = 'the next item', timeout = 20000) {
		if (this.#items.length !== 0)
			return Promise.resolve(this.#items.shift());
		return within(timeout, new Promise((resolve) =>
			this.#waiting.push(resolve)), what);
	}

	get length() {
		return this.#items.length;
	}
}

/** Takes bytes apart; gives each whole line, with its newline, to inbox. */
export class LineReader {
	#part = [];

	constructor(inbox) {
		this.inbox = inbox;
	}

	feed(data) {
		for (let end; (end = data.indexOf(10)) !== -1;
			data = data.subarray(end + 1)) {
			this.inbox.push(Buffer.concat(
				[...this.#part, data.subarray(0, end + 1)]));
			this.#part = [];
		}
		if (data.length !== 0)
			this.#part.push(data);
	}

	/** The bytes that came after the last newline. */
	get rest() {
		return Buffer.concat(this.#part);
	}
}

/** One bridge's connection. */
class Connection {
	constructor(socket) {
		this.socket = socket;
		this.lines = new Inbox();
		this.reader = new LineReader(this.lines);
		this.closed = new Promise((resolve) => socket.on('close', resolve));
		socket.on('data', (data) => this.reader.feed(data));
		socket.on('error', () => {}); // the other end has gone first
	}

	/** The next line as an object. */
	async message() {
		return JSON.parse(await this.lines.next('a line of the bridge'));
	}

	/** Takes hello and accepts it; the params of it. */
	async accept() {
		const hello = await this.message();

		this.send({ jsonrpc: '2.0', id: 'hello',
			result: { protocol: 1, version: '0.1.0', pid: process.pid } });
		return hello.params;
	}

	send(message) {
		this.socket.write(JSON.stringify(message) + '\n');
	}

	answer({ id }, result = {}) {
		this.send({ jsonrpc: '2.0', id, result });
	}

	/** Closes as the exit of a daemon does: what was sent still arrives. */
	end() {
		this.socket.end();
		return this.closed;
	}
}

export class FakeDaemon {
	#server;
	#connections = new Inbox();
	#open = new Set();

	/** Listens at the socket of world until test t ends. */
	static async listen(t, world) {
		const daemon = new FakeDaemon();

		daemon.#server = net.createServer((socket) => {
			const connection = new Connection(socket);

			daemon.#open.add(connection);
			daemon.#connections.push(connection);
		});
		await new Promise((resolve) =>
			daemon.#server.listen(world.env.CCPROC_SOCKET, resolve));
		t.after(() => daemon.close());
		return daemon;
	}

	/** The next connection, whose hello is still to be read. */
	connection() {
		return this.#connections.next('a connection of the bridge');
	}

	/** The next connection, with an accepted hello. */
	async session() {
		const connection = await this.connection();

		connection.hello = await connection.accept();
		return connection;
	}

	/** Nobody listens any more, and no connection is left. */
	async close() {
		const closed = new Promise((resolve) =>
			this.#server.close(resolve));

		this.#open.forEach((connection) => connection.socket.destroy());
		await closed;
	}
}
