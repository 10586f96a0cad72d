// Who waits at a terminal and looks elsewhere: the bell, the notification and
// the title that such a terminal gets.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ask, asked, askers, begin } from './lib/askers.mjs';
import { noTerminal, ok, onTerminal } from './lib/cli.mjs';
import { startWorld } from './lib/harness.mjs';

const ALL = { concurrency: 3, skip: noTerminal };
const WAIT = { CCPROC_NOTIFY: '0' };

/** What a terminal is told beside what it shows. */
const told = (out) => out.match(/\x07|\x1b\][^\x07]*\x07|\x1b\[2[23];2t/g) ?? [];

async function waited(t, env, args = ['wait', 't1']) {
	const world = startWorld(t);

	await ok(world, 'start', '-l', 'link', 'sleep 0.4; exit 3');
	return told((await onTerminal(world, args, { env }).end()).out);
}

describe('a terminal', ALL, () => {
	const BELL = '\x07';
	const cases = [
		['rings when a wait is over', WAIT,
			['\x1b]9;t1 link failed\x07', BELL]],
		['has another kind of notification where that is known',
			{ ...WAIT, TERM: 'foot' },
			['\x1b]777;notify;ccproc;t1 link failed\x07', BELL]],
		['that is a console only rings', { ...WAIT, TERM: 'linux' }, [BELL]],
		['that is none is left alone', { ...WAIT, TERM: 'dumb' }, []],
		['does not ring for who still looks', {}, []],
		['rings when it took as long as one wants', { CCPROC_NOTIFY: '0.001' },
			['\x1b]9;t1 link failed\x07', BELL]],
		['does not when it took less', { CCPROC_NOTIFY: '1h' }, []],
		['does not ring where nobody wants it', { CCPROC_NOTIFY: 'off' }, []],
	];

	for (const [name, env, expected] of cases)
		test(name, async (t) => {
			assert.deepEqual(await waited(t, env), expected);
		});

	test('rings when what is followed ends, and what is run', async (t) => {
		const world = startWorld(t);

		assert.deepEqual(await waited(t, WAIT, ['logs', '-f', 't1']),
			['\x1b]9;t1 link failed\x07', BELL]);
		assert.deepEqual(told((await onTerminal(world, ['run', 'sleep 0.2'],
			{ env: WAIT }).end()).out), ['\x1b]9;t1 completed\x07', BELL]);
	});

	test('rings for a question, and has it as its title until it is answered',
		async (t) => {
			const world = startWorld(t, { config: { agents: askers } });
			const bridge = world.bridge();

			await bridge.legacy();
			await begin(bridge, ask('make'), { label: 'fix' });
			await asked(bridge);
			const wait = onTerminal(world, ['wait', 't1'], { env: {} });

			await wait.says(/asks to be allowed/);
			await ok(world, 'answer', 't1', 'allow');
			assert.deepEqual(told((await wait.end()).out), ['\x1b[22;2t',
				'\x1b]2;! t1 fix needs input\x07',
				'\x1b]9;t1 fix needs input\x07', BELL, '\x1b]2;\x07',
				'\x1b[23;2t']);
		});

	test('only a terminal does', async (t) => {
		const world = startWorld(t);
		const { stdout, stderr } = await world.run('ccproc',
			['run', 'sleep 0.1'], { env: WAIT });

		assert.deepEqual(told(stdout + stderr), []);
	});
});
