// The command for people where they look: what a task is, and why it failed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ccproc, json, noTerminal, ok, onTerminal } from './lib/cli.mjs';
import { startWorld } from './lib/harness.mjs';

const ALL = { concurrency: 4 };
const FAILS = 'echo doing; echo "fatal: no disk" >&2; exit 4';

/** What a terminal shows of a command, in lines. */
async function seen(world, args, options) {
	const { out } = await onTerminal(world, args, options).end();

	return out.replaceAll('\r', '').split('\n').slice(0, -1);
}

const bare = (text) => text.replace(/\x1b\[\d*m/g, '');

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

test('durations have units, in options and in the configuration', ALL,
	async (t) => {
		const world = startWorld(t, { config: { agents: {
			ask_timeout_s: '1.5h', linger_s: 20 },
		retention: { max_age_s: '90d' } } });

		assert.match(await ok(world, 'config'),
			/agents\.ask_timeout_s = 5400\n[^]*max_age_s = 7776000\n/);
		await ok(world, 'start', 'sleep', '300');
		assert.equal((await ccproc(world, ['wait', '-t', '0.2', 't1'])).code,
			124);
		assert.equal((await ccproc(world, ['wait', '-t', '50ms', 't1'])).code,
			124);
		assert.match((await ccproc(world, ['wait', '-t', 'soon', 't1'])).err,
			/--timeout: expected a duration such as 90, 10m, 2h or 1\.5d, /);
		await ok(world, 'stop', '--grace', '1m', 't1');
	});
