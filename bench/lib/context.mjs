// What the functions of figures are called with: a place, the programs that
// measure, a scene, and ways to run things.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { findProgram } from './peers.mjs';
import { scenes } from './scenes.mjs';

const run = promisify(execFile);
const SOURCES = fileURLToPath(new URL('../programs/', import.meta.url));
const STATIC = ['hop', 'shim', 'stamp']; // as the bridge and the keeper are
const NEED_JSON = ['answerer'];
const MAX_OUTPUT = 64 << 20;
const RUNS = 5; // of a program in a round

/** Builds the C programs of the bench into dir; their paths by name. */
export async function buildPrograms(dir) {
	const flags = (await run('pkg-config', ['--cflags', '--libs', 'json-c']))
		.stdout.trim().split(/\s+/);
	const small = findProgram('musl-gcc') ?? 'cc';

	return Object.fromEntries(await Promise.all(fs.readdirSync(SOURCES)
		.filter((file) => file.endsWith('.c')).map(async (file) => {
			const name = path.basename(file, '.c');
			const [compiler, ...more] = STATIC.includes(name) ?
				[small, '-static'] : ['cc', ...NEED_JSON.includes(name) ?
					flags : []];

			await run(compiler, ['-O2', '-o', path.join(dir, name),
				path.join(SOURCES, file), ...more]);
			return [name, path.join(dir, name)];
		})));
}

export class Context {
	#n = 0;

	constructor(place, programs) {
		this.dir = fs.mkdtempSync(path.join(place.dir, 'scene-'));
		this.programs = programs;
		/** Where peers keep what they keep. */
		process.env.TMPDIR = this.dir; // where worlds are made
		this.env = { ...process.env, TS_SOCKET: path.join(this.dir, 'tsp'),
			NQDIR: this.dir, XDG_DATA_HOME: this.dir,
			XDG_CONFIG_HOME: this.dir, XDG_RUNTIME_DIR: this.dir };
	}

	/** The context of a row, with its scene. */
	static async open({ figure, place, size }, { places, programs }) {
		const context = new Context(places[place], programs);

		context.scene = await scenes[figure.scene ?? 'none'](context, size);
		return context;
	}

	async close() {
		await this.scene.close();
		await this.shell('[ ! -e "$TS_SOCKET" ] || tsp -K; ' +
			'[ ! -e pueue ] || pueue shutdown', [], { env: this.env });
		await run('rm', ['-rf', this.dir]);
	}

	/** Has a daemon of pueue run here. */
	async pueue() {
		await this.shell('[ -e pueue ] || { pueued -d; until pueue status; ' +
			'do sleep 0.1; done; } >/dev/null 2>&1', [], { env: this.env });
	}

	/** A name in the folder of this context that nothing has yet. */
	fresh() {
		return path.join(this.dir, `fresh-${++this.#n}`);
	}

	/** Runs a program to its good end; what it printed. */
	async run(program, args, options) {
		return (await run(program, args.map(String), { cwd: this.dir,
			maxBuffer: MAX_OUTPUT, ...options })).stdout;
	}

	/** The same of a shell line, with arguments. */
	shell(line, args = [], options) {
		return this.run('/bin/sh', ['-ec', line, 'sh', ...args], options);
	}

	/** Milliseconds that fn takes. */
	async ms(fn) {
		const begin = performance.now();

		await fn();
		return performance.now() - begin;
	}

	/** Milliseconds that each of some runs of a program takes. */
	async process(program, args, { env = this.env, cwd = this.dir,
		runs = RUNS } = {}) {
		return (await this.run(this.programs.process, [runs, program, ...args],
			{ env, cwd })).trim().split('\n').map(Number);
	}

	/** What the client measures: at = { command, env, cwd, socket, first }. */
	async client(at, request, options) {
		return JSON.parse(await this.run(this.programs.client,
			clientArgs(at, request, options), clientOptions(this, at)));
	}

	/** Calls fn while the client has sessions open; with its process id. */
	async whileOpen(at, sessions, fn) {
		const client = spawn(this.programs.client, ['-l',
			...clientArgs(at, 'none', { sessions })],
		{ stdio: ['pipe', 'pipe', 'inherit'], ...clientOptions(this, at) });
		const ended = once(client, 'exit');

		await once(client.stdout, 'data');
		const value = await fn(client.pid);

		client.stdin.end();
		await ended;
		return value;
	}
}

const clientArgs = (at, request, { sessions = 1, calls = 0,
	atOnce = false } = {}) => ['-s', sessions, '-n', calls,
	...atOnce ? ['-a'] : [], ...at.socket ? ['-c', at.socket] : [],
	...(at.first ?? []).flatMap((line) => ['-f', line]),
	request, ...at.command ?? []].map(String);

const clientOptions = (context, at) =>
	({ env: at.env ?? process.env, cwd: at.cwd ?? context.dir });

/** A request of the client as it wants it: all behind the id. */
export const request = (method, params = {}) =>
	`"method":"${method}","params":${JSON.stringify(params)}`;

export const toolCall = (name, args) =>
	request('tools/call', { name, arguments: args });
