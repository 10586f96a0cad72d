// Permission questions of agents: the real `claude` asks, somebody answers,
// and it goes on.  A fake of the Messages API on loopback plays the model.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { claude, startClaude, toolResults } from './lib/claude.mjs';
import { called, killDaemon } from './lib/daemon.mjs';
import { plan } from './lib/fake-api.mjs';
import { kill, waitFor } from './lib/harness.mjs';

const bash = (...commands) => ({ calls: commands.map((command) =>
	({ name: 'Bash', input: { command } })) });
const read = (...files) => ({ calls: files.map((file_path) =>
	({ name: 'Read', input: { file_path } })) });
const DONE = { echo: true, text: 'done: ' };

/** A world with a session; agents is what the configuration says of them. */
async function start(t, agents) {
	const { api, world } = await startClaude(t, { agents });
	const bridge = world.bridge();

	await bridge.legacy();
	return { api, world, bridge,
		made: (name) => fs.existsSync(path.join(world.work, name)),
		file: (name, id = 't1') => {
			const file = path.join(world.taskDir(id), name);

			return fs.existsSync(file) &&
				JSON.parse(fs.readFileSync(file));
		},
		ccproc: (...args) => world.run('ccproc', args) };
}

/** Starts an agent that does these steps. */
const agent = (bridge, ...steps) => bridge.tool('start_tasks',
	{ tasks: [{ prompt: plan(...steps), label: 'agent' }] });

/** Waits until a task has open questions, as many as that; they. */
const asked = (bridge, n = 1, id = 't1') => waitFor(async () => {
	const { asks } = await bridge.task(id);

	return asks.length === n && asks;
}, { timeout: 20000, what: `${n} questions of ${id}` });

/** The record of a task that has ended. */
async function ended(bridge, id = 't1') {
	const { text } = await bridge.tool('check_tasks',
		{ ids: [id], wait_s: 25, detail: 'full' });
	const [task] = JSON.parse(text).tasks;

	if (['running', 'needs_input'].includes(task.state))
		return ended(bridge, id);
	return task;
}

