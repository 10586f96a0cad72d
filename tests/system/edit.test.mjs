// A queued task in the editor: another one in its place.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc, Cli, json, ok, startAgents } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { buildDir, startWorld, waitFor } from './lib/harness.mjs';
import { job, one, order, queued } from './lib/queue.mjs';
import { join, Wire, envelope } from './lib/session.mjs';

const ALL = { concurrency: 4 };

const edit = (world, id, editor, options = {}) => ccproc(world,
	['edit', id], { env: { EDITOR: editor, VISUAL: '', ...options.env } });
const sed = (expression) => `sed -i -e '${expression}'`;
const record = async (world, id) => (await json(world, 'show', '-j', id))[0];

describe('an edited task', ALL, () => {
	test('takes the place, the environment and the group of the old one',
		async (t) => {
			const world = await queued(t, job('a'), ['-g', 'night', '-P', '3',
				'-e', 'GIVEN=secret', '-c', 'echo $GIVEN $KEPT >>order', '-c', 'echo x >>order'],
			['-l', 'after', '--after', 't3', '-c', 'echo after >>order']);
			const { code, out, err } = await edit(world, 't3',
				sed('s/GIVEN/GIVEN edited/'));

			assert.equal(code, 0, err);
			assert.match(out, /^t6 queued · 1st of 4 · waits for a free place/);
			assert.equal(err, '');
			assert.match(await ok(world, 'show', 't3'),
				/^t3 cancelled: replaced by t6/);
			const now = await record(world, 't6');

			assert.deepEqual([now.replaces, now.group_name, now.priority],
				['t3', 'night', 3]);
			assert.match(await ok(world, 'show', 'after'),
				/^t5 after queued · .* waits for t6/);
			assert.equal((await json(world, 'show', '-j', 'g3')).length, 3);
			world.open();
			await ccproc(world, ['wait', 'after', 'a', 'g3']);
			assert.equal(order(world), 'secret edited x a after');
			assert.equal((await record(world, 't5')).state, 'completed');
		});

	test('is followed by what waits for it, however often it is edited',
		async (t) => {
			const world = await queued(t, job('a'), job('b'),
				['--after', 'a', ...job('c')]);

			await ok(world, 'hold', 'a');
			for (const [id, name] of [['t2', 'x'], ['t5', 'y']])
				assert.equal((await edit(world, id,
					sed(`s/echo [a-z]/echo ${name}/`))).code, 0);
			assert.match(await ok(world, 'show', 't6'),
				/^t6 a queued: held by who started it/);
			await killDaemon(world);
			await ok(world, 'release', 't6');
			world.open();
			await ccproc(world, ['wait', 'c', 'b']);
			assert.equal(order(world), 'y b c'); // its place was before b
		});

	test('is followed when the old one has been cleaned up', async (t) => {
		const world = await queued(t, job('a'), ['--after', 'a', ...job('b')]);

		assert.equal((await edit(world, 'a', sed('s/echo a/echo x/'))).code, 0);
		await ok(world, 'rm', 't2');
		await killDaemon(world);
		assert.match(await ok(world, 'show', 'b'), /^t3 b queued .* waits for t4/);
		await ok(world, 'stop', '-n', '-a');
	});

	test('is followed when the old ones are cleaned up, and it has ended',
		async (t) => {
			const world = await queued(t, job('a'), ['--after', 'a', ...job('b')]);

			await ok(world, 'hold', 'b');
			for (const [id, name] of [['a', 'x'], ['t4', 'y']])
				assert.equal((await edit(world, id,
					sed(`s/echo [a-z]/echo ${name}/`))).code, 0);
			await ok(world, 'rm', 't2', 't4');
			world.open();
			await ccproc(world, ['wait', 't5']);
			await killDaemon(world);
			await ok(world, 'release', 'b');
			await ccproc(world, ['wait', 'b']);
			assert.equal(order(world), 'y b');
		});

	test('stays in its group when the old ones are cleaned up', async (t) => {
		const world = await queued(t, ['-g', 'night', '-c', 'echo a >>order',
			'-c', 'echo b >>order']);
		const ids = async () => (await json(world, 'show', '-j', 'g2'))
			.map(({ id }) => id).join(' ');

		// more than a group has, so that its numbers do not tell
		await ok(world, 'start', ...Array(50).fill(['-c', 'true']).flat());
		for (const [id, name] of [['t2', 'x'], ['t54', 'y']])
			assert.equal((await edit(world, id,
				sed(`s/echo [a-z]/echo ${name}/`))).code, 0);
		assert.equal(await ids(), 't2 t54 t55 t3');
		await ok(world, 'rm', 't2', 't54');
		assert.equal(await ids(), 't3 t55');
		await killDaemon(world);
		world.open();
		await ccproc(world, ['wait', 'g2']);
		assert.equal(await ids(), 't3 t55');
		assert.equal(order(world), 'y b');
		await ok(world, 'rm', 'g2');
		assert.match((await ccproc(world, ['show', 't55'])).err,
			/t55: was cleaned up/);
	});

	test('is of the task and the session that have started the old one',
		async (t) => {
			const world = startWorld(t);
			const spec = (id) => JSON.parse(fs.readFileSync(
				path.join(world.taskDir(id), 'spec.json')));

			await ok(world, 'run', '-c',
				`${path.join(buildDir(), 'ccproc')} start --hold sleep 600`);
			assert.equal((await edit(world, 't2', sed('s/600/601/'))).code, 0);
			for (const name of ['parent', 'ancestors', 'depth', 'owner'])
				assert.deepEqual(spec('t3')[name], spec('t2')[name], name);
			assert.deepEqual(spec('t3').ancestors, ['t1']);
			await ok(world, 'stop', '-n', 't3');
		});

	test('of an agent has its new prompt', async (t) => {
		const world = startAgents(t);

		await ok(world, 'pause', '--queue');
		await ok(world, 'start', '--agent', 'RUN echo one');
		assert.equal((await edit(world, 't1', sed('s/one/two/'))).code, 0);
		await ok(world, 'unpause', '--queue');
		await ccproc(world, ['wait', 't2']);
		assert.equal(fs.readFileSync(path.join(world.taskDir('t2'), 'prompt'),
			'utf8'), 'RUN echo two');
	});

	test('reads what the old one was given', async (t) => {
		const world = await queued(t);

		await new Cli(world, ['start', '-i', '-', '-l', 'reads', '-c', 'cat'],
			{ input: 'data' }).end();
		assert.equal((await edit(world, 'reads', sed('s/cat/cat -A/'))).code, 0);
		world.open();
		await ccproc(world, ['wait', 't3']);
		assert.equal(world.output('t3'), 'data');
	});
});

