// Agents that ask what a test wants them to: see programs/asker.mjs.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { startWorld, waitFor } from './harness.mjs';

const ASKER = fileURLToPath(new URL('../programs/asker.mjs', import.meta.url));

/** The configuration that makes these programs the agents. */
export const askers = { claude: { command: [process.execPath, ASKER] } };

/** A world whose agents ask what their prompts say; a session in it. */
export async function start(t, { agents, bridge: options, capabilities, env } = {}) {
	const world = startWorld(t, { env,
		config: { agents: { ...agents, ...askers } } });
	const bridge = world.bridge(options);

	await bridge.legacy({ capabilities });
	return { world, bridge };
}

export const prompt = (...asks) => JSON.stringify({ asks: asks.map((input) =>
	input.tool_name || input.many ? { tool_name: 'Bash', ...input } :
		{ tool_name: 'Bash', input }) });
export const ask = (command) => prompt({ command });

export const begin = (bridge, text, more) => bridge.tool('start_tasks',
	{ tasks: [{ prompt: text, ...more }] });

export const asked = (bridge, n = 1, id = 't1') => waitFor(async () => {
	const { asks } = await bridge.task(id);

	return asks.length === n && asks;
}, { what: `${n} questions of ${id}` });

/** The answers that an agent got, once it has ended. */
export async function answers(bridge, id = 't1') {
	const { text } = await bridge.tool('check_tasks',
		{ ids: [id], wait_s: 20, detail: 'full', result_chars: 45000 });
	const [{ state, result }] = JSON.parse(text).tasks;

	if (['running', 'needs_input', 'queued'].includes(state))
		return answers(bridge, id);
	return JSON.parse(result);
}

export const ALLOWED = { behavior: 'allow', updatedInput: { command: 'x' } };
