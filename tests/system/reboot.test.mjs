// A restart of the machine, as its traces on disk look to the next daemon.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { called, ended, killDaemon } from './lib/daemon.mjs';
import { kill, waitFor } from './lib/harness.mjs';
import { stopKeeper } from './lib/keeper.mjs';
import { connect, join, records } from './lib/session.mjs';

describe('a shutdown', { concurrency: 2 }, () => {
	for (const there of [true, false])
		test(`starts nothing of the queue ${there ? 'under a daemon' :
			'when the next daemon comes in the middle of it'}`, async (t) => {
			const { world, bridge } = await connect(t,
				{ config: { commands: { max_running: 1 } } });

			await bridge.tool('start_tasks', { tasks: [
				{ command: 'echo up; exec sleep 60' }, { command: 'echo two' }] });
			await waitFor(() => world.output('t1') === 'up\n');
			if (!there) {
				await bridge.close();
				await killDaemon(world);
			}
			const [keeper] = called(world, 'ccproc-keeper');

			stopKeeper(keeper, { reason: 'shutdown' });
			await ended(keeper);
			const next = there ? bridge : await join(world);
			const { text } = await next.tool('check_tasks',
				{ ids: ['t1', 't2'] });

			assert.match(text, /^t1 failed: shutdown/m);
			assert.match(text, /^t2 queued .*the machine, which is being shut down/m);
			assert.equal(world.output('t2'), '');
		});
});

describe('a reboot', { concurrency: 3 }, () => {
	/**
	 * A world after one: t1 had been running, t2 and t3 and t4, which is
	 * after t3, were in the queue.
	 */
	async function rebooted(t, after_reboot) {
		const { world, bridge } = await connect(t, { config: {
			...(after_reboot && { after_reboot }),
			commands: { max_running: 1 } } });
		const other = '77777777-7777-7777-7777-777777777777';

		await bridge.tool('start_tasks', { tasks: [
			{ command: 'echo $$; exec sleep 60' }, { command: 'echo two' },
			{ command: 'echo three', label: 'three' },
			{ command: 'echo four', after: ['three'] }] });
		await waitFor(() => world.output('t1').endsWith('\n'));
		await bridge.close();
		await killDaemon(world);
		for (const pid of [called(world, 'ccproc-keeper')[0],
			Number(world.output('t1'))]) {
			kill(pid, 'SIGKILL');
			await ended(pid);
		}
		for (const [id, file] of [['t1', 'run'], ['t1', 'spec.json'],
			['t2', 'spec.json'], ['t3', 'spec.json'], ['t4', 'spec.json']]) {
			const name = path.join(world.taskDir(id), file);
			const text = fs.readFileSync(name, 'utf8');

			assert.match(text, /"boot":"[0-9a-f-]{36}"/);
			fs.writeFileSync(name, text.replace(/("boot":")[^"]*/, `$1${other}`));
		}
		return { world, next: await join(world) };
	}
	const states = async (bridge) => (await records(bridge,
		['t1', 't2', 't3', 't4'])).map((task) => task.state);

	test('loses what ran, and the queue goes on', async (t) => {
		const { next } = await rebooted(t);

		await next.tool('check_tasks', { ids: ['g1'], wait_s: 20 });
		assert.deepEqual(await states(next),
			['lost', 'completed', 'completed', 'completed']);
		assert.equal((await next.task('t1')).reason, 'reboot');
	});

	test('holds the queue, if told so, until it is waited for',
		async (t) => {
			const { world, next } = await rebooted(t, 'hold');

			assert.deepEqual(await states(next),
				['lost', 'queued', 'queued', 'queued']);
			assert.match((await world.run('ccproc', ['ls'])).stdout,
				/^t2\s.*held\s[^]*\nt1\s.*lost/m);
			assert.match((await next.tool('list_tasks', {})).text,
				/\nt2\t-\theld\t/);
			assert.match((await next.tool('check_tasks', { ids: ['t2'] })).text,
				/^t2 queued: held since the machine was restarted/);
			// what is new is not held
			assert.match((await next.tool('run_task', { command: 'echo new' }))
				.text, /^t5 completed/);
			assert.deepEqual(await states(next),
				['lost', 'queued', 'queued', 'queued']);
			const { code, stdout } = await world.run('ccproc',
				['wait', 't2']);

			assert.equal(code, 0, stdout);
			assert.deepEqual(await states(next),
				['lost', 'completed', 'queued', 'queued']);
			// another daemon still knows
			await killDaemon(world);
			assert.deepEqual(await states(next),
				['lost', 'completed', 'queued', 'queued']);
			// and what a task is after comes with it
			await next.tool('check_tasks', { ids: ['t4'], wait_s: 20 });
			assert.deepEqual(await states(next),
				['lost', 'completed', 'completed', 'completed']);
		});

	test('a held task can be stopped', async (t) => {
		const { next } = await rebooted(t, 'hold');

		assert.match((await next.tool('stop_tasks', { ids: ['t2'] })).text,
			/^t2 cancelled: by user/);
	});

	test('ages do not follow the clock', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('start_tasks', { tasks: [
			{ command: ['sleep', '600'] }] });
		await bridge.close();
		await killDaemon(world);
		// as if it had been set a day ahead since
		const dir = world.taskDir('t1');
		const behind = (name, key, change) => {
			const file = path.join(dir, name);
			const text = fs.readFileSync(file, 'utf8');
			const to = text.replace(new RegExp(`("${key}":"?)([^",]+)`),
				(all, begin, value) => begin + change(value));

			assert.equal(to.length, text.length);
			assert.notEqual(to, text);
			fs.writeFileSync(file, to, { flag: 'r+' });
		};

		behind('spec.json', 'created_at', (at) =>
			new Date(Date.parse(at) - 86400000).toISOString());
		behind('run', 'started_at', (ms) => Number(ms) - 86400000);
		const next = await join(world);

		assert.match((await next.tool('list_tasks', {})).text,
			/\nt1\t[^\t]*\trunning\t[\d.]+ m?s\t/);
		assert.match((await next.tool('check_tasks', { ids: ['t1'] })).text,
			/^t1 running · [\d.]+ m?s/);
		assert.match((await world.run('ccproc', ['ls'])).stdout,
			/^t1\s.*running\s+[\d.]+ m?s\s+[\d.]+ m?s\s/m);
	});
});
