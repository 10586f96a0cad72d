// The judge of a soak: what tasks note of themselves, and what may be told.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { kill, waitFor } from '../system/lib/harness.mjs';
import { Ledger, wrong } from './lib/ledger.mjs';

const PROGRAM = fileURLToPath(new URL('../programs/ledgered',
	import.meta.url));

/** A ledger in which tasks have noted themselves. */
function start(t) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-'));
	const file = path.join(dir, 'ledger');

	t.after(() => fs.rmSync(dir, { recursive: true }));
	return { ledger: new Ledger(file),
		run: (...args) => spawnSync(PROGRAM, [file, ...args],
			{ stdio: 'ignore' }) };
}

const exited = (code) => code === 0 ? { state: 'completed' } :
	{ state: 'failed', reason: 'exit_code', exit_code: code };

test('what is told is held against what was noted', (t) => {
	const { ledger, run } = start(t);
	const judge = (told, may = {}) => wrong(told, ledger.of('a'), may);
	const killed = { state: 'failed', reason: 'signal', signal: 'SIGTERM' };

	assert.match(judge(exited(0)), /started 0 times/);
	assert.equal(judge({ state: 'failed', reason: 'spawn_error' }), undefined);
	assert.equal(run('a', '3').status, 3);
	assert.equal(judge(exited(3)), undefined);
	assert.match(judge(exited(0)), /the end 3/);
	assert.match(judge(exited(4)), /the end 3/);
	assert.match(judge(killed), /the end 3/);
	for (const [state, word] of [['lost', 'lost'], ['cancelled', 'stopped']]) {
		assert.notEqual(judge({ state }), undefined);
		assert.equal(judge({ state }, { [word]: true }), undefined);
	}
	assert.match(judge({ state: 'cancelled', reason: 'dependency' },
		{ broken: true }), /was started/);
	assert.equal(run('b', '0', 'signal=TERM').signal, 'SIGTERM');
	assert.equal(wrong(killed, ledger.of('b'), {}), undefined);
	run('a', '3');
	assert.match(judge(exited(3)), /started 2 times/);
});

test('a process that is left is seen until it ends', async (t) => {
	const { ledger, run } = start(t);

	assert.equal(run('a', '0', 'children=1').status, 0);
	const [pid] = await waitFor(() => ledger.alive('a').length === 1 &&
		ledger.alive('a'));

	kill(Number(pid), 'SIGKILL');
	await waitFor(() => ledger.alive('a').length === 0);
});
