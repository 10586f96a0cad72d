// Ending and deleting tasks, the predecessor's names, what is told of the
// tools, and that every answer stays within its bounds.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { startWorld, waitFor } from './lib/harness.mjs';
import { connect, ERAS, join, owned } from './lib/session.mjs';
import { chars, ids, like } from './lib/texts.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));
const ALL = { concurrency: 4 };

describe('stop_tasks', ALL, () => {
	for (const era of ERAS)
		test(`running, queued and finished ones, ${era}`, async (t) => {
			const { world, bridge } = await connect(t,
				{ era, config: { commands: { max_running: 2 } } });
			const stop = (args) => bridge.tool('stop_tasks', args);

			await bridge.tool('run_task', { command: 'echo done; exit 2' });
			await bridge.tool('start_tasks', { tasks: [
				{ command: 'echo kept; sleep 60' }, { command: 'sleep 60' },
				{ command: 'true' }] });
			await waitFor(() => world.output('t2') === 'kept\n');
			const { text, isError } = await stop({ ids: ['t1', 'g2'] });
			const lines = text.split('\n');

			assert.equal(isError, false);
			assert.match(lines[0], like('t1 failed: exit code 2 · ~'));
			assert.match(lines[1], like('t2 cancelled: by user · ~'));
			assert.match(lines[2], like('t3 cancelled: by user · ~'));
			assert.match(lines[3], /^t4 cancelled: by user\b/);
			assert.equal(lines.length, 4);
			assert.match((await bridge.tool('read_output', { id: 't2' })).text,
				/\nkept\n$/);
			for (const [id, exit_code, signal, started] of [
				['t2', null, 'SIGTERM', true], ['t4', null, null, false]]) {
				const task = await bridge.task(id);

				assert.deepEqual([task.state, task.reason, task.exit_code,
					task.signal, task.started_at !== null],
				['cancelled', 'user', exit_code, signal, started]);
			}
			assert.match((await stop({ ids: ['t2'] })).text,
				like('t2 cancelled: by user · ~'));
		});

	test('all of mine, and only mine', async (t) => {
		const { world, bridge: a } = await connect(t,
			{ bridge: owned('a') });
		const b = await join(world, 'modern', owned('b'));
		const start = (client) => client.tool('start_tasks',
			{ tasks: Array(3).fill({ command: 'sleep 60' }) });
		const stop = async () => (await a.tool('stop_tasks',
			{ scope: 'mine' })).text;

		await start(a);
		await start(b);
		assert.deepEqual(ids(await stop()), ['t1', 't2', 't3']);
		assert.deepEqual(world.live().sort(), ['t4', 't5', 't6']);
		assert.equal(await stop(),
			'no task of this session is queued or running');
	});

	test('first asked, then killed', async (t) => {
		const { bridge } = await connect(t);
		const deaf = { command: 'trap "" TERM; echo x; while :; do ' +
			'sleep 0.1; done', wait_s: 0 };
		const asked = { command: 'trap "echo bye; exit 7" TERM; echo x; ' +
			'while :; do sleep 0.05; done', wait_s: 0 };
		const timed = async (args) => {
			const began = Date.now();

			await bridge.tool('stop_tasks', args);
			return Date.now() - began;
		};

		for (const args of [deaf, deaf, asked])
			await bridge.tool('run_task', args);
		for (const id of ['t1', 't2', 't3'])
			await waitFor(async () => (await bridge.task(id)).output
				.stdout_bytes === 2);
		const grace = await timed({ ids: ['t1'], grace_s: 1 });

		assert.ok(grace >= 1000 && grace < 5000, String(grace));
		const now = await timed({ ids: ['t2'], mode: 'now' });

		assert.ok(now < 900, String(now));
		assert.equal((await bridge.task('t2')).signal, 'SIGKILL');
		await bridge.tool('stop_tasks', { ids: ['t3'] });
		const task = await bridge.task('t3');

		assert.deepEqual([task.state, task.reason, task.exit_code,
			task.result], ['cancelled', 'user', 7, 'x\nbye\n']);
	});

	test('either ids or scope', async (t) => {
		const { bridge } = await connect(t);

		for (const args of [{}, { ids: null }, { ids: ['t1'], scope: 'mine' }]) {
			const { text, isError } = await bridge.tool('stop_tasks', args);

			assert.equal(isError, true);
			assert.match(text, /either ids or scope "mine"/);
		}
	});
});

