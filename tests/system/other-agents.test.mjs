// Codex and Gemini CLI, offline: as clients of ours, and as agents by the
// profiles that ccproc-config(5) shows.  Fakes on loopback play the models.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { startFakeModels } from './lib/fake-models.mjs';
import { buildDir, startWorld, within } from './lib/harness.mjs';
import { findPrograms } from './lib/node-modules.mjs';

const found = findPrograms('codex', 'gemini');
const BRIDGE = path.join(buildDir(), 'ccproc-bridge');
const MODELS = { codex: 'gpt-5', gemini: 'gemini-2.5-flash' };

/** The agents of the example in the manual. */
function profiles() {
	const page = fs.readFileSync(new URL('../../daemon/ccproc-config.5',
		import.meta.url), 'utf8');
	const [, example] = page.match(/^\.Bd -literal.*\n([^]*?)^\.Ed/m);
	const { codex, gemini } = JSON.parse(example.replace(/^ *\/\/.*$/gm, ''))
		.agents;

	return { codex, gemini };
}

/** A world where both live, and the fakes that they talk to. */
async function start(t, options) {
	const api = await startFakeModels(options);
	const world = startWorld(t, { config: { agents: profiles() },
		env: { GEMINI_API_KEY: 'dummy', GOOGLE_GEMINI_BASE_URL: api.url,
			PATH: `${found.bin}:${process.env.PATH}` } });
	const passed = Object.fromEntries(Object.entries(world.env)
		.filter(([name]) => name.startsWith('CCPROC_')));
	const write = (name, text) => {
		const file = path.join(world.home, name);

		fs.mkdirSync(path.dirname(file), { recursive: true });
		fs.writeFileSync(file, text);
	};

	write('.codex/config.toml', `model_provider = "fake"
[model_providers.fake]
name = "fake"
base_url = "${api.url}/v1"
wire_api = "responses"
[mcp_servers.ccproc]
command = "${BRIDGE}"
env_vars = [${Object.keys(passed).map((name) => `"${name}"`)}]
default_tools_approval_mode = "approve"
`);
	write('.gemini/settings.json', JSON.stringify({
		security: { auth: { selectedType: 'gemini-api-key' } },
		mcpServers: { ccproc: { command: BRIDGE, trust: true, env: passed } } }));
	t.after(() => api.close());
	return { api, world };
}

/** Runs one of them as the profile says, as a person would. */
async function run(world, name, prompt) {
	const words = profiles()[name].command.map((word) => word
		.replace('{model}', MODELS[name])
		.replace('{session}', '6f1f2a3e-0000-4000-8000-000000000001'));
	const child = spawn(words[0], words.slice(1),
		{ cwd: world.work, env: world.env });
	let output = '';

	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8')
			.on('data', (data) => { output += data; });
	child.stdin.end(prompt);
	const code = await within(60000, new Promise((resolve) =>
		child.once('close', resolve)), `the end of ${name}`);

	assert.equal(code, 0, output);
}

/** What a tool says of t1, once that has ended. */
async function ended(bridge, tool, args) {
	const options = { timeout: 60000 };
	let { text } = await bridge.tool(tool, { ...args, wait_s: 30 }, options);

	while (/^t1 (running|queued)/.test(text))
		({ text } = await bridge.tool('check_tasks',
			{ ids: ['t1'], wait_s: 30 }, options));
	return text;
}

for (const name of ['codex', 'gemini'])
	describe(name, { skip: !found[name] && `no ${name}` }, () => {
		test('as a client', async (t) => {
			const { api, world } = await start(t, { call: { name: 'run_task',
				args: { command: 'echo I ran', label: '', cwd: '',
					wait_s: 20 } } });

			await run(world, name, 'run something');
			assert.match(api.bodies.at(-1), /t1 completed · .*I ran/);
			for (const word of ['permission_mode', 'as in run_task',
				'max_turns', 'outlive this session'])
				assert.ok(api.bodies[0].includes(word), word);
		});

		test('as an agent, which goes on', async (t) => {
			const { api, world } = await start(t);
			const bridge = world.bridge();

			await bridge.legacy();
			assert.match(await ended(bridge, 'run_task', {
				prompt: 'Remember the word plum.', model: MODELS[name],
				options: { profile: name } }),
			/^t1 completed · .*\nhello from a model$/);
			assert.match(await ended(bridge, 'reply_task', { id: 't1',
				message: 'Which word?' }),
			/^t1 completed · .* · run 2\nhello from a model$/);
			assert.match(api.bodies.at(-1), /plum[^]*Which word/);
		});
	});
