// Going on in an agent's conversation: with the real claude, and with a
// stand-in where only our side matters.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { claude, startClaude } from './lib/claude.mjs';
import { ccproc } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { plan } from './lib/fake-api.mjs';
import { processesWith, startWorld, waitFor } from './lib/harness.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));

async function join(world, options) {
	const bridge = world.bridge(options);

	await bridge.legacy();
	return bridge;
}

/** A world where claude is the stand-in, and a session in it. */
async function start(t, agents = {}) {
	const world = startWorld(t, { config: { agents: { ...agents,
		claude: { command: [FAKE] } } } });

	return { world, bridge: await join(world) };
}

/** The arguments of the stand-in, which it notes at once. */
const argumentsOf = (log) => fs.readFileSync(log, 'utf8').split('\n')
	.filter((line) => line.startsWith('arg '))
	.map((line) => line.slice(4));

/** All that the user has said in the last conversation of a model. */
const heard = ({ requests }) => JSON.stringify(requests
	.filter(({ messages }) => messages?.length > 1).at(-1)?.messages ?? []);

describe('claude', { skip: claude === undefined && 'claude is not installed',
	concurrency: 2 }, () => {
	test('goes on for a second session', async (t) => {
		const { api, world } = await startClaude(t);
		const first = await join(world, { env: {
			CLAUDE_CODE_SESSION_ID: 'first' } });
		const begun = await first.tool('run_task', { label: 'talk',
			prompt: `Remember the word plum. ${plan({ text: 'noted' })}` });

		assert.match(begun.text, /^t1 talk completed · .*\nnoted$/s);
		await first.close();
		const second = await join(world, { env: {
			CLAUDE_CODE_SESSION_ID: 'second' } });
		const { text } = await second.tool('reply_task', { id: 'talk',
			message: `Which word? ${plan({ text: 'plum it was' })}` });

		assert.match(text,
			/^t1 talk completed · [^\n]* · run 2\nplum it was$/);
		assert.match(heard(api), /Remember the word plum.*noted.*Which word/s);
		const task = await second.task('t1');

		assert.equal(task.run, 2);
		assert.equal(task.session_id, task.uuid);
		assert.equal(task.owner, 'first');
		assert.equal(world.output('t1', 'prompt').includes('plum'), true);
		assert.equal(JSON.parse(world.output('t1', 'run-2/stdout').split('\n')
			.find((line) => line.includes('"result"'))).result,
		'plum it was');
	});

	test('goes on for a session with another home', async (t) => {
		const { api, world } = await startClaude(t);
		const other = path.join(world.root, 'other');

		fs.mkdirSync(other);
		await (await join(world)).tool('run_task', {
			prompt: `Remember the word plum. ${plan({ text: 'noted' })}` });
		const second = await join(world, { env: { HOME: other,
			CLAUDE_CONFIG_DIR: other } });
		const { text } = await second.tool('reply_task', { id: 't1',
			message: `Which word? ${plan({ text: 'plum it was' })}` });

		assert.match(text, /^t1 completed · [^\n]* · run 2\nplum it was$/);
		assert.match(heard(api), /Remember the word plum.*noted.*Which word/s);
		assert.deepEqual(fs.readdirSync(other), []);
	});

	test('goes on in a copy', async (t) => {
		const { api, world } = await startClaude(t);
		const bridge = await join(world);

		await bridge.tool('run_task', { prompt: plan({ text: 'one' }) });
		const { text } = await bridge.tool('reply_task', { id: 't1',
			fork: true, message: `aside ${plan({ text: 'two' })}` });
		const task = await bridge.task('t1');

		assert.match(text, /^t1 completed .* · run 2\ntwo$/);
		assert.notEqual(task.session_id, task.uuid);
		assert.match(heard(api), /one.*aside/s);
		await bridge.tool('reply_task', { id: 't1',
			message: `more ${plan({ text: 'three' })}` });
		assert.match(heard(api), /aside.*two.*more/s);
		assert.equal((await bridge.task('t1')).session_id, task.session_id);
	});

	test('goes on after it was stopped', async (t) => {
		const { api, world } = await startClaude(t);
		const bridge = await join(world);

		await bridge.tool('start_tasks', { tasks: [{
			prompt: `long ${plan({ text: 'begun', calls: [{ name: 'Bash',
				input: { command: 'sleep 60' } }] }, { hang: true })}`,
			permission_mode: 'acceptEdits', allowed_tools: ['Bash'] }] });
		await waitFor(() => world.output('t1').includes('tool_use'));
		const stopped = await bridge.tool('stop_tasks', { ids: ['t1'] });

		assert.match(stopped.text, /^t1 cancelled: by user · .*, partial result kept; go on with reply_task t1$/);
		const { text } = await bridge.tool('reply_task', { id: 't1',
			message: `shorter ${plan({ text: 'done' })}` });

		assert.match(text, /^t1 completed .* · run 2\ndone$/);
		assert.match(heard(api), /long.*begun.*sleep 60.*shorter/s);
	});
});

