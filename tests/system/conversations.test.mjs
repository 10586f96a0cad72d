// Whole conversations as files: exactly what a model reads and a person sees,
// in ../recordings/conversations.  A change of words shows there, and
//
//	CCPROC_RECORD=1 ./check system conversations
//
// makes the files anew, to be read before they are kept.
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ask, asked, askers, start as startAsking } from './lib/askers.mjs';
import { Conversation } from './lib/conversation.mjs';
import { called, ended } from './lib/daemon.mjs';
import { kill, startWorld, waitFor } from './lib/harness.mjs';
import { noGit, repository } from './lib/repo.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));

/** A world whose agents are the fake claude; a conversation in it. */
async function start(t, agents = {}) {
	const world = startWorld(t, { config: { agents: { ...agents,
		claude: { command: [FAKE] } } } });
	const bridge = world.bridge();

	await bridge.legacy();
	return { world, bridge, talk: new Conversation(world, bridge) };
}

/** The same with agents that ask, for a user who sees dialogs or does not. */
async function startQuestions(t, agents, capabilities) {
	const { world, bridge } = await startAsking(t,
		{ agents: { ...agents, ...askers }, capabilities });

	return { world, bridge, talk: new Conversation(world, bridge) };
}

const NIGHTLY = { tests: 'echo test 1 ok; echo test 2 ok',
	docs: 'echo built 12 pages',
	link: 'echo linking; echo "undefined: main" >&2; exit 3',
	publish: 'echo published' };

/** Programs of these names in the world, which wait for the word to begin. */
function makeJobs(world, jobs) {
	for (const [name, line] of Object.entries(jobs))
		fs.writeFileSync(path.join(world.work, name), '#!/bin/sh\n' +
			`until [ -e begin ]; do sleep 0.02; done\n${line}\n`,
		{ mode: 0o700 });
}

const begin = (world) =>
	fs.writeFileSync(path.join(world.work, 'begin'), '');

const fanOut = { group: 'nightly', tasks: Object.keys(NIGHTLY).map((label) =>
	({ label, command: `./${label}`,
		...(label === 'publish' && { after: ['link'] }) })) };

