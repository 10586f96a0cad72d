// The MCP inspector's command line at a real bridge and daemon, in each of
// its eras.  Needs `npm install` in this folder.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';

import { buildDir, startWorld, UNSAFE, within } from './lib/harness.mjs';
import { answerOf, everyTool, wrongCalls } from './lib/interop.mjs';
import { findInspector } from './lib/node-modules.mjs';

const { node, program } = findInspector();

/** Runs it to its end: { code, result, error }. */
async function inspect(world, era, method, args = []) {
	// it hands on next to nothing of its own environment
	const env = Object.entries(world.env)
		.flatMap(([name, value]) => ['-e', `${name}=${value}`]);
	const child = spawn(node, [program, '--cli', ...env,
		'--protocol-era', era, '--format', 'json', '--method', method,
		...args, '--', path.join(buildDir(), 'ccproc-bridge')],
	{ cwd: world.work, env: world.env, stdio: ['ignore', 'pipe', 'pipe'] });
	const out = { stdout: '', stderr: '' };

	for (const name of ['stdout', 'stderr'])
		child[name].setEncoding('utf8')
			.on('data', (data) => { out[name] += data; });
	const code = await within(60000, new Promise((resolve) =>
		child.once('close', resolve)), `the end of ${method}`)
		.finally(() => child.kill('SIGKILL'));

	return { code, error: out.stderr,
		result: out.stdout && JSON.parse(out.stdout).result };
}

/** The same as a client for lib/interop.mjs. */
const client = (world, era) => ({
	tasks: era !== 'legacy',
	async tools() {
		const { code, result, error } =
			await inspect(world, era, 'tools/list', ['--strict']);

		assert.equal(code, 0, error);
		return result.tools.map(({ name }) => name);
	},
	async tool(name, args) {
		const { code, result, error } = await inspect(world, era,
			'tools/call', ['--tool-name', name,
				'--tool-args-json', JSON.stringify(args)]);

		if (!result) {
			assert.equal(code, 5, error);
			throw new Error(error);
		}
		const answer = answerOf(result);

		assert.equal(code, answer.isError ? 5 : 0, error);
		return answer;
	},
});

async function daemonCannotStart(t, era) {
	const world = startWorld(t);

	world.openState();
	const { code, error } = await inspect(world, era, 'tools/list');

	assert.equal(code, 1);
	// who insists on the modern era asks for the version, and gives up
	if (era === 'modern')
		assert.match(error, /server\/discover/);
	else
		assert.match(error, UNSAFE);
}

/** A client that knows tasks is given one and asks for its result. */
async function longWork({ tool, tasks }) {
	let answer = await tool('run_task',
		{ command: 'sleep 3; echo done; exit 3' });

	// the result of a task is none: the first line tells
	assert.equal(answer.isError, !tasks);
	assert.match(answer.text, /^t1 failed: exit code 3 · .*\ndone$/);
	answer = await tool('start_tasks', { tasks: [
		{ command: 'sleep 1; echo one' }, { command: 'echo two' }] });
	if (tasks)
		assert.match(answer.text,
			/^g2: 2 completed\n\nt2 completed · .*\none\n\nt3 completed · .*\ntwo$/);
	else
		assert.match(answer.text, /^started g2: t2 /);
}

async function resourcesAndPrompts(world, era) {
	const ask = async (method, ...args) => {
		const { code, result, error } = await inspect(world, era, method,
			args);

		assert.equal(code, 0, error);
		return result;
	};

	await client(world, era).tool('run_task', { command: 'echo hi' });
	const { resources } = await ask('resources/list');

	assert.deepEqual(resources.map(({ uri }) => uri), ['', '/stdout', '/stderr']
		.map((part) => `ccproc://tasks/t1${part}`));
	assert.equal((await ask('resources/templates/list'))
		.resourceTemplates.length, 4);
	assert.equal((await ask('resources/read', '--uri',
		'ccproc://tasks/t1/stdout')).contents[0].text, 'hi\n');
	assert.equal((await ask('prompts/list')).prompts.length, 3);
	assert.match((await ask('prompts/get', '--prompt-name', 'pick_up'))
		.messages[0].content.text, /\nt1 completed · .*\nhi\n/);
}

describe('the inspector', { concurrency: 2,
	skip: !program ? 'npm install is missing' :
		!node && 'the inspector needs node 22.19' }, () => {
	for (const era of ['legacy', 'modern', 'auto']) {
		describe(`era ${era}`, { concurrency: true }, () => {
			test('every tool', (t) =>
				everyTool(client(startWorld(t), era)));
			test('wrong calls', (t) =>
				wrongCalls(client(startWorld(t), era)));
			test('work that takes its time', (t) =>
				longWork(client(startWorld(t), era)));
			test('resources and prompts', (t) =>
				resourcesAndPrompts(startWorld(t), era));
			test('a daemon that cannot start', (t) =>
				daemonCannotStart(t, era));
		});
	}
});
