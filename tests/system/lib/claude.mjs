// The real `claude` in a world of its own, with a fake of the Messages API.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { startFakeApi } from './fake-api.mjs';
import { buildDir, startWorld, within } from './harness.mjs';
import { findClaude } from './node-modules.mjs';

/** The program, or undefined when it is not installed. */
export const claude = findClaude();

/** Our server, as claude is told of it. */
export const server = { command: path.join(buildDir(), 'ccproc-bridge'),
	args: [] };

/**
 * A world where claude lives, and the API that it talks to; limit is that of
 * the API, env goes to everybody, agents is of the configuration.
 */
export async function startClaude(t, { agents = {}, limit, env = {} } = {}) {
	const api = await startFakeApi({ limit });
	const world = startWorld(t, {
		config: { agents: { claude: { command: [claude] }, ...agents } },
		env: { ANTHROPIC_BASE_URL: api.url, ANTHROPIC_API_KEY: 'dummy',
			CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
			CLAUDE_CODE_MAX_RETRIES: '1', DISABLE_AUTOUPDATER: '1',
			DISABLE_TELEMETRY: '1', ...env } });

	// where it would write outside its home
	for (const name of ['CLAUDE_CODE_TMPDIR', 'XDG_RUNTIME_DIR']) {
		world.env[name] = path.join(world.root, name);
		fs.mkdirSync(world.env[name], { mode: 0o700 });
	}
	t.after(() => api.close());
	return { api, world };
}

/** Runs claude to its end: { code, output }. */
export async function runClaude(world, args, input = '') {
	const child = spawn(claude, args, { cwd: world.work, env: world.env });
	let output = '';

	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8')
			.on('data', (data) => { output += data; });
	child.stdin.end(input);
	const code = await within(60000, new Promise((resolve) =>
		child.once('close', resolve)), 'the end of claude');
	return { code, output };
}

/**
 * A world where claude knows a server as ccproc: ours, if no other one is
 * given, as the README tells to add it.
 */
export async function startWithServer(t, command = [server.command],
	agents = {}) {
	const { api, world } = await startClaude(t, { agents });
	const { code, output } = await runClaude(world,
		['mcp', 'add', '-s', 'user', 'ccproc', '--', ...command]);

	assert.equal(code, 0, output);
	return { api, world };
}

/** A turn in which the model calls a tool of ours. */
export const use = (tool, input) => ({ calls: [{
	name: `mcp__ccproc__${tool}`, input }] });

/** The results of all calls that the model's last request had. */
export const toolResults = ({ requests }) => (requests.at(-1)?.messages ?? [])
	.flatMap(({ content }) => Array.isArray(content) ? content : [])
	.filter((block) => block.type === 'tool_result' &&
		!block.tool_use_id.startsWith('toolu_search'))
	.map(({ content }) => typeof content === 'string' ? content :
		content.map(({ text }) => text).join(''));
