// Agents that are not claude, run by profiles of the configuration.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ccproc } from './lib/cli.mjs';
import { comm, killDaemon } from './lib/daemon.mjs';
import { processesWith, startWorld, waitFor } from './lib/harness.mjs';
import { noGit, repository } from './lib/repo.mjs';

const ALL = { concurrency: 3 };
const FAKE = fileURLToPath(new URL('../programs/fake-agent',
	import.meta.url));
const LINES = { output: 'jsonl', text_key: 'item.text',
	text_if: 'item.type=agent_message', session_key: 'thread_id',
	cost_key: 'cost.usd', error_key: 'error.message' };
const AGENTS = {
	lines: { command: [FAKE, 'jsonl', '--model', '{model}', '--cwd={cwd}',
		'--id={session}', '-'],
	resume: [FAKE, 'jsonl', '--resume={session}', '--model', '{model}'],
	...LINES },
	plain: { command: [FAKE, 'text'] },
	worded: { command: [FAKE, 'text', '-p', '{prompt}'],
		prompt: 'argument' },
	both: { command: [FAKE, 'text', '--prompt={prompt}', '{prompt}'],
		prompt: 'argument' },
	polite: { command: [FAKE, 'jsonl'], stop_signal: 'INT', ...LINES },
	named: { command: [FAKE, 'text', '--id={session}', '-p', '{prompt}'],
		resume: [FAKE, 'text', '--resume={session}', '-p', '{prompt}'],
		prompt: 'argument' },
	missing: { command: ['no-such-agent'] },
};

/** A connected bridge in a world with these agents. */
async function start(t) {
	const world = startWorld(t, { config: { agents: AGENTS } });
	const bridge = world.bridge();
	const log = path.join(world.root, 'log');

	await bridge.legacy();
	return { world, bridge,
		run: (profile, prompt, { options, ...more } = {}) =>
			bridge.tool('run_task', { prompt, ...more, options:
				{ profile, env: { FAKE_AGENT_LOG: log }, ...options } }),
		log: () => fs.readFileSync(log, 'utf8').trimEnd().split('\n') };
}