describe('cleanup_tasks', ALL, () => {
	for (const era of ERAS)
		test(`by id, ${era}`, async (t) => {
			const { world, bridge } = await connect(t, { era });
			const clean = async (args) =>
				(await bridge.tool('cleanup_tasks', args)).text;

			await bridge.tool('run_task', { command: 'echo one' });
			await bridge.tool('run_task', { command: 'sleep 60', wait_s: 0 });
			assert.match(await clean({ ids: ['t1'], dry_run: true }),
				/^would remove 1 task, freeing \d+ bytes$/);
			assert.equal(await clean({ ids: ['t2'], kill_running: false }),
				'removed 0 tasks, freed 0 bytes; skipped t2 (running): ' +
				'stop them first, or give kill_running true');
			assert.match((await bridge.task('t1')).state, /completed/);
			assert.match(await clean({ ids: ['t1', 't2'] }),
				/^removed 2 tasks, freed \d+ bytes$/);
			for (const id of ['t1', 't2']) {
				const { text, isError } = await bridge.tool('check_tasks',
					{ ids: [id] });

				assert.equal(isError, true);
				assert.match(text, new RegExp(`${id}: was cleaned up`));
				assert.equal(world.taskDir(id), undefined);
			}
			assert.deepEqual(world.live(), []);
			await waitFor(() => fs.readdirSync(
				path.join(world.state, 'trash')).length === 0);
			assert.match((await bridge.tool('run_task',
				{ command: 'true' })).text, /^t3 /);
		});

	test('a dry run tells what the real one does', async (t) => {
		const { bridge } = await connect(t);

		await bridge.tool('run_task', { command: 'sleep 60', wait_s: 0 });
		const { text } = await bridge.tool('cleanup_tasks',
			{ ids: ['t1'], dry_run: true });

		assert.match(text, /^would remove 1 task, /);
		assert.equal((await bridge.task('t1')).state, 'running');
		assert.match((await bridge.tool('cleanup_tasks',
			{ ids: ['t1'] })).text, /^removed 1 task, /);
	});

	test('by age and state', async (t) => {
		const { world, bridge } = await connect(t);
		const clean = async (args) =>
			(await bridge.tool('cleanup_tasks', args)).text;

		for (const command of ['true', 'exit 1', 'true'])
			await bridge.tool('run_task', { command });
		await bridge.tool('run_task', { command: 'sleep 60', wait_s: 0 });
		assert.match(await clean({ older_than_s: 3600 }),
			/^removed 0 tasks, freed 0 bytes$/);
		assert.match(await clean({ older_than_s: 0, states: ['failed'] }),
			/^removed 1 task, /);
		assert.equal(world.taskDir('t2'), undefined);
		assert.match(await clean({ older_than_s: 0, dry_run: true }),
			/^would remove 2 tasks, /);
		assert.match(await clean({ older_than_s: 0 }), /^removed 2 tasks, /);
		assert.deepEqual(world.live(), ['t4']);
		for (const args of [{}, { ids: ['t4'], older_than_s: 1 },
			{ older_than_s: 0, states: ['running'] }])
			assert.equal((await bridge.tool('cleanup_tasks', args)).isError,
				true);
		assert.deepEqual(world.live(), ['t4']);
	});
});

