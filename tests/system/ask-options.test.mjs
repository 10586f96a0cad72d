// What an agent asks with options: it wants answers, not a permission.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';

import { answers, ask, asked, begin, prompt, start } from './lib/askers.mjs';
import { within } from './lib/harness.mjs';

describe('questions with options', () => {
	const QUESTIONS = [{ question: 'Which?', options: [
		{ label: 'Postgres\u202e', description: 'many writers' },
		{ label: 'SQLite' }] }, { question: 'Why?', multiSelect: true,
		options: [{ label: 'a' }, { label: 'b' }] }];
	const asks = prompt({ tool_name: 'AskUserQuestion',
		input: { questions: QUESTIONS } });
	const ANSWERED = { behavior: 'allow', updatedInput: {
		questions: QUESTIONS, answers: { 'Which?': 'Postgres\u202e',
			'Why?': 'a, b' } } };

	test('are a form, whose answers reach the agent', async (t) => {
		const { bridge } = await start(t, { capabilities: { elicitation: {} } });
		const shown = once(bridge, 'elicitation/create');

		await begin(bridge, asks, { label: 'agent' });
		const [{ message, requestedSchema: { properties, required } }, id] =
			await within(10000, shown, 'a form');

		assert.match(message, /^t1 agent asks in .*:\n> Which\?\n> Why\?$/);
		assert.equal(required, undefined);
		assert.deepEqual(properties, {
			choice_1: { type: 'string', title: 'Which?', description:
				'Postgres\\u202e: many writers; SQLite',
			enum: ['Postgres\\u202e', 'SQLite'] },
			words_1: { type: 'string', title: 'Or other words' },
			words_2: { type: 'string', title: 'Why?', description: 'a; b' } });
		bridge.send({ jsonrpc: '2.0', id, result: { action: 'accept',
			content: { choice_1: 'Postgres\\u202e', words_2: 'a, b' } } });
		assert.deepEqual((await answers(bridge)).answers, [ANSWERED]);
	});

	test('are not answered by a yes', async (t) => {
		const { world, bridge } = await start(t,
			{ capabilities: { elicitation: {} } });
		const shown = once(bridge, 'elicitation/create');

		await begin(bridge, asks);
		const [, id] = await within(10000, shown, 'a form');

		bridge.send({ jsonrpc: '2.0', id, result: { action: 'accept',
			content: { choice_1: 'SQLite' } } });
		for (const words of [['allow'], ['allow', '-a'], ['Postgres']])
			assert.match((await world.run('ccproc',
				['answer', 't1', ...words])).stderr,
			/q1: expected 2 answers, one for each question, got/);
		await asked(bridge);
		await world.run('ccproc', ['answer', 't1', 'sqlite', 'my own']);
		assert.deepEqual((await answers(bridge)).answers[0].updatedInput
			.answers, { 'Which?': 'SQLite', 'Why?': 'my own' });
	});

	test('a permission is not given by other words', async (t) => {
		const { world, bridge } = await start(t);

		await begin(bridge, ask('x'));
		await asked(bridge);
		const { code, stderr } = await world.run('ccproc',
			['answer', 't1', 'alow']);

		assert.notEqual(code, 0);
		assert.match(stderr, /q1: it asks to be allowed something: expected/);
		await asked(bridge);
	});

	for (const model_may_allow of [false, true])
		test(`a model answers: ${model_may_allow}`, async (t) => {
			const { bridge } = await start(t, { agents: { model_may_allow } });

			await begin(bridge, asks);
			await asked(bridge);
			const { text } = await bridge.tool('check_tasks', { ids: ['t1'] });
			const { isError } = await bridge.tool('reply_task', { id: 't1',
				answer: { request_id: 'q1',
					answers: ['postgres\u202e', 'a, b'] } });

			assert.equal(isError, !model_may_allow);
			assert.match(text, model_may_allow ?
				/you may, too, with reply_task .*"answers":\["\.\.\."\]/ :
				/you may only deny, with reply_task/);
			if (model_may_allow)
				assert.deepEqual((await answers(bridge)).answers, [ANSWERED]);
			else
				await asked(bridge);
		});
});
