// ccproc restart: the daemon that is installed now takes the place of the one
// that runs; tasks and sessions go on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { Cli, ccproc } from './lib/cli.mjs';
import { comm, killDaemon } from './lib/daemon.mjs';
import { FakeDaemon } from './lib/fake-daemon.mjs';
import { kill, startWorld, waitFor } from './lib/harness.mjs';
import { another, installed, VERSION } from './lib/versions.mjs';
import { join, records } from './lib/session.mjs';

const ALL = { concurrency: 3 };
const ROOT = process.getuid() === 0;

/** A world with programs of its own, which can be replaced. */
function startOwn(t, options) {
	const world = startWorld(t, options);

	world.bin = path.join(world.root, 'bin');
	installed(world.bin);
	return world;
}

const restart = (world, options) => ccproc(world, ['daemon', 'restart'],
	{ program: path.join(world.bin, 'ccproc'), ...options });

describe('a command', ALL, () => {
	test('that meets a daemon in its last moment goes to the next one',
		async (t) => {
			const world = startWorld(t);
			const daemon = await FakeDaemon.listen(t, world);
			const said = ccproc(world, ['debug']);

			// one that has not read hello, and one that has
			(await daemon.connection()).socket.destroy();
			const second = await daemon.connection();

			await second.message();
			await second.end();
			const third = await daemon.session();

			// the request went after hello without waiting
			assert.deepEqual(third.hello.replays.map(([n]) => n), [1]);
			third.answer(await third.message(), { content:
				[{ type: 'text', text: '{"served": true}' }] });
			assert.match((await said).out, /served/);
		});

	test('says so when every daemon hangs up', async (t) => {
		const world = startWorld(t);
		const daemon = await FakeDaemon.listen(t, world);
		const said = ccproc(world, ['debug']);

		for (let i = 0; i < 6; i++)
			await (await daemon.connection()).end();
		const { code, err } = await said;

		assert.equal(code, 125);
		assert.match(err, /^ccproc: the daemon went away 5 times /);
	});
});