describe('the predecessor\'s names', ALL, () => {
	for (const era of ERAS)
		test(`as it was used, ${era}`, async (t) => {
			const { world, bridge } = await connect(t, { era,
				config: { agents: { claude: { command: [FAKE] } } } });
			const done = await bridge.tool('execute_cc_task', {
				prompt: 'REPLAY stream-json.out', working_dir: world.home,
				model: 'sonnet', timeout: 60, skip_permissions: false });
			const begun = await bridge.tool('start_cc_task_async',
				{ prompt: 'REPLAY stream-json.out hang' });

			assert.match(done.text, /^t1 completed · [^]*hi there/);
			assert.match(begun.text, /^t2 running/);
			const { uuid, cwd } = await bridge.task('t1');

			assert.equal(cwd, world.home);
			for (const task_id of ['t1', uuid])
				assert.match((await bridge.tool('check_task_status',
					{ task_id })).text, /^t1 completed · [^]*hi there/);
			assert.deepEqual(ids((await bridge.tool('list_active_tasks'))
				.text), ['t2']);
			assert.match((await bridge.tool('cleanup_task',
				{ task_id: 't2' })).text, /^removed 1 task, /);
			assert.deepEqual(world.live(), []);
		});

	test('skip_permissions is never silent', async (t) => {
		const { world, bridge } = await connect(t, { config: { agents: {
			claude: { command: [FAKE] } } } });
		const run = async (id, skip_permissions) => {
			const { text } = await bridge.tool('execute_cc_task', {
				prompt: 'REPLAY stream-json.out', skip_permissions });

			if (world.taskDir(id) === undefined)
				return text;
			return JSON.parse(fs.readFileSync(path.join(world.taskDir(id),
				'spec.json'))).permission_mode;
		};

		assert.equal(await run('t1'), 'ask');
		assert.equal(await run('t2', false), 'ask');
		assert.match(await run('t3', true), process.getuid() === 0 ?
			/claude refuses bypassPermissions as root/ :
			/^bypassPermissions$/);
	});

	test('wrong arguments', async (t) => {
		const { bridge } = await connect(t);

		for (const [name, args, words] of [
			['execute_cc_task', {}, /prompt: is required/],
			['execute_cc_task', { prompt: 'x', cwd: '/' }, /cwd: is not known/],
			['start_cc_task_async', { prompt: 5, timeout: 0 },
				/prompt: expected a string.*timeout: 0 is out of range/],
			['check_task_status', {}, /task_id: is required/],
			['cleanup_task', { task_id: 't1' }, /t1: no such task/]]) {
			const { text, isError } = await bridge.tool(name, args);

			assert.equal(isError, true);
			assert.match(text, words);
		}
	});
});

describe('what is told of the tools', ALL, () => {
	const READ = ['check_tasks', 'list_tasks', 'read_output'];
	const ENDS = ['stop_tasks', 'cleanup_tasks'];

	for (const era of ERAS)
		test(`tools/list, ${era}`, async (t) => {
			const { bridge } = await connect(t, { era });
			const { tools } = await bridge.request('tools/list');
			const hints = Object.fromEntries(tools.map((tool) =>
				[tool.name, tool.annotations ?? {}]));

			assert.ok(Buffer.byteLength(JSON.stringify(tools)) <= 6000,
				String(Buffer.byteLength(JSON.stringify(tools))));
			for (const name of ['run_task', 'start_tasks', ...READ, ...ENDS])
				assert.ok(name in hints, name);
			for (const name of ['execute_cc_task', 'start_cc_task_async',
				'check_task_status', 'list_active_tasks', 'cleanup_task'])
				assert.ok(!(name in hints), name);
			for (const name of READ)
				assert.equal(hints[name].readOnlyHint, true);
			for (const name of ENDS)
				assert.deepEqual([hints[name].destructiveHint,
					hints[name].idempotentHint], [true, true]);
			for (const tool of tools) {
				assert.equal(tool.inputSchema.type, 'object');
				assert.equal(tool.outputSchema, undefined);
				assert.ok(tool.description.length > 20);
				for (const name of tool.inputSchema.required ?? [])
					assert.ok(name in tool.inputSchema.properties);
			}
			assert.ok(tools.some((tool) =>
				tool._meta?.['anthropic/alwaysLoad'] === true));
		});

	test('every connection sees the same, restart or not', async (t) => {
		const { world, bridge } = await connect(t);
		const list = async (client) =>
			JSON.stringify((await client.request('tools/list')).tools);
		const first = await list(bridge);

		assert.equal(await list(await join(world, 'modern')), first);
		assert.equal(await list(bridge), first);
	});

	test('instructions', async (t) => {
		const world = startWorld(t);
		const old = await world.bridge().legacy();
		const now = await world.bridge().modern();

		assert.equal(old.instructions, now.instructions);
		assert.ok(chars(old.instructions) <= 600);
		for (const word of ['run_task', 'start_tasks', 'check_tasks', 't7',
			'g7'])
			assert.ok(old.instructions.includes(word), word);
	});
});

