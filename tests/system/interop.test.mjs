// The TypeScript SDK's clients at a real bridge and daemon: both major
// versions, every way to negotiate.  Needs `npm install` in this folder.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';

import { LEGACY, MODERN, World, buildDir } from './lib/harness.mjs';
import { answerOf, cancelledWait, everyTool, progressInAWait,
	wrongCalls } from './lib/interop.mjs';
import { load } from './lib/node-modules.mjs';

const v1 = load('@modelcontextprotocol/sdk/client/index.js');
const v1stdio = load('@modelcontextprotocol/sdk/client/stdio.js');
const v2 = load('@modelcontextprotocol/client');
const v2stdio = load('@modelcontextprotocol/client/stdio');
const info = { name: 'interop', version: '1' };

const first = {
	name: 'SDK 1, initialize', missing: !v1,
	make: () => new v1.Client(info),
	transport: () => v1stdio.StdioClientTransport,
	// the schema of the result stands before the options
	call: (client, params, options) =>
		client.callTool(params, undefined, options),
};

const second = (mode, version) => ({
	name: `SDK 2, mode ${mode.pin ?? mode}`, missing: !v2, version,
	make: () => new v2.Client(info, { versionNegotiation: { mode } }),
	transport: () => v2stdio.StdioClientTransport,
	call: (client, params, options) => client.callTool(params, options),
});

const kinds = [first, second('legacy', LEGACY), second('auto', MODERN),
	second({ pin: MODERN }, MODERN)];

/** A connected client, as lib/interop.mjs wants it. */
async function connect(t, { make, transport, call, version }) {
	const world = new World();
	const client = make();
	const Transport = transport();
	const errors = [];

	t.after(() => client.close().finally(() => world.close()));
	await client.connect(new Transport({ env: world.env, cwd: world.work,
		command: path.join(buildDir(), 'ccproc-bridge') }));
	assert.equal(client.getNegotiatedProtocolVersion?.(), version);
	client.onerror = (error) => errors.push(error);
	return { errors,
		tools: async () =>
			(await client.listTools()).tools.map(({ name }) => name),
		tool: async (name, args, options) => answerOf(await call(client,
			{ name, arguments: args }, options)) };
}

describe('the TypeScript SDK', { concurrency: true }, () => {
	for (const kind of kinds) {
		describe(kind.name, { concurrency: true,
			skip: kind.missing && 'npm install is missing' }, () => {
			test('every tool', async (t) =>
				everyTool(await connect(t, kind)));
			test('wrong calls', async (t) =>
				wrongCalls(await connect(t, kind)));
			test('progress in a wait', async (t) =>
				progressInAWait(await connect(t, kind)));
			test('a cancelled wait', async (t) =>
				cancelledWait(await connect(t, kind)));
		});
	}
});
