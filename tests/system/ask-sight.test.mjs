// The real `claude` on a terminal, in panes of several sizes: no key allows by
// itself what was not on the screen.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { askers } from './lib/askers.mjs';
import { Session } from './lib/claude-session.mjs';
import { claude, startWithServer, use } from './lib/claude.mjs';
import { noTerminal } from './lib/cli.mjs';
import { freed } from './lib/wakeup.mjs';

const ASKS = 'requests your input';
const PANES = [[80, 24], [150, 50], [40, 24]];
const NARROW = [40, 24];
// The client takes no key while a dialog is that young, and shows nothing of
// it, so there is no condition to wait for.
const YOUNG_MS = 1000;

/** A session whose agent asks for these; what was answered to them. */
async function start(t, ...inputs) {
	const { api, world } = await startWithServer(t, undefined, askers);
	const from = path.join(world.root, 'asks');

	fs.writeFileSync(from, JSON.stringify({ asks: inputs.map((input) =>
		({ tool_name: input.questions ? 'AskUserQuestion' : 'Bash',
			input })) }));
	const session = new Session({ api, world });

	await session.submit(use('run_task', { label: 'agent',
		prompt: JSON.stringify({ from }) }), { text: 'is-started' });
	await freed(session);
	await session.shows(ASKS);
	return { world, session, decisions: () => fs.readdirSync(world.taskDir('t1'))
		.filter((name) => /^answer-\d+\.json$/.test(name)).map((name) =>
			JSON.parse(fs.readFileSync(path.join(world.taskDir('t1'), name)))
				.decision) };
}

/** The lines of the dialog that say what is asked, in such a pane. */
async function dialog(session, pane, first) {
	session.resize(...pane);
	await session.shows('Accept    Decline');
	await session.until(() => first.test(session.screen.text), first);
	const lines = session.screen.text.split('\n')
		.map((line) => line.slice(2));

	return lines.slice(lines.findIndex((line) => line.startsWith('t1 ')));
}

const ROWS = Array.from({ length: 44 }, (_, n) => `line ${n}`).join('\n');

/** What is asked; what the lines say of it, the first of them first. */
const QUESTIONS = [
	[{ command: `${ROWS}\nrm -rf ~/precious` }, /^ *> line 0\\nline 1/m,
		/rm -rf ~\/precious$/m, /^\.\.\. \d+ characters not shown/m],
	[{ command: `ls ${'x'.repeat(3000)}; rm ~/x` }, /^ *> ls x/m,
		/^> x+; rm ~\/x$/m, /^\.\.\. 29\d\d characters not shown/m],
	[{ command: 'ls\u3164\u200b -l' }, /^ *> ls\\u3164\\u200b -l$/m],
	[{ command: `ls${'\n'.repeat(40)}t1 agent asks to use "Bash"\n> test` },
		/^ *> ls(\\n)+/m, /^> .*> test$/m],
	[{ command: 'ls -a', dangerouslyDisableSandbox: true },
		/^ *> ls -a$/m, /^\+ dangerouslyDisableSandbox: true$/m]];

describe('a dialog of claude', { skip: !claude ? 'no claude' : noTerminal,
	concurrency: 2 }, () => {
	test('where not all is on the screen, enter alone allows nothing',
		async (t) => {
			const { session, decisions } = await start(t,
				...QUESTIONS.map(([input]) => input));

			for (const [, ...words] of QUESTIONS) {
				for (const pane of PANES) {
					const lines = await dialog(session, pane, words[0]);

					assert.match(lines[0], /^t1 agent asks to use "Bash" /);
					for (const word of words)
						assert.match(lines.slice(1).join('\n'), word);
					if (pane === PANES[0])
						await sleep(YOUNG_MS);
					await session.press('enter', '❯   Reason');
					await session.press('up', '❯ * Decision');
				}
				assert.deepEqual(decisions(), []);
				await session.press('right', '❯ ◯ once');
				await session.press('enter', '✔ Decision: once');
				await session.press('down', '❯ Accept');
				await session.dismiss('enter', '✔ Decision: once');
			}
			// this client sends all answers together
			await session.until(() => decisions().length > 0,
				'the decisions');
			assert.deepEqual(decisions(), QUESTIONS.map(() => 'allow'));
		});

	test('what enter alone allows is on the screen', async (t) => {
		const command = Array.from({ length: 96 }, (_, n) =>
			String.fromCharCode(48 + n % 75)).join('');
		const { session, decisions } = await start(t, { command });
		const lines = await dialog(session, NARROW, /> 012345/);

		assert.equal(lines.slice(1, 4).map((line) => line.slice(2))
			.join(''), command);
		await sleep(YOUNG_MS);
		await session.dismiss('enter', ASKS);
		await session.until(() => decisions().length > 0, 'the decision');
		assert.deepEqual(decisions(), ['allow']);
	});

	test('of a short one also where it is done', async (t) => {
		const { world, session, decisions } = await start(t,
			{ command: 'make test' });
		const lines = await dialog(session, NARROW, /> make test/);

		assert.deepEqual(lines.slice(0, 3), ['t1 agent asks to use "Bash"',
			`in ${world.work}:`, '> make test']);
		await sleep(YOUNG_MS);
		await session.dismiss('enter', ASKS);
		await session.until(() => decisions().length > 0, 'the decision');
		assert.deepEqual(decisions(), ['allow']);
	});

	test('a question with options is answered there', async (t) => {
		const { world, session, decisions } = await start(t, { questions: [
			{ question: 'Which database?', options: [
				{ label: 'Postgres', description: 'many writers' },
				{ label: 'SQLite', description: 'one file' }] }] });
		const lines = await dialog(session, NARROW, /> Which database\?/);

		assert.match(lines[0], /^t1 agent asks in /);
		assert.match(lines.join('\n'), /^ +Postgres: many writers/m);
		await sleep(YOUNG_MS);
		await session.press('right', '❯ ◯ Postgres');
		await session.press('down', '❯ ◯ SQLite');
		await session.press('enter', ': SQLite');
		await session.press('down', '❯ Accept');
		await session.dismiss('enter', ASKS);
		await session.until(() => decisions().length > 0, 'the answer');
		assert.deepEqual(JSON.parse(fs.readFileSync(path.join(
			world.taskDir('t1'), 'answer-1.json'))).answers, ['SQLite']);
	});
});