describe('an agent asks', { skip: !claude && 'no claude',
	concurrency: 2 }, () => {
	test('what everybody sees of a question', async (t) => {
		const { bridge, ccproc, file } = await start(t);

		await agent(bridge, bash('touch made'), DONE);
		const [ask] = await asked(bridge);
		const task = await bridge.task('t1');
		const { text } = await bridge.tool('check_tasks', { ids: ['t1'] });
		const table = await ccproc('asks', '--plain');
		const whole = await ccproc('asks', 'agent');
		const asJson = await ccproc('asks', '--json');
		const json = JSON.parse(asJson.stdout);

		assert.equal(task.state, 'needs_input');
		assert.equal(task.reason, null);
		assert.equal(ask.request_id, 'q1');
		assert.equal(ask.tool, 'Bash');
		assert.equal(ask.question, '"Bash": touch made');
		assert.equal(ask.input.command, 'touch made');
		assert.equal(Date.parse(ask.expires_at) -
			Date.parse(ask.asked_at), 600000);
		assert.match(text, /^t1 agent needs input · /);
		assert.match(text, /^q1: allow "Bash": touch made\?$/m);
		assert.match(text, /ccproc answer t1 allow.*denied in 10 min/);
		assert.match(text, /only deny, with reply_task/);
		assert.match(table.stdout,
			/^t1\tagent\tq1\t.*\t10 min\t"Bash": touch made$/m);
		assert.match(whole.stdout,
			/^t1 q1: "Bash"\ncommand:\n  > touch made\nccproc answer /);
		assert.equal(json.tasks[0].asks[0].request_id, 'q1');
		assert.equal(file('ask-1.json').tool_name, 'Bash');
		assert.match(file('ask-1.json').tool_use_id, /^toolu_/);
	});

	test('ccproc answer: allow', async (t) => {
		const { bridge, ccproc, file, made } = await start(t);

		await agent(bridge, bash('touch made'), DONE);
		await asked(bridge);
		assert.ok(!made('made'));
		const { code, stdout } = await ccproc('answer', 't1', 'allow');
		const task = await ended(bridge);

		assert.equal(code, 0);
		assert.match(stdout, /^t1 agent running · /);
		assert.equal(task.state, 'completed');
		assert.deepEqual(task.asks, []);
		assert.ok(made('made'));
		assert.equal(file('answer-1.json').decision, 'allow');
		assert.equal(file('answer-1.json').by, 'ccproc');
	});

	test('ccproc answer: deny, with a reason', async (t) => {
		const { api, bridge, ccproc, made } = await start(t);

		await agent(bridge, bash('touch made'), DONE);
		await asked(bridge);
		await ccproc('answer', 'agent', 'deny', '--reason=use make clean');
		const task = await ended(bridge);
		const { text } = await bridge.tool('check_tasks', { ids: ['t1'] });

		assert.equal(task.state, 'failed');
		assert.equal(task.reason, 'denied');
		assert.deepEqual(task.denied, ['Bash']);
		assert.match(toolResults(api)[0],
			/^permission denied: use make clean$/);
		assert.match(text, /^\[q1, "Bash": denied, use make clean\]$/m);
		assert.match(text, new RegExp('^hint: the user denied "Bash": do it ' +
			'another way, or ask before you try again$', 'm'));
		assert.match(task.hint, /^the user denied "Bash"/);
		assert.ok(!made('made'));
	});

	test('ccproc answer: to a question with options', async (t) => {
		const { api, bridge, ccproc } = await start(t);

		await agent(bridge, { calls: [{ name: 'AskUserQuestion',
			input: { questions: [{ question: 'Which database?',
				header: 'DB', multiSelect: false, options: [
					{ label: 'Postgres', description: 'many writers' },
					{ label: 'SQLite', description: 'one file' }] }] } }] }, DONE);
		await asked(bridge);
		const { text } = await bridge.tool('check_tasks', { ids: ['t1'] });
		const whole = (await ccproc('asks', 't1')).stdout;
		const wrong = await ccproc('answer', 't1', 'allow');

		assert.match(text,
			/^q1 asks: Which database\? \(Postgres \| SQLite\)$/m);
		assert.match(text, /ccproc answer t1 TEXT, or deny/);
		assert.match(whole, /> Which database\?\n {4}"Postgres" many writers/);
		assert.match(wrong.stderr, /q1: expected 1 answer, one for each/);
		assert.equal((await ccproc('answer', 't1', 'postgres')).code, 0);
		assert.equal((await ended(bridge)).state, 'completed');
		assert.match(toolResults(api)[0], /"Which database\?"="Postgres"/);
	});

	test('always: for this tool in this task', async (t) => {
		const { bridge, ccproc, file, made } = await start(t);
		const more = [bash('touch b'), bash('touch c'), DONE];

		await agent(bridge, bash('touch a'), ...more);
		await asked(bridge);
		await ccproc('answer', 't1', 'allow', '--always');
		assert.equal((await ended(bridge)).state, 'completed');
		assert.ok(made('a') && made('b') && made('c'));
		assert.equal(file('answer-1.json').always, true);
		assert.equal(file('answer-3.json').decision, 'allow');
		assert.match(file('answer-3.json').by, /always/);

		await agent(bridge, ...more); // another task asks
		const [ask] = await asked(bridge, 1, 't2');

		assert.equal(ask.tool, 'Bash');
	});

	test('always is for one tool only', async (t) => {
		const { bridge, ccproc } = await start(t);

		await agent(bridge, bash('touch a'), read('/etc/hostname'), DONE);
		await asked(bridge);
		await ccproc('answer', 't1', 'allow', '--always');
		const [ask] = await waitFor(async () => {
			const { asks } = await bridge.task('t1');

			return asks[0]?.tool === 'Read' && asks;
		}, { what: 'a question about Read' });

		assert.equal(ask.question, '"Read": /etc/hostname');
	});

	test('unanswered it is denied, and that is told', async (t) => {
		const { api, bridge, made } = await start(t, { ask_timeout_s: 2 });

		await agent(bridge, bash('touch made'), DONE);
		const task = await ended(bridge);
		const { text } = await bridge.tool('check_tasks', { ids: ['t1'] });

		assert.equal(task.state, 'failed');
		assert.equal(task.reason, 'denied');
		assert.match(text, /^t1 agent failed: denied Bash/);
		assert.match(text, /^hint: denied Bash: run it again with /m);
		assert.match(text, /q1, "Bash": denied, nobody answered within 2 s/);
		assert.match(toolResults(api)[0], /nobody answered within 2 s/);
		assert.ok(!made('made'));
	});

	test('two at once, answered in any order', async (t) => {
		const { bridge, ccproc } = await start(t);

		await agent(bridge, read('/etc/hostname', '/etc/hosts'), DONE);
		await asked(bridge, 2);
		const which = await ccproc('answer', 't1', 'allow');

		assert.notEqual(which.code, 0);
		assert.match(which.stderr, /2 open questions.*--question/);
		await ccproc('answer', 't1', 'allow', '--question=q2');
		await asked(bridge, 1);
		await ccproc('answer', 't1', 'deny');
		const task = await ended(bridge);
		const { text } = await bridge.tool('check_tasks', { ids: ['t1'] });

		assert.equal(task.reason, 'denied');
		assert.deepEqual(task.denied, ['Read']);
		assert.match(text, /^\[q1, "Read": denied by the user\]$/m);
	});

	test('always answers what was asked meanwhile', async (t) => {
		const { bridge, ccproc } = await start(t);

		await agent(bridge, read('/etc/hostname', '/etc/hosts'), DONE);
		await asked(bridge, 2);
		await ccproc('answer', 't1', 'allow', '-a', '-q', 'q2');
		assert.equal((await ended(bridge)).state, 'completed');
	});

	test('the first answer counts', async (t) => {
		const { bridge, ccproc, file, made } = await start(t);

		await agent(bridge, bash('touch made'), { hang: true });
		await asked(bridge);
		const runs = await Promise.all(['deny', 'allow', 'deny', 'allow']
			.map((word) => ccproc('answer', 't1', word, '-q', 'q1')));
		const won = runs.filter(({ code }) => code === 0);

		assert.equal(won.length, 1);
		for (const { code, stderr } of runs.filter((run) => run.code))
			assert.match(stderr, /q1 was (allowed|denied) already by ccproc/,
				String(code));
		await waitFor(() => file('answer-1.json'));
		if (file('answer-1.json').decision === 'allow')
			await waitFor(() => made('made'));
	});

	test('a question is void when its task is stopped', async (t) => {
		const { bridge, ccproc } = await start(t);

		await agent(bridge, bash('touch made'), DONE);
		await asked(bridge);
		const { text } = await bridge.tool('stop_tasks', { ids: ['t1'] });
		const late = await ccproc('answer', 't1', 'allow');

		assert.match(text, /^t1 agent cancelled: by user/);
		assert.deepEqual((await bridge.task('t1')).asks, []);
		assert.notEqual(late.code, 0);
		assert.match(late.stderr, /t1 asks nothing now, it has ended/);
	});

	test('claude is killed while it asks', async (t) => {
		const { world, bridge, file } = await start(t);

		await agent(bridge, bash('touch made'), DONE);
		await asked(bridge);
		called(world, 'claude').forEach((pid) => kill(pid, 'SIGKILL'));
		const task = await ended(bridge);

		assert.equal(task.reason, 'signal');
		assert.deepEqual(task.asks, []);
		assert.notEqual(file('answer-1.json').decision, 'allow');
	});
});

