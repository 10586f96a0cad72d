// Each end and each question has its hook once, whatever dies.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { ask, askers } from './lib/askers.mjs';
import { called, killDaemon } from './lib/daemon.mjs';
import { kill, waitFor } from './lib/harness.mjs';
import { file, NOTE, open, settled, start, told } from './lib/hooks.mjs';

describe('each event has its hook once', { concurrency: 2 }, () => {
	test('while the daemon is killed 50 times', async (t) => {
		const { world, bridge } = await start(t, { on_finish: NOTE,
			on_needs_input: NOTE, only: { each: true } },
		{ config: { agents: { ...askers, max_running: 20, launches: 0 } } });
		const KILLS = 50;
		const own = NOTE.replace('told', 'own');

		for (let i = 0; i < KILLS; i++) {
			const calls = [bridge.tool('start_tasks', { tasks: [
				{ command: `sleep 0.0${i % 10}; exit ${i % 3}` },
				{ command: 'true', options: { on_finish: own } }] })];

			if (i % 10 === 0)
				calls.push(bridge.tool('start_tasks',
					{ tasks: [{ prompt: ask('make') }] }));
			await sleep(Math.random() * 60);
			await waitFor(() => world.daemon() !== undefined);
			await killDaemon(world);
			await Promise.all(calls);
		}
		await waitFor(() => told(world).length >= KILLS * 2 + 5 &&
			open(world).length === 0, { timeout: 60000, what: 'all hooks' });
		const ends = told(world).filter(([, event]) => event === 'finish');
		const asks = told(world).filter(([, event]) => event !== 'finish');

		assert.equal(ends.length, KILLS * 2);
		assert.equal(new Set(ends.map(([id]) => id)).size, KILLS * 2);
		assert.equal(asks.length, 5);
		assert.equal(new Set(asks.map(([id]) => id)).size, 5);
		assert.equal(new Set(told(world).map((words) => words[3])).size,
			KILLS * 2 + 5);
		const asked = told(world, 'own').map(([id]) => id);

		assert.equal(asked.length, KILLS);
		assert.equal(new Set(asked).size, KILLS);
	});

	test('also of groups, while the daemon is killed', async (t) => {
		const { world, bridge } = await start(t, { on_finish: NOTE });
		const N = 15;

		for (let i = 0; i < N; i++) {
			const call = bridge.tool('start_tasks', { tasks: [
				{ command: 'sleep 0.03' }, { command: 'sleep 0.0' + i % 6 },
				{ command: 'true' }] });

			await sleep(Math.random() * 80);
			await waitFor(() => world.daemon() !== undefined);
			await killDaemon(world);
			await call;
		}
		await settled(world);
		assert.equal(told(world).length, N);
		assert.equal(new Set(told(world).map(([id]) => id)).size, N);
		assert.ok(told(world).every(([id, event, state]) => /^g\d+$/.test(id) &&
			event === 'group_end' && state === 'completed'), file(world));
	});

	test('or is logged as lost, while keepers are killed as well',
		async (t) => {
			const { world, bridge } = await start(t, { only: { each: true },
				on_finish: `sleep 0.02; ${NOTE}; sleep 0.02` });
			const ROUNDS = 25;

			for (let i = 0; i < ROUNDS; i++) {
				const call = bridge.tool('start_tasks', { tasks: [
					{ command: 'sleep 0.05' }, { command: 'true' }] });

				await sleep(Math.random() * 80);
				const keepers = called(world, 'ccproc-keeper');

				if (keepers.length > 0)
					kill(keepers[i % keepers.length], 'SIGKILL');
				await waitFor(() => world.daemon() !== undefined);
				if (i % 3 === 0)
					await killDaemon(world);
				await call;
			}
			await settled(world);
			const ids = told(world).map(([id]) => id);
			const lost = [...world.log().matchAll(
				/ (t\d+): hook-end-1 (?:failed|is lost): /g)]
				.map(([, id]) => id);

			assert.equal(new Set(ids).size, ids.length);
			assert.equal(new Set([...ids, ...lost]).size, ROUNDS * 2);
		});

	test('or again after a power cut that took it, with the same UUID',
		async (t) => {
			const { world, bridge } = await start(t, { on_finish: NOTE });

			await bridge.tool('run_task', { command: 'true', wait_s: 20 });
			await settled(world);
			const dir = world.taskDir('t1');

			fs.rmSync(path.join(dir, 'hook-end-1'), { recursive: true });
			fs.symlinkSync(`../${path.relative(world.state, dir)}`,
				path.join(world.state, 'live', path.basename(dir)));
			await killDaemon(world);
			await bridge.task('t1');
			await waitFor(() => told(world).length === 2);
			await settled(world);
			assert.deepEqual(told(world)[0], told(world)[1]);
		});

	const parts = { 'hook.json': ['empty', 'NULs', 'gone'],
		env: ['empty', 'NULs'], prompt: ['empty', 'NULs', 'gone'],
		run: ['gone'], 'its link': ['gone'] };

	for (const [name, ways] of Object.entries(parts))
		for (const how of ways)
			test(`or again when a power cut took a part of it: ${name} ${how}`,
				async (t) => {
					const { world, bridge } = await start(t,
						{ on_finish: NOTE });

					await bridge.tool('run_task', { command: 'true',
						wait_s: 20 });
					await settled(world);
					const dir = world.taskDir('t1');
					const hook = path.join(dir, 'hook-end-1');

					// accepted and not begun, and nobody was told of the end
					for (const file of ['exit.json', 'stdout', 'stderr'])
						fs.rmSync(path.join(hook, file));
					fs.writeFileSync(path.join(hook, 'run'), '');
					fs.writeFileSync(path.join(hook, 'env'), 'CCPROC_ID=t1\0' +
						`CCPROC_STATE_DIR=${world.state}\0`);
					fs.symlinkSync(`../${path.relative(world.state, dir)}`,
						path.join(world.state, 'live', path.basename(dir)));
					if (name !== 'its link') {
						const file = path.join(hook, name);

						fs.symlinkSync(`../${path.relative(world.state, hook)}`,
							path.join(world.state, 'hooks',
								`${path.basename(dir)}.hook-end-1`));
						if (how === 'gone')
							fs.rmSync(file);
						else
							fs.writeFileSync(file, how === 'empty' ? '' :
								'\0'.repeat(fs.statSync(file).size));
					}
					await killDaemon(world);
					await bridge.task('t1');
					await waitFor(() => told(world).length === 2);
					await settled(world);
				});

	for (const name of ['hook.json', 'env', 'run', 'exit.json'])
		for (const [how, spoil] of Object.entries({ empty: () => '',
			NULs: (text) => '\0'.repeat(text.length || 9), gone: null }))
			test(`or is over, whatever a power cut left: ${name} ${how}`,
				async (t) => {
					const { world, bridge } = await start(t,
						{ on_finish: 'true' });
					const link = (dir) => path.join(world.state, 'hooks',
						`${path.basename(dir)}.hook-end-1`);

					await bridge.tool('run_task', { command: 'true',
						wait_s: 20 });
					await settled(world);
					const dir = world.taskDir('t1');
					const file = path.join(dir, 'hook-end-1', name);

					// as it is before it begins, but for that file
					if (name !== 'exit.json')
						fs.rmSync(path.join(path.dirname(file), 'exit.json'));
					for (const [other, text] of [['env', 'A=1\0'], ['run', '']])
						fs.writeFileSync(path.join(path.dirname(file), other),
							text);
					if (spoil)
						fs.writeFileSync(file,
							spoil(fs.readFileSync(file, 'latin1')));
					else
						fs.rmSync(file);
					fs.symlinkSync(`../${path.relative(world.state,
						path.dirname(file))}`, link(dir));
					await killDaemon(world);
					await bridge.task('t1');
					await waitFor(() => open(world).length === 0);
					// one word for each of the two times that it was over
					assert.equal(world.log().match(
						/ t1: hook-end-1(?:: done| failed: | is lost: )/g).length,
					2);
					assert.equal((await bridge.tool('run_task',
						{ command: 'exit 7', wait_s: 20 })).text.split(' · ')[0],
					't2 failed: exit code 7');
				});

	test('or is lost with its keeper, and not repeated', async (t) => {
		const { world, bridge } = await start(t,
			{ on_finish: `${NOTE}; sleep 600` });

		await bridge.tool('run_task', { command: 'true', wait_s: 20 });
		await waitFor(() => told(world).length === 1);
		const [keeper] = called(world, 'ccproc-keeper');

		await killDaemon(world);
		kill(keeper, 'SIGKILL');
		await bridge.task('t1');
		await settled(world);
		assert.equal(told(world).length, 1);
		assert.match(world.log(), /t1: hook-end-1 failed: its keeper was killed/);
		await waitFor(() => called(world, 'sleep').length === 0);
	});
});
