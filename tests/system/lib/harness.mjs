// A private world for each test: its own state, socket, configuration and
// home, so that it never meets the user's daemon; bridges that speak MCP to
// it; and an end that leaves no process behind.
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { waitFor, within } from './patience.mjs';

export { patient, waitFor, within } from './patience.mjs';

const META = 'io.modelcontextprotocol/';
export const TASKS_EXTENSION = META + 'tasks';
export const MODERN = '2026-07-28';
export const LEGACY = '2025-11-25';

/** The folder of the programs under test. */
export function buildDir() {
	const dir = process.env.CCPROC_BUILD;

	if (!dir)
		throw new Error('CCPROC_BUILD must name the build folder');
	return path.resolve(dir);
}

const readProc = (pid, file) => {
	try {
		return fs.readFileSync(`/proc/${pid}/${file}`, 'latin1');
	} catch {
		return ''; // it has just ended, or is another user's
	}
};

/** The entries of a directory, which need not exist. */
const entries = (dir) => fs.existsSync(dir) ? fs.readdirSync(dir) : [];

/** The threads of a process that still do something. */
const threads = (pid) => {
	try {
		return fs.readdirSync(`/proc/${pid}/task`).filter((tid) =>
			!/^ [ZX] /.test(readProc(`${pid}/task/${tid}`, 'stat')
				.replace(/.*\)/s, '')));
	} catch {
		return []; // it has just ended
	}
};

/** Ids of the processes whose environment or command line has marker. */
export function processesWith(marker) {
	return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))
		.map(Number)
		.filter((pid) => pid !== process.pid && threads(pid).some((tid) =>
			readProc(`${pid}/task/${tid}`, 'environ').includes(marker) ||
			readProc(`${pid}/task/${tid}`, 'cmdline').includes(marker)));
}

/** A process as a person would name it. */
export const describe = (pid) =>
	`${pid} ${readProc(pid, 'cmdline').replaceAll('\0', ' ').slice(0, 120)}`;

export function kill(pid, signal) {
	try {
		process.kill(pid, signal);
	} catch (error) {
		if (error.code !== 'ESRCH')
			throw error;
	}
}

/** Why a daemon does not start after openState. */
export const UNSAFE = /state has mode 755, so others get in, expected 700/;

/** Makes a world that ends with test t; config is config.json's content. */
export function startWorld(t, options) {
	const world = new World(options);

	t.after(() => world.close());
	return world;
}

export class World {
	constructor({ config = {}, env = {} } = {}) {
		this.root = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-'));
		this.state = path.join(this.root, 'state');
		this.home = path.join(this.root, 'home');
		this.work = path.join(this.root, 'work');
		this.bridges = new Set();
		for (const dir of [this.state, this.home, this.work])
			fs.mkdirSync(dir, { mode: 0o700 });
		fs.writeFileSync(path.join(this.root, 'config.json'),
			JSON.stringify(config));
		this.env = { ...kept(), HOME: this.home,
			CCPROC_STATE_DIR: this.state,
			CCPROC_SOCKET: path.join(this.root, 'sock'),
			CCPROC_CONFIG: path.join(this.root, 'config.json'),
			CCPROC_LIBEXEC: buildDir(), ...env };
	}

	/** Lets no daemon start until the state directory has mode 700 again. */
	openState() {
		fs.chmodSync(this.state, 0o755);
	}

	/** A new bridge, which has not said anything yet. */
	bridge(options) {
		const bridge = new Bridge(this, options);

		this.bridges.add(bridge);
		return bridge;
	}

	/** Runs a program of ours to its end. */
	async run(program, args, { input = '', env = {} } = {}) {
		const child = spawn(path.join(buildDir(), program), args,
			{ cwd: this.work, env: { ...this.env, ...env },
				// a command waits a second for the end of an open socket
				stdio: [program === 'ccproc' && input === '' ? 'ignore' :
					'pipe', 'pipe', 'pipe'] });
		const out = { stdout: '', stderr: '' };

		for (const name of ['stdout', 'stderr'])
			child[name].setEncoding('utf8')
				.on('data', (data) => { out[name] += data; });
		child.stdin?.on('error', () => {}).end(input);
		const [code, signal] = await within(60000, once(child, 'close'),
			`the end of ${program} ${args.join(' ')}`);
		return { code, signal, ...out };
	}