describe('an agent asks, and the daemon is killed', {
	skip: !claude && 'no claude', concurrency: 2 }, () => {
	test('the question is there for the next one, once', async (t) => {
		const { world, bridge, ccproc, made } = await start(t);

		await agent(bridge, bash('touch made'), DONE);
		const [before] = await asked(bridge);

		await killDaemon(world);
		const [after] = await asked(bridge);

		assert.deepEqual(after, before);
		assert.equal((await bridge.task('t1')).state, 'needs_input');
		await killDaemon(world, 'SIGTERM'); // as an upgrade does
		await asked(bridge);
		const { stderr } = await ccproc('answer', 't1', 'allow');

		assert.equal(stderr, '');
		assert.equal((await ended(bridge)).state, 'completed');
		assert.ok(made('made'));
	});

	test('an answer before the next daemon knows of the question is lost ' +
		'to nobody', async (t) => {
		const { world, bridge, made } = await start(t);

		await agent(bridge, bash('touch made'), DONE);
		await asked(bridge);
		const pid = world.daemon();

		// the daemon dies right after the write: only the file knows
		kill(pid, 'SIGSTOP');
		fs.writeFileSync(path.join(world.taskDir('t1'), 'answer-1.json'),
			JSON.stringify({ decision: 'allow', by: 'a daemon before' }));
		kill(pid, 'SIGKILL');
		assert.equal((await ended(bridge)).state, 'completed');
		assert.ok(made('made'));
	});

	test('an answer that cannot be read allows nothing', async (t) => {
		const { api, world, bridge, made } = await start(t);

		await agent(bridge, bash('touch made'), DONE);
		await asked(bridge);
		fs.writeFileSync(path.join(world.taskDir('t1'), 'answer-1.json'),
			'{"decision":"allow"');
		await killDaemon(world);
		assert.equal((await ended(bridge)).reason, 'denied');
		assert.match(toolResults(api)[0], /its answer cannot be read/);
		assert.ok(!made('made'));
	});

	test('the time that is left counts', async (t) => {
		const { world, bridge } = await start(t, { ask_timeout_s: 4 });

		await agent(bridge, bash('touch made'), DONE);
		const [{ asked_at }] = await asked(bridge);

		await killDaemon(world);
		const { reason, ended_at } = await ended(bridge);

		assert.equal(reason, 'denied');
		assert.ok(Date.parse(ended_at) - Date.parse(asked_at) < 8000,
			`${asked_at} ${ended_at}`);
	});

	test('always outlives it', async (t) => {
		const { world, bridge, ccproc, made } = await start(t);

		await agent(bridge, bash('touch a'),
			{ ...bash('touch b'), delay: 1500 }, DONE);
		await asked(bridge);
		await ccproc('answer', 't1', 'allow', '--always');
		await waitFor(() => made('a'));
		await killDaemon(world);
		assert.equal((await ended(bridge)).state, 'completed');
		assert.ok(made('b'));
	});
});