describe('a message', { concurrency: 3 }, () => {
	test('for a running agent waits for its end', async (t) => {
		const { world, bridge } = await start(t);

		const first = bridge.tool('run_task',
			{ prompt: 'REPLAY stream-json.out sleep=1.5 say=one' });

		await waitFor(() => world.live().length === 1);
		const replies = [2, 3].map((n) => bridge.tool('reply_task', {
			id: 't1', message: `REPLAY stream-json.out say=${['two', 'three'][
				n - 2]}\nmessage ${n}` }));

		await waitFor(async () => /2 messages wait/.test((await bridge.tool(
			'check_tasks', { ids: ['t1'] })).text));
		assert.equal(processesWith(world.taskDir('t1')).length <= 3, true);
		// who asked for a run is told what that came to, and that more wait
		const texts = (await Promise.all([first, ...replies]))
			.map(({ text }) => text);

		assert.match(texts[0], /^t1 completed · [^\n]* · \$0\.01\none\n\[t1 goes on with 2 more messages\]$/);
		assert.match(texts[1], /^t1 completed · [^\n]* · run 2\ntwo\n\[t1 goes on with 1 more message\]$/);
		assert.match(texts[2], /^t1 completed · [^\n]* · run 3\nthree$/);
		for (const n of [2, 3])
			assert.match(world.output('t1', `run-${n}/prompt`),
				new RegExp(`message ${n}`));
		assert.deepEqual(world.live(), []);
	});

	test('is one more run, and each of them can be read', async (t) => {
		const { world, bridge } = await start(t);
		const read = (args) => bridge.tool('read_output', { id: 't1', ...args });

		await bridge.tool('run_task', { prompt: 'REPLAY stream-json.out' });
		assert.match((await read({ run: 1 })).text,
			/^t1 result 0-\d+ of \d+ · completed · next cursor \d+\nhi there/);
		await bridge.tool('reply_task', { id: 't1',
			message: 'REPLAY maxturns.out rc=1 stderr=oops' });
		assert.match((await read({ stream: 'stderr' })).text,
			/^t1 stderr 0-\d+ of \d+ · run 2 of 2 · failed · next cursor \d+\noops/);
		assert.match((await read({ run: 1 })).text,
			/^t1 result 0-\d+ of \d+ · run 1 of 2 · completed · .*\nhi there/);
		assert.match((await read({ run: 1, stream: 'activity', wait_s: 60 }))
			.text, /^t1 activity 0-.* · run 1 of 2 · completed · /);
		assert.match((await read({ run: 1, stream: 'raw', grep: 'init' }))
			.text, /^t1 raw .*"subtype":"init"/s);
		assert.match((await read({ stream: 'raw', cursor: 1e6 })).text,
			/beyond the end, which is \d+\W+this is run 2; read_output with "run"/);
		const { isError, text } = await read({ run: 3 });

		assert.equal(isError, true);
		assert.equal(text, 'run: t1 has 2 runs; there is no run 3');
		await bridge.tool('run_task', { command: 'echo out' });
		assert.match((await read({ id: 't2', run: 1 })).text, /\nout\n?$/);
		assert.match((await read({ id: 't2', run: 2 })).text,
			/^run: t2 has 1 run; there is no run 2$/);
		const { out } = await ccproc(world, ['logs', '-R', '1', 't1']);

		assert.match(out, /^hi there/);
		assert.match((await ccproc(world, ['logs', '-e', '-R2', 't1'])).out,
			/^oops/);
		assert.match((await ccproc(world, ['logs', '-r', '--run=1', 't1'])).out,
			/^\{.*"init"/);
		assert.match((await ccproc(world, ['logs', '--activity', '-R1', 't1'])).out,
			/hi there/);
		assert.match((await ccproc(world, ['logs', '-R3', 't1'])).err,
			/^ccproc: t1 has 2 runs; there is no run 3$/m);
		assert.match((await ccproc(world, ['show', 't1'])).out,
			/\n  run 1 .*exit code 0: REPLAY stream-json.out\n  run 2 .*exit code 1: REPLAY maxturns.out/);
	});

	test('goes to the same conversation, by another model', async (t) => {
		const { world, bridge } = await start(t);
		const log = path.join(world.root, 'log');
		const env = { FAKE_CLAUDE_LOG: log };

		await bridge.tool('run_task', { prompt: 'REPLAY stream-json.out',
			model: 'one', options: { env, max_turns: 4 } });
		const { uuid } = await bridge.task('t1');
		const other = await join(world, { env });

		await other.tool('reply_task', { id: 't1', model: 'two',
			message: 'REPLAY stream-json.out' });
		const args = argumentsOf(log);

		assert.ok(args.includes(`--resume=${uuid}`), args.join(' '));
		assert.ok(args.includes('--model=two'));
		assert.ok(args.includes('--max-turns=4'));
		assert.equal(args.some((arg) => arg.startsWith('--session-id')), false);
	});

	test('has the home of the first run, and what else it has itself',
		async (t) => {
			const { world, bridge } = await start(t);
			const log = path.join(world.root, 'log');
			const other = await join(world, { env: { HOME: '/other',
				CLAUDE_CONFIG_DIR: '/other', FAKE_CLAUDE_LOG: log } });

			await bridge.tool('run_task', { prompt: 'REPLAY stream-json.out' });
			await other.tool('reply_task', { id: 't1',
				message: 'REPLAY stream-json.out' });
			const env = fs.readFileSync(log, 'utf8').split('\n');

			assert.ok(env.includes(`env HOME=${world.home}`));
			assert.ok(!env.some((line) => line.startsWith(
				'env CLAUDE_CONFIG_DIR=')));
		});

	test('is not heard when the task was stopped before', async (t) => {
		const { world, bridge } = await start(t);

		await bridge.tool('start_tasks', { tasks: [{
			prompt: 'REPLAY interrupted-tool.out lines=2 hang' }] });
		await waitFor(() => world.output('t1').split('\n').length > 2);
		const reply = bridge.tool('reply_task',
			{ id: 't1', message: 'REPLAY stream-json.out' });

		await waitFor(() => world.output('t1', 'run-2/run.json') !== '');
		await bridge.tool('stop_tasks', { ids: ['t1'] });
		assert.match((await reply).text, /^t1 cancelled: by user/);
		assert.equal(world.output('t1', 'run-2/stdout'), '');
		assert.equal((await bridge.task('t1')).result,
			'I am going to wait.');
		assert.match((await bridge.tool('reply_task', { id: 't1',
			message: 'REPLAY stream-json.out' })).text,
		/^t1 completed .* · run 3\n/);
	});

	test('after a stop is heard, whatever the clock says', async (t) => {
		const { world, bridge } = await start(t);

		await bridge.tool('start_tasks', { tasks: [{
			prompt: 'REPLAY interrupted-tool.out lines=2 hang' }] });
		await waitFor(() => world.output('t1').split('\n').length > 2);
		await bridge.tool('stop_tasks', { ids: ['t1'] });
		const file = path.join(world.taskDir('t1'), 'exit.json');

		fs.writeFileSync(file, fs.readFileSync(file, 'utf8')
			.replace(/("ended_at":)\d+/, `$1${Date.now() + 3600000}`));
		assert.match((await bridge.tool('reply_task', { id: 't1',
			message: 'REPLAY stream-json.out' })).text,
		/^t1 completed .* · run 2\n/);
	});

	test('that a stop meant needs no free place to end', async (t) => {
		const { world, bridge } = await start(t, { max_running: 1, launches: 0 });
		const HANG = 'REPLAY interrupted-tool.out lines=2 hang';

		await bridge.tool('run_task', { prompt: 'REPLAY stream-json.out' });
		await bridge.tool('start_tasks', { tasks: [{ prompt: HANG }] });
		await waitFor(() => world.output('t2').split('\n').length > 2);
		for (const id of ['t2', 't1']) // t1 is the next
			await bridge.tool('reply_task',
				{ id, message: HANG, wait_s: 0 });
		const { text } = await bridge.tool('stop_tasks', { ids: ['t2'] });

		assert.match(text, /^t2 cancelled: by user/);
		assert.match((await bridge.tool('check_tasks', { ids: ['t1'] })).text,
			/^t1 running/);
	});

	test('needs none of those that its agent had waited for', async (t) => {
		const { bridge } = await start(t);

		await bridge.tool('start_tasks', { tasks: [
			{ command: 'true', label: 'a' },
			{ prompt: 'REPLAY stream-json.out', label: 'b',
				after: ['a'] }] });
		await bridge.tool('check_tasks', { ids: ['b'], wait_s: 20 });
		await bridge.tool('cleanup_tasks', { ids: ['a'] });
		assert.match((await bridge.tool('reply_task', { id: 'b',
			message: 'REPLAY stream-json.out' })).text,
		/^t2 b completed .* · run 2/);
	});

	for (const [what, first, words] of [
		['a command', { command: 'true' },
			/^no reply to t1: it is a command; only an agent has a conv/],
		['an agent that never began', { prompt:
			'REPLAY stream-json.out lines=0 rc=1 stderr=bad-option' },
		/^no reply to t1: it has no conversation .*; start a new task$/],
	]) {
		test(`is refused by ${what}`, async (t) => {
			const { bridge } = await start(t);

			await bridge.tool('run_task', first);
			const { isError, text } = await bridge.tool('reply_task',
				{ id: 't1', message: 'more' });

			assert.equal(isError, true);
			assert.match(text, words);
		});
	}

	test('outlives the daemon', async (t) => {
		const { world, bridge } = await start(t);

		await bridge.tool('start_tasks', { tasks: [{
			prompt: 'REPLAY stream-json.out sleep=1' }] });
		const reply = bridge.tool('reply_task',
			{ id: 't1', message: 'REPLAY stream-json.out sleep=1' });

		await waitFor(() => world.output('t1', 'run-2/run.json') !== '');
		await killDaemon(world);
		await waitFor(() => world.output('t1', 'run-2/stdout') !== '',
			{ what: 'the second run' });
		await killDaemon(world);
		assert.match((await reply).text, /^t1 completed .* · run 2\n/);
		assert.equal(world.output('t1', 'run-3/run.json'), '');
		assert.deepEqual(world.live(), []);
	});

	test('is handed to a client that is told later', async (t) => {
		const { bridge, world } = await start(t);
		const modern = world.bridge();

		await bridge.tool('run_task', { prompt: 'REPLAY stream-json.out' });
		await modern.modern({ tasks: true });
		const task = await modern.tool('reply_task', { id: 't1',
			message: 'REPLAY stream-json.out sleep=6' });

		assert.equal(task.resultType, 'task');
		assert.match(task.taskId, /^t1\.2-[0-9a-f-]{36}$/);
		const get = (taskId) => modern.request('tasks/get', { taskId });
		const first = task.taskId.replace('.2', '');

		assert.equal((await get(task.taskId)).status, 'working');
		assert.equal((await get(first)).status, 'completed');
		const { result } = await waitFor(async () => {
			const now = await get(task.taskId);

			return now.status === 'completed' && now;
		});

		assert.match(result.content[0].text, /^t1 completed .* · run 2\n/);
		assert.match((await get(first)).result.content[0].text,
			/^t1 completed · [^·]* · 1 turn · \$0\.01\n/);
		assert.match((await modern.tool('check_tasks',
			{ ids: [task.taskId] })).text, /run 2/);
	});

	test('comes from a person', async (t) => {
		const { world, bridge } = await start(t);

		await bridge.tool('run_task', { label: 'talk',
			prompt: 'REPLAY stream-json.out' });
		const reply = (args, input) => world.run('ccproc',
			['reply', ...args], { input });
		const said = await reply(['talk', 'REPLAY', 'stream-json.out']);

		assert.deepEqual(said, { code: 0, signal: null,
			stdout: 'hi there\n', stderr: '' });
		assert.equal(world.output('t1', 'run-2/prompt'),
			'REPLAY stream-json.out');
		const shown = await world.run('ccproc', ['show', 't1']);

		assert.match(shown.stdout, /run 2/);
		const empty = await reply(['t1'], '');

		assert.equal(empty.code, 125);
		assert.match(empty.stderr, /the prompt is empty/);
		const detached = await reply(['-d', 't1', '-'],
			'REPLAY stream-json.out rc=3');

		assert.match(detached.stdout, /^t1 talk .*run 3\n$/);
		assert.equal((await world.run('ccproc', ['wait', 't1'])).code, 3);
	});
});
