// The real `claude`, offline: as a client of ours, and as the agent that
// tasks run.  A fake of the Messages API on loopback plays the model.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { claude, runClaude, server, startClaude, toolResults,
	use } from './lib/claude.mjs';
import { plan } from './lib/fake-api.mjs';
import { waitFor } from './lib/harness.mjs';

/** Lets claude -p call our tools; what the model gets to see of each. */
async function calls(api, world, ...steps) {
	await runClaude(world, ['-p', '--strict-mcp-config',
		'--mcp-config', JSON.stringify({ mcpServers: { ccproc: server } }),
		'--allowedTools=mcp__ccproc'], plan(...steps));
	return toolResults(api);
}

const bash = (command) => ({ calls: [{ name: 'Bash', input: { command } }] });

/** What a model cannot guess: arguments, and words about them. */
const NEEDED = {
	run_task: ['"prompt":', '"command":', '"label":', '"cwd":', '"model":',
		'"permission_mode":', '"acceptEdits"', '"allowed_tools":',
		'"timeout_s":', '"after":', '"worktree":', '"options":', '"wait_s":',
		'outlives this session', 'nothing of this conversation', 'json_schema',
		'max_turns', 'env, key', 'argv array', 'Absolute'],
	start_tasks: ['"tasks":', '"prompt":', '"command":', '"after":',
		'as in run_task', '"group":', '"max_parallel":', '"notify":'],
	check_tasks: ['"ids":', 't7, g7 or labels', '"wait_s":', '"until":',
		'"detail":'],
	read_output: ['"id":', '"stream":', '"activity"', '"cursor":', '"grep":',
		'"max_chars":'],
	list_tasks: ['"scope":', '"mine":', '"cursor":'],
	stop_tasks: ['"ids":', '"scope":', '"now"', 'cancel'],
	cleanup_tasks: ['"ids":', '"older_than_s":', '"dry_run":'],
};

describe('claude as a client', { skip: !claude && 'no claude',
	concurrency: 2 }, () => {
	test('every tool', async (t) => {
		const { api, world } = await startClaude(t);
		const seen = await calls(api, world,
			use('run_task', { command: 'echo hello; exit 3' }),
			use('start_tasks', { tasks: [
				{ command: 'sleep 300', label: 'nap' }] }),
			use('check_tasks', {}),
			use('list_tasks', {}),
			use('read_output', { id: 't1' }),
			use('stop_tasks', { ids: ['nap'] }),
			use('cleanup_tasks', { ids: ['t1', 't2'] }),
			{ text: 'all done' });

		assert.match(seen[0], /^t1 failed: exit code 3 · .*\n[^]*hello/);
		assert.match(seen[1], /^started g2: t2 nap /);
		assert.match(seen[2], /^t2 nap running/m);
		assert.match(seen[3], /^t2\s+nap\s+running/m);
		assert.match(seen[4], /^t1 stdout 0-6 of 6 · .*\n[^]*hello/);
		assert.match(seen[5], /^t2 nap cancelled: by user/);
		assert.match(seen[6], /2/);
		assert.equal(seen.length, 7);

		// what a model needs to know of them has reached it
		const offered = Object.fromEntries(api.requests.at(-1).tools
			.map((tool) => [tool.name, tool]));

		for (const [name, words] of Object.entries(NEEDED)) {
			const tool = JSON.stringify(offered[`mcp__ccproc__${name}`]);

			for (const word of words)
				assert.ok(tool.includes(word), `${name}: ${word}`);
		}
	});

	test('a task outlives the session that started it', async (t) => {
		const { api, world } = await startClaude(t);

		await calls(api, world, use('start_tasks', { tasks: [
			{ command: 'sleep 300', label: 'nap' }] }), { text: 'bye' });
		const seen = await calls(api, world,
			use('list_tasks', { scope: 'active' }), { text: 'bye' });

		assert.match(seen[0], /^t1\s+nap\s+running/m);
	});

	test('an agent of an agent', async (t) => {
		const { api, world } = await startClaude(t);
		const [seen] = await calls(api, world,
			use('run_task', { prompt: plan({ text: 'inner words' }) }),
			{ text: 'outer words' });

		assert.match(seen, /^t1 completed · .*\n[^]*inner words/);
	});
});