	/** Every process of this world. */
	processes() {
		return processesWith(this.root);
	}

	/** The daemon's process id, or undefined. */
	daemon() {
		return this.processes().find((pid) =>
			readProc(pid, 'comm').trim() === 'ccprocd');
	}

	/** Ids of the tasks that are not finished. */
	live() {
		return entries(path.join(this.state, 'live'))
			.map((name) => `t${name.split('-')[0]}`);
	}

	/** The directory of a task such as t7. */
	taskDir(id) {
		const days = path.join(this.state, 'tasks');
		const prefix = `${id.slice(1)}-`;

		return entries(days)
			.flatMap((day) => entries(path.join(days, day))
				.map((name) => path.join(days, day, name)))
			.find((dir) => path.basename(dir).startsWith(prefix) &&
				!dir.endsWith('.gone'));
	}

	/** The output of a task so far. */
	output(id, stream = 'stdout') {
		const dir = this.taskDir(id);
		const file = dir && path.join(dir, stream);

		return file && fs.existsSync(file) ?
			fs.readFileSync(file, 'utf8') : '';
	}

	/** Ends what lives in this world; what outlives that is an error. */
	async close() {
		const problems = [];

		await this.#stopTasks().catch((error) => problems.push(error));
		await Promise.all([...this.bridges].map((bridge) => bridge.close()));
		for (let pid; (pid = this.daemon());) {
			kill(pid, 'SIGTERM');
			await waitFor(() => this.daemon() !== pid, { timeout: 5000,
				what: 'the end of ccprocd' })
				.catch((error) => { problems.push(error);
					kill(pid, 'SIGKILL'); });
		}
		await waitFor(() => {
			const pid = this.daemon(); // a bridge was just starting it

			if (pid !== undefined)
				kill(pid, 'SIGTERM');
			return this.processes().length === 0;
		}, { timeout: 5000, what: 'the end of every process' })
			.catch(() => problems.push(new Error('still there: ' +
				this.processes().map(describe).join('; '))));
		for (let pids; (pids = this.processes()).length !== 0;
			await sleep(10))
			pids.forEach((pid) => kill(pid, 'SIGKILL'));
		const said = [this.log(), ...[...this.bridges]
			.map((bridge) => bridge.stderr)].join('');

		if (/Sanitizer|runtime error/.test(said))
			problems.push(new Error('a sanitizer complained'));
		if (/a turn of the loop has used/.test(said))
			problems.push(new Error('the daemon held up its loop'));
		if (problems.length !== 0)
			problems[0].message += `\n${said}`;
		fs.rmSync(this.root, { recursive: true, force: true });
		if (problems.length !== 0)
			throw new AggregateError(problems, problems.join('; '));
	}

	async #stopTasks() {
		if (this.live().length === 0)
			return;
		const bridge = this.bridge();

		await bridge.legacy();
		for (let ids, n = 0; (ids = this.live().slice(0, 50)).length !== 0;) {
			if (++n > 300) // more than all tasks that may be live
				throw new Error(`live for ever: ${ids.join(' ')}`);
			const { isError, text } = await bridge.tool('stop_tasks',
				{ ids, mode: 'now' });

			if (isError)
				throw new Error(text);
		}
	}

	/** The daemon's log. */
	log() {
		try {
			return fs.readFileSync(path.join(this.state, 'ccprocd.log'),
				'utf8');
		} catch {
			return '';
		}
	}
}

/** The variables that a test passes on of its own environment. */
function kept() {
	const names = ['PATH', 'LANG', 'TMPDIR', 'ASAN_OPTIONS', 'UBSAN_OPTIONS',
		'LSAN_OPTIONS'];

	return Object.fromEntries(names.filter((name) => name in process.env)
		.map((name) => [name, process.env[name]]));
}

export class RpcError extends Error {
	constructor({ code, message, data }) {
		super(`${code}: ${message}`);
		Object.assign(this, { code, data });
	}
}

/**
 * An MCP client at the stdin and stdout of a ccproc-bridge.  Emits 'message'
 * for each line, and each notification by its method.
 */
