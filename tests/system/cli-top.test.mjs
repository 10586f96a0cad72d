// `ccproc top --once`: a frame as text.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ask, asked, askers, begin } from './lib/askers.mjs';
import { ccproc, ok } from './lib/cli.mjs';
import { buildDir, startWorld, waitFor } from './lib/harness.mjs';

const ALL = { concurrency: 4,
	skip: !fs.existsSync(path.join(buildDir(), 'ccproc-top')) &&
		'ccproc was built without top' };

/** A frame of that size, in lines. */
async function frame(world, columns, lines, { env, args = [] } = {}) {
	const { code, out, err } = await ccproc(world, ['top', '--once', ...args],
		{ env: { COLUMNS: `${columns}`, LINES: `${lines}`,
			LC_ALL: 'C.UTF-8', ...env } });

	assert.equal(err, '');
	assert.equal(code, 0);
	return out.split('\n').slice(0, -1);
}

/** What differs from run to run has no figures. */
const masked = (lines) => lines.map((line) => line
	.replace(/\d+:\d\d( |$|,)/g, '0:00$1')
	.replace(/took [\d.]+ m?s/, 'took 0 ms')
	.replace(/denied in \d+:\d\d/, 'denied in 0:00')
	.replace(/ +\d+ % +[▁▃▅▇]{4}/, '')
	.replace(/ *cpu \d+ %/, '')
	.replace(/ *(mem )?[\d.]+ [KMG]$/, ''));

describe('a frame', ALL, () => {
	test('of nothing says how to begin', async (t) => {
		const world = startWorld(t);

		const [head, ...rest] = await frame(world, 80, 24);

		assert.match(head, /^ccproc top {40,}cmd 0\/\d+  agents 0\/\d+$/);
		assert.deepEqual(rest, [
			' nothing runs. Start something: ccproc start make -j8']);
		assert.deepEqual((await frame(world, 80, 24, { env: {
			LC_ALL: 'C' } }))[1],
		' nothing runs. Start something: ccproc start make -j8');
	});

	test('has what needs the person first', async (t) => {
		const world = startWorld(t, { config: { agents: { ...askers },
			commands: { max_running: 2 } } });
		const bridge = world.bridge();

		await bridge.legacy();
		await ccproc(world, ['run', '-l', 'bad', 'echo oops >&2; exit 3']);
		await ok(world, 'run', '-l', 'good', 'echo fine');
		await ok(world, 'start', '-l', 'one', 'echo up; sleep 300');
		await ok(world, 'start', '-l', 'two', 'sleep 300');
		await ok(world, 'start', '-l', 'three', 'sleep 300');
		await begin(bridge, ask('make test'), { label: 'fix' });
		await asked(bridge, 1, 't6');
		await waitFor(() => world.output('t3') === 'up\n');
		const lines = masked(await frame(world, 100, 24));

		assert.match(lines[0], /cmd ▮{8} 2\/2  agents ▮▮▯{6} 1\/4  1 queued$/);
		assert.deepEqual(lines.slice(1).map((line) => line
			.replace(/─+.*$/, '─').replace(/(?<=\S) {2,}/g, '  ')), [
			' ! 1 NEEDS YOU ─',
			' ! t6 fix  asks 0:00, denied in 0:00  "Bash": make test  0:00',
			' ▶ 2 RUNNING ─',
			'   t3 one  up  0:00',
			'   t4 two  0:00',
			' ◌ 1 QUEUED ▸ next t5 for a free place (2 of 2 run) ─',
			' ✔ 2 ENDED TODAY 1 completed, 1 failed ─',
			' ✔ t2 good  took 0 ms  fine  at 0:00',
			' ✘ t1 bad  failed 3, took 0 ms  oops  at 0:00']);
	});

	test('has any size', async (t) => {
		const world = startWorld(t);

		for (let i = 0; i < 4; i++)
			await ok(world, 'start', '-l', `täsk-${i}`.replace('ä', 'a'),
				'echo ä世; sleep 300');
		for (const [columns, lines] of [[20, 5], [1, 1], [40, 10], [99, 30],
			[200, 50]])
			for (const LC_ALL of ['C', 'C.UTF-8']) {
				const seen = await frame(world, columns, lines,
					{ env: { LC_ALL } });

				assert.ok(seen.length <= lines);
				for (const line of seen)
					assert.ok(line.length <= columns, line);
				if (LC_ALL === 'C')
					assert.doesNotMatch(seen.join(''), /[^ -~]/);
			}
	});

	test('is of a task that is named', async (t) => {
		const world = startWorld(t);

		await ok(world, 'run', '-l', 'one', 'true');
		assert.match((await frame(world, 80, 24, { args: ['one'] })).join('\n'),
			/t1 one/);
		const { code, err } = await ccproc(world, ['top', '--once', 't9']);

		assert.equal(code, 125);
		assert.match(err, /^ccproc: .*t9/);
	});
});
