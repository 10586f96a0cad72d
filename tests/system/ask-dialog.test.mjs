// The real `claude` on a terminal, whose tasks ask: the dialog, and what one
// key does in it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { notifications, Session } from './lib/claude-session.mjs';
import { claude, startWithServer, use } from './lib/claude.mjs';
import { noTerminal } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { plan } from './lib/fake-api.mjs';
import { waitFor } from './lib/harness.mjs';
import { freed, woken } from './lib/wakeup.mjs';

const bash = (command) => ({ calls: [{ name: 'Bash', input: { command } }] });
const DONE = { echo: true, text: 'agent-is-done ' };
const ASKS = 'requests your input';

/** A session whose agent does these steps. */
async function start(t, tool, steps, env = {}) {
	const { api, world } = await startWithServer(t);

	Object.assign(world.env, env);
	const session = new Session({ api, world });
	const task = { prompt: plan(...steps), ...(steps.at(-1) === DONE && { label: 'agent' }) };

	await session.submit(use(tool, tool === 'run_task' ? task :
		{ tasks: [task, { command: 'true' }] }), { text: 'is-started' });
	return { api, world, session,
		made: (name) => fs.existsSync(path.join(world.work, name)) };
}

// The client takes no key while a dialog is that young, and shows nothing of
// it, so there is no condition to wait for.
const YOUNG_MS = 1000;

/** Presses a key in the dialog once it is there: once. */
async function answer(session, key, question) {
	await session.shows(question);
	await new Promise((done) => setTimeout(done, YOUNG_MS));
	await session.press(key);
	await session.until(() => !session.screen.text.includes(ASKS) ||
		!session.screen.text.includes(question), 'the end of the dialog');
}

describe('a task of claude on a terminal asks', {
	skip: !claude ? 'no claude' : noTerminal, concurrency: 2 }, () => {
	test('one key allows, and the model is woken with the result',
		async (t) => {
			const { session, made } = await start(t, 'run_task',
				[bash('touch made'), DONE]);

			await freed(session);
			await session.shows(ASKS);
			await session.shows('t1 agent asks to use "Bash"');
			assert.ok(!made('made'));
			await answer(session, 'enter', 'touch made');
			const request = await woken(session, 'agent-is-done');

			assert.match(notifications(request)[0],
				/<result>\nt1 agent completed · /);
			assert.ok(made('made'));
		});

	test('a group asks as well', async (t) => {
		const { session, made } = await start(t, 'start_tasks',
			[bash('touch a'), bash('touch b'), DONE]);

		await answer(session, 'enter', 'touch a');
		await answer(session, 'enter', 'touch b');
		await woken(session, 'agent-is-done');
		assert.ok(made('a') && made('b'));
	});

	test('declined', async (t) => {
		const { session, made } = await start(t, 'run_task',
			[bash('touch made'), DONE]);

		await session.shows(ASKS);
		await session.press('right');
		await answer(session, 'enter', 'touch made');
		const request = await woken(session, 'agent-is-done');

		assert.match(notifications(request)[0],
			/t1 agent failed: denied Bash/);
		assert.match(notifications(request)[0],
			/\[q1, "Bash": denied by the user, in a dialog\]/);
		assert.ok(!made('made'));
	});

	// this client does not look at a task while its dialog is open
	test('answered elsewhere, the dialog decides nothing', async (t) => {
		const { world, session, made } = await start(t, 'run_task',
			[bash('touch made'), DONE]);

		await session.shows(ASKS);
		await world.run('ccproc', ['answer', 'agent', 'deny']);
		await waitFor(() => world.live().length === 0);
		await answer(session, 'enter', 'touch made');
		const request = await woken(session, 'agent-is-done');

		assert.match(notifications(request)[0],
			/t1 agent failed: denied Bash/);
		assert.ok(!made('made'));
	});

	test('the daemon is killed while the dialog is open', async (t) => {
		const { world, session, made } = await start(t, 'run_task',
			[bash('touch made'), DONE]);

		await session.shows(ASKS);
		await killDaemon(world);
		await answer(session, 'enter', 'touch made');
		await woken(session, 'agent-is-done');
		assert.ok(made('made'));
	});

	test('whom a tool was allowed twice is offered to allow it always',
		async (t) => {
			const { world, session, made } = await start(t, 'run_task',
				[bash('touch a'), bash('touch b'), bash('touch c')]);

			await answer(session, 'enter', 'touch a');
			await answer(session, 'enter', 'touch b');
			await session.shows('touch c');
			await session.shows('Always allow Bash in this task');
			await session.press('space');
			await session.press('enter');
			await answer(session, 'enter', 'touch c');
			await woken(session, 'the script has ended');
			assert.ok(made('c'));
			assert.equal(JSON.parse(fs.readFileSync(path.join(
				world.taskDir('t1'), 'answer-3.json'))).always, true);
		});

	test('before 2026-07-28: one key, with no call open', async (t) => {
		const { session, made } = await start(t, 'start_tasks',
			[{ ...bash('touch made'), delay: 2000 }, DONE],
			{ MCP_PROTOCOL_NEGOTIATION: 'legacy' });

		await session.shows('is-started');
		await answer(session, 'enter', 'touch made');
		await waitFor(() => made('made'));
	});
});
