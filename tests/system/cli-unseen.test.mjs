// What a session is told at its start of tasks that ended while nobody looked;
// and a bridge that is started by the name of the command.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ccproc, ok } from './lib/cli.mjs';
import { startWorld, waitFor } from './lib/harness.mjs';

const unseen = async (world, ...args) => {
	const { code, out, err } = await ccproc(world,
		['status', '--unseen', ...args]);

	assert.equal(code, 0, err);
	return out;
};

describe('status --unseen', { concurrency: 3 }, () => {
	test('nothing where nothing has ended, and no daemon comes of it',
		async (t) => {
			const world = startWorld(t);

			assert.equal(await unseen(world), '');
			assert.equal(world.daemon(), undefined);
			await ok(world, 'start', 'sleep 300');
			assert.equal(await unseen(world), '');
		});

	test('what nobody was told, in that folder, and only words of ours',
		async (t) => {
			const world = startWorld(t);

			await ok(world, 'start', '-l', 'link', 'sleep 0.3; echo ld; exit 3');
			await ok(world, 'start', 'sleep 0.3; echo "$0 secret"');
			await waitFor(() => world.live().length === 0);
			const said = await unseen(world);

			assert.match(said, /^ccproc: 2 tasks of this folder ended, and nobody has seen how:\n/);
			assert.match(said, /^t1 link failed: exit code 3$/m);
			assert.match(said, /^t2 completed$/m);
			assert.match(said, /^next: check_tasks \{"ids":\["t2","t1"\]\} /m);
			assert.equal(said.split('\n').length, 5);
			assert.equal(await unseen(world, '-C', '/'), '');
			await ok(world, 'show', 't1'); // which is no result told
			assert.equal((await ccproc(world, ['wait', 't1'])).code, 3);
			assert.doesNotMatch(await unseen(world), /t1/);
		});

	test('five at most', async (t) => {
		const world = startWorld(t);

		for (let n = 0; n < 7; n++)
			await ok(world, 'start', 'sleep 0.3');
		await waitFor(() => world.live().length === 0);
		assert.match(await unseen(world),
			/^ccproc: 7 tasks [^]*\n(t\d completed\n){5}and 2 older ones\n/);
	});

	test('what does not go together', async (t) => {
		const world = startWorld(t);

		for (const args of [['-C', '/'], ['--unseen', '--line'],
			['--unseen', '-j']])
			assert.equal((await ccproc(world, ['status', ...args])).code, 2);
	});
});

test('mcp serve is the bridge', async (t) => {
	const world = startWorld(t);
	const hello = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {
		protocolVersion: '2025-06-18', capabilities: {},
		clientInfo: { name: 'test', version: '1' } } };
	const { code, out } = await ccproc(world, ['mcp', 'serve'],
		{ input: `${JSON.stringify(hello)}\n` });

	assert.equal(code, 0);
	assert.equal(JSON.parse(out).result.serverInfo.name, 'ccproc');
	assert.equal((await ccproc(world, ['mcp', 'serve', 'claude'])).code, 2);
});
