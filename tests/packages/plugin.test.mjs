// The plugin in the real claude, on a fresh machine: valid, its server, its
// hooks, its skills, and its command in the shell of the model.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { plan } from '../system/lib/fake-api.mjs';
import { toolResults } from '../system/lib/claude.mjs';
import { claude, isMade, Machine } from './lib/machine.mjs';
import { WAYS } from './lib/ways.mjs';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGES = { folder: process.env.CCPROC_PACKAGES };
const skip = !claude ? 'no claude' : !isMade('bookworm') && 'no such root';
const ours = (name, input) => ({ calls: [{
	name: `mcp__plugin_ccproc_ccproc__${name}`, input }] });
const bash = (command) => ({ calls: [{ name: 'Bash', input: { command } }] });

/** A machine with the plugin. */
async function begin(t) {
	const machine = await Machine.start(t, 'bookworm');

	await WAYS.plugin.install(machine, PACKAGES);
	return machine;
}

/** A session; what its model's calls came to. */
async function session(machine, allowed, ...steps) {
	machine.api.requests.length = 0;
	await machine.run(`claude -p --allowedTools='${allowed}'`,
		{ input: plan(...steps, { text: 'bye' }) });
	return toolResults(machine.api);
}

describe('the plugin', { skip, concurrency: 2 }, () => {
	test('is valid, without a warning, as the marketplace is', () => {
		for (const folder of [TOP, path.join(TOP, 'plugin'),
			path.join(PACKAGES.folder, 'plugin')])
			assert.match(execFileSync(claude, ['plugin', 'validate', '--strict',
				folder], { encoding: 'utf8', env: { ...process.env,
				DISABLE_AUTOUPDATER: '1' } }), /Validation passed/);
	});

	test('the tools that only read go without a question, others do not',
		async (t) => {
			const machine = await begin(t);
			const seen = await session(machine, 'Bash',
				ours('list_tasks', {}), ours('check_tasks', {}),
				ours('read_output', { id: 't1' }),
				ours('run_task', { command: 'true' }),
				ours('stop_tasks', { ids: ['t1'] }),
				ours('cleanup_tasks', { ids: ['t1'] }),
				bash('ccproc start -l there sleep 0; command -v ccproc'));

			assert.match(seen[0], /^no such tasks/);
			assert.match(seen[1], /^no unfinished or unseen tasks/);
			assert.match(seen[2], /t1/);
			assert.doesNotMatch(seen[2], /permission/);
			for (const n of [3, 4, 5])
				assert.match(seen[n], /permission/);
			// the command is in the model's shell, and there was no task before
			assert.match(seen[6], /^t1\n.*\/plugin\/bin\/ccproc/);
		});

	test('what a person has forbidden stays so', async (t) => {
		const machine = await begin(t);
		const rule = 'mcp__plugin_ccproc_ccproc__';

		await machine.run('sed -i \'s/^{/{ "permissions": { "deny": ' +
			`["${rule}list_tasks"], "ask": ["${rule}check_tasks"] },/' ` +
			'~/.claude/settings.json');
		const [list, check] = await session(machine, 'Bash',
			ours('list_tasks', {}), ours('check_tasks', {}));

		assert.doesNotMatch(list, /^no such tasks/);
		assert.doesNotMatch(check, /^no unfinished/);
	});

	test('the model is told what ended unseen in this folder, once a session',
		async (t) => {
			const machine = await begin(t);
			const told = () => JSON.stringify(machine.api.requests[0])
				.match(/ccproc: \d+ tasks? of this folder ended.*?matters here/)
				?.[0];

			await session(machine, 'Bash');
			assert.equal(told(), undefined);
			await session(machine, 'Bash',
				bash("ccproc start -l link 'sleep 0.3; exit 3'"),
				bash('cd / && ccproc start -l other sleep 0.3; sleep 1'));
			await session(machine, 'Bash');
			assert.match(told(), /^ccproc: 1 task of .*t1 link failed: exit code 3/);
			await session(machine, 'Bash', ours('check_tasks', { ids: ['t1'] }));
			await session(machine, 'Bash');
			assert.equal(told(), undefined);
		});

	test('its skills are offered, and have our tools', async (t) => {
		const machine = await begin(t);

		await session(machine, 'Bash');
		for (const name of ['status', 'fan-out', 'pick-up'])
			assert.ok(JSON.stringify(machine.api.requests[0])
				.includes(`ccproc:${name}`), name);
	});

	test('ccproc install from it adds no second server', async (t) => {
		const machine = await begin(t);

		await machine.run(`${machine.command} install`);
		assert.equal((await machine.run('claude mcp list')).match(/✔/g).length,
			1);
		assert.match(await machine.run('ccproc doctor'),
			/^ok {4}server +of the plugin ccproc@ccproc$/m);
	});

	test('where it has no programs, the model is told how they come',
		async (t) => {
			const machine = await begin(t);

			await machine.run('rm -rf ~/market/plugin/plugin/linux-*');
			await session(machine, 'Bash');
			assert.match(JSON.stringify(machine.api.requests[0]),
				/this plugin has no programs, .*npx ccproc install/);
		});
});
