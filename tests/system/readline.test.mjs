// Clients that read lines as node 24 and Bun do: at U+2028 and U+2029, too.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { buildDir, LEGACY, startWorld, within } from './lib/harness.mjs';
import { findReaders } from './lib/node-modules.mjs';

const CLIENT = fileURLToPath(
	new URL('programs/readline-client.mjs', import.meta.url));
const ODD = 'a\u2028b\u2029c';

const request = (id, method, params) =>
	JSON.stringify({ jsonrpc: '2.0', id, method, params });

/** What the program prints for these requests. */
async function answers(world, program, requests) {
	const child = spawn(program, [CLIENT,
		path.join(buildDir(), 'ccproc-bridge'), ...requests],
	{ cwd: world.work, env: world.env });
	const out = { stdout: '', stderr: '' };

	for (const name of ['stdout', 'stderr'])
		child[name].setEncoding('utf8')
			.on('data', (data) => { out[name] += data; });
	child.stdin.end();
	const code = await within(30000, new Promise((resolve) =>
		child.once('close', resolve)), 'the end of the client');

	assert.equal(code, 0, out.stderr);
	return out.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}

const initialize = request(0, 'initialize', { protocolVersion: LEGACY,
	capabilities: {}, clientInfo: { name: 'readline', version: '1' } });

describe('a client that reads by readline', () => {
	for (const [name, program] of Object.entries(findReaders())) {
		const options = { skip: !program && `no ${name} of today` };

		test(`of ${name}`, options, async (t) => {
			const world = startWorld(t);
			const found = await answers(world, program, [initialize,
				request(ODD, 'tools/call', { name: 'run_task', arguments: {
					command: ['printf', '%s', ODD] } }),
				request(2, `no/${ODD}`)]);
			const run = found.find(({ id }) => id === ODD);
			const bad = found.find(({ id }) => id === 2);

			assert.ok(run.text.endsWith(ODD), run.text);
			assert.equal(bad.error.message,
				`unknown method 'no/${ODD}'`);

			const { stdout } = await world.run('ccproc',
				['show', '--json', 't1']);

			assert.doesNotMatch(stdout, /[\u2028\u2029]/);
			assert.equal(JSON.parse(stdout).tasks[0].result, ODD);
		});

		test(`of ${name}, and no daemon`, options, async (t) => {
			const world = startWorld(t);

			world.openState();
			const [{ id }] = await answers(world, program,
				[request(ODD, 'initialize', { protocolVersion: LEGACY })]);

			assert.equal(id, ODD);
		});
	}
});
