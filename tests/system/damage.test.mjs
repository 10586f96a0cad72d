// Files as a power cut leaves those that were not synced: empty, or full of
// NULs.  What can be told of their tasks is told; none stays for ever, none
// is started by halves, and the others do not notice.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { killDaemon } from './lib/daemon.mjs';
import { waitFor } from './lib/harness.mjs';
import { connect, join } from './lib/session.mjs';

const OTHER = '77777777-7777-7777-7777-777777777777';

const WAYS = {
	'empty': () => '',
	'NULs': (text) => '\0'.repeat(text.length),
	'half NULs': (text) => text.slice(0, text.length / 2) +
		'\0'.repeat(text.length / 2),
};

/** Spoils a file of the state directory. */
function spoil(file, how) {
	fs.writeFileSync(file, how(fs.readFileSync(file, 'latin1')), 'latin1');
}

/** As if the tasks had been accepted before the machine was restarted. */
function beforeReboot(world, ids) {
	for (const id of ids)
		for (const name of ['spec.json', 'run', 'exit.json']) {
			const file = path.join(world.taskDir(id), name);

			if (fs.existsSync(file))
				fs.writeFileSync(file, fs.readFileSync(file, 'utf8')
					.replace(/("boot":")[^"]*/, `$1${OTHER}`));
		}
}

describe('a damaged', { concurrency: 3 }, () => {
	/**
	 * A world without a daemon: t1 has ended with 7, t2 waits for t3, which
	 * the test lets wait for ever.
	 */
	async function begin(t) {
		const { world, bridge } = await connect(t,
			{ config: { commands: { max_running: 1 } } });

		await bridge.tool('run_task', { command: 'echo out; exit 7' });
		await bridge.tool('start_tasks', { tasks: [
			{ command: ['sleep', '600'] },
			{ command: `echo x >>${world.work}/ran` }] });
		await bridge.close();
		await killDaemon(world);
		return world;
	}
	const look = async (bridge, id) =>
		(await bridge.tool('check_tasks', { ids: [id] })).text;

	for (const [way, how] of Object.entries(WAYS)) {
		test(`spec.json (${way}) still tells the code, and can go`,
			async (t) => {
				const world = await begin(t);

				spoil(path.join(world.taskDir('t1'), 'spec.json'), how);
				const bridge = await join(world);

				assert.match(await look(bridge, 't1'),
					/^t1 failed: exit code 7 .*\nout\n[^]*spec\.json/);
				assert.match((await bridge.tool('list_tasks', {})).text,
					/\nt1\t.*failed/);
				assert.match((await bridge.tool('cleanup_tasks',
					{ ids: ['t1'] })).text, /^removed 1 task/);
				assert.match(await look(bridge, 't1'), /was cleaned up/);
			});

		test(`spec.json (${way}) of a task in the queue does not start it`,
			async (t) => {
				const world = await begin(t);

				spoil(path.join(world.taskDir('t3'), 'spec.json'), how);
				const bridge = await join(world);

				await waitFor(() => !world.live().includes('t3'));
				assert.match(await look(bridge, 't3'),
					/^t3 lost: machine restarted[^]*spec\.json/);
				await bridge.tool('stop_tasks', { ids: ['t2'], mode: 'now' });
				assert.match((await bridge.tool('run_task',
					{ command: 'exit 4' })).text, /^t4 failed: exit code 4/);
				assert.equal(fs.existsSync(`${world.work}/ran`), false);
				await bridge.tool('cleanup_tasks', { ids: ['t3'] });
				assert.equal(world.taskDir('t3'), undefined);
			});

		test(`exit.json (${way}) is of a task that is lost`, async (t) => {
			const world = await begin(t);
			const file = path.join(world.taskDir('t1'), 'exit.json');
			const link = path.join(world.state, 'live',
				path.basename(world.taskDir('t1')));

			beforeReboot(world, ['t1']);
			spoil(file, how);
			fs.symlinkSync(path.join('..', path.relative(world.state,
				world.taskDir('t1'))), link);
			const bridge = await join(world);

			assert.match(await look(bridge, 't1'), /^t1 lost: machine restarted/);
			assert.deepEqual(world.live().sort(), ['t2', 't3']);
			await bridge.tool('cleanup_tasks', { ids: ['t1'] });
			assert.equal(world.taskDir('t1'), undefined);
		});

		test(`env (${way}) starts nothing after a reboot`, async (t) => {
			const world = await begin(t);

			beforeReboot(world, ['t3']);
			spoil(path.join(world.taskDir('t3'), 'env'), (text) => way ===
				'half NULs' ? '' : how(text));
			const bridge = await join(world);

			await waitFor(() => !world.live().includes('t3'));
			assert.match(await look(bridge, 't3'),
				/^t3 lost: machine restarted[^]*env is empty or damaged/);
			assert.equal(fs.existsSync(`${world.work}/ran`), false);
		});

		test(`file beside the tasks (${way}) is made anew`, async (t) => {
			const world = await begin(t);

			for (const name of ['seq', 'version', 'program', 'key', 'clock',
				'lock'])
				if (fs.existsSync(path.join(world.state, name)))
					spoil(path.join(world.state, name), how);
			// half a version is a number that nobody knows
			if (way === 'half NULs')
				fs.rmSync(path.join(world.state, 'version'));
			const bridge = await join(world);

			await bridge.tool('stop_tasks', { ids: ['t2', 't3'], mode: 'now' });
			assert.match((await bridge.tool('run_task', { command: 'exit 4' }))
				.text, /^t4 failed: exit code 4/);
		});
	}
});

test('folders that a task has left go, however deep and closed', async (t) => {
	const { world, bridge } = await connect(t);
	const deep = 'd/'.repeat(60);

	await bridge.tool('run_task', { command: 'true' });
	const dir = world.taskDir('t1');

	fs.mkdirSync(path.join(dir, deep), { recursive: true });
	fs.writeFileSync(path.join(dir, deep, 'file'), '');
	fs.mkdirSync(path.join(dir, 'closed', 'inner'), { recursive: true });
	fs.chmodSync(path.join(dir, 'closed'), 0);
	await bridge.tool('cleanup_tasks', { ids: ['t1'] });
	await waitFor(() => fs.readdirSync(path.join(world.state, 'trash'))
		.length === 0);
});
