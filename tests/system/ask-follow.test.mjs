// Whoever follows or waits for an agent hears what it asks, once.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ask, asked, begin, start } from './lib/askers.mjs';
import { Cli } from './lib/cli.mjs';
import { waitFor } from './lib/harness.mjs';

const SAID = /^ccproc: t1 asks to be allowed "Bash": x; ccproc answer -q q1 t1 allow\|deny$/gm;

describe('a follower of an agent that asks', () => {
	for (const args of [['logs', '-f', 't1'], ['logs', '--activity', '-f', 't1'],
		['logs', '-r', '-f', 't1'], ['wait', 't1'], ['wait', '-j', 't1'],
		['wait', '--any', 't1', 't2']])
		test(args.join(' '), async (t) => {
			const { world, bridge } = await start(t);

			await begin(bridge, ask('x'));
			await bridge.tool('start_tasks',
				{ tasks: [{ command: 'sleep 600' }] });
			await asked(bridge); // before anybody follows it
			const cli = new Cli(world, args);

			t.after(() => cli.child.kill());
			await waitFor(() => SAID.test(cli.err) || undefined,
				{ what: () => `a word of it, in ${cli.err}` });
			await world.run('ccproc', ['answer', 't1', 'allow']);
			const { code, err } = await cli.end();

			assert.equal(code, 0);
			assert.equal(err.match(SAID).length, 1);
		});
});
