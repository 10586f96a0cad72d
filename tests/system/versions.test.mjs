// Programs of two versions meet: those that are built now, and those of an
// earlier commit.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ccproc } from './lib/cli.mjs';
import { called, killDaemon } from './lib/daemon.mjs';
import { earlier } from './lib/earlier.mjs';
import { buildDir, kill, startWorld, waitFor } from './lib/harness.mjs';
import { noGit, repository } from './lib/repo.mjs';
import { join, records } from './lib/session.mjs';
import { another, installed, VERSION } from './lib/versions.mjs';

const { folder: BEFORE, skip } = earlier();
const NOW = buildDir();
const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));
const ALL = { skip, concurrency: 3 };

/** A world where each program finds the others beside itself. */
function start(t, commands = {}) {
	const world = startWorld(t, { config: { commands,
		agents: { claude: { command: [FAKE] } } } });

	delete world.env.CCPROC_LIBEXEC;
	return world;
}

const bridge = (world, folder) => join(world, 'legacy',
	{ program: path.join(folder, 'ccproc-bridge') });

const command = (world, folder, ...args) => ccproc(world, args,
	{ program: path.join(folder, 'ccproc') });

/** The file that a process runs. */
const fileOf = (pid) => fs.readlinkSync(`/proc/${pid}/exe`);

/**
 * A session whose daemon is of that folder, whatever served before.  Where an
 * agent asks, its keeper may be faster in starting one, and is of before.
 */
async function served(world, folder) {
	await waitFor(async () => {
		const { code, err } = await command(world, folder, 'restart');

		assert.equal(code, 0, err);
		return fileOf(world.daemon()) === path.join(folder, 'ccprocd');
	});
	return bridge(world, folder);
}

const gate = (world) => path.join(world.work, 'gate');
const gated = (world) => `until [ -e ${gate(world)} ]; do sleep 0.05; done`;

