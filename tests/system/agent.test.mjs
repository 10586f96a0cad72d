// Agents as tasks, with recordings of claude instead of claude.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { processesWith, startWorld, waitFor } from './lib/harness.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));

/** A connected bridge in a world where claude is the fake one. */
async function start(t, { command = [FAKE], env = {} } = {}) {
	const world = startWorld(t, {
		config: { agents: { launches: 0, retry: { times: 0 },
			claude: { command } } } });
	const bridge = world.bridge({ env });

	await bridge.legacy();
	return { world, bridge };
}

test('an agent completes', async (t) => {
	const { bridge } = await start(t);
	const answer = await bridge.tool('run_task',
		{ prompt: 'REPLAY stream-json.out', label: 'greet' });
	const task = await bridge.task('t1');

	assert.equal(answer.isError, false);
	assert.match(answer.text,
		/^t1 greet completed · .* · 1 turns? · \$0\.01\n[^]*hi there/);
	assert.equal(task.kind, 'agent');
	assert.equal(task.state, 'completed');
	assert.equal(task.reason, null);
	assert.equal(task.exit_code, 0);
	assert.equal(task.result, 'hi there');
	assert.equal(task.model, 'claude-opus-5-5');
	assert.equal(task.turns, 1);
	assert.equal(task.cost_usd, 0.01034);
	assert.match(task.session_id, /^[0-9a-f]{8}-.{27}$/);
	assert.deepEqual(task.denied, []);
});

test('no argument of any process has what is added to the system prompt',
	async (t) => {
		const { world, bridge } = await start(t);
		const secret = 'the cellar door is open';
		const { text } = await bridge.tool('run_task', {
			prompt: 'RUN cat /proc/[0-9]*/cmdline | tr "\\0" "\\n" ' +
				'>seen; for a; do case $a in *-prompt-file=*) ' +
				'cat "${a#*=}" >added;; esac; done',
			cwd: world.work,
			options: { append_system_prompt: secret } });
		const read = (name) =>
			fs.readFileSync(path.join(world.work, name), 'utf8');

		assert.match(text, /^t1 /);
		assert.equal(read('added'), secret);
		assert.ok(!read('seen').includes(secret));
		assert.equal(fs.statSync(path.join(world.taskDir('t1'),
			'system-prompt')).mode & 0o777, 0o600);
	});

test('a variable that no program can be given is refused at the call',
	async (t) => {
		const { bridge } = await start(t);
		const { text, isError } = await bridge.tool('run_task',
			{ command: 'true', options: { env: { BIG: 'x'.repeat(131072) } } });

		assert.equal(isError, true);
		assert.match(text, /options\.env: "BIG=x+\.\.\." is 131076 bytes /);
		assert.match((await bridge.tool('run_task', { command: 'echo ${#BIG}',
			options: { env: { BIG: 'x'.repeat(131000) } } })).text,
		/^t1 completed[^]*\n131000/);
	});

