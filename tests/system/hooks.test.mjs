// Hooks: commands of the user that are told of ends and questions.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ask, asked, askers } from './lib/askers.mjs';
import { called, killDaemon } from './lib/daemon.mjs';
import { waitFor } from './lib/harness.mjs';
import { file, hooksOf, keepers, NOTE, open, over, settled, start, told }
	from './lib/hooks.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));
const ALL = { concurrency: 3 };

describe('a hook is told', ALL, () => {
	test('of an end, in variables and on stdin', async (t) => {
		const { world, bridge } = await start(t, { on_finish:
			'env >"$CCPROC_STATE_DIR/../env"; ' +
			'cat >"$CCPROC_STATE_DIR/../stdin"; pwd' });

		await bridge.tool('run_task', { label: 'link', wait_s: 20, command:
			'echo out; printf "\\033[31mred\\033[0m" >&2; exit 3' });
		await settled(world);
		const env = Object.fromEntries(file(world, 'env').split('\n')
			.map((line) => /^(CCPROC_\w+)=(.*)/.exec(line)?.slice(1))
			.filter(Boolean));
		const { event_id: uuid, duration_s: took, ...said } =
			JSON.parse(file(world, 'stdin'));

		assert.equal(env.CCPROC_EVENT_ID, uuid);
		assert.match(uuid, /^[0-9a-f-]{36}$/);
		assert.equal(Number(env.CCPROC_DURATION_S), took);
		assert.match(env.CCPROC_SUMMARY,
			/^t1 link failed: exit code 3 · [\d.]+ m?s$/);
		for (const [name, value] of Object.entries({ EVENT: 'finish', ID: 't1',
			LABEL: 'link', GROUP: '', GROUP_NAME: '', STATE: 'failed',
			REASON: 'exit_code', EXIT_CODE: '3', COST_USD: '',
			CWD: world.work, NEXT: 'ccproc logs t1' }))
			assert.equal(env[`CCPROC_${name}`], value, name);
		assert.deepEqual(said, { event: 'finish', id: 't1', label: 'link',
			group: null, group_name: null, state: 'failed',
			reason: 'exit_code', exit_code: 3, exit_signal: null,
			cwd: world.work, summary: env.CCPROC_SUMMARY,
			next: 'ccproc logs t1', name: 'link', result: 'out\n',
			stderr: 'red' });
		assert.deepEqual(hooksOf(world, 't1'), ['hook-end-1']);
		assert.equal(fs.readFileSync(path.join(world.taskDir('t1'),
			'hook-end-1', 'stdout'), 'utf8'), `${world.home}\n`);
	});

	test('of a question, once, and how it is answered', async (t) => {
		const { world, bridge } = await start(t, { on_needs_input:
			`${NOTE}; echo "$CCPROC_NEXT"; cat` },
		{ config: { agents: askers } });

		await bridge.tool('start_tasks', { tasks: [{ prompt: ask('make') }] });
		await waitFor(() => told(world).length === 1);
		await killDaemon(world);
		await bridge.task('t1');
		await over(world);
		assert.deepEqual(told(world).map((words) => words.slice(0, 3)),
			[['t1', 'needs_input', 'needs_input']]);
		const [next, json] = fs.readFileSync(path.join(world.taskDir('t1'),
			'hook-q1', 'stdout'), 'utf8').split('\n');

		assert.equal(next, 'ccproc answer t1 allow');
		assert.equal(JSON.parse(json).asks[0].tool, 'Bash');
	});

	test('of the questions of those whose label or group fits', async (t) => {
		const { world, bridge } = await start(t, { on_needs_input: NOTE,
			only: { labels: ['b*', 'nightly'], failed: true } },
		{ config: { agents: { ...askers, launches: 0 } } });
		const begin = (label, group) => bridge.tool('start_tasks',
			{ group, tasks: [{ prompt: ask('make'), label }] });

		await begin('test');
		await begin('build');
		await begin('x', 'nightly');
		for (const id of ['t1', 't2', 't3'])
			await asked(bridge, 1, id);
		await over(world);
		assert.deepEqual(told(world).map(([id]) => id).sort(), ['t2', 't3']);
	});

	test('nothing where there is none: no file is made', async (t) => {
		const { world, bridge } = await start(t, {});

		await bridge.tool('run_task', { command: 'true', wait_s: 20 });
		assert.deepEqual(hooksOf(world, 't1'), []);
		assert.equal(fs.existsSync(path.join(world.state, 'hooks')), false);
	});
});

