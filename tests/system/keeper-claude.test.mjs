// The keeper of the real `claude`, offline: whose environment it keeps for
// another try, and when it is done with one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { claude } from './lib/claude.mjs';
import { plan, startFakeApi } from './lib/fake-api.mjs';
import { Task } from './lib/keeper.mjs';

const bash = (input) => ({ calls: [{ name: 'Bash', input }] });

/** Keeps claude on these steps to its end; the task. */
async function keep(t, args, ...steps) {
	const api = await startFakeApi();
	const task = new Task(t, { prompt: plan(...steps) });
	const env = { ANTHROPIC_BASE_URL: api.url, ANTHROPIC_API_KEY: 'dummy',
		CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
		CLAUDE_CODE_MAX_RETRIES: '0', DISABLE_AUTOUPDATER: '1',
		DISABLE_TELEMETRY: '1', HOME: task.dir, XDG_RUNTIME_DIR: task.dir,
		CLAUDE_CODE_TMPDIR: task.dir };

	t.after(() => api.close());
	task.write('env', task.read('env') + Object.entries(env)
		.map(([name, value]) => `${name}=${value}\0`).join(''));
	task.env = task.read('env');
	await task.keep([claude, '-p', '--output-format=stream-json', '--verbose',
		'--allowedTools=Bash'], { args: ['-a', '-C', task.dir, '-c',
		'1000000000', ...args] }).ended(60000);
	return task;
}

describe('claude', { skip: !claude && 'no claude', concurrency: 2 }, () => {
	for (const [what, back, code, ...steps] of [
		['429', true, 1, { status: 429 }],
		['529', true, 1, bash({ command: 'echo 1' }), { status: 529 }],
		['401', false, 1, { status: 401 }],
		['a result', false, 0, { text: 'fine' }]])
		test(`${what}: its environment is ${back ? 'kept' : 'gone'}`,
			async (t) => {
				const task = await keep(t, ['-l', '30'], ...steps);

				assert.equal(task.record.exit_code, code, task.stdout);
				assert.equal(task.record.stop_reason, '');
				assert.equal(task.has('env') && task.read('env'),
					back && task.env);
			});

	test('its background tasks may take longer than it may linger, ' +
		'and so may the model', async (t) => {
		const task = await keep(t, ['-l', '1'],
			bash({ command: 'sleep 3', run_in_background: true }),
			{ text: 'first' }, { delay: 3000, text: 'second' });
		const results = task.stdout.split('\n').filter(Boolean)
			.map((line) => JSON.parse(line))
			.filter(({ type }) => type === 'result');

		assert.deepEqual(results.map(({ result }) => result),
			['first', 'second']);
		assert.equal(task.record.stop_reason, '');
		assert.equal(task.record.exit_code, 0);
	});
});