test('what an agent is started with', async (t) => {
	const { world, bridge } = await start(t, { env: {
		CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 'outer',
		CLAUDE_CODE_MESSAGING_TOKEN: 'secret', AI_AGENT: 'x',
		ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', MY_OWN: 'kept' } });
	const log = path.join(world.root, 'log');
	const prompt = 'REPLAY stream-json.out\n' + 'x'.repeat(300000);

	await bridge.tool('run_task', { prompt, cwd: world.home,
		model: 'sonnet', permission_mode: 'acceptEdits',
		allowed_tools: ['Bash(git log:*)', 'Read'],
		options: { max_turns: 3, disallowed_tools: ['WebFetch'],
			env: { FAKE_CLAUDE_LOG: log } } });
	const lines = fs.readFileSync(log, 'utf8').split('\n');
	const of = (kind) => lines.filter((line) => line.startsWith(`${kind} `))
		.map((line) => line.slice(kind.length + 1));
	const env = Object.fromEntries(of('env').map((line) => {
		const at = line.indexOf('=');

		return [line.slice(0, at), line.slice(at + 1)];
	}));
	const { session_id } = await bridge.task('t1');

	assert.deepEqual(of('arg'), ['-p', '--output-format=stream-json',
		'--verbose', `--session-id=${session_id}`, '--model=sonnet',
		'--permission-mode=acceptEdits',
		'--allowedTools=Bash(git log:*)', '--allowedTools=Read',
		'--max-turns=3', '--disallowedTools=WebFetch']);
	assert.deepEqual(of('prompt'), [String(prompt.length)]);
	assert.deepEqual(of('cwd'), [world.home]);
	assert.equal(env.MY_OWN, 'kept');
	assert.equal(env.ANTHROPIC_BASE_URL, 'http://127.0.0.1:9');
	assert.match(env.CCPROC_TASK, /^t1\b/);
	for (const name of ['CLAUDECODE', 'CLAUDE_CODE_SESSION_ID',
		'CLAUDE_CODE_MESSAGING_TOKEN', 'AI_AGENT'])
		assert.equal(env[name], undefined, name);
});

test('a denied permission is a failure that keeps the result', async (t) => {
	const { bridge } = await start(t);
	const answer = await bridge.tool('run_task',
		{ prompt: 'REPLAY stream-json-denied.out' });
	const task = await bridge.task('t1');

	assert.equal(answer.isError, true);
	assert.match(answer.text, /^t1 failed: denied Bash\b.*\n[^]*done/);
	assert.match(answer.text, /allowed_tools|permission_mode/);
	assert.equal(task.reason, 'denied');
	assert.equal(task.exit_code, 0);
	assert.equal(task.result, 'done');
	assert.deepEqual(task.denied, ['Bash']);
});

test('denials of every turn count', async (t) => {
	const { bridge } = await start(t);
	const { text } = await bridge.tool('run_task',
		{ prompt: 'REPLAY background.out' });

	assert.match(text, /^t1 failed: denied Write, Bash\b.*\n[^]*second done/);
});

for (const [replay, reason, exit_code, words] of [
	['err400.out rc=1', 'api_error', 1, /fake error 400/],
	['err429.out rc=1', 'rate_limited', 1, /fake error 429/],
	['maxturns.out rc=1', 'max_turns', 1, /maximum number of turns/],
	['maxbudget.out rc=1', 'budget', 1, /maximum budget/],
	['interrupted-api.out', 'interrupted', 0, /Looking around/],
	['stream-json.out lines=0 rc=1 stderr=bad-option', 'exit_code', 1,
		/bad-option/],
	['stream-json.out rc=9', 'exit_code', 9, /hi there/],
]) {
	test(`failed: ${reason}, by ${replay}`, async (t) => {
		const { bridge } = await start(t);
		const answer = await bridge.tool('run_task',
			{ prompt: `REPLAY ${replay}` });
		const task = await bridge.task('t1');

		assert.match(answer.text, /^t1 failed: /);
		assert.match(answer.text, words);
		assert.equal(answer.isError, true);
		assert.equal(task.state, 'failed');
		assert.equal(task.reason, reason);
		assert.equal(task.exit_code, exit_code);
	});
}

test('structured output', async (t) => {
	const { bridge } = await start(t);

	await bridge.tool('run_task', { prompt: 'REPLAY jsonschema.out',
		options: { json_schema: { type: 'object' } } });
	assert.deepEqual((await bridge.task('t1')).structured_output,
		{ name: 'bob' });
});

test('many agents at once', async (t) => {
	const { bridge } = await start(t);
	const tasks = Array.from({ length: 8 },
		() => ({ prompt: 'REPLAY stream-json.out sleep=0.3' }));
	const { text } = await bridge.tool('start_tasks', { tasks });
	let answer;

	assert.match(text, /^started g1: t1 .*t8 /);
	answer = await bridge.tool('check_tasks',
		{ ids: ['g1'], wait_s: 40, until: 'all' });
	for (let n = 1; n <= 8; n++)
		assert.match(answer.text, new RegExp(`^t${n} completed`, 'm'));
});

/** Starts an agent that says two lines and hangs. */
async function hanging(bridge, world, words, more) {
	await bridge.tool('start_tasks', { tasks: [{
		prompt: `REPLAY interrupted-tool.out lines=2 hang ${words}`,
		...more }] });
	await waitFor(() => world.output('t1').split('\n').length > 2);
}

test('a stopped agent is cancelled', async (t) => {
	const { world, bridge } = await start(t);

	await hanging(bridge, world, '');
	const { text } = await bridge.tool('stop_tasks', { ids: ['t1'] });
	const task = await bridge.task('t1');

	assert.match(text, /^t1 cancelled: by user/);
	assert.equal(task.state, 'cancelled');
	assert.equal(task.reason, 'user');
	assert.equal(task.result, 'I am going to wait.');
});

test('a stopped agent keeps what it said at the end', async (t) => {
	const { world, bridge } = await start(t);

	await hanging(bridge, world, 'late');
	const { text } = await bridge.tool('stop_tasks', { ids: ['t1'] });
	const task = await bridge.task('t1');

	assert.match(text, /^t1 cancelled: by user · .*\$0\.00/);
	assert.equal(task.cost_usd, 0.0006);
	assert.equal(task.turns, 3);
});

test('an agent that ends well although it was stopped', async (t) => {
	const { world, bridge } = await start(t);

	await bridge.tool('start_tasks', { tasks: [
		{ prompt: 'REPLAY stream-json.out lines=2 hang late' }] });
	await waitFor(() => world.output('t1').split('\n').length > 2);
	await bridge.tool('stop_tasks', { ids: ['t1'] });
	assert.equal((await bridge.task('t1')).state, 'completed');
});

test('an agent that takes too long', async (t) => {
	const { bridge } = await start(t);
	const { text } = await bridge.tool('run_task', { timeout_s: 1,
		prompt: 'REPLAY interrupted-tool.out lines=2 hang' });

	assert.match(text, /^t1 timeout: 1 s wall\b/);
	assert.match(text, /I am going to wait/);
});

test('what an agent leaves behind is ended', async (t) => {
	const { bridge } = await start(t);
	const mark = `MARK_${process.pid}_left`;
	const { text } = await bridge.tool('run_task', {
		prompt: 'REPLAY stream-json.out child server',
		options: { env: { [mark]: '1' } } });
	const task = await bridge.task('t1');

	assert.match(text, /^t1 completed/);
	assert.deepEqual(processesWith(mark), []);
	// the server and what it waits for, and the one on its own
	assert.equal(task.leftovers, 3);
	assert.match(text, /outlived it and were stopped: .*\d+ sh\b/);
});

test('a command that is not there is refused', async (t) => {
	const { bridge } = await start(t, { command: ['/nonexistent/claude'] });
	const answer = await bridge.tool('run_task', { prompt: 'x' });

	assert.equal(answer.isError, true);
	assert.match(answer.text, /\/nonexistent\/claude/);
	assert.doesNotMatch(
		(await bridge.tool('list_tasks', { scope: 'all' })).text, /^t1/m);
});
