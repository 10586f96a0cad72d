// The client of the Python package `mcp` at a real bridge and daemon, in every
// mode that it has.  Needs requirements.txt in the python that $CCPROC_PYTHON
// names.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { LEGACY, MODERN, buildDir, startWorld,
	within } from './lib/harness.mjs';
import { answerOf, cancelledWait, everyTool, progressInAWait,
	wrongCalls } from './lib/interop.mjs';

const PROGRAM = fileURLToPath(new URL('programs/mcp_client.py',
	import.meta.url));
const python = process.env.CCPROC_PYTHON;
const missing = !python ||
	spawnSync(python, ['-c', 'from mcp import Client']).status !== 0;

/** A running mcp_client.py, as lib/interop.mjs wants it. */
class PythonClient {
	#calls = new Map();
	#count = 0;

	constructor(world, mode) {
		this.errors = [];
		this.stderr = '';
		this.child = spawn(python, [PROGRAM, mode,
			path.join(buildDir(), 'ccproc-bridge')],
		{ cwd: world.work, env: world.env });
		this.child.stdin.on('error', () => {}); // its end is told by ended
		this.child.stderr.setEncoding('utf8')
			.on('data', (data) => { this.stderr += data; });
		this.ended = new Promise((resolve) =>
			this.child.once('close', resolve));
		this.connected = new Promise((resolve, reject) => {
			readline.createInterface({ input: this.child.stdout })
				.on('line', (line) =>
					this.#take(JSON.parse(line), resolve));
			this.ended.then(() => {
				reject(new Error(this.stderr));
				for (const call of this.#calls.values())
					call.reject(new Error(this.stderr));
			});
		});
	}

	#take({ id, version, log, progress, result, error }, connected) {
		const call = this.#calls.get(id);

		if (version !== undefined)
			connected(version);
		else if (log !== undefined)
			this.errors.push(log);
		else if (progress !== undefined)
			call.onprogress?.({ progress });
		else if (error !== undefined)
			call.reject(new Error(error));
		else
			call.resolve(result);
	}

	#say(order) {
		this.child.stdin.write(JSON.stringify(order) + '\n');
	}

	/** The result of an order that mcp_client.py knows. */
	order(order, { signal, onprogress } = {}) {
		const id = ++this.#count;
		const result = new Promise((resolve, reject) =>
			this.#calls.set(id, { resolve, reject, onprogress }));

		signal?.addEventListener('abort',
			() => this.#say({ id, do: 'cancel' }));
		this.#say({ id, ...order });
		return within(60000, result, `the result of ${order.do}`);
	}

	tools = () => this.order({ do: 'tools' });

	tool = async (name, args, options) => answerOf(await this.order(
		{ do: 'tool', name, arguments: args }, options));

	/** Ends it; its exit status, or null when it had to be killed. */
	close() {
		this.child.stdin.end();
		return within(10000, this.ended, 'the end of python').catch(() => {
			this.child.kill('SIGKILL');
			return this.ended;
		});
	}
}

async function connect(t, { mode, version }) {
	const world = startWorld(t);
	const client = new PythonClient(world, mode);

	world.bridges.add(client); // it is closed before the world is
	assert.equal(await within(60000, client.connected, 'a connection'),
		version);
	return client;
}

async function subscription(client) {
	const granted = await client.order({ do: 'listen' });

	assert.ok(Object.keys(granted).every((key) =>
		key === 'toolsListChanged'));
	assert.ok((await client.tools()).length > 0);
	assert.deepEqual(client.errors, []);
}

const modes = [{ mode: 'legacy', version: LEGACY },
	{ mode: 'auto', version: MODERN }, { mode: MODERN, version: MODERN }];

describe('the Python SDK', { concurrency: true,
	skip: missing && 'CCPROC_PYTHON names no python that has mcp' }, () => {
	for (const { mode, version } of modes) {
		// one session for all, for python is slow to start
		test(`mode ${mode}`, async (t) => {
			const client = await connect(t, { mode, version });

			await t.test('every tool', () => everyTool(client));
			await t.test('wrong calls', () => wrongCalls(client));
			await t.test('a cancelled wait', () => cancelledWait(client));
			await t.test('progress in a wait', () =>
				progressInAWait(client));
			if (version === MODERN)
				await t.test('a subscription', () =>
					subscription(client));
			assert.equal(await client.close(), 0, client.stderr);
		});
	}
});
