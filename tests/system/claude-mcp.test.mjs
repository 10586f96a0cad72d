// What a user of the real `claude` does with our server: `claude mcp`, a
// session whose daemon cannot start, a session on a terminal.  Offline.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { claude, runClaude, server, startClaude, toolResults,
	use } from './lib/claude.mjs';
import { noTerminal } from './lib/cli.mjs';
import { plan } from './lib/fake-api.mjs';
import { kill, waitFor, within } from './lib/harness.mjs';

const BROKEN = '{ "agents":';
const SENTENCE = /cannot be reached: .*config\.json: line \d: unexpected end/;

/** A world where claude knows our server, as the README tells to add it. */
async function startWithServer(t) {
	const { api, world } = await startClaude(t);
	const { code, output } = await runClaude(world,
		['mcp', 'add', '-s', 'user', 'ccproc', '--', server.command]);

	assert.equal(code, 0, output);
	return { api, world };
}

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

		fs.writeFileSync(world.env.CCPROC_CONFIG, BROKEN);
		got = await mcp(world, 'list');
		assert.match(got.output, /^ccproc: .* ✘ Failed to connect — /m);
		assert.match(got.output, SENTENCE);
		got = await mcp(world, 'get', 'ccproc');
		assert.match(got.output, /Status: ✘ Failed to connect$/m);
		assert.match(got.output, SENTENCE);
	});
});

describe('a daemon that cannot start', { skip: !claude && 'no claude' }, () => {
	const session = (world, ...steps) => runClaude(world,
		['-p', '--allowedTools=mcp__ccproc,Bash'], plan(...steps));
	const bash = (command) => ({ calls: [{ name: 'Bash',
		input: { command } }] });

	test('the model is told at the start', async (t) => {
		const { api, world } = await startWithServer(t);

		fs.writeFileSync(world.env.CCPROC_CONFIG, BROKEN);
		await session(world, { text: 'bye' });
		assert.match(JSON.stringify(api.requests[0]), SENTENCE);
	});

	test('the model is told later, and goes on when that is mended',
		async (t) => {
			const { api, world } = await startWithServer(t);
			const config = world.env.CCPROC_CONFIG;

			await world.bridge().legacy(); // so that there is a daemon
			const pid = world.daemon();

			await session(world, use('run_task', { command: 'echo one' }),
				bash(`echo '${BROKEN}' >${config}; kill ${pid}; ` +
					`while [ -d /proc/${pid} ]; do sleep 0.1; done`),
				use('run_task', { command: 'echo two' }),
				bash(`echo '{}' >${config}`),
				use('run_task', { command: 'echo three' }),
				{ text: 'bye' });
			const [one, , two, , three] = toolResults(api);

			assert.match(one, /^t1 completed\b.*\none/);
			assert.match(two, SENTENCE);
			assert.match(three, /^t2 completed\b.*\nthree/);
		});
});

/** A claude on a terminal, where nobody is asked anything at the start. */
class Session {
	constructor(api, world, ...args) {
		const file = path.join(world.home, '.claude.json');
		const known = JSON.parse(fs.readFileSync(file));

		fs.writeFileSync(file, JSON.stringify({ ...known, theme: 'dark',
			hasCompletedOnboarding: true,
			customApiKeyResponses: { rejected: [],
				approved: [world.env.ANTHROPIC_API_KEY] },
			projects: { [world.work]: { hasTrustDialogAccepted: true,
				hasCompletedProjectOnboarding: true } } }));
		this.api = api;
		this.raw = '';
		// so wide that it breaks no line
		this.child = spawn('script', ['-qefc', 'stty cols 500 rows 50; ' +
			`exec '${claude}' --allowedTools=mcp__ccproc ${args.join(' ')}`,
		'/dev/null'],
		{ cwd: world.work, env: { ...world.env, SHELL: '/bin/sh',
			TERM: 'xterm-256color' } });
		this.child.stdin.on('error', () => {}); // its end is told by ended
		this.child.stdout.setEncoding('utf8')
			.on('data', (data) => { this.raw += data; });
		this.ended = new Promise((resolve) =>
			this.child.once('close', resolve));
	}

	/** Waits until it has shown text since its output was so long. */
	shows(text, from = 0) {
		const plain = () => this.raw.slice(from)
			.replace(/\x1b(\[[\d;?<>=]*[a-zA-Z]|\][^\x07]*\x07|.)/g, '');

		return waitFor(() => plain().includes(text),
			{ timeout: 30000, what: `${text} on the terminal` })
			.catch((error) => {
				error.message += `\n${plain().slice(-2000)}`;
				throw error;
			});
	}

	/** Types a prompt; what the model has got to see of each tool so far. */
	async prompt(...steps) {
		const from = this.raw.length;
		const end = `end-${from}`;
		const text = plan(...steps, { text: end });

		await this.shows('❯');
		this.child.stdin.write(text);
		await this.shows(text, from);
		this.child.stdin.write('\r');
		await this.shows(end, from);
		return toolResults(this.api);
	}

	/** Leaves as a user does; tasksRun: it waits for tasks. */
	async leave({ tasksRun = false } = {}) {
		const from = this.raw.length;

		this.child.stdin.write('\x03');
		await this.shows('again to exit', from);
		this.child.stdin.write('\x03');
		if (tasksRun) { // it asks; its first answer is to exit
			await this.shows('Exit', from);
			this.child.stdin.write('\r');
		}
		return within(10000, this.ended, 'the end of claude');
	}
}

describe('claude on a terminal', {
	skip: !claude ? 'no claude' : noTerminal }, () => {
	test('a session that outlives the daemon, and a task that outlives both',
		async (t) => {
			const { api, world } = await startWithServer(t);
			const session = new Session(api, world);
			const nap = path.join(world.root, 'nap');
			let seen;

			t.after(() => session.child.kill('SIGKILL'));
			seen = await session.prompt(
				use('run_task', { command: 'echo hello' }),
				use('start_tasks', { tasks: [
					{ command: `until [ -e '${nap}' ]; do sleep 0.1; done; ` +
						'echo rested', label: 'nap' }] }));
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
			await session.prompt(); // behind what it says to that

			assert.equal(await session.leave({ tasksRun: true }), 0);
			assert.deepEqual(world.live(), ['t2']);

			const later = new Session(api, world, '--continue');

			t.after(() => later.child.kill('SIGKILL'));
			await later.shows('❯');
			fs.writeFileSync(nap, '');
			await waitFor(() => JSON.stringify(api.requests.at(-1).messages)
				.match(/<task-notification>.*t2 nap completed.*rested/),
			{ timeout: 20000, what: 'a notification after --continue' });
			await later.prompt();
			assert.equal(await later.leave(), 0);
		});
});
