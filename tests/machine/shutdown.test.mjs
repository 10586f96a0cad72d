// A machine is shut down, or started again, in order, with tasks in every
// state: what they are told, what goes on, and how long it is held up.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { patient } from '../system/lib/patience.mjs';
import { records } from '../system/lib/session.mjs';
import { Machine, say, waitFor } from './lib/machine.mjs';

const forever = (trap = '') => `${trap} ${say('up')}; ` +
	'while :; do sleep 0.2; done';
const message = (id, method, params) =>
	JSON.stringify({ jsonrpc: '2.0', id, method, params });

/** An agent that asks whether it may run make, and waits. */
const ASKER = ['/bin/sh', '-c', `{ printf '%s\\n' '${
	message(1, 'initialize', { protocolVersion: '2025-11-25',
		capabilities: {}, clientInfo: { name: 'asker', version: '1' } })}' '${
	message(2, 'tools/call', { name: 'permission', arguments: {
		tool_name: 'Bash', tool_use_id: 'toolu_1',
		input: { command: 'make' } } })}'; exec sleep 600; } |
	ccproc-bridge --ask $CCPROC_TASK`, 'claude'];

describe('an orderly shutdown', () => {
	const machine = new Machine();
	const ends = async (bridge, ids) => (await records(bridge, ids)).map(
		({ state, reason, exit_code, signal }) =>
			[state, reason, exit_code ?? signal].join(' '));

	before(() => machine.install());
	after(() => machine.close());

	test('tasks that ran have failed for that reason, and the queue goes on',
		async (t) => {
			await machine.enable({ agents: { claude: { command: ASKER } },
				commands: { max_running: 3 } });
			const bridge = await machine.bridge();

			await bridge.tool('run_task', { command: 'exit 4' });
			await bridge.start([
				{ command: forever('trap "sleep 1; exit 3" TERM;') },
				{ command: forever() },
				{ command: forever('trap "" TERM;') },
				{ command: say('queued'), label: 'queued' },
				{ command: say('after'), after: ['queued'] },
				{ prompt: 'ask' }]);
			await waitFor(() => machine.told.length === 3);
			await waitFor(async () => (await bridge.task('t7')).state ===
				'needs_input', 'a question');
			machine.told = [];
			// no part of ada's systemd, the bridge starts a daemon meanwhile
			const seconds = await machine.off();

			assert.deepEqual(machine.told, []);
			await machine.boot();
			await waitFor(() => machine.told.length === 2);
			assert.deepEqual(machine.told, ['queued', 'after']);
			const heldUp = await machine.heldUp();

			t.diagnostic(`${heldUp} of ${seconds} s for the user's tasks`);
			// the one that is deaf gets 8
			assert.ok(heldUp < patient(20), `${heldUp} s`);
			const next = await machine.bridge();

			assert.deepEqual(await ends(next, ['t1', 't2', 't3', 't4', 't5',
				't6', 't7']), ['failed exit_code 4', 'failed shutdown 3',
				'failed shutdown SIGTERM', 'failed shutdown SIGKILL',
				'completed  0', 'completed  0', 'failed shutdown SIGTERM']);
			assert.match((await next.tool('check_tasks', { ids: ['t2'] })).text,
				/the machine was shut down while it ran/);
		});

	test('of a restart the same is told, and the queue can be held',
		async (t) => {
			machine.told = [];
			await machine.configure({ after_reboot: 'hold',
				commands: { max_running: 1 } });
			await machine.ccproc('restart');
			await machine.ccproc(`start -- sh -c '${forever()}'`);
			await machine.ccproc(`start -- sh -c '${say('held')}'`);
			await waitFor(() => machine.told.length === 1);
			assert.match(await machine.ccproc('ls --plain'), /^t9\t.*\tqueued\t/m);
			machine.told = [];
			t.diagnostic(`${await machine.off('systemctl reboot')} s`);
			await machine.boot();
			t.diagnostic(`${await machine.heldUp()} s for the user's tasks`);
			assert.match(await machine.ccproc('ls --plain'),
				/^t9\t.*\theld\t.*\nt8\t.*\tfailed\/shutdown\t/m);
			assert.deepEqual(machine.told, []);
			await machine.ccproc('wait t9');
			assert.deepEqual(machine.told, ['held']);
		});
});