describe('an agent of a profile', ALL, () => {
	test('answers in lines of JSON', async (t) => {
		const { world, bridge, run, log } = await start(t);
		const { text, isError } = await run('lines', 'SAY hello there',
			{ model: 'big' });
		const task = await bridge.task('t1');

		assert.equal(isError, false);
		assert.match(text, /^t1 completed · .* · \$0\.25\nhello there$/);
		assert.equal(task.kind, 'agent');
		assert.equal(task.state, 'completed');
		assert.equal(task.result, 'hello there');
		assert.equal(task.session_id, 'th-1');
		assert.equal(task.cost_usd, 0.25);
		assert.equal(task.model, 'big');
		assert.deepEqual(log(), ['arg --model', 'arg big',
			`arg --cwd=${world.work}`, `arg --id=${task.uuid}`, 'arg -',
			'stdin 15']);
	});

	test('is not told of a model that nobody gave', async (t) => {
		const { run, log } = await start(t);

		await run('lines', 'SAY x');
		assert.match(log()[0], /^arg --cwd=/);
	});

	test('is told of its worktree, not of what that was made from',
		{ skip: noGit }, async (t) => {
			const { world, run, log } = await start(t);
			const { text } = await run('lines', 'SAY x',
				{ cwd: repository(world), worktree: true });

			assert.match(text, /^t1 completed/);
			assert.equal(log()[0], 'arg --cwd=.');
		});

	test('answers in words', async (t) => {
		const { bridge, run } = await start(t);

		assert.match((await run('plain', 'SAY {"a": "b"}')).text,
			/^t1 completed · .*\n\{"a": "b"\}$/);
		assert.equal((await bridge.task('t1')).session_id, null);
		assert.equal((await bridge.task('t1')).cost_usd, null);
	});

	test('has its prompt as an argument, and only there', async (t) => {
		const { world, run, log } = await start(t);
		const prompt = 'SAY \'"$x`\\ *\n  two lines\n';
		const { text } = await run('worded', prompt);

		assert.ok(text.includes('\n\'"$x`\\ *\n  two lines'), text);
		assert.deepEqual(log(), ['arg -p', ...`arg ${prompt}`.split('\n'),
			'stdin 0']);
		await run('worded', 'HANG by-argument', { wait_s: 0 });
		await waitFor(() => world.output('t2').includes('waiting'));
		assert.deepEqual(processesWith('by-argument').filter((pid) =>
			processesWith(world.root).includes(pid)).map(comm),
		['fake-agent']);
	});

	test('takes no prompt and no message for an option', async (t) => {
		const { world, bridge, run, log } = await start(t);
		const other = world.bridge({ env:
			{ FAKE_AGENT_LOG: path.join(world.root, 'log') } });

		await other.legacy();
		await run('both', '--yolo');
		assert.deepEqual(log(), ['arg --prompt=--yolo', 'arg  --yolo',
			'stdin 0']);
		await run('named', 'SAY one');
		const { uuid } = await bridge.task('t2');

		await other.tool('reply_task', { id: 't2', message: '-c x=y' });
		assert.deepEqual(log(), [`arg --resume=${uuid}`, 'arg -p',
			'arg  -c x=y', 'stdin 0']);
	});

	test('goes on in the conversation that it named', async (t) => {
		const { world, bridge, run, log } = await start(t);
		const env = { FAKE_AGENT_LOG: path.join(world.root, 'log') };
		const other = world.bridge({ env });

		await other.legacy();
		await run('lines', 'SAY one');
		assert.match((await other.tool('reply_task', { id: 't1', model: 'big',
			message: 'SAY two' })).text,
		/^t1 completed · .* · \$0\.25 · run 2\ntwo$/);
		assert.deepEqual(log(), ['arg --resume=th-1', 'arg --model',
			'arg big', 'stdin 7']);
		assert.match((await bridge.tool('list_tasks', { scope: 'all' })).text,
			/cost \$0\.50 of these, \$0\.50 today/);
	});

	test('goes on in the conversation that was named to it', async (t) => {
		const { world, bridge, run } = await start(t);
		const reply = (more) => bridge.tool('reply_task', { id: 't1', ...more });

		await run('named', 'SAY one');
		const { uuid, session_id: id } = await bridge.task('t1');

		assert.equal(id, uuid);
		fs.rmSync(path.join(world.taskDir('t1'), 'result.json'));
		await killDaemon(world);
		for (const [more, words] of [
			[{ message: 'SAY two', model: 'big' },
				/^model: agents\.named\.resume in the configuration has no \{model\}; leave it out$/],
			[{ message: 'SAY two', model: '-x' },
				/; model: expected the name of a model, got "-x"/],
			[{ message: 'x'.repeat(70000) },
				/^message: is 70000 bytes long and goes on the command line of named, which takes less than 65536; put it into a file$/],
			[{ message: 'SAY two', fork: true }, /^fork: only claude /],
		]) {
			const { isError, text } = await reply(more);

			assert.equal(isError, true);
			assert.match(text, words);
		}
		assert.equal(world.output('t1', 'run-2/run.json'), '');
		for (const words of ['two', 'three'])
			assert.match((await reply({ message: `SAY ${words}` })).text,
				new RegExp(`^t1 completed · .* · run \\d\n${words}$`));
		assert.equal((await bridge.task('t1')).session_id, uuid);
	});

	test('fails as it says', async (t) => {
		const { bridge, run } = await start(t);

		assert.match((await run('lines', 'FAIL no credit')).text,
			/^t1 failed: api_error · .*\nhint: [^\n]*; reply_task t1 goes on\nno credit$/);
		assert.match((await run('plain', 'FAIL no credit')).text,
			/^t2 failed: exit code 3 · .*\nhint: [^\n]*\n\[stderr\]\nno credit$/);
		assert.match((await run('polite', 'FAIL no credit')).text,
			/^t3 failed: api_error · .*\nhint: [^\n]*; start it again\nno credit$/);
		assert.equal((await bridge.task('t1')).session_id, 'th-1');
	});

	test('goes on in its conversation, where the configuration says how',
		async (t) => {
			const { world, bridge, run } = await start(t);
			const log = path.join(world.root, 'second');
			const other = world.bridge({ env: { FAKE_AGENT_LOG: log } });

			await other.legacy();
			await run('lines', 'SAY first');
			const reply = (id, more) => other.tool('reply_task',
				{ id, message: 'SAY second', ...more });

			assert.match((await reply('t1', { model: 'big' })).text,
				/^t1 completed · .* · run 2\nsecond$/);
			assert.deepEqual(fs.readFileSync(log, 'utf8').trimEnd().split('\n'),
				['arg --resume=th-1', 'arg --model', 'arg big',
					'stdin 10']);
			assert.match((await reply('t1', { fork: true })).text,
				/^fork: only claude/);
			await run('polite', 'SAY first');
			assert.match((await reply('t2')).text,
				/^agents\.polite of the configuration has no "resume"/);
			assert.equal((await bridge.task('t2')).run, 1);
		});

	test('that has an answer after an error has not failed', async (t) => {
		const { run } = await start(t);

		assert.match((await run('lines', 'RETRY')).text,
			/^t1 completed · .*\nat last$/);
	});

	test('that says nothing has failed', async (t) => {
		const { run } = await start(t);

		assert.match((await run('lines', 'NOTHING')).text,
			/^t1 failed: interrupted/);
	});

	for (const [profile, signal] of [['lines', 'TERM'], ['polite', 'INT']])
		test(`is stopped by SIG${signal}`, async (t) => {
			const { world, bridge, run } = await start(t);

			await run(profile, 'HANG', { wait_s: 0 });
			await waitFor(() => world.output('t1').includes('waiting'));
			await bridge.tool('stop_tasks', { ids: ['t1'] });
			assert.equal((await bridge.task('t1')).result, `got ${signal}`);
		});

	test('is read by the next daemon', async (t) => {
		const { world, bridge, run } = await start(t);

		await run('lines', 'SAY hello');
		fs.rmSync(path.join(world.taskDir('t1'), 'result.json'));
		await killDaemon(world);
		assert.equal((await bridge.task('t1')).result, 'hello');
		assert.equal((await bridge.task('t1')).session_id, 'th-1');
	});

	test('by people', async (t) => {
		const { world } = await start(t);
		const { code, out } = await ccproc(world, ['run', '--agent',
			'--profile', 'plain', 'SAY', 'hi']);

		assert.equal(code, 0);
		assert.equal(out, 'hi\n');
	});
});

