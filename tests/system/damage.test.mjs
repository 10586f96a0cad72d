// Files as a power cut leaves those that were not synced: empty, or full of
// NULs.  What can be told of their tasks is told; none stays for ever, none
// is started by halves, and the others do not notice.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { killDaemon } from './lib/daemon.mjs';
import { waitFor } from './lib/harness.mjs';
import { connect, join } from './lib/session.mjs';

const OTHER = '77777777-7777-7777-7777-777777777777';

const AGENTS = { claude: { command: [fileURLToPath(
	new URL('../programs/fake-claude', import.meta.url))] } };

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

const look = async (bridge, id) =>
	(await bridge.tool('check_tasks', { ids: [id] })).text;

describe('a damaged', { concurrency: 3 }, () => {
	/**
	 * A world without a daemon: t1 has ended with 7, t2 waits for t3, which
	 * the test lets wait for ever.
	 */
	async function begin(t, ...more) {
		const { world, bridge } = await connect(t,
			{ config: { commands: { max_running: 1 }, agents: AGENTS } });

		await bridge.tool('run_task', { command: 'echo out; exit 7' });
		await bridge.tool('start_tasks', { tasks: [
			{ command: ['sleep', '600'], label: 'long' },
			{ command: `echo x >>${world.work}/ran` },
			...more] });
		await bridge.close();
		await killDaemon(world);
		return world;
	}
	const agent = { prompt: 'RUN echo x >>ran', after: ['long'] };

	/**
	 * A world without a daemon: t1, an agent, had ended with 3 when it was
	 * replied to, and the power was cut before the reply was accepted.
	 */
	async function replied(t) {
		const { world, bridge } = await connect(t,
			{ config: { agents: AGENTS } });

		await bridge.tool('run_task',
			{ prompt: 'REPLAY stream-json.out say=first rc=3' });
		await bridge.tool('reply_task', { id: 't1',
			message: 'REPLAY stream-json.out say=second', wait_s: 20 });
		await bridge.close();
		await killDaemon(world);
		const run = path.join(world.taskDir('t1'), 'run-2');

		for (const name of ['exit.json', 'result.json', 'stdout', 'seen'])
			fs.rmSync(path.join(run, name), { force: true });
		fs.writeFileSync(path.join(run, 'run'), '');
		fs.writeFileSync(path.join(run, 'env'), 'PATH=/usr/bin:/bin\0');
		fs.symlinkSync(path.join('..', path.relative(world.state,
			world.taskDir('t1'))), path.join(world.state, 'live',
			path.basename(world.taskDir('t1'))));
		return { world, run };
	}
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

		test(`prompt (${way}) starts nothing after a reboot`, async (t) => {
			const world = await begin(t, agent);

			beforeReboot(world, ['t4']);
			spoil(path.join(world.taskDir('t4'), 'prompt'), how);
			const bridge = await join(world);

			await waitFor(() => !world.live().includes('t4'));
			assert.match(await look(bridge, 't4'),
				/^t4 lost: machine restarted[^]*prompt is empty or damaged/);
			assert.equal(fs.existsSync(`${world.work}/ran`), false);
		});

		for (const name of ['run.json', 'prompt', 'env'])
			test(`${name} (${way}) of a reply hides no end`, async (t) => {
				const { world, run } = await replied(t);

				spoil(path.join(run, name), (text) => name === 'env' &&
					way === 'half NULs' ? '' : how(text));
				const bridge = await join(world);

				await waitFor(() => world.live().length === 0);
				assert.match(await look(bridge, 't1'),
					/^t1 failed: exit code 3 [^]*\nfirst$/);
				assert.match((await bridge.tool('reply_task', { id: 't1',
					message: 'REPLAY stream-json.out say=third',
					wait_s: 20 })).text, /^t1 completed .* run 2\nthird/);
			});

		test(`file beside the tasks (${way}) is made anew`, async (t) => {
			const world = await begin(t);

			for (const name of ['seq', 'version', 'program', 'key', 'clock',
				'retention', 'lock'])
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

	test('claim of a task whose environment is gone: it had been started',
		async (t) => {
			const world = await begin(t);

			beforeReboot(world, ['t3']);
			fs.rmSync(path.join(world.taskDir('t3'), 'env'));
			const bridge = await join(world);

			await waitFor(() => !world.live().includes('t3'));
			assert.match(await look(bridge, 't3'), new RegExp('^t3 lost: ' +
				'machine restarted[^]*it had been started: its environment'));
			assert.equal(fs.existsSync(`${world.work}/ran`), false);
		});

	/** As if its keeper had been started in that boot, and had got no further. */
	const begun = (world, boot) => fs.symlinkSync(boot,
		path.join(world.taskDir('t3'), 'begun'));

	test('claim (empty), begun in another boot: it had been started', async (t) => {
		const world = await begin(t);

		begun(world, OTHER);
		const bridge = await join(world);

		await waitFor(() => !world.live().includes('t3'));
		assert.match(await look(bridge, 't3'), new RegExp('^t3 lost: ' +
			'machine restarted[^]*it had been started, but what its keeper'));
		assert.equal(fs.existsSync(`${world.work}/ran`), false);
	});

	test('claim (empty), begun in this boot: no keeper has had it', async (t) => {
		const world = await begin(t);

		begun(world, fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
			.trim());
		const bridge = await join(world);

		await bridge.tool('stop_tasks', { ids: ['t2'], mode: 'now' });
		await bridge.tool('check_tasks', { ids: ['t3'], wait_s: 20 });
		assert.match(await look(bridge, 't3'), /^t3 completed/);
		assert.equal(fs.readFileSync(`${world.work}/ran`, 'utf8'), 'x\n');
	});

	test('folder of live tasks: one that it lacks is found', async (t) => {
		const world = await begin(t);

		fs.rmSync(path.join(world.state, 'live',
			path.basename(world.taskDir('t3'))));
		const bridge = await join(world);

		await waitFor(() => world.live().includes('t3'));
		await bridge.tool('stop_tasks', { ids: ['t2'], mode: 'now' });
		await bridge.tool('check_tasks', { ids: ['t3'], wait_s: 20 });
		assert.match(await look(bridge, 't3'), /^t3 completed/);
		assert.equal(fs.readFileSync(`${world.work}/ran`, 'utf8'), 'x\n');
	});
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
