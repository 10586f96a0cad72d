// However much there is of something, a call is a matter of short turns: a
// build for tests, configured with --enable-debug, ends the daemon in the
// middle of one that is not.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { patient, startWorld, waitFor } from './lib/harness.mjs';
import { initialized, join, running, Wire } from './lib/session.mjs';
import { copyTask } from './lib/state.mjs';

const ENDED = 5000, QUEUED = 500, REFUSED = 200;

/** A world with so many tasks that have ended, and a session. */
async function history(t) {
	const world = startWorld(t, { config: { commands: { max_running: 1 } } });
	const first = await join(world);
	const pid = world.daemon();

	await first.tool('run_task', { command: ['echo', 'x'], label: 'l1' });
	await first.close();
	process.kill(pid, 'SIGTERM');
	await waitFor(() => world.daemon() === undefined);
	copyTask(world, ENDED);
	return { world, bridge: await join(world) };
}

const many = (text) => Array.from({ length: 50 }, (_, i) => text(i));

test('nothing that is asked holds up the loop', { timeout: patient(120000) },
	async (t) => {
		const { world, bridge } = await history(t);
		const other = await join(world);
		const daemon = world.daemon();
		let going = true, pings = 0;
		const pinging = (async () => {
			for (; going; pings++, await sleep(5))
				await other.request('ping');
		})();
		const call = async (name, args) => (await bridge.tool(name, args,
			{ timeout: patient(60000) })).text;
		const said = async (name, args, words) =>
			assert.match(await call(name, args), words);

		await said('list_tasks', { limit: 200 }, /200 shown/);
		await said('list_tasks', { limit: 200, form: 'json' }, /"l4999"/);
		await said('list_tasks', { label: 'none*' },
			/cursor "t3001"/); // so many are looked at
		await said('check_tasks', {}, /no unfinished/);
		await said('check_tasks', { ids: many((i) => `t${i + 2}`) },
			/50 completed|all 50/);
		await said('check_tasks', { ids: many((i) => `t${i + 2}`),
			detail: 'full' }, /"l51"/);
		await said('check_tasks', { ids: many((i) => `nobody${i}`) },
			/nobody49: no such task/);
		await said('check_tasks', { ids: ['l4500'] }, /^t4500 l4500/);
		await bridge.request('prompts/get', { name: 'status' });
		await bridge.request('prompts/get', { name: 'pick_up' });
		await said('start_tasks', { tasks: many((i) => ({ command: ['true'],
			after: many((j) => `nobody${i}-${j}`) })) },
			/tasks\[0\]\.after: nobody0-0: no such task; nobody0-1: /);
		await said('start_tasks', { tasks: many((i) => ({ command: ['true'],
			after: many((j) => `l${4900 + j}`) })) }, /^started /);
		await call('run_task', { command: ['sleep', '1000'], label: 'gate',
			wait_s: 0 });
		for (let i = 0; i < QUEUED; i += 50)
			await call('start_tasks', { tasks: many((j) => ({
				command: ['true'], label: `q${i + j}`, after: ['gate'] })) });
		await said('list_tasks', { scope: 'active', limit: 200 },
			/500 queued in all/);
		await said('stop_tasks', { scope: 'mine' }, /cancelled/);
		await said('cleanup_tasks', { older_than_s: 0, dry_run: true },
			/would remove 1000 tasks/);
		await said('cleanup_tasks', { older_than_s: 86400 },
			/^removed 0 tasks/);
		await said('cleanup_tasks', { older_than_s: 0 }, /^removed 1000 tasks/);
		for (const args of [['ls'], ['ls', '-n', '500', '-j'], ['prune', '-n']])
			assert.equal((await world.run('ccproc', args)).code, 0);
		going = false;
		await pinging;
		assert.ok(pings > 0);
		assert.equal(world.daemon(), daemon);
	});

test('neither do many ends whose hooks the disk refuses',
	{ timeout: patient(120000) }, async (t) => {
		const world = startWorld(t, { config: {
			hooks: { on_finish: 'true', only: { each: true } } } });
		const first = await join(world);
		const refused = () => world.log().match(/is not accepted/g)?.length ?? 0;

		fs.writeFileSync(path.join(world.state, 'hooks'), '');
		await first.tool('run_task', { command: 'true', wait_s: 20 });
		await first.close();
		process.kill(world.daemon(), 'SIGTERM');
		await waitFor(() => world.daemon() === undefined);
		copyTask(world, REFUSED);
		const day = path.dirname(world.taskDir('t1'));
		const live = path.join(world.state, 'live');

		fs.rmSync(live, { recursive: true });
		fs.mkdirSync(live);
		// as an earlier daemon leaves them that dies before it has told
		for (const name of fs.readdirSync(day))
			fs.symlinkSync(`../${path.relative(world.state, day)}/${name}`,
				path.join(live, name));
		const bridge = await join(world);
		const daemon = world.daemon(), before = refused();
		let pings = 0;

		for (; refused() < before + 2 * REFUSED; await sleep(5)) {
			await bridge.request('ping');
			pings++;
		}
		assert.ok(pings > 0);
		assert.equal(world.daemon(), daemon);
		await bridge.close();
		process.kill(daemon, 'SIGTERM');
		await waitFor(() => world.daemon() === undefined);
		fs.rmSync(live, { recursive: true }); // they would wait for ever
	});

// the end of what it sends, and the end of a process that reads no answer
for (const end of ['end', 'destroy']) test('who asks for much at once has ' +
	`it all, gone or not: ${end}`, async (t) => {
	const world = await running(t);
	const other = await join(world);
	const wire = await Wire.greeted(world);
	const daemon = world.daemon();

	await initialized(wire);
	if (end === 'destroy')
		wire.socket.pause();
	for (let i = 0; i < 2000; i++)
		wire.request(String(i), 'ping');
	for (let i = 1; i <= 40; i++)
		wire.request(`"s${i}"`, 'tools/call', { name: 'start_tasks',
			arguments: { tasks: [{ command: 'true' }] } });
	if (end === 'destroy')
		await waitFor(() => wire.socket.writableLength === 0);
	wire.socket[end]();
	await other.request('ping');
	await waitFor(() => world.taskDir('t40') !== undefined);
	assert.equal(world.taskDir('t41'), undefined);
	assert.equal(world.daemon(), daemon);
});