describe('a conversation about', { concurrency: 4 }, () => {
	test('a fan-out with a failure', async (t) => {
		const { world, talk } = await start(t);

		makeJobs(world, NIGHTLY);
		await talk.model('start_tasks', fanOut);
		await talk.model('check_tasks', { ids: ['nightly'] });
		begin(world);
		await talk.model('check_tasks', { ids: ['nightly'], wait_s: 30 });
		await talk.model('check_tasks', { ids: ['nightly'],
			detail: 'status' });
		await talk.model('check_tasks');
		await talk.model('start_tasks', { tasks: Array(9).fill(
			{ command: 'sleep 600' }) });
		await talk.person('stop', 'g5');
		talk.end('fan-out');
	});

	test('a fan-out where the client is told', async (t) => {
		const { world, bridge, talk } = await start(t);

		await bridge.modern({ tasks: true });
		makeJobs(world, NIGHTLY);
		const { taskId, statusMessage, _meta } =
			await bridge.tool('start_tasks', fanOut);

		talk.sees('model, at once',
			_meta['com.anthropic/agent-task'].modelImmediateResponse);
		talk.sees('panel', statusMessage);
		begin(world);
		const { statusMessage: end, result } = await waitFor(async () => {
			const task = await bridge.request('tasks/get', { taskId });

			return task.status === 'completed' && task;
		});

		talk.sees('panel', end);
		talk.sees('model, at the end', result.content[0].text);
		talk.end('fan-out-told');
	});

	test('a question that is allowed', async (t) => {
		const { bridge, talk } = await startQuestions(t, {},
			{ elicitation: {} });

		await talk.model('start_tasks', { tasks: [
			{ label: 'fix', prompt: ask('make test') }] });
		await asked(bridge);
		const { params } = await waitFor(() => bridge.messages.find(
			({ method }) => method === 'elicitation/create'));

		talk.sees('dialog', `${params.message}\n` +
			JSON.stringify(params.requestedSchema));
		await talk.person('asks');
		await talk.person('answer', 'fix', 'allow');
		await talk.model('check_tasks', { ids: ['fix'], wait_s: 30 });
		talk.end('question-allowed');
	});

	test('a question that is denied', async (t) => {
		const { talk } = await startQuestions(t);

		await talk.model('start_tasks', { tasks: [
			{ label: 'fix', prompt: ask('rm -rf build') }] });
		await talk.model('check_tasks', { ids: ['fix'], wait_s: 30 });
		await talk.model('reply_task', { id: 'fix',
			answer: { decision: 'allow' } });
		await talk.model('reply_task', { id: 'fix', answer: {
			decision: 'deny', reason: 'only make clean' }, wait_s: 0 });
		await talk.model('check_tasks', { ids: ['fix'], wait_s: 30 });
		await talk.person('asks');
		talk.end('question-denied');
	});

	test('a question that nobody answers', async (t) => {
		const { talk } = await startQuestions(t, { ask_timeout_s: 1 });

		await talk.model('run_task', { label: 'fix', wait_s: 0,
			prompt: ask('make install') });
		await waitFor(async () => (await talk.bridge.task('fix'))
			.state !== 'running' && (await talk.bridge.task('fix'))
			.state !== 'needs_input');
		await talk.model('check_tasks', { ids: ['fix'] });
		talk.end('question-expired');
	});

	test('a stop', async (t) => {
		const { world, talk } = await start(t);

		await talk.model('start_tasks', { tasks: [
			{ label: 'server', command: 'echo listening; sleep 600' },
			{ label: 'agent', prompt:
				'REPLAY interrupted-tool.out lines=3 hang late' }] });
		await waitFor(() => world.output('t1') === 'listening\n' &&
			world.output('t2').split('\n').length > 3);
		await talk.model('stop_tasks', { ids: ['server', 'agent'] });
		await talk.model('check_tasks', { ids: ['g1'] });
		await talk.person('ls');
		talk.end('stop');
	});

	test('a task that is lost', async (t) => {
		const { world, talk } = await start(t);

		await talk.model('start_tasks', { tasks: [
			{ label: 'job', command: 'echo half; sleep 600' }] });
		await waitFor(() => world.output('t1') === 'half\n');
		const [keeper] = called(world, 'ccproc-keeper');

		kill(keeper, 'SIGKILL');
		await ended(keeper);
		await talk.model('check_tasks', { ids: ['job'], wait_s: 30 });
		await talk.person('wait', 'job');
		talk.end('lost');
	});

	test('a worktree', { skip: noGit }, async (t) => {
		const { world, talk } = await start(t);
		const repo = repository(world);

		await talk.model('run_task', { label: 'change', worktree: true,
			cwd: repo, command: 'echo four >>file; git commit -qam more; ' +
				'echo five >>file; pwd' });
		await talk.model('cleanup_tasks', { ids: ['change'] });
		await talk.model('cleanup_tasks', { ids: ['change'],
			force_worktree: true });
		talk.end('worktree');
	});

	test('an agent that goes on', async (t) => {
		const { talk } = await start(t);

		await talk.model('run_task', { label: 'login',
			prompt: 'REPLAY stream-json.out say=mended' });
		await talk.model('reply_task', { id: 'login',
			message: 'REPLAY stream-json.out say=documented' });
		await talk.model('list_tasks', { scope: 'all' });
		await talk.person('show', 'login');
		talk.end('resume');
	});

	test('a rate limit', async (t) => {
		const { world, talk } = await start(t,
			{ retry: { times: 1, first_s: 0 } });
		const options = { env: { FAKE_CLAUDE_TALK: world.work } };

		await talk.model('run_task', { label: 'busy',
			prompt: 'REPLAY stream-json.out refuse=1 say=served', options });
		await talk.model('run_task', { label: 'refused',
			prompt: 'REPLAY stream-json.out refuse=2 say=later', options });
		talk.end('rate-limit');
	});

	test('wrong calls', async (t) => {
		const { talk } = await start(t);

		await talk.model('run_task', { command: 'make',
			prompt: 'fix the tests', timeout: 60, wait_s: 'ten' });
		await talk.model('start_tasks', { tasks: [{ command: 'true' },
			{ label: 'x y' }, { command: ['no-such-program'] }] });
		await talk.model('check_tasks', { ids: ['t9', 'tests'] });
		await talk.model('run_task', { command: 'exit 4', wait_s: 9 });
		await talk.model('reply_task', { id: 't1', message: 'go on' });
		await talk.model('stop_tasks');
		await talk.person('stop', 't9');
		talk.end('wrong-calls');
	});

	test('a long log', async (t) => {
		const { world, talk } = await start(t);

		fs.writeFileSync(path.join(world.work, 'job'),
			'seq -f "line %05g" 3000; echo "warning: line 77" >&2');
		await talk.model('run_task', { label: 'log', command: 'sh ./job',
			result_chars: 200 });
		await talk.model('read_output', { id: 'log', max_chars: 200 });
		await talk.model('read_output', { id: 'log', cursor: 0,
			max_chars: 200 });
		await talk.model('read_output', { id: 'log', grep: '29{2}',
			context: 1 });
		await talk.model('read_output', { id: 'log', cursor: 99999 });
		await talk.person('logs', '-n', '2', 'log');
		talk.end('long-log');
	});
});
