// Permission questions that are too large, damaged, misleading or of others,
// and what becomes of them when nothing can be kept.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ALLOWED, answers, ask, asked, begin, prompt,
	start } from './lib/askers.mjs';
import { LEGACY, within } from './lib/harness.mjs';

/** A client whose user sees forms. */
const FORMS = { elicitation: {} };

describe('whoever asks what', () => {
	test('more than a user can be shown is denied', async (t) => {
		const { bridge } = await start(t);

		await begin(bridge, prompt({ many: 300000 }, { many: 9 << 20 }));
		for (const { behavior, message } of (await answers(bridge)).answers) {
			assert.equal(behavior, 'deny');
			assert.match(message, /its input has \d+ bytes/);
		}
	});

	test('more than a line may have is no permission, and told at once', async (t) => {
		const { bridge } = await start(t);

		await begin(bridge, prompt({ many: 10 << 20 }));
		const [{ error }] = (await answers(bridge)).answers;

		assert.match(error, /more than 10485760 bytes/);
	});

	test('what is long is cut, and said to be', async (t) => {
		const { world, bridge } = await start(t, { capabilities: FORMS });
		const shown = once(bridge, 'elicitation/create');

		await begin(bridge, prompt({ many: 100000 }));
		const [{ message }] = await within(10000, shown, 'a form');
		const { text } = await bridge.tool('check_tasks', { ids: ['t1'] });
		const [{ input, input_truncated }] = await asked(bridge);

		assert.match(message, /\n> x{70}\n\.\.\. 99898 characters not shown: ccproc asks t1\n> x{32}$/);
		assert.match(text, / x{200} \.\.\. 99700 characters not shown: ccproc asks t1 \.\.\. x{100}\?/);
		assert.equal(input, null);
		assert.equal(input_truncated, true);
		assert.match((await world.run('ccproc', ['asks', 't1'])).stdout,
			/\n  > x{100000}\n/);
	});

	// the person reads a long one from a file that the agent may write
	test('what was changed since it was asked is not allowed', async (t) => {
		const { world, bridge } = await start(t);
		const of = (verb) => world.run('ccproc', [...verb, 't1']);

		await begin(bridge, prompt({ many: 60000 }));
		await asked(bridge);
		const file = path.join(world.taskDir('t1'), 'ask-1.json');

		fs.writeFileSync(file, fs.readFileSync(file, 'utf8')
			.replace(/x{60000}/, 'ls'));
		assert.match((await of(['asks'])).stdout, /> ls\n/);
		const { stderr } = await world.run('ccproc',
			['answer', 't1', 'allow']);

		assert.match(stderr, /what ask-1\.json says is not what was asked/);
		await world.run('ccproc', ['answer', 't1', 'deny']);
		assert.equal((await answers(bridge)).answers[0].behavior, 'deny');
	});

	test('control characters are shown, not obeyed', async (t) => {
		const { world, bridge } = await start(t, { capabilities: FORMS });
		const shown = once(bridge, 'elicitation/create');
		const evil = 'ls\u001b[2K\r\u0007\u202egnp.exe\u200b\u009b1m\nrm x';

		await begin(bridge, prompt({ tool_name: 'Ba\u001bsh\n',
			input: { command: evil, other: '\u001b]0;x' } }));
		const [{ message }] = await within(10000, shown, 'a form');
		const { text } = await bridge.tool('check_tasks', { ids: ['t1'] });

		assert.match(message, /asks to use "Ba\\x1bsh\\n" in /);
		assert.match(message, /\n\+ other: "\\x1b\]0;x"\n> ls\\x1b\[2K\\x0d/);
		assert.match(message, /\\x07\\u202egnp\.exe\\u200b\\x9b1m\\nrm x$/m);
		assert.match(text, /\?$/m);
		for (const shows of [message, text,
			(await world.run('ccproc', ['asks'])).stdout,
			(await world.run('ccproc', ['asks', 't1'])).stdout,
			world.log()])
			assert.doesNotMatch(shows,
				/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e\u200b]/);
	});

	test('many empty lines push nothing out of a dialog', async (t) => {
		const { bridge } = await start(t, { capabilities: FORMS });
		const shown = once(bridge, 'elicitation/create');
		const gap = '\n'.repeat(200);

		await begin(bridge, prompt({ command: `ls\0${gap}rm x` }));
		const [{ message }] = await within(10000, shown, 'a form');

		assert.equal(message.split('\n').length, 4, message);
		assert.match(message, /:\n> ls\\x00(\\n)+\n\.\.\. \d+ characters not /);
		assert.match(message, /\n> (\\n)+rm x$/);
	});

	test('what follows a NUL is shown, too', async (t) => {
		const { world, bridge } = await start(t, { capabilities: FORMS });
		const shown = once(bridge, 'elicitation/create');
		const command = 'ls\0; rm x';

		await begin(bridge, prompt({ command }, { tool_name: 'Ba\0sh',
			input: { command: 'x' } }));
		const [{ message }, id] = await within(10000, shown, 'a form');
		const { text } = await bridge.tool('check_tasks', { ids: ['t1'] });

		assert.match(message, /:\n> ls\\x00; rm x$/);
		assert.match(text, /^q1: allow "Bash": ls\\x00; rm x\?$/m);
		assert.match((await world.run('ccproc', ['asks'])).stdout,
			/ls\\x00; rm x/);
		bridge.send({ jsonrpc: '2.0', id, result: { action: 'accept',
			content: { decision: 'once' } } });
		const [first, second] = (await answers(bridge)).answers;

		assert.deepEqual(first,
			{ behavior: 'allow', updatedInput: { command } });
		assert.equal(second.behavior, 'deny');
	});

	test('who means a question that is over does not allow the next one',
		async (t) => {
			const { world, bridge } = await start(t);
			const put = (command) => ({ tool_name: 'Bash',
				input: { command }, tool_use_id: command });

			await begin(bridge, JSON.stringify({ asks: [put('ls')],
				then: [put('rm x'), put('rm y')] }));
			await asked(bridge);
			await bridge.tool('reply_task', { id: 't1', wait_s: 0,
				answer: { decision: 'deny' } });
			await asked(bridge, 2);
			await world.run('ccproc', ['answer', '-q', 'q3', 't1', 'deny']);
			await asked(bridge);
			const { code, stderr } = await world.run('ccproc',
				['answer', 't1', 'allow']);

			assert.notEqual(code, 0);
			assert.match(stderr, /q1 was denied by the model .*q2 is another/s);
			assert.match(stderr, /"Bash": rm x.*ccproc answer -q q2 t1 allow/s);
			await asked(bridge);
			assert.match((await world.run('ccproc',
				['answer', '-q', 'q2', 't1', 'allow'])).stdout,
			/^t1 .*\nallowed q2: "Bash": rm x\n$/);
			assert.deepEqual((await answers(bridge)).answers
				.map(({ behavior }) => behavior), ['deny', 'allow', 'deny']);
		});

	test('a label that another task has taken allows nothing', async (t) => {
		const { world, bridge } = await start(t);
		const answer = (...words) => world.run('ccproc', ['answer', ...words]);
		const decoy = async (session, command, id) => {
			await begin(session, ask(command), { label: 'fix' });
			await asked(bridge, 1, id);
		};

		await decoy(bridge, 'ls', 't1');
		await decoy(bridge, 'rm x', 't2');
		let { code, stderr } = await answer('fix', 'allow');

		assert.notEqual(code, 0);
		assert.match(stderr, /fix is t2, but t1 is called so, too; q1 of t2 is: "Bash": rm x; to allow that, say its id: ccproc answer -q q1 t2 allow/);
		await answer('t2', 'deny');
		await answers(bridge, 't2');
		// the name is that of one task again, which another one has started
		const inside = world.bridge({ env: { CCPROC_TASK:
			`t1-${(await bridge.task('t1')).uuid}` } });

		await inside.legacy();
		await answer('fix', 'deny');
		await answers(bridge);
		await decoy(inside, 'rm y', 't3');
		({ code, stderr } = await answer('fix', 'allow'));
		assert.notEqual(code, 0);
		assert.match(stderr, /fix is t3 now, which t1 has started and called so; q1 of t3 is: "Bash": rm y; to allow that, say its id: ccproc answer -q q1 t3 allow/);
		await answer('-q', 'q1', 't3', 'allow');
		assert.equal((await answers(bridge, 't3')).answers[0].behavior,
			'allow');
		await decoy(bridge, 'ls', 't4');
		await answer('fix', 'allow');
		assert.equal((await answers(bridge, 't4')).answers[0].behavior,
			'allow');
	});

	test('what is no question is no permission', async (t) => {
		const { bridge } = await start(t);

		await begin(bridge, JSON.stringify({ asks: [{ tool_name: 7,
			input: {} }, { tool_name: 'Bash', input: 'x' }, {},
		{ tool_name: 'B'.repeat(300), input: {} }] }));
		for (const { behavior } of (await answers(bridge)).answers)
			assert.equal(behavior, 'deny');
	});

	test('the server has one tool, and says so', async (t) => {
		const { bridge } = await start(t);

		await begin(bridge, JSON.stringify({ asks: [] }));
		assert.deepEqual((await answers(bridge)).tools, ['permission']);
	});

	test('a task can be asked for by itself only', async (t) => {
		const { world, bridge } = await start(t);

		await bridge.tool('start_tasks', { tasks: [
			{ prompt: ask('x') }, { command: 'sleep 60' }] });
		await asked(bridge);
		const name = (id) => `${id}-${path.basename(world.taskDir(id))
			.replace(/^\d+-/, '')}`;

		for (const [as, words] of [
			[name('t1'), /from inside of that task only; this is inside of t/],
			[name('t2'), /is a command/],
			[name('t1').replace(/.$/, (c) => c === '0' ? '1' : '0'),
				/no task .* runs/],
			['t99-11111111-2222-4333-8444-555555555555', /no task .* runs/],
		]) {
			const { text } = await begin(bridge, JSON.stringify(
				{ as, asks: [{ tool_name: 'Bash', input: {} }] }));
			const [, id] = /(t\d+) /.exec(text.replace(/^started g\d+: /, ''));
			const { error, answers: [{ failed }] } =
				await answers(bridge, id);

			assert.match(error, words);
			assert.match(failed, words);
		}
		await asked(bridge); // t1 has been asked for nothing more
	});

	test('of a task that has ended is refused', async (t) => {
		const { world, bridge } = await start(t);

		await begin(bridge, JSON.stringify({ asks: [] }));
		await answers(bridge);
		const task = `t1-${path.basename(world.taskDir('t1')).slice(2)}`;
		const { stdout, stderr } = await world.run('ccproc-bridge',
			['--ask', task], { env: { CCPROC_TASK: task }, input:
				'{"jsonrpc":"2.0","id":1,"method":"initialize","params":' +
				`{"protocolVersion":"${LEGACY}"}}\n` });

		assert.match(stdout + stderr, /no task t1-.* runs, so nobody can ask/);
	});

	test('--ask takes the id of a task', async (t) => {
		const { world } = await start(t);

		for (const args of [['--ask'], ['--ask', 't1"x'], ['--ask', ''],
			['--ask', 't1', 'x'], ['t1']])
			assert.equal((await world.run('ccproc-bridge', args)).code, 2);
	});

	test('what cannot be kept is denied', async (t) => {
		const { world, bridge } = await start(t);
		const x = { tool_name: 'Bash', input: { command: 'x' } };

		await begin(bridge, JSON.stringify({ asks: [x],
			then: [{ ...x, tool_use_id: 'another' }] }));
		await asked(bridge);
		fs.writeFileSync(path.join(world.taskDir('t1'), 'ask-2.json'), '');
		await world.run('ccproc', ['answer', 't1', 'allow']);
		const [first, second] = (await answers(bridge)).answers;

		assert.deepEqual(first, ALLOWED);
		assert.equal(second.behavior, 'deny');
		assert.match(second.message, /the user cannot be asked: .*ask-2/);
	});

	test('an answer that cannot be kept is none', async (t) => {
		const { world, bridge } = await start(t);

		await begin(bridge, ask('x'));
		await asked(bridge);
		// as if the disk were full: no file can be made of that name
		fs.mkdirSync(path.join(world.taskDir('t1'),
			'answer-1.json.tmp', 'x'), { recursive: true });
		const { code, stderr } = await world.run('ccproc',
			['answer', 't1', 'allow']);

		assert.notEqual(code, 0);
		assert.match(stderr, /cannot make answer-1\.json/);
		await asked(bridge);
		fs.rmSync(path.join(world.taskDir('t1'), 'answer-1.json.tmp'),
			{ recursive: true });
		await world.run('ccproc', ['answer', 't1', 'allow']);
		assert.deepEqual((await answers(bridge)).answers, [ALLOWED]);
	});
});
