// What a user of the real `claude` does with our server: `claude mcp`, a
// session whose daemon cannot start, a session on a terminal.  Offline.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { claude, runClaude, server, startWithServer, toolResults,
	use } from './lib/claude.mjs';
import { Session } from './lib/claude-session.mjs';
import { noTerminal } from './lib/cli.mjs';
import { plan } from './lib/fake-api.mjs';
import { kill, UNSAFE, waitFor } from './lib/harness.mjs';

const SENTENCE = new RegExp(`cannot be reached: .*${UNSAFE.source}`);

const mcp = (world, ...args) => runClaude(world, ['mcp', ...args]);

describe('claude mcp', { skip: !claude && 'no claude' }, () => {
	test('list, get, remove', async (t) => {
		const { world } = await startWithServer(t);
		let got = await mcp(world, 'list');

		assert.match(got.output, /^ccproc: .*ccproc-bridge.* ✔ Connected$/m);
		got = await mcp(world, 'get', 'ccproc');
		assert.match(got.output, /Status: ✔ Connected$/m);
		assert.ok(got.output.includes(`Command: ${server.command}`));

		got = await mcp(world, 'remove', '-s', 'user', 'ccproc');
		assert.equal(got.code, 0, got.output);
		assert.equal((await mcp(world, 'get', 'ccproc')).code, 1);
	});

	test('a daemon that cannot start', async (t) => {
		const { world } = await startWithServer(t);
		let got;

		world.openState();
		got = await mcp(world, 'list');
		assert.match(got.output, /^ccproc: .* ✘ Failed to connect — /m);
		assert.match(got.output, SENTENCE);
		got = await mcp(world, 'get', 'ccproc');
		assert.match(got.output, /Status: ✘ Failed to connect$/m);
		assert.match(got.output, SENTENCE);
	});
});

describe('what the FAQ allows', { skip: !claude && 'no claude' }, () => {
	test('is what only reads', async (t) => {
		const { api, world } = await startWithServer(t);
		const faq = fs.readFileSync(new URL('../../FAQ.md',
			import.meta.url), 'utf8');
		const [settings] = faq.match(/^\{ "permissions"[^`]*/m);

		fs.mkdirSync(path.join(world.home, '.claude'), { recursive: true });
		fs.writeFileSync(path.join(world.home, '.claude', 'settings.json'),
			settings);
		await runClaude(world, ['-p'], plan(use('list_tasks', {}),
			use('check_tasks', {}), use('run_task', { command: 'true' }),
			{ text: 'bye' }));
		const [list, check, run] = toolResults(api);

		assert.match(list, /^no such tasks/);
		assert.match(check, /^no unfinished or unseen tasks/);
		assert.match(run, /permission/);
		assert.equal(world.taskDir('t1'), undefined);
	});
});

describe('a daemon that cannot start', { skip: !claude && 'no claude' }, () => {
	const session = (world, ...steps) => runClaude(world,
		['-p', '--allowedTools=mcp__ccproc,Bash'], plan(...steps));
	const bash = (command) => ({ calls: [{ name: 'Bash',
		input: { command } }] });

	test('the model is told at the start', async (t) => {
		const { api, world } = await startWithServer(t);

		world.openState();
		await session(world, { text: 'bye' });
		assert.match(JSON.stringify(api.requests[0]), SENTENCE);
	});

	test('the model is told later, and goes on when that is mended',
		async (t) => {
			const { api, world } = await startWithServer(t);

			await world.bridge().legacy(); // so that there is a daemon
			const pid = world.daemon();

			await session(world, use('run_task', { command: 'echo one' }),
				bash(`chmod 755 ${world.state}; kill ${pid}; ` +
					`while [ -d /proc/${pid} ]; do sleep 0.1; done`),
				use('run_task', { command: 'echo two' }),
				bash(`chmod 700 ${world.state}`),
				use('run_task', { command: 'echo three' }),
				{ text: 'bye' });
			const [one, , two, , three] = toolResults(api);

			assert.match(one, /^t1 completed\b.*\none/);
			assert.match(two, SENTENCE);
			assert.match(three, /^t2 completed\b.*\nthree/);
		});
});

describe('claude on a terminal', {
	skip: !claude ? 'no claude' : noTerminal }, () => {
	test('a session that outlives the daemon, and a task that outlives both',
		async (t) => {
			const { api, world } = await startWithServer(t);
			const session = new Session({ api, world });
			let seen;

			seen = await session.prompt(
				use('run_task', { command: 'echo hello' }),
				use('start_tasks', { tasks: [
					{ command: 'sleep 300', label: 'nap' }] }));
			assert.match(seen[0], /^t1 completed\b.*\nhello/);
			assert.match(seen[1], /started server-side task g2-/);

			kill(world.daemon(), 'SIGKILL');
			seen = await session.prompt(
				use('list_tasks', { scope: 'active' }));
			assert.match(seen[2], /^t2\s+nap\s+running/m);

			const go = path.join(world.root, 'go');

			await session.prompt(use('run_task', { label: 'work', command:
				`until [ -e '${go}' ]; do sleep 0.1; done; echo built it` }));
			fs.writeFileSync(go, ''); // which wakes the model
			await waitFor(() => JSON.stringify(api.requests.at(-1).messages)
				.match(/<task-notification>.*t3 work completed.*built it/),
			{ timeout: 20000, what: 'a notification' });
			await session.prompt(); // after what it says to that

			assert.equal(await session.leave(), 0);
			assert.deepEqual(world.live(), ['t2']);
		});
});
