// The real `claude` on a terminal with a small server that knows tasks: what
// the client makes of them, and that our tests can see it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { notifications, Session } from './lib/claude-session.mjs';
import { claude, use } from './lib/claude.mjs';
import { noTerminal } from './lib/cli.mjs';
import { freed, freesAndWakes, resumes, startJob, taskServer,
	woken } from './lib/wakeup.mjs';

describe('claude on a terminal, and a server with tasks', {
	skip: !claude ? 'no claude' : noTerminal, concurrency: 2 }, () => {
	test('a task frees the conversation, and its end wakes the model',
		async (t) => {
			const place = await taskServer.start(t);
			const { request } = await freesAndWakes(place);
			const [notice] = notifications(request);

			assert.match(notice, /<status>completed<\/status>/);
			assert.match(notice, /<result>\njob-is-done\n<\/result>/);
		});

	test('nothing wakes the model before', async (t) => {
		const place = await taskServer.start(t);
		const session = await startJob(place, 'job-is-done');

		place.heard();
		await session.until(() => place.heard().includes('tasks/get'),
			'a poll of the task');
		assert.deepEqual(place.api.requests.flatMap(notifications), []);
	});

	test('exit asks, and cancels nothing', async (t) => {
		const place = await taskServer.start(t);
		const session = await startJob(place, 'job-is-done');

		place.heard();
		assert.equal(await session.leave(), 0);
		assert.match(session.id, /^[0-9a-f-]{36}$/);
		assert.ok(!place.heard().includes('tasks/cancel'));
	});

	test('--continue: a task that goes on', async (t) => {
		const place = await taskServer.start(t);
		const session = await resumes(place, place.heard);

		await session.until(() => place.heard().includes('tasks/get'),
			'a poll by the next session');
		place.open();
		assert.equal(notifications(await woken(session, 'job-is-done'))
			.length, 1);
	});

	test('--resume: a task that ended meanwhile', async (t) => {
		const place = await taskServer.start(t);
		const session = await resumes(place, place.open,
			({ id }) => ['--resume', id]);

		await woken(session, 'job-is-done');
	});

	for (const [answer, ...keys] of [
		['{"action":"accept","content":{"sure":true}}',
			['space', '✔ Are you sure?: ☒'], ['down', '❯ Accept']],
		['{"action":"decline"}',
			['down', '❯ Accept'], ['right', '❯ Decline']]])
		test(`a question of a task: ${answer}`, async (t) => {
			const place = await taskServer.start(t);
			const session = new Session(place);

			await session.submit(use('ask', { question: 'Burn it?' }),
				{ text: 'is-asked' });
			await freed(session);
			await session.shows('Burn it?');
			await session.shows('Accept    Decline');
			for (const key of keys)
				await session.press(...key);
			await session.dismiss('enter', 'Burn it?');
			await woken(session, `answer: ${answer}`);
		});
});
