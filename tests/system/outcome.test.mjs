// How the real `claude` fails, one test for each way: state, reason, what was
// kept, and the hint of what to do.  A fake of the Messages API on loopback
// plays the model.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { claude, startClaude } from './lib/claude.mjs';
import { plan } from './lib/fake-api.mjs';
import { kill, waitFor } from './lib/harness.mjs';

const SCHEMA = { type: 'object', required: ['name'],
	properties: { name: { type: 'string' } } };
const GOES_ON = 'reply_task t1 goes on';

const bash = (command, text) => ({ text,
	calls: [{ name: 'Bash', input: { command } }] });

/** A world with claude, its command changed by fn, and a bridge. */
async function start(t, { command, env = {}, without = [] } = {}) {
	const retry = { times: 0 };
	const { api, world } = await startClaude(t, { agents: { retry } });

	if (command)
		fs.writeFileSync(world.env.CCPROC_CONFIG, JSON.stringify(
			{ agents: { retry, claude: { command } } }));
	for (const name of without)
		delete world.env[name];
	const bridge = world.bridge({ env });

	await bridge.legacy();
	return { api, world, bridge };
}

/** Runs an agent to its end: { text, task }. */
async function run(bridge, steps, spec = {}) {
	const { text, isError } = await bridge.tool('run_task',
		{ prompt: plan(...steps), allowed_tools: ['Bash'], ...spec },
		{ timeout: 60000 });
	const task = await bridge.task('t1');

	assert.equal(isError, !['completed', 'cancelled'].includes(task.state),
		text);
	return { text, task, lines: text.split('\n') };
}

/** Checks what holds for every agent that has failed. */
function failed({ text, task, lines }, reason, first, hint) {
	assert.equal(`${task.state}/${task.reason}`, `failed/${reason}`, text);
	assert.match(lines[0], first);
	assert.match(lines[1], /^hint: /, text);
	assert.match(lines[1], hint);
	assert.equal(`hint: ${task.hint}`, lines[1]);
}

/** The process of claude itself. */
const claudeOf = (world) => world.processes().find((pid) => {
	try {
		return fs.readFileSync(`/proc/${pid}/comm`, 'latin1').trim() ===
			'claude';
	} catch {
		return false;
	}
});

/** Starts an agent that says something, then hangs: its process. */
async function hanging(t, { inTool = false } = {}) {
	const { api, world, bridge } = await start(t);
	const ready = path.join(world.work, 'ready');

	await bridge.tool('start_tasks', { tasks: [{ allowed_tools: ['Bash'],
		prompt: inTool ?
			plan(bash('echo > ready && sleep 299', 'wise words')) :
			plan(bash('echo 1', 'wise words'), { hang: true }) }] });
	await waitFor(() => inTool ? fs.existsSync(ready) :
		api.requests.length === 2, { timeout: 30000 });
	return { world, bridge, pid: claudeOf(world) };
}

async function ended(bridge) {
	const { text } = await bridge.tool('check_tasks',
		{ ids: ['t1'], wait_s: 30 }, { timeout: 40000 });

	return { text, lines: text.split('\n'), task: await bridge.task('t1') };
}

