// Clients that send what nobody should: values encoded once more than they
// should be, and every member that could be left out, filled with "".
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { connect } from './lib/session.mjs';

const ALL = { concurrency: 4 };

/** The arguments with each value that is no string as a string. */
const twice = (args) => Object.fromEntries(Object.entries(args)
	.map(([name, value]) =>
		[name, typeof value === 'string' ? value : JSON.stringify(value)]));

/** What a tool says; it must not be an error. */
async function good(bridge, name, args) {
	const { text, isError } = await bridge.tool(name, args);

	assert.equal(isError, false, text);
	return text;
}

describe('a client that encodes twice', ALL, () => {
	test('every tool', async (t) => {
		const { world, bridge } = await connect(t);
		const say = (name, args) => good(bridge, name, twice(args));

		assert.match(await say('run_task', { command: ['printf', '%s',
			'$(id)'], wait_s: 30, options: { env: { A: 'b' } } }),
		/^t1 completed.*\n\$\(id\)$/);
		assert.match(await say('start_tasks', { max_parallel: 1, tasks: [
			{ command: 'echo a', label: 'a' },
			twice({ command: ['sleep', '300'], after: ['a'] })] }),
		/^started g2: t2 a .*, t3 /);
		assert.match(await say('check_tasks', { ids: ['t2'], wait_s: 30 }),
			/^t2 a completed/);
		assert.match(await say('list_tasks', { limit: 1, mine: true }),
			/1 shown/);
		assert.equal((await say('read_output', { id: 't1', cursor: 0,
			max_chars: 200 })).split('\n')[1], '$(id)');
		assert.match(await say('stop_tasks', { ids: ['t3'], tree: true }),
			/^t3 cancelled/);
		assert.match(await say('cleanup_tasks', { ids: ['t3'],
			dry_run: true }), /^would remove 1 task/);
		assert.match((await bridge.request('tools/call', {
			name: 'list_tasks', arguments: JSON.stringify({ limit: 1 }) }))
			.content[0].text, /1 shown/);
		assert.deepEqual(world.live(), []);
	});
});

describe('a client that fills in whatever it can', ALL, () => {
	/** These arguments, and "" for all others that the tool publishes. */
	async function filled(bridge, name, args, but = []) {
		const { tools } = await bridge.request('tools/list');
		const { properties } = tools.find((tool) =>
			tool.name === name).inputSchema;

		return { ...Object.fromEntries(Object.keys(properties)
			.filter((key) => !but.includes(key)).map((key) => [key, ''])),
		...args };
	}

	test('starts and looks', async (t) => {
		const { bridge } = await connect(t);
		const say = async (name, args, but) => good(bridge, name,
			await filled(bridge, name, args, but));

		assert.match(await say('run_task', { command: 'echo hi' },
			['permission_mode']), /^t1 completed.*\nhi/);
		assert.match(await say('start_tasks', { tasks: [
			{ command: 'true', prompt: '', label: '', cwd: '', after: [],
				allowed_tools: [], options: { env: {}, key: '' } }] }),
		/^started g2: t2 /);
		await say('check_tasks', { ids: ['t2'], wait_s: 30 });
		assert.match(await say('list_tasks', {}), /2 shown/);
		assert.match(await say('read_output', { id: 't1' }), /\nhi/);
	});

	test('is not given what it has not asked for', async (t) => {
		const { world, bridge } = await connect(t);
		const refused = async (name, args, ...words) => {
			const { text, isError } = await bridge.tool(name, args);

			assert.equal(isError, true, text);
			for (const word of words)
				assert.match(text, word);
		};

		await bridge.tool('run_task', { command: 'true' });
		await bridge.tool('run_task', { command: 'sleep 300', wait_s: 0 });
		await refused('stop_tasks', await filled(bridge, 'stop_tasks', {}),
			/ids: is empty; say what is meant, or leave it out/,
			/scope: is empty/);
		for (const ids of ['', [], '[]'])
			await refused('stop_tasks', { ids, scope: 'mine' },
				/ids: is empty/);
		await refused('cleanup_tasks',
			await filled(bridge, 'cleanup_tasks', { older_than_s: 0 }),
			/ids: is empty/, /dry_run: is empty/,
			/older_than_s: 0 means every task that has ended/);
		await refused('cleanup_tasks', { ids: [], older_than_s: 0 },
			/older_than_s: 0 means/);
		await refused('cleanup_tasks', { older_than_s: 1, states: [] },
			/states: is empty/);
		await refused('run_task', { prompt: 'x', permission_mode: '' },
			/permission_mode: is empty/);
		assert.deepEqual(world.live(), ['t2']);
		assert.equal((await bridge.task('t1')).state, 'completed');
	});
});
