// Ways into a world beyond the plain bridge: a client that is connected
// already, and lines as they are on the wire, byte by byte.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import path from 'node:path';

import { buildDir, LEGACY, MODERN, startWorld, within } from './harness.mjs';

/** Both eras of the protocol, by the name of the handshake in Bridge. */
export const ERAS = ['legacy', 'modern'];

/** The prefix of the protocol's own keys in _meta. */
export const META = 'io.modelcontextprotocol/';

/** Params of a modern request; changes are to its _meta. */
export const envelope = (changes = {}) => ({ _meta: {
	[META + 'protocolVersion']: MODERN, [META + 'clientCapabilities']: {},
	...changes } });

/** A session that another one can be told from, as options of a bridge. */
export const owned = (owner) => ({ env: { CLAUDE_CODE_SESSION_ID: owner } });

/** A world with a connected bridge. */
export async function connect(t, { era = 'legacy', bridge: options,
	...rest } = {}) {
	const world = startWorld(t, rest);
	const bridge = world.bridge(options);

	await bridge[era]();
	return { world, bridge };
}

/** A world whose daemon runs. */
export const running = async (t, options) =>
	(await connect(t, options)).world;

/** A connected bridge more. */
export async function join(world, era = 'legacy', options) {
	const bridge = world.bridge(options);

	await bridge[era]();
	return bridge;
}

/** The records of tasks, in order. */
export async function records(bridge, ids) {
	const { text } = await bridge.tool('check_tasks',
		{ ids, detail: 'full', result_chars: 200 });

	return JSON.parse(text).tasks;
}

const base64 = (text) => Buffer.from(text).toString('base64');

/** The params of ccproc/hello, which a client sends first. */
export const helloParams = (world, changes = {}) => ({ protocol: 1,
	version: '0', client: 'bridge', session: randomUUID(), ordinal: 1,
	pid: process.pid, umask: 0o22, cwd: base64(world.work),
	env: base64(Object.entries(world.env)
		.map(([name, value]) => `${name}=${value}`).join('\0')),
	...changes });

// comes unasked up to 2025-11-25, some time after tasks were accepted
const CHANGED = '{"jsonrpc":"2.0","method":' +
	'"notifications/resources/list_changed"}';

/** Lines out, lines in; nothing is parsed before a test asks for it. */
export class Wire {
	#input;
	#waiting = new Set();

	constructor(input, output) {
		this.#input = input;
		this.lines = []; // that nobody has taken
		this.rest = ''; // what came after the last newline
		this.closed = new Promise((resolve) => output.on('close', resolve));
		input.on('error', () => {}); // its end is told by closed
		output.setEncoding('utf8').on('data', (data) => this.#take(data));
	}

	/** To the daemon's socket, with nothing said yet. */
	static async connect(world) {
		const socket = net.connect(world.env.CCPROC_SOCKET);
		const wire = new Wire(socket, socket);

		wire.socket = socket;
		await within(5000, new Promise((resolve, reject) =>
			socket.once('connect', resolve).once('error', reject)),
		'a connection to the daemon');
		return wire;
	}

	/** The same with hello said. */
	static async greeted(world, changes) {
		const wire = await Wire.connect(world);

		wire.request('hello', 'ccproc/hello', helloParams(world, changes));
		await wire.answer('hello');
		return wire;
	}

	/** Through a bridge. */
	static bridge(world, { env = {} } = {}) {
		const child = spawn(path.join(buildDir(), 'ccproc-bridge'), [],
			{ cwd: world.work, env: { ...world.env, ...env } });
		const wire = new Wire(child.stdin, child.stdout);

		wire.child = child;
		world.bridges.add({ close: () => {
			child.stdin.end();
			return within(5000, wire.closed, 'the end of the bridge');
		} });
		return wire;
	}

	#take(data) {
		const parts = (this.rest + data).split('\n');

		this.rest = parts.pop();
		this.lines.push(...parts.filter((line) => line !== CHANGED));
		for (const look of this.#waiting)
			if (look())
				this.#waiting.delete(look);
	}

	write(bytes) {
		this.#input.write(bytes);
	}

	send(line) {
		this.write(line + '\n');
	}

	/** The id is JSON text, or a plain word for a string. */
	request(id, method, params = {}) {
		const text = /^\w*[a-z]\w*$/i.test(id) ? JSON.stringify(id) : id;

		this.send(`{"jsonrpc":"2.0","id":${text},"method":` +
			`${JSON.stringify(method)},"params":${JSON.stringify(params)}}`);
	}

	/** The first untaken line that fits, as text. */
	async line(fits = () => true, { timeout = 10000,
		what = String(fits) } = {}) {
		let look;
		const found = new Promise((resolve) => {
			look = () => {
				const at = this.lines.findIndex((text) => fits(text));

				if (at !== -1)
					resolve(this.lines.splice(at, 1)[0]);
				return at !== -1;
			};
		});

		if (!look())
			this.#waiting.add(look);
		return within(timeout, found, what)
			.finally(() => this.#waiting.delete(look));
	}

	/** The parsed answer to an id, which is what JSON.parse makes of it. */
	async answer(id, options) {
		return JSON.parse(await this.line((line) => {
			const message = JSON.parse(line);

			return message.method === undefined && message.id === id;
		}, { what: `the answer to ${JSON.stringify(id)}`, ...options }));
	}

	/** Sends a line as it is, and the next line as an object. */
	async ask(line, options) {
		this.send(line);
		return JSON.parse(await this.line(undefined,
			{ what: `an answer to ${line.slice(0, 100)}`, ...options }));
	}

	/** Ends the connection; no more is read. */
	destroy() {
		this.socket.destroy();
		return this.closed;
	}
}

/** Wires of both kinds to the daemon of a world, by name. */
export const KINDS = {
	socket: (world) => Wire.greeted(world),
	bridge: async (world) => Wire.bridge(world),
};

/** Sends a request; its answer. */
export async function ask(wire, id, method, params) {
	wire.request(id, method, params);
	return wire.answer(id);
}

/** The handshake up to 2025-11-25 on a wire; its result. */
export async function initialized(wire, version = LEGACY) {
	const { result } = await ask(wire, 'init', 'initialize', {
		protocolVersion: version, capabilities: {},
		clientInfo: { name: 'x', version: '1' } });

	wire.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
	return result;
}

/** A connection to the daemon's socket that is ready for calls. */
export async function ready(world) {
	const wire = await Wire.greeted(world);

	await initialized(wire);
	return wire;
}
