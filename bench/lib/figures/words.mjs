// How many bytes a model reads; these are exact.
import { spawn } from 'node:child_process';

import { Bridge } from '../../../tests/system/lib/harness.mjs';
import { servers } from '../peers.mjs';
import { GROUP } from '../scenes.mjs';

const bytes = (value) => Buffer.byteLength(
	typeof value === 'string' ? value : JSON.stringify(value));

const tools = async (bridge) => bytes((await bridge.request('tools/list')).tools);

async function toolsOf({ command: [program, ...args] }) {
	const bridge = new Bridge({}, { child: spawn(program, args) });

	await bridge.legacy();
	const n = await tools(bridge);

	await bridge.close();
	return n;
}

const tasks = (n, command) => Array.from({ length: n }, () => ({ command }));

export const words = [{
	name: 'words-tools', what: 'tools/list', goal: { most: 8192 },
	ours: ({ scene }) => tools(scene.bridge),
	...Object.fromEntries(Object.entries(servers).map(([name, at]) =>
		[name, () => toolsOf(at())])),
}, {
	name: 'words-run', what: 'run_task of echo hi',
	ours: async ({ scene }) => bytes(await scene.tool('run_task',
		{ command: 'echo hi' })),
}, {
	name: 'words-start', what: 'start_tasks of n', sizes: [1, 8, 50],
	ours: async ({ scene }, n) => bytes(await scene.tool('start_tasks',
		{ tasks: tasks(n, ['true']) })),
}, {
	name: 'words-check', what: 'check_tasks of n that run', sizes: [50],
	ours: async ({ scene }) => {
		const text = await scene.tool('start_tasks',
			{ tasks: tasks(GROUP, ['sleep', '100000']) });
		const [group] = text.match(/g\d+/);
		const said = await scene.tool('check_tasks', { ids: [group] });

		await scene.tool('stop_tasks', { ids: [group], mode: 'now' });
		return bytes(said);
	},
}, {
	name: 'words-list', what: 'list_tasks of n', sizes: [20],
	ours: async ({ scene }, n) => {
		await scene.fill(n, () => ({ command: ['true'], cwd: '/' }));
		await scene.drained();
		return bytes(await scene.tool('list_tasks', { scope: 'all', limit: n }));
	},
}].map((figure) => ({ unit: 'bytes', scene: 'fresh', rounds: 1, ...figure }));