describe('bounds of answers', ALL, () => {
	const BOUND = 50000;

	test('fifty tasks with much to say', async (t) => {
		const { bridge } = await connect(t,
			{ config: { commands: { max_running: 8 } } });

		await bridge.tool('start_tasks', { tasks: [...Array(50).keys()]
			.map((i) => ({ command: i % 2 ? 'seq 20000; exit 1' :
				'yes é😀 | head -c 60000; yes "\\\\\\"" | head -c 9000 >&2' }))
		});
		await bridge.tool('check_tasks', { ids: ['g1'], wait_s: 40,
			detail: 'status' });
		for (const result_chars of [undefined, 45000]) {
			const { text } = await bridge.tool('check_tasks',
				{ ids: ['g1'], result_chars });

			assert.ok(chars(text) < BOUND, String(chars(text)));
			assert.equal(ids(text).filter((id) => id !== 't').length, 50);
			const full = await bridge.tool('check_tasks',
				{ ids: ['g1'], result_chars, detail: 'full' });

			assert.ok(chars(full.text) < BOUND, String(chars(full.text)));
			const { tasks } = JSON.parse(full.text);

			assert.equal(tasks.length, 50);
			assert.ok(tasks.every((task) => task.result_truncated));
		}
		const one = await bridge.tool('check_tasks',
			{ ids: ['t2'], result_chars: 45000 });

		assert.ok(chars(one.text) < BOUND && chars(one.text) > 20000);
	});

	test('fifty tasks with long paths', async (t) => {
		const { world, bridge } = await connect(t);
		const long = 'd'.repeat(250);
		let cwd = world.work;

		while (cwd.length < 3500)
			cwd = path.join(cwd, long);
		fs.mkdirSync(cwd, { recursive: true });
		await bridge.tool('start_tasks', { tasks: Array(50).fill({ command:
			`rm -rf ${path.join(world.work, long)}`, cwd }) });
		for (const detail of ['full', 'result', 'status']) {
			const { text } = await bridge.tool('check_tasks',
				{ ids: ['g1'], wait_s: 30, detail });

			assert.ok(chars(text) < BOUND, `${detail} ${chars(text)}`);
			if (detail === 'full') { // what is left out is named, and new
				const { tasks, omitted, omitted_ids: left } =
					JSON.parse(text);

				assert.equal(left.length, omitted);
				assert.deepEqual([...tasks.map(({ id }) => id), ...left],
					[...Array(50).keys()].map((i) => `t${i + 1}`));
				assert.match((await bridge.tool('check_tasks')).text,
					new RegExp(`^${omitted} tasks: ${omitted} ended`));
			}
		}
	});

	test('fifty unknown ids, and fifty bad items', async (t) => {
		const { bridge } = await connect(t);
		const nobody = [...Array(50).keys()].map((i) => `nobody-${i}`);
		const unknown = await bridge.tool('check_tasks', { ids: nobody });
		const bad = await bridge.tool('start_tasks', { tasks:
			Array(50).fill({ command: ['no-such-program-anywhere'] }) });

		for (const id of nobody)
			assert.ok(unknown.text.includes(`${id}: no such task`), id);
		for (const i of Array(50).keys())
			assert.ok(bad.text.includes(`tasks[${i}].`),
				`${i} in ${bad.text}`);
	});
});
