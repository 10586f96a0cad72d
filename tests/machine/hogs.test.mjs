// Tasks that take all they can get, beside a hundred that do not notice.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Machine, say, waitFor } from './lib/machine.mjs';

const MIB = 1 << 20;
const GOOD = 100;
/** A program that wants so many MiB and then stays. */
const eat = (mib) => ['perl', '-e', `$x = 'x' x (${mib} << 20); sleep 600`];

describe('hogs beside a hundred good tasks', () => {
	const machine = new Machine();
	let bridge, daemon;
	const mainPid = () => machine.ok(
		'systemctl --user show --value -p MainPID,NRestarts ccprocd', { user: 'ada' });
	const limited = (label, command, limits) =>
		({ label, command, options: { limits } });

	before(async () => {
		await machine.install();
		await machine.enable({ commands: { max_running: 200 } });
		await machine.ok('mkfifo gate', { user: 'ada' });
		bridge = await machine.bridge();
		for (let n = 0; n < GOOD; n += 50)
			await bridge.start(Array.from({ length: 50 }, (_, i) => ({
				cwd: '/home/ada',
				command: `${say('up')}; cat gate; exit ${(n + i) % 7}` })),
			`good${n}`);
		await waitFor(() => machine.told.length === GOOD);
		daemon = await mainPid();
	});
	after(() => machine.close());

	test('three that need more memory than they may end as oom', async () => {
		const hogs = ['hog1', 'hog2', 'hog3'];

		await bridge.start(hogs.map((name) =>
			limited(name, eat(200), { memory_max: 32 * MIB })));
		const ended = await bridge.ended(hogs);
		const { text } = await bridge.tool('check_tasks', { ids: hogs });

		assert.deepEqual(ended.map(({ reason }) => reason),
			['oom', 'oom', 'oom']);
		assert.equal(text.match(new RegExp('failed: killed for want of memory, ' +
			'with 3[0-2]\\.\\d MiB at most of its 32\\.0 MiB', 'g'))?.length, 3,
		text);
	});

	test('one that forks without end gets no more than it may, and stops',
		async () => {
			await bridge.start([limited('bomb',
				'f() { f | f & sleep 1; }; while :; do f; done 2>/dev/null',
				{ tasks_max: 20 })]);
			const most = await waitFor(async () => {
				const n = Number(await machine.ok('cat /sys/fs/cgroup/user.slice/' +
					'*/*/app.slice/ccproc-tasks.scope/tasks/' +
					`${(await bridge.task('bomb')).id}-*/pids.current`));

				return n >= 20 && n;
			});

			assert.equal(most, 20);
			assert.match((await bridge.tool('stop_tasks',
				{ ids: ['bomb'], mode: 'now' })).text, /cancelled/);
		});

	test('one that computes without end gets the part that it may have',
		async () => {
			await bridge.start([limited('busy', 'while :; do :; done',
				{ cpu_max: 0.2 })]);
			const usage = async () => {
				const said = await machine.ok('cat /proc/uptime /sys/fs/cgroup/' +
					'user.slice/*/*/app.slice/ccproc-tasks.scope/tasks/' +
					`${(await bridge.task('busy')).id}-*/cpu.stat`);

				return { at: parseFloat(said),
					used: Number(/usage_usec (\d+)/.exec(said)[1]) / 1e6 };
			};
			const from = await usage();
			const to = await waitFor(async () => {
				const now = await usage();

				return now.at > from.at + 4 && now;
			});

			assert.ok((to.used - from.used) / (to.at - from.at) < 0.25);
			await bridge.tool('stop_tasks', { ids: ['busy'], mode: 'now' });
		});

	test('the good ones and the daemon have not noticed', async () => {
		assert.equal(await mainPid(), daemon);
		assert.equal(machine.told.length, GOOD);
		await machine.ok(': >gate', { user: 'ada' });
		assert.deepEqual(([...await bridge.ended(['good0']), ...await bridge.ended(['good50'])])
			.map(({ exit_code }) => exit_code),
		Array.from({ length: GOOD }, (_, n) => n % 7));
	});
});
