// The command for people, where an answer of the daemon holds fewer tasks than
// it asks for.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc, json, ok } from './lib/cli.mjs';
import { startWorld } from './lib/harness.mjs';
import { connect } from './lib/session.mjs';

describe('more tasks than an answer of the daemon holds', {
	concurrency: 2 }, () => {
	/** A session, and a folder whose path is as long as can be. */
	async function deep(t) {
		const { world, bridge } = await connect(t);
		let cwd = world.work;

		while (cwd.length < 3500)
			cwd = path.join(cwd, 'd'.repeat(250));
		fs.mkdirSync(cwd, { recursive: true });
		return { world, start: (...commands) => bridge.tool('start_tasks',
			{ tasks: commands.map((command) => ({ command, cwd })) }) };
	}
	const ids = Array.from({ length: 50 }, (_, i) => `t${i + 1}`);

	test('all are waited for, listed and shown', async (t) => {
		const { world, start } = await deep(t);

		await start(...Array(49).fill('true'), 'exit 7');
		assert.equal((await ccproc(world, ['wait', 'g1'])).code, 7);
		const listed = await json(world, 'ls', '-j', '-n', '60');

		assert.deepEqual(listed.map(({ id }) => id), [...ids].reverse());
		assert.equal((await ok(world, 'ls', '--plain', '-n', '60')).split('\n').length,
			50);
		assert.deepEqual((await json(world, 'show', '-j', 'g1'))
			.map(({ id }) => id), ids);
	});

	test('the first one to end is waited for', async (t) => {
		const world = startWorld(t, { config: { commands: { max_running: 1 } } });
		const gate = path.join(world.work, 'gate');
		const many = (n) => Array(n).fill(['-c', 'true']).flat();

		await ok(world, 'start', '-c',
			`until [ -e ${gate} ]; do sleep 0.05; done; exit 7`);
		await ok(world, 'start', ...many(50));
		await ok(world, 'start', ...many(20));
		const waiting = ccproc(world, ['wait', '--any', '--all', '-j']);

		assert.equal((await ccproc(world, ['wait', '--any', '--all', '-t', '1']))
			.code, 124);
		await ok(world, 'hold', '--queued'); // of which none ends
		fs.writeFileSync(gate, '');
		const { code, out, err } = await waiting;

		assert.equal(code, 7, err);
		assert.deepEqual(JSON.parse(out).tasks.filter(({ state }) =>
			state !== 'queued').map(({ id }) => id), ['t1']);
		await ok(world, 'stop', '--all', '--now');
	});

	test('all are stopped and removed', async (t) => {
		const { world, start } = await deep(t);

		await start(...Array(50).fill('sleep 600'));
		await ok(world, 'stop', '--now', 'g1');
		assert.deepEqual(world.live(), []);
		await ok(world, 'rm', 'g1');
		assert.equal(world.taskDir('t50'), undefined);
	});
});
