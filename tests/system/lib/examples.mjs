// The examples of a document, done as they stand there: what a person types
// ($), what a model sends (>), and what comes back, without what differs from
// one time to another.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { killDaemon } from './daemon.mjs';
import { buildDir, startWorld, waitFor, within } from './harness.mjs';
import { join } from './session.mjs';

const AGENT = fileURLToPath(new URL('../programs/example-agent.mjs',
	import.meta.url));
const KILL = 'pkill -KILL -x ccprocd';
// what projects have of which the examples speak
const PROJECT = { Makefile: 'all test: ; @echo "$@: 12 of 12 ok"\n',
	deploy: '#!/bin/sh\necho deployed\n', 'src/login.c': 'int login;\n' };

const fileOf = (name) => fileURLToPath(new URL(`../../../${name}`,
	import.meta.url));

/** The text of a document. */
export const read = (name) => fs.readFileSync(fileOf(name), 'utf8');

/** A text of mdoc as it is read. */
const plain = (text) => text.replaceAll('\\e', '\\').replaceAll('\\-', '-')
	.replaceAll('\\&', '').replaceAll('\\(pc', '·');

/** The examples of a document, each as its lines. */
export function examplesOf(name) {
	const text = read(name);

	if (name.endsWith('.md'))
		return [...text.matchAll(/^```.*\n([^]*?)^```$/gm)]
			.map(([, block]) => block);
	return [...text.matchAll(
		/^\.Bd -(?:literal|unfilled).*\n([^]*?)^\.Ed$|^\.Dl (.*\n)/gm)]
		.map(([, block, line]) => plain(block ?? line));
}

/** The steps of an example, if it has any. */
function stepsOf(example) {
	return example.split(/\n*^(?=[>$] )/m)
		.filter((step) => /^[>$] /.test(step))
		.map((step) => {
			// JSON goes on in lines that are indented, a command after a \
			const [, kind, said, answer] = step.match(
				/^([>$]) (.*(?:(?<=\\)\n.*|\n {2,}.*)*)\n?([^]*)$/);

			return { kind, said, answer };
		});
}

/** Without times, the widths of columns and where a line was broken. */
const steady = (text, home) => text.replaceAll(home, '/home/ada')
	.replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UUID')
	.replace(/\bpid \d+/g, 'pid N').replace(/\b\d+\.\d+\.\d+\b/g, 'VERSION')
	.replace(/\b\d+(\.\d+)? ([KMG]i?B|kB|bytes)\b/g, 'SIZE')
	.replace(/\b\d+:\d\d\b/g, '~')
	.replace(/\b\d+(\.\d+)? (ms|s|min|h)\b/g, '~').replace(/\s+/g, ' ').trim();

/** How far things are when somebody looks is a matter of the machine. */
const LOOKS = /\bccproc (ls|asks|status)\b|^(ls|tail) /;
const anyProgress = (text) => text.replace(/ \d running$/, '')
	.replace(/\b(test \d ok|-)(?= t\d|$)/g, 'LAST');

/** A person and a model in a world of their own. */
class Reader {
	constructor(t) {
		this.world = startWorld(t, {
			config: { agents: { claude: { command: [AGENT] } } } });
		this.home = path.join(this.world.root, 'ada');
		this.world.work = this.cwd = path.join(this.home, 'project');
		this.bin = path.join(this.world.root, 'bin');
		for (const dir of [this.bin, path.join(this.cwd, 'src')])
			fs.mkdirSync(dir, { recursive: true });
		fs.symlinkSync(AGENT, path.join(this.bin, 'claude'));
		for (const [name, text] of Object.entries(PROJECT))
			fs.writeFileSync(path.join(this.cwd, name), text, { mode: 0o755 });
		this.world.env.HOME = this.home;
		fs.mkdirSync(path.join(this.home, '.local/state'), { recursive: true });
		fs.symlinkSync(this.world.state,
			path.join(this.home, '.local/state/ccproc'));
	}

	/** What is typed goes on in the directory where the last line ended. */
	async type(line) {
		if (line === KILL) { // that of this world
			await this.bridge?.close();
			this.bridge = undefined;
			await killDaemon(this.world);
			return '';
		}
		const where = path.join(this.world.root, 'where');
		const child = spawn('/bin/sh', ['-c',
			`${line}\nstatus=$?; pwd >'${where}'; exit $status`], {
			cwd: this.cwd, stdio: ['ignore', 'pipe', 'pipe'],
			env: { ...this.world.env,
				PATH: `${buildDir()}:${this.bin}:${this.world.env.PATH}` } });
		let out = '', err = '';

		child.stdout.setEncoding('utf8').on('data', (data) => { out += data; });
		child.stderr.setEncoding('utf8').on('data', (data) => { err += data; });
		const status = await within(60000, new Promise((resolve) =>
			child.on('close', resolve)), `the end of ${line}`);

		assert.equal(status, 0, `${line}: ${out}${err}`);
		this.cwd = fs.readFileSync(where, 'utf8').trim();
		return out + err;
	}

	async send(said) {
		const [, tool, json] = said.match(/^(\S+) ([^]*)$/);

		this.bridge ??= await join(this.world);
		return (await this.bridge.tool(tool, JSON.parse(json),
			{ timeout: 60000 })).text;
	}

	async step({ kind, said, answer }) {
		const same = async () => {
			const seen = kind === '$' ? await this.type(said) :
				await this.send(said);
			const [a, b] = [seen, answer].map((text) => {
				const kept = steady(text, this.home);

				return LOOKS.test(said) ? anyProgress(kept) : kept;
			});

			// a line of which nothing is shown is still to work
			if (answer !== '')
				assert.equal(a, b, `${said}\n${seen}`);
			return true;
		};

		await (LOOKS.test(said) ? waitFor(() => same().catch(() => false))
			.catch(same) : same());
	}
}

/**
 * Does all examples of a document in their order.  What has no steps is in
 * others: its beginning, and a function that tries it, with the example and
 * the reader, or the reason why it is not.  Before: what was done when the
 * examples begin.
 */
export async function tryExamples(t, name, others = [], before = () => {}) {
	const reader = new Reader(t);
	const known = new Set();

	await before(reader);
	for (const example of examplesOf(name)) {
		const other = others.find(([beginning]) =>
			example.startsWith(beginning));

		if (other === undefined) {
			const steps = stepsOf(example);

			assert.ok(steps.length > 0, `${name} has an example of which ` +
				`nobody knows how to try it:\n${example}`);
			for (const step of steps)
				await reader.step(step);
			continue;
		}
		known.add(other);
		if (typeof other[1] === 'function')
			await other[1](example, reader);
		else
			assert.match(other[1], / /, 'the reason why it is not tried');
	}
	for (const other of others)
		assert.ok(known.has(other), `${name} has no example ${other[0]}`);
}
