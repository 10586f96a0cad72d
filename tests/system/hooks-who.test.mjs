// Who a hook is: inside of its task or outside, and what it may do there.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ask, asked, askers } from './lib/askers.mjs';
import { ok } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { waitFor } from './lib/harness.mjs';
import { file, hooksOf, keepers, NOTE, over, settled, start, told }
	from './lib/hooks.mjs';

describe('who a hook is', { concurrency: 3 }, () => {
	test('one of a task is inside of it', async (t) => {
		const { world, bridge } = await start(t, {});

		await bridge.tool('run_task', { command: 'true', wait_s: 20,
			options: { on_finish: 'ccproc start -l child true; ' +
				'env >"$CCPROC_STATE_DIR/../env"' } });
		await waitFor(() => world.taskDir('t2'));
		await settled(world);
		const { parent, depth } = await bridge.task('t2');

		assert.deepEqual([parent, depth], ['t1', 2]);
		assert.match(file(world, 'env'),
			/^CCPROC_TASK=hook-end-1-own-t1-[0-9a-f-]{36}$/m);
		assert.match(file(world, 'env'), new RegExp(`^PWD=${world.work}$`, 'm'));
	});

	test('one of a task that has killed its keeper is nobody until it is ' +
		'ended', async (t) => {
		const sweeper = keepers(t, '[ "$1" != --orphans ] || ' +
			'until [ -e ${0%/*}/go ]; do sleep 0.02; done');
		const { world, bridge } = await start(t, {},
			{ config: { agents: askers }, env: sweeper.env });
		const [said, again, done] = ['said', 'again', 'done'].map((name) =>
			path.join(world.root, name));

		await bridge.tool('start_tasks', { tasks: [{ prompt: ask('make') }] });
		await asked(bridge);
		await bridge.tool('run_task', { command: 'true', wait_s: 20,
			options: { on_finish: 'kill -9 $PPID; unset CCPROC_TASK; ' +
				`setsid sh -c 'try() { ccproc answer t1 allow; } >>${said} 2>&1; ` +
				`try; : >${done}1; until [ -e ${again} ]; do sleep 0.02; done; ` +
				`try; : >${done}2; sleep 600'` } });
		await waitFor(() => fs.existsSync(`${done}1`));
		await killDaemon(world);
		await asked(bridge); // another daemon is there
		fs.writeFileSync(again, '');
		await waitFor(() => fs.existsSync(`${done}2`));
		assert.match(file(world, 'said'),
			/^(ccproc: [^\n]*; try again in a moment\n){2}$/);
		await asked(bridge);
		fs.writeFileSync(path.join(sweeper.libexec, 'go'), '');
		await settled(world, ['t1']);
		assert.equal((await world.run('ccproc', ['answer', 't1', 'allow']))
			.code, 0);
	});

	test('one of the user is outside, and none follows of what it starts',
		async (t) => {
			const { world, bridge } = await start(t, { on_finish:
				`${NOTE}; ccproc start true` });

			await bridge.tool('run_task', { command: 'true', wait_s: 20 });
			await waitFor(() => world.taskDir('t2'));
			await settled(world);
			assert.deepEqual(told(world).map(([id]) => id), ['t1']);
			const { parent, depth } = await bridge.task('t2');

			assert.deepEqual([parent, depth], ['hook', 2]);
		});

	test('it has nothing of the environment of the task', async (t) => {
		const { world, bridge } = await start(t, { on_finish:
			'env >"$CCPROC_STATE_DIR/../env"' });

		await bridge.tool('run_task', { command: 'true', wait_s: 20,
			options: { env: { PATH: '/evil:/usr/bin:/bin', LD_PRELOAD: 'x',
				BASH_ENV: 'x' } } });
		await settled(world);
		assert.match(file(world, 'env'), /^CCPROC_ID=t1$/m);
		assert.doesNotMatch(file(world, 'env'), /evil|LD_PRELOAD|BASH_ENV/);
	});

	test('one of a task that asks does not answer in the place of the user',
		async (t) => {
			const { world, bridge } = await start(t, {},
				{ config: { agents: askers } });
			const line = 'ccproc answer "$CCPROC_ID" allow ' +
				'>>"$CCPROC_STATE_DIR/../said" 2>&1';

			await bridge.tool('start_tasks', { tasks: [{ prompt: ask('make'),
				options: { on_needs_input: line } }] });
			await ok(world, 'start', '-a', '--on-needs-input', line,
				ask('make'));
			for (const id of ['t1', 't2'])
				await asked(bridge, 1, id);
			await over(world);
			assert.match(file(world, 'said'),
				/^(ccproc: .*is the user's to give.*\n){2}$/);
			for (const id of ['t1', 't2']) {
				assert.deepEqual(hooksOf(world, id), ['hook-q1-own']);
				await asked(bridge, 1, id);
			}
		});

	test('one of a command line is that of the task', async (t) => {
		const { world } = await start(t, {});

		await ok(world, 'run', '--on-finish', `${NOTE}; pwd`, '-c', 'exit 0');
		await settled(world);
		assert.deepEqual(told(world).map(([id, event]) => [id, event]),
			[['t1', 'finish']]);
		assert.equal(fs.readFileSync(path.join(world.taskDir('t1'),
			'hook-end-1-own', 'stdout'), 'utf8'), `${world.work}\n`);
	});
});
