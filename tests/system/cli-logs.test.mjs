// The command for people where they read what tasks have written.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';

import { ccproc, Cli, json, noTerminal, ok, seen,
	startAgents } from './lib/cli.mjs';
import { kill, startWorld } from './lib/harness.mjs';
import { connect } from './lib/session.mjs';

const ALL = { concurrency: 4 };
const FAILS = 'echo doing; echo "fatal: no disk" >&2; exit 4';

describe('the words of a command that failed', ALL, () => {
	test('are shown by logs, each stream where it belongs', async (t) => {
		const world = startWorld(t);
		const logs = async (...args) => {
			const { out, err } = await ccproc(world, ['logs', ...args, 't1']);

			return [out, err];
		};

		await ccproc(world, ['run', 'printf "o\\377"; printf "e\\376" >&2; exit 4']);
		const { bytes, err } = await ccproc(world, ['logs', 't1']);

		assert.deepEqual([...bytes], [0x6f, 0xff]);
		assert.equal(err, 'e\ufffd');
		await ccproc(world, ['rm', 't1']);
		await ccproc(world, ['run', FAILS]);
		for (const follow of [[], ['-f'], ['-n', '1']]) {
			const args = (...more) => ccproc(world,
				['logs', ...follow, ...more, 't2']);

			assert.deepEqual(await args().then(({ out, err }) => [out, err]),
				['doing\n', 'fatal: no disk\n']);
			assert.deepEqual(await args('--stdout')
				.then(({ out, err }) => [out, err]), ['doing\n', '']);
			assert.deepEqual(await args('--stderr')
				.then(({ out, err }) => [out, err]), ['fatal: no disk\n', '']);
		}
		assert.match((await logs('--stdout', '-e'))[1], /give neither/);
		assert.match((await logs('--color=red'))[1],
			/--color: expected auto, always or never, got 'red'/);
	});

	test('are red on a terminal, and followed by how it ended', {
		skip: noTerminal }, async (t) => {
		const world = startWorld(t);

		await ccproc(world, ['run', '-l', 'oops', FAILS]);
		assert.deepEqual(await seen(world, ['logs', 'oops']),
			['doing', '\x1b[31mfatal: no disk', '\x1b[m'].slice(0, 2));
		assert.deepEqual(await seen(world, ['logs', '--color=never', 'oops']),
			['doing', 'fatal: no disk']);
		assert.deepEqual(await seen(world, ['logs', 'oops'],
			{ env: { TERM: 'unknown' } }), ['doing', 'fatal: no disk']);
		assert.match((await seen(world, ['logs', '-f', 'oops'])).at(-1),
			/ccproc: t1 oops failed: exit code 4/);
		const waited = await seen(world, ['wait', 'oops']);

		assert.match(waited[0], /^t1 oops failed: exit code 4/);
		assert.deepEqual(waited.slice(1), ['  fatal: no disk']);
		assert.doesNotMatch((await ccproc(world, ['wait', 'oops'])).out,
			/fatal/);
	});

	test('are what ls shows last, whatever it wrote before', async (t) => {
		const world = startWorld(t);

		await ccproc(world, ['run', FAILS]);
		await ccproc(world, ['run', 'echo only; exit 1']);
		await ccproc(world, ['run', 'echo " "; echo aside >&2']);
		await ccproc(world, ['run', 'echo fine; echo aside >&2']);
		assert.deepEqual((await json(world, 'ls', '-j')).map(({ last }) => last),
			['fine', 'aside', 'only', 'fatal: no disk']);
	});
});

describe('logs of several tasks', ALL, () => {
	test('have names, each stream where it belongs', async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('start_tasks', { group: 'pair', tasks: [
			{ command: 'echo one; echo no >&2; printf "two\\nend"', label: 'a' },
			{ command: 'echo three; exit 3' }] });
		await ccproc(world, ['wait', 'g1']);
		for (const args of [['g1'], ['t1', 't2'], ['-g', 'pair'], ['-f', 'pair'],
			['-a', '--color=never']]) {
			const { code, out, err } = await ccproc(world, ['logs', ...args]);

			assert.deepEqual([code, out.split('\n').sort(), err], [0, ['',
				't1 a | end', 't1 a | one', 't1 a | two', 't2   | three'],
			't1 a | no\n'], args.join(' '));
		}
		assert.equal(await ok(world, 'logs', '--stderr', 'g1'), 't1 a | no');
		assert.equal(await ok(world, 'logs', '-n', '1', '--stdout', 'g1'),
			't1 a | end\nt2   | three');
		assert.equal(await ok(world, 'logs', '--grep', '^t[wh]', 'g1'),
			't1 a | two\nt2   | three');
		assert.match(await ok(world, 'logs', '-T', '--stdout', 't2'),
			/^\d\d:\d\d:\d\d t2 \| three$/);
		assert.match((await ccproc(world, ['logs', '--grep', '(', 'g1'])).err,
			/--grep: .*\(/);
		assert.match((await ccproc(world, ['logs', '--raw', 'g1'])).err,
			/--raw, --run and --activity are for one task as it is, not for sev/);
		assert.deepEqual((await ok(world, 'logs', '-j', 'g1')).split('\n')
			.map((line) => Object.values(JSON.parse(line)).join(' ')).sort(),
		['t1 stderr no', 't1 stdout end', 't1 stdout one', 't1 stdout two',
			't2 stdout three']);
		if (!noTerminal)
			assert.match((await seen(world, ['logs', 'g1'])).join('\n'),
				/^\x1b\[36mt1 a \|\x1b\[m one\n[^]*\x1b\[33mt2 {3}\|\x1b\[m three$/);
	});

	test('are followed as they come, until all have ended', async (t) => {
		const world = startAgents(t);
		const file = `${world.work}/gate`;

		for (const name of ['a', 'b'])
			await ok(world, 'start', '-l', name, `echo begin ${name}; until ` +
				`[ -e ${file} ]; do sleep 0.02; done; echo end ${name}; ` +
				'printf last');
		await ok(world, 'start', '-l', 'agent', '-a',
			'REPLAY stream-json.out sleep=1');
		const logs = [[], ['--grep', 'end|begin|hi']].map((more) =>
			new Cli(world, ['logs', '-f', '--running', ...more]));

		for (const log of logs)
			await log.says(/t1 a +\| begin a\n[^]*t2 b +\| begin b\n|t2 b[^]*t1 a/);
		kill(world.daemon(), 'SIGKILL');
		fs.writeFileSync(file, '');
		const [all, some] = await Promise.all(logs.map((log) => log.end()));

		assert.equal(all.code, 0, all.err);
		for (const line of ['t1 a     | end a', 't1 a     | last',
			't2 b     | end b', 't3 agent | hi there'])
			assert.ok(all.out.split('\n').includes(line), all.out);
		assert.ok(!some.out.includes('last'), some.out);
		assert.ok(some.out.includes('t3 agent | hi there\n'), some.out);
	});
});
