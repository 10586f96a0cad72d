// The command for people in a world: run to its end, watched on the way, or
// on a terminal.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildDir, startWorld, waitFor, within } from './harness.mjs';

const PROGRAM = path.join(buildDir(), 'ccproc');
const FAKE = fileURLToPath(new URL('../../programs/fake-claude',
	import.meta.url));

/** Why nothing can be run on a terminal, or false. */
export const noTerminal = spawnSync('script', ['--version']).status !== 0 &&
	'script(1) is not installed';

/** A world whose agents are the fake claude. */
export const startAgents = (t) => startWorld(t, {
	config: { agents: { claude: { command: [FAKE] } } } });

/**
 * A running ccproc; its output grows in out and err, as bytes.  Without input
 * its stdin is /dev/null, as an open one is waited for.
 */
export class Cli {
	#chunks = { stdout: [], stderr: [] };

	constructor(world, args, { env = {}, cwd = world.work, input,
		program = PROGRAM, stdout = 'pipe',
		// a terminal is typed on
		stdin = input === undefined && program !== 'script' ?
			'ignore' : 'pipe' } = {}) {
		this.what = `ccproc ${args.join(' ')}`;
		this.child = spawn(program, args, { cwd,
			env: { ...world.env, ...env },
			stdio: [stdin, stdout, 'pipe'] });
		for (const name of ['stdout', 'stderr'])
			this.child[name]?.on('data', (data) =>
				this.#chunks[name].push(data));
		this.child.stdin?.on('error', () => {}); // its end is told by ended
		if (input !== undefined)
			this.child.stdin.end(input);
		this.ended = new Promise((resolve) => this.child.once('close',
			(code, signal) => resolve({ code: code ?? signal,
				bytes: this.bytes, out: this.out, err: this.err })));
	}

	get bytes() {
		return Buffer.concat(this.#chunks.stdout);
	}

	get out() {
		return this.bytes.toString();
	}

	get err() {
		return Buffer.concat(this.#chunks.stderr).toString();
	}

	end(timeout = 30000) {
		return within(timeout, this.ended, `the end of ${this.what}`)
			.catch((error) => {
				this.child.kill('SIGKILL');
				error.message += `\n${this.out.slice(-500)}\n${this.err}`;
				throw error;
			});
	}

	/** Waits until what it has written, to both, fits. */
	says(pattern) {
		return waitFor(() => pattern.test(this.out + this.err),
			{ what: `${pattern} from ${this.what}` });
	}
}

/** Runs ccproc to its end: { code, out, err, bytes }. */
export const ccproc = (world, args, options) =>
	new Cli(world, args, options).end();

/** The same, where it must succeed; its stdout without the last newline. */
export async function ok(world, ...args) {
	const { code, out, err } = await ccproc(world, args);

	assert.equal(code, 0, `ccproc ${args.join(' ')}: ${err}`);
	return out.replace(/\n$/, '');
}

/** The tasks that a command prints with --json. */
export async function json(world, ...args) {
	return JSON.parse(await ok(world, ...args)).tasks;
}

const quote = (word) => `'${word.replaceAll('\'', '\'\\\'\'')}'`;

/**
 * Ccproc on a terminal of so many columns; out has what it shows, and what
 * is written to its stdin is typed.
 */
export function onTerminal(world, args, { columns = 80, env } = {}) {
	const line = `stty cols ${columns} -echo; exec ` +
		[PROGRAM, ...args].map(quote).join(' ');

	return new Cli(world, ['-qefc', line, '/dev/null'],
		{ program: 'script', env: { TERM: 'xterm', SHELL: '/bin/sh', ...env } });
}

/** What a terminal shows of a command, in lines. */
export async function seen(world, args, options) {
	const { out } = await onTerminal(world, args, options).end();

	return out.replaceAll('\r', '').split('\n').slice(0, -1);
}
