// What the functions of figures are called with: a place, the programs that
// measure, a scene, and ways to run things.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { findProgram } from './peers.mjs';
import { scenes } from './scenes.mjs';

const run = promisify(execFile);
const SOURCES = fileURLToPath(new URL('../programs/', import.meta.url));
const STATIC = ['hop', 'stamp']; // as the bridge and the keeper are
const NEED_JSON = ['answerer'];
const MAX_OUTPUT = 64 << 20;

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
	}

	/** The context of a row, with its scene. */
	static async open({ figure, place, size }, { places, programs }) {
		const context = new Context(places[place], programs);

		process.env.TMPDIR = context.dir; // where worlds are made
		context.scene = await scenes[figure.scene ?? 'none'](context, size);
		return context;
	}

	async close() {
		await this.scene.close();
		fs.rmSync(this.dir, { recursive: true, force: true });
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

	/** Milliseconds that fn takes. */
	async ms(fn) {
		const begin = performance.now();

		await fn();
		return performance.now() - begin;
	}

	/** Milliseconds that a program takes from its start to its good end. */
	process(program, args, options) {
		return this.ms(() => new Promise((resolve, reject) =>
			spawn(program, args.map(String), { cwd: this.dir,
				stdio: 'ignore', ...options })
				.on('error', reject).on('exit', (code) => code === 0 ?
					resolve() : reject(new Error(`${program}: ${code}`)))));
	}

	/** What the client measures: at = { command, env, socket, first }. */
	async client(at, request, { sessions = 1, calls = 0, atOnce = false } = {}) {
		const args = ['-s', sessions, '-n', calls, ...atOnce ? ['-a'] : [],
			...at.socket ? ['-c', at.socket] : [],
			...(at.first ?? []).flatMap((line) => ['-f', line]),
			request, ...at.command ?? []];

		return JSON.parse(await this.run(this.programs.client, args,
			{ env: at.env ?? process.env, cwd: at.cwd ?? this.dir }));
	}
}

/** A request of the client as it wants it: all behind the id. */
export const request = (method, params = {}) =>
	`"method":"${method}","params":${JSON.stringify(params)}`;

export const toolCall = (name, args) =>
	request('tools/call', { name, arguments: args });