/** A text without the times that pass while one looks. */
const lasting = (text) => text
	.replace(/ "(age_s|last)":.*\n/g, '') // which those of before do not tell
	.replace(/("question": ")\\"(\w+)\\"/g, '$1$2') // quoted since then
	.replace(/"(elapsed_s|age|idle_s|updated_at|remaining_s|queued_s)":[^,}]+/g, '');

describe('programs of today and of before', ALL, () => {
	for (const [name, daemon, client] of [
		['of before with a daemon of today', NOW, BEFORE],
		['of today with a daemon of before', BEFORE, NOW],
	])
		test(`bridge and command ${name}`, async (t) => {
			const world = start(t);

			await served(world, daemon);
			const session = await bridge(world, client);
			const { text } = await session.tool('run_task',
				{ label: 'one', command: 'echo one; exit 3' });
			const shown = await command(world, client, 'logs', 'one');
			const run = await command(world, client, 'run', '--', 'sh', '-c',
				'echo two; exit 4');

			assert.match(text, /^t1 one failed: exit code 3 · .*\none$/s);
			assert.equal(shown.out, 'one\n');
			assert.deepEqual([run.code, run.out], [4, 'two\n']);
			// a call that is open rides through the death of the daemon
			const open = session.tool('run_task', { label: 'gated',
				command: `${gated(world)}; echo three`, wait_s: 30 });

			await waitFor(() => world.live().length === 1);
			await killDaemon(world);
			fs.writeFileSync(gate(world), '');
			assert.match((await open).text, /^t3 gated completed.*\nthree$/s);
		});

	for (const [name, first, second] of [
		['of before with a daemon of today', BEFORE, NOW],
		['of today with a daemon of before', NOW, BEFORE],
	])
		test(`a keeper ${name}`, async (t) => {
			const world = start(t);
			const session = await served(world, first);

			await session.tool('start_tasks', { tasks: [
				{ label: 'stopped', command: 'sleep 600' },
				{ label: 'deaf', command: 'trap "" TERM; echo; ' +
					'while :; do sleep 600; done' },
				{ label: 'ends', command: `${gated(world)}; exit 5` },
				{ label: 'killed', command: 'sleep 601' }] });
			await waitFor(() => world.output('t2') === '\n' &&
				called(world, 'ccproc-keeper').length === 4);
			assert.ok(called(world, 'ccproc-keeper').every((pid) =>
				fileOf(pid) === path.join(first, 'ccproc-keeper')));
			await session.close();
			const next = await served(world, second);

			await next.tool('stop_tasks', { ids: ['stopped'] });
			await next.tool('stop_tasks', { ids: ['deaf'], mode: 'now' });
			fs.writeFileSync(gate(world), '');
			await waitFor(() => world.live().length === 1);
			kill(called(world, 'ccproc-keeper')[0], 'SIGKILL');
			await next.tool('check_tasks', { ids: ['killed'], wait_s: 20 });
			assert.deepEqual((await records(next, ['t1', 't2', 't3', 't4']))
				.map(({ state, reason, exit_code, signal }) =>
					[state, reason, exit_code ?? signal]),
			[['cancelled', 'user', 'SIGTERM'], ['cancelled', 'user', 'SIGKILL'],
				['failed', 'exit_code', 5], ['lost', 'keeper_lost', null]]);
		});

	test('a daemon of before is asked for what it knows', async (t) => {
		const world = start(t, { max_running: 1 });
		const session = await served(world, BEFORE);
		const ask = async (...args) => {
			const { code, out, err } = await command(world, NOW, ...args);

			assert.equal(code, 0, err);
			return out;
		};

		await session.tool('run_task', { label: 'bad', command: 'exit 3' });
		await session.tool('start_tasks', { group: 'night', tasks: Array(20)
			.fill({ command: 'sleep 600' }) });
		await waitFor(() => world.live().length === 20);
		const listed = (await ask('ls')).split('\n');

		assert.match(listed[0], /^ID +NAME +STATE /);
		assert.equal(listed.at(-2), '1 running, 19 queued, 1 failed');
		assert.ok(listed.includes('… 9 more queued; -a shows all'));
		assert.match(await ask('ls', '--failed'), /^ID.*\nt1 .*\n1 failed\n$/);
		assert.match(await ask('stop', '--now', '-g', 'g2', '--queued'),
			/^t21 cancelled[^]*\nt3 cancelled.*\n$/);
		assert.match(await ask('rm', '--failed'), /^removed 1 task, /);
		assert.match(await ask('show', '-j', '--running'), /"id":"t2"/);
	});

	test('a keeper of before takes only what it knows', async (t) => {
		const world = start(t);
		const session = await served(world, BEFORE);
		const claim = (id) => JSON.parse(fs.readFileSync(
			path.join(world.taskDir(id), 'run'), 'utf8')
			.replace(/,\s*$/, '}'));

		await session.tool('start_tasks',
			{ tasks: [{ command: 'sleep 600' }] });
		await served(world, NOW);
		const next = await bridge(world, NOW);

		for (const args of [['pause', 't1'], ['unpause', 't1'],
			['signal', '-s', 'HUP', 't1']]) {
			const { code, err } = await command(world, NOW, ...args);

			assert.equal(code, 125);
			assert.match(err, /t1: its keeper is of version 0\.1\.0 or earlier, which does not know the command (pause|signal); it runs on as it is/);
		}
		await next.tool('start_tasks', { tasks: [{ command: 'sleep 600' }] });
		await waitFor(() => called(world, 'ccproc-keeper').length === 2);
		assert.equal(claim('t1').commands, undefined);
		assert.deepEqual([claim('t2').keeper_version, claim('t2').commands],
			[VERSION, 'stop daemon leave pause signal']);
	});
});

describe('the state directory of a daemon of before', ALL, () => {
	test('says the same today', { skip: skip || noGit }, async (t) => {
		const world = start(t, { max_running: 3 });
		const repo = repository(world);
		const session = await served(world, BEFORE);
		const tool = (name, args) => session.tool(name, args);
		const run = (args) => tool('run_task', args);

		await run({ label: 'good', command: 'echo one; echo two >&2' });
		await run({ label: 'bad', command: 'echo three; exit 3' });
		await run({ label: 'late', command: 'sleep 600', timeout_s: 1 });
		await run({ label: 'tree', command: 'echo >new; git add new; ' +
			'git commit -qm new', cwd: repo, worktree: true });
		await run({ label: 'talk', prompt: 'RUN echo no JSON; exit 7' });
		await run({ label: 'agent', prompt: 'REPLAY stream-json.out' });
		await tool('reply_task', { id: 'agent', message: 'REPLAY ' +
			'maxturns.out rc=1' });
		await tool('start_tasks', { tasks: [
			{ label: 'lost', command: 'sleep 600' }] });
		await waitFor(() => called(world, 'ccproc-keeper').length === 1);
		kill(called(world, 'ccproc-keeper')[0], 'SIGKILL');
		await tool('check_tasks', { ids: ['lost'], wait_s: 20 });
		await tool('start_tasks', { tasks: [
			{ label: 'stopped', command: 'sleep 600' }] });
		await tool('stop_tasks', { ids: ['stopped'] });
		await tool('start_tasks', { tasks: [{ label: 'asks', prompt: 'ASK ' +
			JSON.stringify({ asks: [{ tool_name: 'Bash',
				input: { command: 'make' } }] }) }] });
		await tool('start_tasks', { group: 'night', max_parallel: 1, tasks: [
			{ label: 'runs', command: gated(world) },
			{ label: 'waits', command: 'true' },
			{ label: 'after', command: 'true', after: ['waits'] }] });
		const all = [...Array(12).keys()].map((i) => `t${i + 1}`);
		const full = async (of) => {
			const { text } = await of.tool('check_tasks',
				{ ids: all, detail: 'full' });

			assert.match(text, /^{/);
			return JSON.parse(text).tasks;
		};

		await waitFor(async () => (await full(session)).some(({ state }) =>
			state === 'needs_input'));
		const before = await full(session);

		assert.deepEqual([...new Set(before.map(({ state }) => state))].sort(),
			['cancelled', 'completed', 'failed', 'lost', 'needs_input',
				'queued', 'running', 'timeout']);
		assert.equal(before[5].runs, 2);
		await session.close();
		const after = await full(await served(world, NOW));

		// there may be more of it
		after.forEach((task, i) => assert.equal(
			lasting(JSON.stringify(Object.fromEntries(Object.entries(task)
				.filter(([key]) => key in before[i])), null, 1)),
			lasting(JSON.stringify(before[i], null, 1))));
	});
});

/** The programs of today, in a folder of the world, with that version. */
function installedAs(world, name, version) {
	const folder = path.join(world.root, name);

	installed(folder);
	for (const program of ['ccproc', 'ccprocd'])
		another(program, folder, version);
	return folder;
}

const noted = (world) => fs.readFileSync(path.join(world.state, 'program'),
	'utf8');

describe('the daemon that is started', { concurrency: 3 }, () => {
	test('is the latest that has served, while it is there', async (t) => {
		const world = start(t);
		const later = installedAs(world, 'later', '9.8.7');
		const sooner = installedAs(world, 'sooner', '0.0.9');
		const by = async (folder) => {
			await killDaemon(world);
			await command(world, folder, 'ls');
			return path.dirname(fileOf(world.daemon()));
		};

		await command(world, NOW, 'ls');
		assert.equal(noted(world), `${VERSION} ${NOW}/ccprocd\n`);
		assert.equal(await by(sooner), NOW);
		assert.equal(await by(later), later);
		assert.equal(noted(world), `9.8.7 ${later}/ccprocd\n`);
		assert.equal(await by(NOW), later);
		const session = await bridge(world, NOW);

		await killDaemon(world);
		await session.tool('list_tasks');
		assert.equal(path.dirname(fileOf(world.daemon())), later);
		await session.close(); // it would start the next one
		fs.rmSync(later, { recursive: true });
		assert.equal(await by(sooner), sooner);
		assert.equal(noted(world), `0.0.9 ${sooner}/ccprocd\n`);
		assert.equal(await by(NOW), NOW);
	});

	test('is the one that was installed, through a link', async (t) => {
		const world = start(t);
		const link = path.join(world.root, 'ccprocd');
		const folder = installedAs(world, 'one', '9.8.7');

		fs.symlinkSync(path.join(folder, 'ccprocd'), link);
		fs.writeFileSync(path.join(world.state, 'program'), `9.8.7 ${link}\n`);
		await command(world, NOW, 'ls');
		assert.equal(noted(world), `9.8.7 ${link}\n`);
		assert.equal(fileOf(world.daemon()), path.join(folder, 'ccprocd'));
	});

	test('is the caller\'s own when the one that serves has lost its folder',
		async (t) => {
			const world = start(t);
			const old = installedAs(world, 'old', '0.0.9');
			const session = await bridge(world, old);

			await session.tool('run_task', { command: 'sleep 600',
				wait_s: 0 });
			fs.rmSync(old, { recursive: true });
			// who has no other programs can read, and what he starts waits
			assert.match((await session.tool('list_tasks')).text, /\nt1\t/);
			assert.match((await session.tool('run_task', { wait_s: 0,
				command: 'true' })).text, /t2 queued/);
			const { code, out, err } = await command(world, NOW, 'run', '--',
				'echo', 'served');

			assert.deepEqual([code, out], [0, 'served\n'], err);
			assert.equal(fileOf(world.daemon()), path.join(NOW, 'ccprocd'));
			assert.match(world.log(), /old\/ccproc-keeper is gone, .*; ending/);
			assert.match((await session.tool('run_task',
				{ command: 'echo too' })).text, /completed.*\ntoo$/s);
			assert.equal((await session.task('t2')).state, 'completed');
			await session.tool('stop_tasks', { ids: ['t1'], mode: 'now' });
		});

	test('of before is named where it cannot do what is asked', async (t) => {
		const world = start(t);
		const session = await served(world, BEFORE);
		const now = (args, input = '') => ccproc(world, args,
			{ program: path.join(NOW, 'ccproc'), input });

		for (const args of [['run', 'cat'], ['run', '-g', 'x', 'cat']]) {
			const { code, err } = await now(args, 'data');

			assert.equal(code, 125);
			assert.match(err, /earlier version, .*ccproc daemon restart/);
		}
		assert.match((await now(['events'])).err,
			/tells no events: .*ccproc daemon restart/);
		assert.equal((await now(['status', '--line'])).out, '');
		await session.tool('start_tasks', { tasks: [{ command: 'sleep 600' }] });
		assert.match((await now(['pause', '-a'])).err,
			/earlier version, which cannot do this; ccproc daemon restart/);
		await now(['stop', '-n', '-a']);
		assert.equal((await now(['run', 'cat'])).code, 0);
		assert.equal((await now(['restart', 't2'])).out, 't3\n');
		assert.equal(fileOf(world.daemon()), path.join(BEFORE, 'ccprocd'));
		await session.close();
	});

	test('is one\'s own for who restarts it', async (t) => {
		const world = start(t);
		const later = installedAs(world, 'later', '9.8.7');

		await command(world, later, 'ls');
		const { out, code } = await command(world, NOW, 'restart');

		assert.equal(code, 0);
		assert.match(out, new RegExp(`^ended ccprocd 9.8.7 .*\nccprocd ${
			VERSION} `));
		assert.equal(fileOf(world.daemon()), path.join(NOW, 'ccprocd'));
	});

	test('of before leaves alone what it could start in spite of a hold',
		{ skip }, async (t) => {
			const world = start(t, { max_running: 1 });

			for (const args of [['start', '--', 'sh', '-c', gated(world)],
				['start', '--', 'true'], ['hold', 't2']])
				assert.equal((await command(world, NOW, ...args)).code, 0);
			const { code, err } = await command(world, BEFORE, 'restart');

			assert.equal(code, 125);
			assert.match(err, /has version 3, and this program knows those up to \d: a later ccproc has written there/);
			fs.writeFileSync(gate(world), '');
			assert.match((await command(world, NOW, 'show', 't2')).out,
				/^t2 queued: held/);
			await command(world, NOW, 'stop', 't1', 't2');
		});

	test('is the latest for a keeper, too', async (t) => {
		const world = start(t, { max_running: 1 });
		const later = installedAs(world, 'later', '9.8.7');

		await command(world, NOW, 'start', '--', 'sh', '-c', gated(world));
		await command(world, NOW, 'start', '--', 'true');
		await killDaemon(world);
		await command(world, later, 'ls');
		await killDaemon(world);
		fs.writeFileSync(gate(world), '');
		await waitFor(() => world.live().length === 0);
		assert.equal(path.dirname(fileOf(world.daemon())), later);
	});
});
