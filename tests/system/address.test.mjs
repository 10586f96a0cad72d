// The socket and its directory: removed, moved, taken by others.  Who is
// connected notices nothing, who comes finds the daemon.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc } from './lib/cli.mjs';
import { called, killDaemon, removeFolder } from './lib/daemon.mjs';
import { startWorld, waitFor } from './lib/harness.mjs';
import { connect, join } from './lib/session.mjs';

const ALL = { concurrency: 3 };

/** A world with its socket in a runtime directory, and a session. */
async function started(t) {
	const world = startWorld(t);

	world.runtime = path.join(world.root, 'run');
	fs.mkdirSync(world.runtime, { mode: 0o700 });
	world.folder = path.join(world.runtime, 'ccproc');
	world.socket = path.join(world.folder, 'sock');
	world.env.XDG_RUNTIME_DIR = world.runtime;
	delete world.env.CCPROC_SOCKET;
	return { world, bridge: await join(world) };
}

const isSocket = (file) => fs.existsSync(file) &&
	fs.lstatSync(file).isSocket();

describe('what is removed is made again', ALL, () => {
	for (const [name, remove] of [
		['the socket', ({ socket }) => fs.unlinkSync(socket)],
		['its directory', ({ folder }) => removeFolder(folder)],
		['the runtime directory', ({ runtime }) => removeFolder(runtime)],
		['the socket, which was moved', ({ socket }) =>
			fs.renameSync(socket, `${socket}.old`)],
		['its directory, which was moved', ({ folder }) =>
			fs.renameSync(folder, `${folder}.old`)]])
		test(name, async (t) => {
			const { world, bridge } = await started(t);
			const pid = world.daemon();
			const wait = bridge.tool('run_task',
				{ command: 'sleep 1; echo done', wait_s: 20 });

			for (let i = 0; i < 3; i++) {
				remove(world);
				await waitFor(() => isSocket(world.socket));
				assert.equal(fs.statSync(world.folder).mode & 0o777, 0o700);
				assert.equal(fs.statSync(world.socket).mode & 0o777, 0o600);
				const late = await join(world);

				assert.match((await late.tool('list_tasks')).text, /\nt1\t/);
				await late.close();
				fs.rmSync(`${world.socket}.old`, { force: true });
				fs.rmSync(`${world.folder}.old`,
					{ recursive: true, force: true });
			}
			assert.match((await wait).text, /^t1 completed .*\ndone/);
			assert.equal(world.daemon(), pid);
			assert.equal(called(world, 'ccprocd').length, 1);
			assert.equal(world.log().match(/listening at .* again\n/g).length, 3);
		});

	test('no descriptor is lost on it', async (t) => {
		const { world } = await started(t);
		const dir = `/proc/${world.daemon()}/fd`;
		const before = fs.readdirSync(dir).length;

		for (let i = 0; i < 5; i++) {
			fs.unlinkSync(world.socket);
			await waitFor(() => isSocket(world.socket));
		}
		await waitFor(() => fs.readdirSync(dir).length === before);
	});

	test('as soon as it can be', async (t) => {
		const { world, bridge } = await started(t);

		removeFolder(world.folder);
		fs.writeFileSync(world.folder, 'in the way');
		await waitFor(() => /cannot be made again now: .*ccproc/
			.test(world.log()));
		await bridge.request('ping');
		fs.unlinkSync(world.folder);
		await waitFor(() => isSocket(world.socket));
		await join(world);
		assert.equal(world.log().match(/cannot be made again/g).length, 1);
	});
});

test('the socket of another daemon is left alone', ALL, async (t) => {
	const { world, bridge } = await started(t);
	const other = net.createServer((socket) => socket.end('other\n'));

	fs.unlinkSync(world.socket);
	await new Promise((resolve) => other.listen(world.socket, resolve));
	const { ino } = fs.lstatSync(world.socket);

	await waitFor(() => /somebody else put something in the place/
		.test(world.log()));
	await bridge.request('ping'); // who answers has done what it would do
	assert.equal(fs.lstatSync(world.socket).ino, ino);
	await new Promise((resolve) => other.close(resolve)); // unlinks it
	await waitFor(() => isSocket(world.socket));
	await join(world);
});

test('nothing is made while nothing is removed', ALL, async (t) => {
	const { world } = await started(t);
	const { ino } = fs.lstatSync(world.socket);

	fs.writeFileSync(path.join(world.folder, 'x'), '');
	fs.unlinkSync(path.join(world.folder, 'x'));
	assert.equal(fs.lstatSync(world.socket).ino, ino);
	// the kernel tells of both in their order
	fs.unlinkSync(world.socket);
	await waitFor(() => isSocket(world.socket));
	await join(world);
	assert.equal(world.log().match(/again/g).length, 1);
});

describe('a command that is told other things than the daemon', ALL, () => {
	test('does nothing in another state directory', async (t) => {
		const { world, bridge } = await connect(t);
		const other = path.join(world.root, 'other');

		await bridge.tool('run_task', { label: 'main1', command: 'true' });
		for (const env of [{ CCPROC_STATE_DIR: other },
			{ CCPROC_STATE_DIR: '', XDG_STATE_HOME: other }]) {
			const { code, err } = await ccproc(world, ['rm', 'main1'],
				{ env });

			assert.equal(code, 125);
			assert.match(err, new RegExp('serves the state directory ' +
				`${world.state}, and by \\w+ ${other}`));
		}
		const link = path.join(world.root, 'link');

		fs.symlinkSync(world.state, link);
		const { code } = await ccproc(world, ['show', 'main1'],
			{ env: { CCPROC_STATE_DIR: link } });

		assert.equal(code, 0);
	});

	test('is shown the configuration that is in force', async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { agents: { max_depth: 7 } } });
		const other = path.join(world.root, 'other.json');
		const env = { CCPROC_CONFIG: other };

		fs.writeFileSync(other, '{"agents":{"max_depth":9}}');
		const { out, err } = await ccproc(world, ['config'], { env });

		assert.match(out, /max_depth = 7/);
		assert.match(err, /other.json, which is meant here, is not in force/);
		await bridge.close(); // it would start the next one
		await killDaemon(world);
		assert.match((await ccproc(world, ['config'], { env })).out,
			/max_depth = 9/);
	});
});