describe('what a profile does not take is refused at the call', ALL, () => {
	for (const [what, spec, words] of [
		['another one', { options: { profile: 'nobody' } },
			/no agents\.nobody; there is claude, lines, plain, /],
		['what is claude\'s', { permission_mode: 'plan', options:
			{ profile: 'plain' } }, /profile: plain takes prompt, model, env /],
		['an option of claude', { options: { profile: 'plain',
			max_turns: 3 } }, /plain takes prompt, model, env /],
		['a model', { model: 'x', options: { profile: 'plain' } },
			/model: agents\.plain\.command .* has no \{model\}/],
		['an option in the place of a model', { model: '--yolo', options:
			{ profile: 'lines' } },
		/model: expected the name of a model, got "--yolo"; one that begins with a dash /],
		['a prompt in the place of a model', { model: '{prompt}', options:
			{ profile: 'lines' } }, /model: expected the name of a model, got /],
		['a prompt too long for an argument', { prompt: 'x'.repeat(100000),
			options: { profile: 'worded' } }, /prompt: is 100000 bytes long/],
		['a program that is not there', { options: { profile: 'missing' } },
			/program: no-such-agent was not found in PATH/],
		['a command', { prompt: undefined, command: 'true', options:
			{ profile: 'plain' } }, /only env, .* are for commands/],
	])
		test(what, async (t) => {
			const { bridge } = await start(t);
			const { text, isError } = await bridge.tool('run_task',
				{ prompt: 'x', ...spec });

			assert.equal(isError, true);
			assert.match(text, words);
			assert.match((await bridge.tool('list_tasks')).text, /^no /);
		});

	test('claude is a profile, too', async (t) => {
		const { bridge } = await start(t);
		const { text } = await bridge.tool('run_task', { prompt: 'x',
			permission_mode: 'plan', options: { profile: 'claude',
				env: { PATH: '/nope' } } });

		assert.match(text, /program: claude was not found/);
	});
});