/** Runs a task whose end has that hook; the keeper's record of it. */
async function hooked(t, line, hooks) {
	const { world, bridge } = await start(t, { on_finish: line, ...hooks });

	await bridge.tool('run_task', { command: 'true', wait_s: 20 });
	await waitFor(() => fs.existsSync(path.join(world.taskDir('t1'),
		'hook-end-1', 'exit.json')) && open(world).length === 0,
	{ timeout: 20000, what: 'the end of the hook' });
	return world;
}

describe('a hook that', ALL, () => {
	const bad = {
		'hangs, with a child that ignores signals, is ended':
			[String.raw`trap "" TERM; sleep 600 & sleep 600`,
				/it took too long and was ended/, { timeout_s: 1 }],
		'is not there is told': ['/no/such/program', /exit code 127/],
		'fails is told': ['exit 3', /exit code 3/],
		'writes a gigabyte is ended': ['head -c 1000000000 /dev/zero; sleep 9',
			/it wrote too much and was ended/],
		'kills its parent is lost': ['kill -9 $PPID; sleep 600',
			/its keeper was killed; it is not repeated/],
		'is killed is told': ['kill -9 $$', /killed by signal 9/],
	};

	for (const [name, [line, said, hooks]] of Object.entries(bad))
		test(name, async (t) => {
			const world = await hooked(t, line, hooks);

			assert.match(world.log(), said);
			assert.match(world.log(), /t1: hook-end-1 failed: /);
			await waitFor(() => called(world, 'sleep').length === 0 &&
				called(world, 'ccproc-keeper').length === 0);
			const { stdout } = await world.run('ccproc', ['show', 't1']);

			assert.match(stdout, /^ *hook +hook-end-1 failed: /m);
			assert.match((await world.run('ccproc', ['doctor'])).stdout,
				/^note +hooks +the last that failed: t1: hook-end-1 failed/m);
		});

	test('cannot begin is tried again, after a pause each time', async (t) => {
		const flawed = keepers(t, 'case $CCPROC_KEEPS in */hook-*) ' +
			'[ -e ${0%/*}/go ] || { date +%s%N >>${0%/*}/log; exit 1; };; esac');
		const { world, bridge } = await start(t, { on_finish: NOTE },
			{ env: flawed.env });

		await bridge.tool('run_task', { command: 'true', wait_s: 20 });
		const tries = await waitFor(() => flawed.log().length > 1 &&
			flawed.log().map(Number), { timeout: 20000, what: 'two tries' });

		fs.writeFileSync(path.join(flawed.libexec, 'go'), '');
		assert.ok(tries[1] - tries[0] > 1e9, `${tries}`);
		await settled(world);
		assert.equal(told(world).length, 1);
	});

	test('ends well is nowhere but in the log', async (t) => {
		const world = await hooked(t, 'true');
		const { stdout } = await world.run('ccproc', ['show', 't1']);

		assert.match(world.log(), /t1: hook-end-1: done/);
		assert.match(stdout, /^t1 completed/);
		assert.doesNotMatch(stdout, /hook/);
		assert.doesNotMatch((await world.run('ccproc', ['doctor'])).stdout,
			/^note +hooks/m);
	});

	test('was accepted is run as it was then, whatever is configured since',
		async (t) => {
			const { world, bridge } = await start(t, { on_finish:
				'until [ -e "$CCPROC_STATE_DIR/../go" ]; do sleep 0.02; done; ' +
				NOTE });

			for (let i = 0; i < 6; i++)
				await bridge.tool('run_task', { command: 'true', wait_s: 20 });
			fs.writeFileSync(path.join(world.root, 'config.json'), '{}');
			await killDaemon(world);
			await bridge.task('t1');
			fs.writeFileSync(path.join(world.root, 'go'), '');
			await settled(world);
			assert.equal(told(world).length, 6);
		});

	test('the disk refuses is accepted later, over the death of a daemon',
		async (t) => {
			const { world, bridge } = await start(t, { on_finish: NOTE });
			const folder = path.join(world.state, 'hooks');

			fs.writeFileSync(folder, ''); // no link can be made there
			assert.match((await bridge.tool('run_task', { command: 'true',
				wait_s: 20 })).text, /^t1 completed/);
			assert.match(world.log(), /t1: hook-end-1 is not accepted: /);
			await killDaemon(world);
			assert.equal((await bridge.task('t1')).state, 'completed');
			assert.deepEqual(world.live(), ['t1']);
			fs.rmSync(folder);
			await waitFor(() => told(world).length === 1);
			await settled(world);
		});

	test('the disk refuses is accepted later, though somebody has replied',
		async (t) => {
			const { world, bridge } = await start(t, { on_finish: NOTE },
				{ config: { agents: { claude: { command: [FAKE] } } } });
			const folder = path.join(world.state, 'hooks');
			const prompt = 'REPLAY stream-json.out';

			fs.writeFileSync(folder, ''); // no link can be made there
			await bridge.tool('run_task', { prompt, wait_s: 20 });
			await bridge.tool('reply_task', { id: 't1', message: prompt,
				wait_s: 20 });
			await bridge.tool('reply_task', { id: 't1',
				message: `${prompt} sleep=600`, wait_s: 0 });
			fs.rmSync(folder);
			await waitFor(() => told(world).length === 2);
			await over(world);
			assert.deepEqual(world.live(), ['t1']); // it goes on
			await killDaemon(world);
			await bridge.tool('stop_tasks', { ids: ['t1'] });
			await settled(world);
			assert.deepEqual(hooksOf(world, 't1'),
				['hook-end-1', 'hook-end-2', 'hook-end-3']);
		});

	test('waits is dropped with its task', async (t) => {
		const { world, bridge } = await start(t, { on_finish:
			'until [ -e "$CCPROC_STATE_DIR/../go" ]; do sleep 0.02; done; ' +
			NOTE });
		const ids = ['t1', 't2', 't3', 't4', 't5', 't6'];

		for (const _ of ids)
			await bridge.tool('run_task', { command: 'true', wait_s: 20 });
		await waitFor(() => called(world, 'ccproc-keeper').length === 4);
		await bridge.tool('cleanup_tasks', { ids });
		fs.writeFileSync(path.join(world.root, 'go'), '');
		await settled(world);
		assert.deepEqual(told(world).map(([id]) => id).sort(), ids.slice(0, 4));
		for (const id of ['t5', 't6'])
			assert.match(world.log(),
				new RegExp(`${id}: hook-end-1: its task was deleted`));
	});

	test('is one of 200 waits for its turn: a few run at once', async (t) => {
		const { world, bridge } = await start(t, { only: { each: true },
			on_finish: 'n=$(ls "$CCPROC_STATE_DIR/../run" | wc -l); ' +
				'echo $n >>"$CCPROC_STATE_DIR/../most"; ' +
				'd="$CCPROC_STATE_DIR/../run/$$"; : >"$d"; ' +
				`${NOTE}; rm "$d"` },
		{ config: { commands: { max_running: 200 } } });

		fs.mkdirSync(path.join(world.root, 'run'));
		for (let i = 0; i < 4; i++)
			await bridge.tool('start_tasks', { tasks:
				Array.from({ length: 50 }, () => ({ command: 'true' })) });
		await waitFor(() => told(world).length === 200 &&
			open(world).length === 0, { timeout: 40000, what: '200 hooks' });
		assert.equal(new Set(told(world).map(([id]) => id)).size, 200);
		assert.ok(Math.max(...file(world, 'most').trim().split('\n')
			.map(Number)) <= 3);
	});
});