describe('the real claude fails', { skip: !claude && 'no claude',
	concurrency: 2 }, () => {
	for (const [status, reason, hint] of [
		[429, 'rate_limited',
			/rate limited by the API \(429\) after 2 tries; wait, then/],
		[529, 'rate_limited', /rate limited by the API \(529\) after 2 tries/],
		[500, 'api_error', /the API failed \(500\) after 2 tries/],
		[400, 'api_error', /the API refused the request \(400\)/],
		[401, 'auth', /not logged in \(401\): run claude and \/login/],
		[403, 'auth', /the account may not do this \(403\)/],
	])
		test(`${status} in the middle of its work`, async (t) => {
			const { bridge } = await start(t);
			const end = await run(bridge,
				[bash('echo 1', 'wise words'), { status }]);

			failed(end, reason, new RegExp(
				`^t1 failed: ${reason} · .* · 2 turns · \\$0\\.00$`), hint);
			assert.match(end.task.result, new RegExp(`\\b${status}\\b`));
			assert.equal(end.task.partial, 'wise words');
			assert.match(end.text, /\n\[its last words\]\nwise words$/);
			assert.ok(end.task.cost_usd > 0);
			assert.match(end.task.session_id, /^[0-9a-f-]{36}$/);
			assert.equal(end.task.tokens.input_tokens, 100);
			if (status !== 400)
				assert.ok(end.lines[1].endsWith(GOES_ON), end.lines[1]);
		});

	test('nobody is logged in', async (t) => {
		const { bridge } = await start(t, { without: ['ANTHROPIC_API_KEY'] });
		const end = await run(bridge, [{ text: 'x' }]);

		failed(end, 'auth', /^t1 failed: auth · /, /not logged in: run claude/);
	});

	test('max_turns', async (t) => {
		const { bridge } = await start(t);
		const end = await run(bridge, [bash('echo 1', 'wise words'),
			bash('echo 2'), { text: 'x' }], { options: { max_turns: 1 } });

		failed(end, 'max_turns', /^t1 failed: max_turns · /,
			/stopped at max_turns 1; reply_task t1 goes on where it stopped/);
		assert.equal(end.task.partial, 'wise words');
	});

	test('max_budget_usd', async (t) => {
		const { bridge } = await start(t);
		const end = await run(bridge, [bash('echo 1', 'wise words'),
			{ text: 'x' }], { options: { max_budget_usd: 0.0001 } });

		failed(end, 'budget', /^t1 failed: budget · .*\$0\.00/,
			/stopped at max_budget_usd 0\.0001; reply_task t1 goes on/);
		assert.equal(end.task.partial, 'wise words');
		assert.ok(end.task.cost_usd > 0);
	});

	test('a model that does not exist', async (t) => {
		const { bridge } = await start(t);
		const end = await run(bridge, [{ status: 404 }],
			{ model: 'nonsense-9' });

		failed(end, 'api_error', /^t1 failed: api_error/, /model/);
		assert.equal(end.task.model, 'nonsense-9');
	});

	test('a model that only claude does not know is no failure', async (t) => {
		const { bridge } = await start(t);
		const { text, task } = await run(bridge, [{ text: 'fine' }],
			{ model: 'nonsense-9' });

		assert.equal(task.state, 'completed');
		assert.match(text, /\nfine\n\[stderr\]\n.*unrecognized_model.*nonsense-9/);
	});

	test('a tool that is denied', async (t) => {
		const { bridge } = await start(t);
		const end = await run(bridge, [bash('touch made'),
			{ text: 'I could not' }],
		{ allowed_tools: [], permission_mode: 'dontAsk' });

		failed(end, 'denied', /^t1 failed: denied Bash · /,
			/^hint: denied Bash: run it again with "allowed_tools":\["Bash"\]/);
		assert.equal(end.task.result, 'I could not');
	});

	test('a schema that the model does not keep to', async (t) => {
		const { bridge } = await start(t);
		const end = await run(bridge, [{ text: 'no' }, { text: 'no, no' }],
			{ options: { json_schema: SCHEMA } });

		failed(end, 'truncated', /^t1 failed: truncated · /,
			/no structured_output: the model did not answer/);
		assert.equal(end.task.exit_code, 0);
		assert.equal(end.task.result, 'no, no');
		assert.equal(end.task.structured_output, null);
	});

	test('a schema that it never gets right', async (t) => {
		const { bridge } = await start(t);
		const wrong = { calls: [{ name: 'StructuredOutput',
			input: { wrong: 1 } }] };
		const end = await run(bridge, Array(9).fill(wrong),
			{ options: { json_schema: SCHEMA } });

		failed(end, 'truncated', /^t1 failed: truncated · /,
			/no structured_output/);
		assert.match(end.task.result, /must have required property 'name'/);
	});

	test('SIGINT by somebody, before the model has answered', async (t) => {
		const { api, world, bridge } = await start(t);

		await bridge.tool('start_tasks', { tasks: [
			{ prompt: plan({ hang: true }) }] });
		await waitFor(() => api.requests.length === 1, { timeout: 30000 });
		kill(claudeOf(world), 'SIGINT');
		const end = await ended(bridge);

		failed(end, 'interrupted', /^t1 failed: interrupted · /,
			/SIGINT that ccproc did not send; reply_task t1 goes on/);
		assert.equal(end.task.exit_code, 0);
		assert.equal(end.task.result, null);
		assert.match(end.task.session_id, /^[0-9a-f-]{36}$/);
		// claude writes a result or not, as it happens
		const said = world.output('t1').includes('"total_cost_usd"');

		assert.equal(end.task.cost_usd, said ? 0 : null);
		assert.equal(end.task.turns === null, !said);
		assert.equal(end.task.tokens === null, !said);
	});

	test('SIGINT by somebody, waiting for the API', async (t) => {
		const { world, bridge, pid } = await hanging(t);

		kill(pid, 'SIGINT');
		const end = await ended(bridge);

		failed(end, 'interrupted', /^t1 failed: interrupted · /,
			/SIGINT that ccproc did not send; reply_task t1 goes on/);
		assert.equal(end.task.exit_code, 0);
		assert.equal(end.task.result, 'wise words');
		assert.equal(end.task.tokens.input_tokens, 100);
		// claude writes a result or not, as it happens
		if (!world.output('t1').includes('"total_cost_usd"')) {
			assert.equal(end.task.cost_usd, null);
			assert.equal(end.task.turns, null);
			assert.equal(end.task.tokens.at_least, true);
		}
	});

	test('SIGINT by somebody, in a tool', async (t) => {
		const { bridge, pid } = await hanging(t, { inTool: true });

		kill(pid, 'SIGINT');
		const end = await ended(bridge);

		failed(end, 'interrupted', /^t1 failed: interrupted · /,
			/SIGINT that ccproc did not send; reply_task t1 goes on/);
		assert.equal(end.task.result, 'wise words');
	});

	for (const [signal, code] of [['SIGTERM', 143], ['SIGHUP', 129]])
		test(`${signal} by somebody`, async (t) => {
			const { bridge, pid } = await hanging(t);

			kill(pid, signal);
			const end = await ended(bridge);

			failed(end, 'exit_code',
				new RegExp(`^t1 failed: exit code ${code} · `),
				new RegExp(`${code}: a ${signal} ended it that ccproc did ` +
					`not send; ${GOES_ON}`));
			assert.equal(end.task.result, 'wise words');
			assert.equal(end.task.tokens.input_tokens, 100);
		});

	test('SIGKILL by somebody', async (t) => {
		const { bridge, pid } = await hanging(t);

		kill(pid, 'SIGKILL');
		const end = await ended(bridge);

		failed(end, 'signal', /^t1 failed: killed by SIGKILL · /,
			/somebody else, or the kernel, killed it; reply_task t1 goes on/);
		assert.equal(end.task.exit_code, null);
		assert.equal(end.task.result, 'wise words');
		assert.equal(end.task.tokens.input_tokens, 100);
	});

	test('stopped, its words and tokens are kept', async (t) => {
		const { bridge } = await hanging(t);
		const { text } = await bridge.tool('stop_tasks', { ids: ['t1'] });
		const end = await ended(bridge);

		assert.match(text, /^t1 cancelled: by user · .*, partial result kept; go on with reply_task t1$/);
		assert.match(end.lines[1], /^hint: reply_task t1 goes on where it/);
		assert.equal(end.task.result, 'wise words');
		assert.equal(end.task.tokens.input_tokens, 100);
		assert.match(end.task.session_id, /^[0-9a-f-]{36}$/);
	});

	test('a timeout, its words and tokens are kept', async (t) => {
		const { bridge } = await start(t);
		const end = await run(bridge,
			[bash('echo 1', 'wise words'), { hang: true }], { timeout_s: 8 });

		assert.match(end.lines[0], /^t1 timeout: 8 s wall · /);
		assert.match(end.lines[1],
			/^hint: stopped at timeout_s 8; reply_task t1 goes on where/);
		assert.equal(end.task.result, 'wise words');
		assert.equal(end.task.tokens.input_tokens, 100);
	});

	for (const [what, bytes] of [['in the middle of its work', 6000],
		['in its result', -20]])
		test(`output that is cut ${what}`, async (t) => {
			const { world, bridge } = await start(t, { command: ['/bin/sh',
				'-c', `"$0" "$@" | head -c ${bytes}`, claude] });
			const end = await run(bridge,
				[bash('echo 1', 'wise words'), { text: 'done' }]);

			if (bytes > 0)
				assert.equal(world.output('t1').length, bytes);
			failed(end, 'truncated', /^t1 failed: truncated · /,
				/its output ends in the middle of a line/);
			assert.equal(end.task.exit_code, 0);
			assert.match(end.task.result, /^(wise words|done)$/);
			assert.ok(end.task.tokens.input_tokens > 0);
		});

	test('a prompt that is a command of claude asks no model', async (t) => {
		const { api, world, bridge } = await start(t);
		const end = await run(bridge, [], { prompt: '/status' });

		failed(end, 'unasked', /^t1 failed: no model was asked · .* · 0 turns/,
			/claude took the prompt for a command of its own/);
		assert.match(end.text, /\n\/status isn't available/);
		assert.equal(api.requests.length, 0);

		// but one that is a skill does
		const skill = path.join(world.work, '.claude/skills/tidy');

		fs.mkdirSync(skill, { recursive: true });
		fs.writeFileSync(path.join(skill, 'SKILL.md'),
			'---\nname: tidy\ndescription: x\n---\nTidy up.\n');
		assert.match((await bridge.tool('run_task', { prompt: '/tidy' }))
			.text, /^t2 completed · .* · 1 turn · /);
		assert.equal(api.requests.length, 1);
	});

	test('a hook that does not let the prompt through', async (t) => {
		const { world, bridge } = await start(t);
		const dir = path.join(world.home, '.claude');

		fs.mkdirSync(dir, { recursive: true });
		fs.writeFileSync(path.join(dir, 'settings.json'), JSON.stringify({
			hooks: { UserPromptSubmit: [{ hooks: [{ type: 'command',
				command: 'echo against the rules >&2; exit 2' }] }] } }));
		failed(await run(bridge, [{ text: 'x' }]), 'unasked',
			/^t1 failed: no model was asked · /, /^hint: a hook /);
	});

	test('a result, and another exit status', async (t) => {
		const { bridge } = await start(t, { command: ['/bin/sh', '-c',
			'"$0" "$@"; exit 7', claude] });
		const end = await run(bridge, [{ text: 'all is well' }]);

		failed(end, 'exit_code', /^t1 failed: exit code 7 · /,
			/it gave a result, and ended with exit status 7 all the same/);
		assert.equal(end.task.result, 'all is well');
	});

	test('options that claude refuses', async (t) => {
		const { bridge } = await start(t, { command:
			[claude, '--no-such-option'] });
		const end = await run(bridge, [{ text: 'x' }]);

		failed(end, 'exit_code', /^t1 failed: exit code 1 · /,
			/it ended before its conversation began/);
		assert.match(end.text, /\n\[stderr\]\n.*unknown option/);
		assert.equal(end.task.tokens, null);
	});

	test('a conversation that is not there', async (t) => {
		const { bridge } = await start(t, { command: [claude,
			'--resume=11111111-2222-4333-8444-555555555555',
			'--fork-session'] });
		const end = await run(bridge, [{ text: 'x' }]);

		failed(end, 'exit_code', /^t1 failed: exit code 1 · /,
			/it ended before its conversation began/);
		assert.match(end.text, /No conversation found/);
	});
});
