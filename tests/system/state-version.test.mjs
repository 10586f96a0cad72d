// Versions of the state directory: a later daemon reads what an earlier one
// left, an earlier one keeps its hands off what a later one left.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { killDaemon } from './lib/daemon.mjs';
import { startWorld, waitFor } from './lib/harness.mjs';
import { ccproc } from './lib/cli.mjs';
import { join, records } from './lib/session.mjs';
import { changed, restoreFirst, snapshot } from './lib/state.mjs';

const ALL = { concurrency: 3 };
// the tasks in it grow old
const KEEP = { config: { retention: { max_age_s: 0 } } };
/** A world whose state directory an earlier daemon has left. */
function earlier(t) {
	const world = startWorld(t, KEEP);

	restoreFirst(world.state);
	return world;
}

describe('a state directory of the first version', ALL, () => {
	test('is read, and its queue goes on', async (t) => {
		const world = earlier(t);
		const bridge = await join(world);

		await bridge.tool('check_tasks', { ids: ['t9', 't10', 't11'],
			wait_s: 20 });
		const tasks = await records(bridge, ['t1', 't2', 't3', 't4', 't6',
			't7', 't8', 't9', 't10', 't11']);

		assert.deepEqual(tasks.map(({ id, label, state, reason, exit_code,
			signal }) => [id, label, state, reason, exit_code ?? signal]), [
			['t1', 'first', 'completed', null, 0],
			['t2', 'second', 'failed', 'exit_code', 3],
			['t3', 'agent', 'completed', null, 0],
			['t4', null, 'failed', 'signal', 'SIGKILL'],
			['t6', null, 'timeout', 'wall', 'SIGTERM'],
			['t7', null, 'cancelled', 'user', 'SIGTERM'],
			['t8', 'ended-alone', 'failed', 'exit_code', 7],
			['t9', 'queued', 'failed', 'exit_code', 5],
			['t10', 'waits', 'cancelled', 'dependency', null],
			['t11', 'follows', 'completed', null, 0]]);
		assert.equal(tasks[0].result, 'one\n');
		assert.equal(tasks[2].result, 'hi there');
		assert.equal(world.output('t1', 'stderr'), 'two\n');
		assert.equal(world.output('t9'), 'queued\n');
		assert.match((await bridge.tool('check_tasks', { ids: ['t5'] })).text,
			/t5: was cleaned up/);
		assert.match((await bridge.tool('run_task', { command: 'true' }))
			.text, /^t12 completed/);
		assert.equal(fs.readFileSync(path.join(world.state, 'version'),
			'utf8'), '1\n');
	});
});

describe('a state directory of a later version', ALL, () => {
	/** A world whose state directory a later daemon has left. */
	function later(t) {
		const world = earlier(t);

		fs.writeFileSync(path.join(world.state, 'version'), '4\n');
		fs.rmSync(path.join(world.state, 'start.lock'));
		return world;
	}
	const refusal = /state directory \S+ has version 4, and this program knows those up to 3: a later ccproc has written there; install that again, or set CCPROC_STATE_DIR/;

	test('is refused and not touched', async (t) => {
		const world = later(t);
		const before = snapshot(world.state);
		const { code, stderr } = await world.run('ccprocd', []);

		assert.equal(code, 1);
		assert.match(stderr, refusal);
		assert.deepEqual(changed(before, snapshot(world.state)), []);
		world.live = () => []; // nobody can stop what is queued in there
	});

	test('gets nothing from clients but their own two files', async (t) => {
		const world = later(t);
		const before = snapshot(world.state);
		const { code, err } = await ccproc(world, ['ls']);
		const error = await world.bridge().legacy()
			.catch((reason) => reason);

		assert.equal(code, 125);
		assert.match(err, refusal);
		assert.match(error.message, refusal);
		assert.deepEqual(changed(before, snapshot(world.state)),
			['', 'ccprocd.log', 'start.lock']);
		assert.match(world.log(), refusal);
		world.live = () => [];
	});
});

test('a task of a later version is left alone, and listed so', ALL,
	async (t) => {
		const world = earlier(t);
		const edit = (id, name) => {
			const file = path.join(world.taskDir(id), name);

			fs.writeFileSync(file, fs.readFileSync(file, 'utf8')
				.replace('"version":1', '"version":2'));
			return world.taskDir(id);
		};
		const dirs = [edit('t2', 'exit.json'), edit('t4', 'spec.json'),
			edit('t9', 'spec.json')];
		const before = dirs.map(snapshot);
		const bridge = await join(world);

		await waitFor(() => world.live().length === 1); // t10 too had to end
		assert.deepEqual(world.live(), ['t9']);
		const { text } = await bridge.tool('list_tasks');

		assert.match(text, /\n3 tasks could not be read, such as t9: .*spec\.json: version 2 is newer than this program's 1$/);
		assert.match(text, /\nt11\t/);
		const { code, out, err } = await ccproc(world, ['ls']);

		assert.equal(code, 0);
		assert.match(err, /^ccproc: 3 tasks could not be read, such as t9: /);
		assert.doesNotMatch(out, /^t[249]\t/m);
		assert.match((await bridge.tool('check_tasks', { ids: ['t2'] })).text,
			/t2: .*exit\.json: version 2 is newer than this program's 1/);
		await bridge.tool('cleanup_tasks', { older_than_s: 0 });
		await killDaemon(world);
		await bridge.tool('list_tasks');
		assert.deepEqual(dirs.map(snapshot), before);
		assert.match(world.log(), /left alone: t9: .*version 2 is newer/);
		fs.rmSync(path.join(world.state, 'live'), { recursive: true });
	});