describe('claude as an agent', { skip: !claude && 'no claude',
	concurrency: 2 }, () => {
	async function agents(t, options = {}) {
		const { api, world } = await startClaude(t,
			{ agents: options });
		const bridge = world.bridge();

		await bridge.legacy();
		return { api, world, bridge };
	}

	test('a result', async (t) => {
		const { bridge } = await agents(t);
		const { text, isError } = await bridge.tool('run_task',
			{ prompt: plan({ text: 'fine words' }) });
		const task = await bridge.task('t1');

		assert.match(text,
			/^t1 completed · .* · 1 turns? · \$0\.00.*\n[^]*fine words/);
		assert.equal(isError, false);
		assert.equal(task.result, 'fine words');
		assert.equal(task.turns, 1);
		assert.ok(task.cost_usd > 0);
		assert.match(task.session_id, /^[0-9a-f-]{36}$/);
		assert.match(task.model, /^claude-/);
	});

	test('several in parallel', async (t) => {
		const { bridge } = await agents(t);
		const words = ['red', 'green', 'blue'];

		await bridge.tool('start_tasks', { tasks: words.map((word) =>
			({ prompt: plan({ delay: 500, text: word }) })) });
		await bridge.tool('check_tasks',
			{ ids: ['g1'], wait_s: 45, until: 'all' }, { timeout: 60000 });
		for (const [n, word] of words.entries()) {
			const task = await bridge.task(`t${n + 1}`);

			assert.equal(task.state, 'completed');
			assert.equal(task.result, word);
		}
	});

	test('a denied permission', async (t) => {
		const { world, bridge } = await agents(t);
		const { text, isError } = await bridge.tool('run_task', {
			prompt: plan(bash('touch made'), { text: 'I could not' }),
			permission_mode: 'dontAsk' });
		const task = await bridge.task('t1');

		assert.match(text, /^t1 failed: denied Bash\b.*\n[^]*I could not/);
		assert.match(text, /allowed_tools|permission_mode/);
		assert.equal(isError, true);
		assert.deepEqual(task.denied, ['Bash']);
		assert.ok(!fs.existsSync(path.join(world.work, 'made')));
	});

	test('a permission that was given', async (t) => {
		const { world, bridge } = await agents(t);
		const { text } = await bridge.tool('run_task', {
			prompt: plan(bash('touch a b,c'), { text: 'done' }),
			allowed_tools: ['Bash(git log:*)', 'Bash(touch a b,c)'] });

		assert.match(text, /^t1 completed/);
		assert.ok(fs.existsSync(path.join(world.work, 'b,c')));
	});

	test('every option', async (t) => {
		const { api, world, bridge } = await agents(t);
		const schema = { type: 'object', required: ['name'],
			properties: { name: { type: 'string' } } };
		const { text } = await bridge.tool('run_task', {
			prompt: plan(
				{ calls: [{ name: 'StructuredOutput',
					input: { name: 'bob' } }] },
				{ text: 'done' }),
			model: 'claude-sonnet-4-5', permission_mode: 'acceptEdits',
			allowed_tools: ['Read'],
			options: { effort: 'low', max_turns: 5, max_budget_usd: 2.5,
				json_schema: schema, agent: 'general-purpose',
				append_system_prompt: '-be "kind" = always',
				disallowed_tools: ['WebFetch', 'Bash(rm:*)'],
				add_dirs: [world.home] } });
		const task = await bridge.task('t1');

		assert.match(text, /^t1 completed/);
		assert.equal(task.model, 'claude-sonnet-4-5');
		assert.deepEqual(task.structured_output, { name: 'bob' });
		const [body] = api.requests;

		assert.match(JSON.stringify(body.system),
			/-be \\"kind\\" = always/);
		assert.ok(!body.tools.some(({ name }) => name === 'WebFetch'));
	});

	test('limits', async (t) => {
		const { bridge } = await agents(t);
		const steps = [bash('echo 1'), bash('echo 2'), { text: 'x' }];

		await bridge.tool('start_tasks', { tasks: [
			{ prompt: plan(...steps), options: { max_turns: 1 } },
			{ prompt: plan(...steps),
				options: { max_budget_usd: 0.0001 } }] });
		await bridge.tool('check_tasks',
			{ ids: ['g1'], wait_s: 45, until: 'all' }, { timeout: 60000 });
		assert.equal((await bridge.task('t1')).reason, 'max_turns');
		assert.equal((await bridge.task('t2')).reason, 'budget');
	});

	test('errors of the API', async (t) => {
		const { bridge } = await agents(t, { retry: { times: 0 } });

		await bridge.tool('start_tasks', { tasks: [
			{ prompt: plan({ status: 400 }) },
			{ prompt: plan({ status: 429 }) },
			{ prompt: plan({ status: 529, times: 1, text: 'ok' }) }] });
		await bridge.tool('check_tasks',
			{ ids: ['g1'], wait_s: 45, until: 'all' }, { timeout: 60000 });
		assert.equal((await bridge.task('t1')).reason, 'api_error');
		assert.equal((await bridge.task('t2')).reason,
			'rate_limited');
		assert.equal((await bridge.task('t3')).state, 'completed');
	});

	test('stopped in a tool, with all that it started', async (t) => {
		const { world, bridge } = await agents(t);
		const ready = path.join(world.work, 'ready');

		await bridge.tool('start_tasks', { tasks: [{
			prompt: plan(bash('echo > ready && sleep 299')),
			allowed_tools: ['Bash'] }] });
		await waitFor(() => fs.existsSync(ready), { timeout: 20000 });
		const { text } = await bridge.tool('stop_tasks', { ids: ['t1'] });
		const task = await bridge.task('t1');

		assert.match(text, /^t1 cancelled: by user/);
		// on a busy machine claude may leave without its last line
		assert.equal(task.cost_usd > 0,
			world.output('t1').includes('"total_cost_usd"'));
		assert.match(task.session_id, /^[0-9a-f-]{36}$/);
		// its shell has a session of its own
		assert.deepEqual(world.processes().filter((pid) =>
			fs.existsSync(`/proc/${pid}/cmdline`) &&
			fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1')
				.includes('sleep')), []);
	});

	test('stopped while the model thinks', async (t) => {
		const { api, bridge } = await agents(t);

		await bridge.tool('start_tasks', { tasks: [
			{ prompt: plan({ hang: true }) }] });
		await waitFor(() => api.requests.length > 0, { timeout: 20000 });
		const { text } = await bridge.tool('stop_tasks', { ids: ['t1'] });

		assert.match(text, /^t1 cancelled: by user/);
	});
});
