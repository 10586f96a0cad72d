// What became of tasks: in Markdown, and in numbers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ask, asked, begin, start } from './lib/askers.mjs';
import { ccproc, ok } from './lib/cli.mjs';
import { startWorld } from './lib/harness.mjs';

const ALL = { concurrency: 4 };
const CLOCK = /\d{4}-\d\d-\d\d \d\d:\d\d to (\d{4}-\d\d-\d\d )?\d\d:\d\d: \S+ \S+, \S+ \S+ of work/;

/** The lines of a section, up to the next one. */
const section = (text, title) => text.split(`\n## ${title}\n`)[1]
	.split('\n## ')[0].trim().split('\n');

describe('ccproc report', ALL, () => {
	test('tells of a group: counts, failures, a table', async (t) => {
		const world = startWorld(t);

		await ok(world, 'start', '-g', 'nightly', '-c', 'true',
			'-c', 'echo out; echo "fatal: no disk" >&2; exit 3',
			'-c', 'kill -9 $$');
		await ok(world, 'start', '-l', 'other', 'true');
		await ccproc(world, ['wait', '--all']);
		const text = await ok(world, 'report', 'nightly');
		const lines = text.split('\n');

		assert.equal(lines[0], '# `nightly`: 3 tasks');
		assert.match(lines[2], CLOCK);
		assert.equal(lines[4], '1 completed, 2 failed');
		const failed = section(text, 'Failed').join('\n');

		assert.match(failed, /^### \*\*t2\*\* `echo out; .*`: failed, exit code 3, after \d/);
		assert.match(failed, /\n\n {4}fatal: no disk\n\nAgain: `ccproc restart t2`\n/);
		assert.match(failed, /\*\*t3\*\* `kill -9 \$\$`: failed, SIGKILL, after /);
		const table = section(text, 'Tasks');

		assert.equal(table.length, 5);
		assert.match(table[2], /^\| t1 \| `true` \| completed \| \S+ \S+ \| \S+ \S+ \| \|$/);
		assert.doesNotMatch(text, /other/);
		// the same by options, and all of the last day
		assert.equal(await ok(world, 'report', '-g', 'nightly'), text);
		assert.match(await ok(world, 'report'), /^# 4 tasks\n/);
		assert.match((await ccproc(world, ['report', '-g', 'no'])).err,
			/there are no such tasks/);
		assert.match((await ccproc(world, ['report', 'no'])).err, /no/);
	});

	test('no byte of a task is more than text there', async (t) => {
		const world = startWorld(t);

		await ccproc(world, ['run', 'echo \'\x1b[31m# @you <script> ```\' >&2; ' +
			'exit 1 # `a` | ``b`` @all [x](http://x)']);
		await ok(world, 'run', ': \'x\\|<img src=x>\'');
		const text = await ok(world, 'report');
		const row = section(text, 'Tasks')[2];

		assert.doesNotMatch(text, /\x1b/);
		assert.match(section(text, 'Failed')[2], /^ {4}.*# @you <script> ```$/);
		assert.match(row, /^\| t1 \| ```` .* \\\| .* ```` \| failed \|/);
		assert.equal(row.replaceAll('\\|', '').split('|').length, 8);
		// a bar behind a backslash would end the cell for some
		assert.match(section(text, 'Tasks')[3], /^\| t2 \| `: 'x\\¦<img src=x>'` \|/);
	});

	test('tells what needs somebody', async (t) => {
		const { world, bridge } = await start(t);

		await begin(bridge, ask('rm -r build'));
		await asked(bridge);
		const text = await ok(world, 'report', 't1');

		assert.match(text, /\n1 need input\n/);
		assert.match(section(text, 'Needs you')[0],
			/^- \*\*t1\*\* `{"asks".*}` asks for \S+ \S+: `.*`; `ccproc asks t1`/);
		await ok(world, 'answer', 't1', 'allow');
		await ccproc(world, ['wait', 't1']);
		const table = section(await ok(world, 'report', 't1'), 'Tasks');

		assert.match(table[0], /\| took \| waited for you \| cost \|$/);
		assert.match(table[2], /\| \S+ \S+ \| \S+ \S+ \| \S+ \S+ \| \|$/);
	});
});

describe('ccproc stats', ALL, () => {
	test('sums up by what is asked for', async (t) => {
		const world = startWorld(t);

		await ok(world, 'start', '-g', 'nightly', '-c', 'true', '-c', 'exit 3',
			'-c', 'sleep 60');
		await ok(world, 'start', '-C', '/', 'true');
		await ccproc(world, ['wait', 't1', 't2', 't4']);
		await ok(world, 'stop', '-n', 't3');
		const counts = async (...args) => JSON.parse(await ok(world, 'stats', '-j',
			...args)).map(({ key, tasks, completed, failed, cancelled }) =>
			[key, tasks, completed, failed, cancelled]);

		assert.deepEqual(await counts('--by', 'group'),
			[['nightly', 3, 1, 1, 1], [null, 1, 1, 0, 0]]);
		assert.deepEqual(await counts('--by', 'cwd'),
			[['/', 1, 1, 0, 0], [world.work, 3, 1, 1, 1]]);
		assert.deepEqual(await counts('--by', 'kind', '-g', 'nightly'),
			[['command', 3, 1, 1, 1]]);
		assert.deepEqual((await counts())[0].slice(1), [4, 2, 1, 1]);
		assert.deepEqual(await counts('t2', '--by', 'model'),
			[[null, 1, 0, 1, 0]]);
		assert.deepEqual(await counts('--label', 'none'), []);
		const table = (await ok(world, 'stats', '--by', 'cwd')).split('\n');

		assert.match(table[0], /^CWD +TASKS +COMPLETED +FAILED +CANCELLED +WORK$/);
		assert.match(table.at(-1), /^all +4 +2 +1 +1 +\S+ \S+$/);
		assert.match(await ok(world, 'stats', '--plain', '--by', 'cwd'),
			/^\/\t1\t1\t-\t-\t\S+ \S+\t-\n/);
		assert.match((await ccproc(world, ['stats', '--by', 'x'])).err,
			/--by: expected day, group, cwd, kind or model, got 'x'/);
	});
});