describe('nothing is changed', ALL, () => {
	test('by an editor that fails, no change, or what is no task', async (t) => {
		const world = await queued(t, job('a'));

		for (const [editor, code, why] of [
			['false', 125, /did not end with success, so its text is not used/],
			['no-such-editor', 125, /was not found; set EDITOR/],
			['true', 0, /^ccproc: t2 is as it was: nothing was edited\n$/],
			[sed('s/{/{{/'), 125, /what was edited is no task/],
			[sed('s/"command"/"comand"/'), 125, /comand: is not known here/],
			['sh -c ": >$1" sh', 125, /what was edited is no task/],
		]) {
			const result = await edit(world, 'a', editor);

			assert.match(result.err, why);
			assert.equal(result.code, code, editor);
			assert.equal(result.out, '');
			assert.equal((await record(world, 'a')).id, 't2');
			assert.equal((await record(world, 'a')).state, 'queued');
		}
		await ok(world, 'stop', '-n', 'a', 't1');
	});

	test('of what is not queued, or no longer', async (t) => {
		const world = await queued(t, job('a'));

		assert.match((await edit(world, 't1', 'true')).err,
			/t1 is running; expected a task that is queued, so nothing was changed/);
		assert.match((await edit(world, 'none', 'true')).err, /no such task/);
		// it starts while it is edited
		const { code, err } = await edit(world, 'a', 'sh -c \'' +
			`touch ${world.work}/gate; until [ -e ${world.work}/order ]; ` +
			'do sleep 0.02; done; sed -i s/order/other/ $0\'');

		assert.match(err, /t2 is not queued any more, so nothing was changed/);
		assert.equal(code, 125);
		assert.equal(order(world), 'a');
		assert.equal(fs.existsSync(path.join(world.work, 'other')), false);
	});
});

test('an edit that comes again is one', async (t) => {
	const world = await queued(t, job('a'));
	const session = randomUUID();
	const args = { command: 'echo new >>order', cwd: world.work, wait_s: 0,
		options: { replaces: 't2' } };
	const send = (wire) => wire.request('1', 'tools/call',
		{ name: 'run_task', arguments: args, ...envelope() });

	send(await Wire.greeted(world, { protocol: 2, session, ordinal: 1 }));
	await waitFor(() => world.taskDir('t3') !== undefined);
	await killDaemon(world);
	await join(world);
	const wire = await Wire.greeted(world, { protocol: 2, session, ordinal: 2,
		replays: [[1, 100]] });

	send(wire);
	const { result } = await wire.answer(1);

	assert.match(result.content[0].text, /^t3 queued/);
	assert.equal((await record(world, 't2')).note, 'replaced by t3');
	world.open();
	await ccproc(world, ['wait', 't3']);
	assert.equal(order(world), 'new');
});

test('of a task and the one that replaces it one starts, ever', async (t) => {
	const world = await queued(t, job('a'));

	assert.equal((await edit(world, 'a', sed('s/order/other/'))).code, 0);
	await killDaemon(world);
	// as if it had been killed before it ended the old one
	const dir = world.taskDir('t2');

	fs.rmSync(path.join(dir, 'exit.json'));
	fs.writeFileSync(path.join(dir, 'run'), '', { mode: 0o600 });
	fs.writeFileSync(path.join(dir, 'env'), '', { mode: 0o600 });
	fs.symlinkSync(path.join('..', path.relative(world.state, dir)),
		path.join(world.state, 'live', path.basename(dir)));
	world.open();
	await ccproc(world, ['wait', 't3']);
	assert.match(await ok(world, 'show', 't2'), /^t2 a cancelled: replaced by t3/);
	assert.equal(fs.existsSync(path.join(world.work, 'order')), false);
	assert.equal(fs.existsSync(path.join(world.work, 'other')), true);
});