describe('ccproc restart', ALL, () => {
	test('is an upgrade under a hundred running tasks', async (t) => {
		const world = startOwn(t,
			{ config: { commands: { max_running: 100 } } });
		const program = path.join(world.bin, 'ccproc');

		// the first daemon is of that folder, too
		await ccproc(world, ['ls'], { program });
		// and so is the bridge, which may start the next one
		const bridge = await join(world, 'legacy',
			{ program: path.join(world.bin, 'ccproc-bridge') });
		const old = world.daemon();
		const gate = path.join(world.work, 'gate');
		const soon = path.join(world.work, 'soon');

		for (let first = 0; first < 102; first += 34)
			await bridge.tool('start_tasks', { tasks:
				[...Array(34).keys()].map((i) => ({ command:
					`echo ${first + i}; until [ -e ` +
					`${i % 3 ? gate : soon} ]; do sleep 0.05; done; ` +
					`seq ${first + i} ${first + i + 20}; ` +
					`exit ${(first + i) % 50}` })) });
		await waitFor(() => [...Array(100).keys()].every((i) =>
			world.output(`t${i + 1}`) !== ''));
		another('ccprocd', world.bin, '9.8.7');
		fs.writeFileSync(soon, ''); // a third ends meanwhile
		const { code, out, err } = await restart(world);

		assert.equal(code, 0, err);
		assert.match(out, new RegExp(`^ended ccprocd ${VERSION} \\(pid ${old
		}\\)\nccprocd 9\\.8\\.7 \\(pid ${world.daemon()}\\) serves; ` +
			'\\d+ running, \\d+ queued\n$'));
		assert.notEqual(world.daemon(), old);
		fs.writeFileSync(gate, '');
		const ids = [...Array(102).keys()].map((i) => `t${i + 1}`);

		for (let first = 0; first < 102; first += 34) {
			const some = ids.slice(first, first + 34);

			await bridge.tool('check_tasks', { ids: some, wait_s: 30,
				detail: 'status' });
			for (const [i, task] of (await records(bridge, some)).entries()) {
				const n = first + i;

				assert.equal(task.exit_code, n % 50, task.id);
				assert.equal(world.output(task.id), `${n}\n` +
					[...Array(21).keys()].map((k) => `${n + k}\n`).join(''));
			}
		}
		assert.deepEqual(world.live(), []);
		t.diagnostic(out.split('\n')[1]);
	});

	test('starts one when there is none', async (t) => {
		const world = startOwn(t);
		const first = await restart(world);

		assert.equal(first.code, 0, first.err);
		assert.match(first.out, new RegExp('^no daemon was there\nccprocd ' +
			`${VERSION} \\(pid ${world.daemon()}\\) serves; 0 running, 0 queued\n$`));
		await killDaemon(world); // and when one died
		assert.match((await restart(world)).out, /^no daemon was there\n/);
	});

	test('keeps the old one when the new one could not serve', async (t) => {
		const world = startOwn(t);

		await restart(world);
		const pid = world.daemon();
		const refused = async (words) => {
			const { code, out, err } = await restart(world);

			assert.equal(code, 125);
			assert.equal(out, '');
			assert.match(err, words);
			assert.match(err, /could not serve, so nothing was restarted\n$/);
			assert.equal(world.daemon(), pid);
		};

		fs.writeFileSync(world.env.CCPROC_CONFIG, '{,}');
		await refused(/config\.json: line 1/);
		fs.writeFileSync(world.env.CCPROC_CONFIG, '{}');
		fs.writeFileSync(path.join(world.state, 'version'), '4\n');
		await refused(/has version 4, and this program knows those up to 3/);
		fs.rmSync(path.join(world.state, 'version'));
		fs.writeFileSync(path.join(world.bin, 'new'), '');
		fs.renameSync(path.join(world.bin, 'new'),
			path.join(world.bin, 'ccprocd'));
		const { code, err } = await restart(world);

		assert.equal(code, 125);
		assert.match(err, /there is no program .*ccprocd; install ccproc whole/);
		assert.equal(world.daemon(), pid);
	});

	test('works inside of a task, and survives it', async (t) => {
		const world = startOwn(t);
		const bridge = await join(world);
		const pid = world.daemon();
		const { text } = await bridge.tool('run_task',
			{ command: `${path.join(world.bin, 'ccproc')} restart` });

		assert.match(text, /^t1 completed .*\nended ccprocd .*\nccprocd .* serves; 1 running, /s);
		assert.notEqual(world.daemon(), pid);
		assert.match((await bridge.tool('run_task', { command: 'true' }))
			.text, /^t2 completed/);
	});

	test('says that the old one does not end', async (t) => {
		const world = startOwn(t);

		await restart(world);
		const pid = world.daemon();

		kill(pid, 'SIGSTOP');
		const { code, err } = await restart(world);

		kill(pid, 'SIGCONT');
		assert.equal(code, 125);
		assert.match(err, new RegExp(`daemon with pid ${pid} was asked to ` +
			'end and has not in 10 s; end it with SIGKILL, its tasks go on'));
		await waitFor(() => comm(pid) === '');
	});

	test('of the daemon, again and again, with a command that waits',
		async (t) => {
			const world = startOwn(t);
			const gate = path.join(world.work, 'gate');
			const waits = new Cli(world, ['run', '-c', `echo x; until [ -e ${
				gate} ]; do sleep 0.02; done; exit 9`],
			{ program: path.join(world.bin, 'ccproc'), input: '' });

			await waits.says(/x\n/);
			for (let i = 0; i < 5; i++)
				assert.match((await restart(world)).out,
					/^ended [^]* 1 running, 0 queued\n$/);
			fs.writeFileSync(gate, '');
			assert.equal((await waits.end()).code, 9);
		});

	test('of somebody else\'s machine is refused', { skip: !ROOT &&
		'not run as root' }, async (t) => {
		const world = startOwn(t);

		await restart(world);
		// in a pid namespace of its own the holder cannot be seen
		const { code, err } = await ccproc(world, ['-fp', '--mount-proc',
			path.join(world.bin, 'ccproc'), 'daemon', 'restart'], { program: 'unshare' });

		if (/unshare/.test(err)) {
			t.skip(err.trim());
			return;
		}
		assert.equal(code, 125);
		assert.match(err, /another machine or in another pid namespace; restart it there/);
		assert.notEqual(world.daemon(), undefined);
	});
});

