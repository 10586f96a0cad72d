// Users who log in and out, beside each other; upgrades and signals while
// they have tasks.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Machine, say, waitFor } from './lib/machine.mjs';

describe('users of a machine', () => {
	const machine = new Machine();
	const daemons = () => machine.run('pgrep -x -l -u ada,bob ccprocd | wc -l')
		.then(({ out }) => Number(out));
	const ls = async (options) =>
		JSON.parse(await machine.ok('ccproc ls -aj', options)).tasks;

	before(async () => {
		await machine.install();
		await machine.ok('systemctl --global enable ccprocd.socket');
	});
	after(() => machine.close());

	test('who logs out ends their tasks, and is told so', async () => {
		const login = { user: 'bob', login: true };

		await machine.ok('ccproc start -- sh -c ' +
			'\'trap "sleep 1; exit 3" TERM; while :; do sleep 0.1; done\'', login);
		await waitFor(async () => await daemons() === 0,
			'the end of bob\'s systemd');
		const [{ state, reason, exit_code }] = await ls(login);

		assert.deepEqual([state, reason, exit_code], ['failed', 'logout', 3]);
	});

	test('who lingers does not; nor does anybody else', async () => {
		await machine.ok('loginctl enable-linger ada');
		await machine.ok(`ccproc start -- sh -c '${say('up')}; sleep 600'`,
			{ user: 'ada', login: true });
		await waitFor(async () => await daemons() === 1,
			'only ada\'s daemon');
		const tasks = await ls({ user: 'ada' });

		assert.deepEqual(tasks.map(({ id, state }) => [id, state]),
			[['t1', 'running']]);
	});

	test('two at once each have a daemon of their own, made by the socket',
		async () => {
			await machine.ok('loginctl enable-linger bob; ' +
				'until [ -S /run/user/1001/ccproc/sock ]; do sleep 0.2; done');
			assert.equal(await daemons(), 1);
			await Promise.all(['ada', 'bob'].map((user) => machine.ok(
				`ccproc run -c 'echo $USER; exit 0'`, { user })));
			assert.equal(await daemons(), 2);
			assert.deepEqual([(await ls({ user: 'ada' })).length,
				(await ls({ user: 'bob' })).length], [2, 2]);
		});

	test('an upgrade in place costs nothing of what runs', async () => {
		const bridge = await machine.bridge();
		const before = await machine.ok('pgrep -x -u ada ccprocd');

		await machine.ok('mkfifo gate', { user: 'ada' });
		machine.told = [];
		const told = await bridge.start(Array.from({ length: 12 }, (_, n) => ({
			cwd: '/home/ada',
			command: `${say('up')}; cat gate; exit ${n}` })));
		const [, group] = /^started (g\d+)/.exec(told);

		await waitFor(() => machine.told.length === 12);
		await machine.ok('tar -x -C / -f /dev/vdb');
		await machine.ok('systemctl --user daemon-reload; ccproc daemon restart',
			{ user: 'ada' });
		assert.notEqual(await machine.ok('pgrep -x -u ada ccprocd'), before);
		await machine.ok(': >gate', { user: 'ada' });
		assert.deepEqual((await bridge.ended([group]))
			.map(({ exit_code }) => exit_code),
		Array.from({ length: 12 }, (_, n) => n));
		assert.equal(machine.told.length, 12);
	});

	test('systemctl kill of the service costs nothing, of the scope its tasks',
		async () => {
			const user = { user: 'ada' };
			const before = await machine.ok('pgrep -x -u ada ccprocd');

			await machine.ok('systemctl --user kill ccprocd', user);
			await waitFor(async () => ![before, ''].includes(
				(await machine.run('pgrep -x -u ada ccprocd')).out));
			assert.equal((await ls(user)).find(({ id }) => id === 't1').state,
				'running');
			await machine.ok('systemctl --user kill ccproc-tasks.scope', user);
			await machine.run('ccproc wait t1', user);
			const { state, reason } = (await ls(user))
				.find(({ id }) => id === 't1');

			assert.deepEqual([state, reason], ['failed', 'interrupted']);
		});
});