describe('of a group', ALL, () => {
	const many = (n, ...more) => ({ group: 'nightly', tasks: [
		...Array.from({ length: n }, () => ({ command: 'true' })), ...more] });

	test('fifty good ends are one notice', async (t) => {
		const { world, bridge } = await start(t, { on_finish:
			`${NOTE}; echo "$CCPROC_SUMMARY"; echo "$CCPROC_NEXT"; cat` });

		await bridge.tool('start_tasks', many(49,
			{ command: 'exit 3', label: 'bad' }));
		await settled(world);
		assert.deepEqual(told(world).map((words) => words.slice(0, 3)),
			[['g1', 'group_end', 'failed']]);
		const dir = Array.from({ length: 50 }, (_, i) =>
			world.taskDir(`t${i + 1}`)).find((task) =>
			fs.existsSync(path.join(task, 'hook-g1')));
		const [summary, next, json] = fs.readFileSync(path.join(dir,
			'hook-g1', 'stdout'), 'utf8').split('\n');

		assert.match(summary,
			/^g1 nightly: 50 ended, 1 failed: t50 bad · [\d.]+ m?s$/);
		assert.equal(next, 'ccproc report g1');
		assert.equal(JSON.parse(json).tasks.length, 50);
	});

	const gate = (world) => path.join(world.root, 'go');
	const gated = (world) =>
		`until [ -e ${gate(world)} ]; do sleep 0.02; done`;

	test('one that was edited is told as what it is by now', async (t) => {
		const own = NOTE.replace('told', 'own');
		const { world, bridge } = await start(t,
			{ on_finish: `${NOTE}; echo "$CCPROC_SUMMARY"; cat` },
			{ config: { commands: { max_running: 1 } } });

		await bridge.tool('start_tasks', { group: 'nightly', tasks: [
			{ command: gated(world) },
			{ command: 'exit 1', options: { on_finish: own } }] });
		await bridge.tool('start_tasks', { tasks: [{ command: 'true',
			options: { on_finish: own, replaces: 't2' } }] });
		fs.writeFileSync(gate(world), '');
		await settled(world);
		assert.deepEqual(told(world).map(([id, , state]) => [id, state]),
			[['g1', 'completed']]);
		assert.deepEqual(told(world, 'own').map(([id]) => id), ['t3']);
		const [summary, json] = fs.readFileSync(path.join(world.taskDir('t3'),
			'hook-g1', 'stdout'), 'utf8').split('\n');

		assert.match(summary, /^g1 nightly: 2 ended · /);
		assert.deepEqual(JSON.parse(json).tasks.map(({ id }) => id),
			['t1', 't3']);
	});

	test('it is told once, also from a task with a number far from its own',
		async (t) => {
			const { world, bridge } = await start(t, { on_finish: NOTE,
				only: { labels: ['nightly'] } },
			{ config: { commands: { max_running: 1 },
				agents: { claude: { command: [FAKE] } } } });
			const prompt = 'REPLAY stream-json.out';

			await bridge.tool('start_tasks', { group: 'nightly', tasks: [
				{ prompt }, { command: gated(world) },
				{ command: 'true' }] });
			await bridge.tool('start_tasks', { tasks:
				Array.from({ length: 50 }, () => ({ command: 'true' })) });
			await bridge.tool('start_tasks', { tasks: [{ command: 'true',
				options: { replaces: 't3' } }] });
			await bridge.tool('cleanup_tasks', { ids: ['t3'] });
			fs.writeFileSync(gate(world), '');
			await settled(world);
			assert.deepEqual(hooksOf(world, 't54'), ['hook-g1']);
			await bridge.tool('reply_task', { id: 't1', message: prompt,
				wait_s: 20 });
			await settled(world);
			assert.deepEqual(told(world).map(([id, event]) => [id, event]),
				[['g1', 'group_end'], ['t1', 'finish']]);
		});

	const cases = [
		[{}, many(1), ['t1']],
		[{ failed: true }, many(3), []],
		[{ failed: true }, many(2, { command: 'exit 1' }), ['g1']],
		[{ each: true, failed: true }, many(2, { command: 'exit 1' }), ['t3']],
		[{ labels: ['night*'] }, many(2), ['g1']],
		[{ labels: ['day*', 'x'] }, many(2), []],
		[{ labels: ['b*'], each: true },
			{ tasks: [{ command: 'true', label: 'build' },
				{ command: 'true', label: 'test' }] }, ['t1']],
		[{ longer_than_s: '1h' }, many(2), []],
	];

	for (const [only, call, ids] of cases)
		test(`only ${JSON.stringify(only)} of ${call.tasks.length}: ` +
			`${ids.join(' ') || 'nothing'}`, async (t) => {
			const { world, bridge } = await start(t,
				{ on_finish: NOTE, only });

			await bridge.tool('start_tasks', call);
			await settled(world);
			// what is told by itself comes after all that was not
			await bridge.tool('run_task', { command: 'false', label: 'last',
				wait_s: 20, options: { on_finish: NOTE } });
			await settled(world);
			assert.deepEqual(told(world).map(([id]) => id)
				.filter((id) => id !== `t${call.tasks.length + 1}`), ids);
		});
});