export class Bridge extends EventEmitter {
	#calls = new Map();
	#nextId = 1;

	constructor(world, { env = {}, cwd = world.work,
		program = path.join(buildDir(), 'ccproc-bridge'),
		detached = false, // in a session of its own, as in a new terminal
		child = spawn(program, [],
			{ cwd, env: { ...world.env, ...env }, detached }),
	} = {}) {
		super();
		this.setMaxListeners(0);
		this.meta = undefined;  // of every request, once modern
		this.messages = [];
		this.stderr = '';
		this.child = child;
		this.child.stdin.on('error', () => {}); // its end is told by exit
		this.child.stderr.setEncoding('utf8')
			.on('data', (data) => { this.stderr += data; });
		this.exited = once(this.child, 'exit').catch((error) => {
			this.stderr += error.message; // it never ran
			return [127, null];
		});
		let rest = ''; // half a line at the end is none

		this.child.stdout.setEncoding('utf8').on('data', (data) => {
			const lines = (rest + data).split('\n');

			rest = lines.pop();
			lines.forEach((line) => this.#take(JSON.parse(line)));
		}).on('close', () => this.#fail());
	}

	#take(message) {
		this.messages.push(message);
		this.emit('message', message);
		if (message.method !== undefined) {
			this.emit(message.method, message.params, message.id);
			return;
		}
		const call = this.#calls.get(message.id);

		this.#calls.delete(message.id);
		if (message.error)
			call?.reject(new RpcError(message.error));
		else
			call?.resolve(message.result);
	}

	#fail() {
		for (const call of this.#calls.values())
			call.reject(new Error(`the bridge ended: ${this.stderr}`));
		this.#calls.clear();
	}

	send(message) {
		this.child.stdin.write(JSON.stringify(message) + '\n');
	}

	notify(method, params) {
		this.send({ jsonrpc: '2.0', method, params });
	}

	/** Resolves to the result, rejects with an RpcError. */
	request(method, params = {}, { id = this.#nextId++,
		timeout = 30000 } = {}) {
		const answer = new Promise((resolve, reject) => {
			this.#calls.set(id, { resolve, reject });
		});

		if (this.meta)
			params = { ...params, _meta: { ...this.meta, ...params._meta } };
		this.send({ jsonrpc: '2.0', id, method, params });
		return within(timeout, answer, `the answer to ${method}`);
	}

	/** The handshake of the versions up to 2025-11-25. */
	async legacy({ version = LEGACY, capabilities = {} } = {}) {
		const result = await this.request('initialize', {
			protocolVersion: version, capabilities,
			clientInfo: { name: 'system-test', version: '1' } });

		this.notify('notifications/initialized');
		return result;
	}

	/** From now on every request carries the envelope of 2026-07-28. */
	modern({ tasks = false } = {}) {
		const extensions = tasks ? { [TASKS_EXTENSION]: {} } : {};

		this.meta = { [META + 'protocolVersion']: MODERN,
			[META + 'clientCapabilities']: { extensions },
			[META + 'clientInfo']: { name: 'system-test', version: '1' } };
		return this.request('server/discover');
	}

	/** Calls a tool; its result with the text of its content as text. */
	async tool(name, args = {}, { meta, ...options } = {}) {
		const result = await this.request('tools/call',
			{ name, arguments: args, ...(meta && { _meta: meta }) }, options);

		return { ...result, isError: result.isError ?? false,
			text: (result.content ?? []).map((part) => part.text).join('\n') };
	}

	/** The record of a task. */
	async task(id) {
		const { text } = await this.tool('check_tasks',
			{ ids: [id], detail: 'full' });

		return JSON.parse(text).tasks[0];
	}

	/** Ends it as a client does: end of input.  Its exit code, or signal. */
	async close() {
		this.child.stdin.end();
		const [code, signal] = await within(5000, this.exited,
			'the end of the bridge').catch(() => {
			this.child.kill('SIGKILL');
			return this.exited;
		});

		return code ?? signal;
	}
}

function once(emitter, name) {
	return new Promise((resolve, reject) => {
		emitter.once(name, (...args) => resolve(args));
		emitter.once('error', reject);
	});
}
