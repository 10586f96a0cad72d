// Every verb of ccproc, by its own help, in every bad situation: it ends soon,
// by itself, and says what is wrong in a person's words.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';

import { Cli, ccproc, noTerminal, ok, onTerminal } from './lib/cli.mjs';
import { earlier } from './lib/earlier.mjs';
import { buildDir, patient, startWorld, within } from './lib/harness.mjs';
import { copyTask } from './lib/state.mjs';

const PROGRAM = path.join(buildDir(), 'ccproc');
const ALL = { concurrency: 3 };

/** What a verb is given, where its name and a task are not enough. */
const WORDS = {
	run: () => ['echo', 'hi'],
	start: () => ['true'],
	answer: (id) => [id, 'allow'],
	reply: (id) => ['-d', id, 'more'],
	signal: (id) => ['-s', 'WINCH', id],
	move: (id) => ['--first', id],
	mcp: () => ['status'],
	completion: () => ['words', 'stop', ''],
	top: () => ['--once'],
	status: () => ['--line'],
};
/** These need no daemon. */
const ALONE = ['completion', 'config', 'daemon', 'doctor', 'install', 'mcp',
	'status', 'uninstall'];
/** These wait for what may not come. */
const WAIT = ['events', 'wait'];

/** The verbs by the help, and whether they are about tasks. */
const VERBS = [...spawnSync(PROGRAM, ['help'], { encoding: 'utf8' }).stdout
	.matchAll(/^  ([a-z]+) {2,}/gm)].map(([, name]) => ({ name,
	ids: name !== 'top' && /\bID\b/.test(spawnSync(PROGRAM, ['help', name],
		{ encoding: 'utf8' }).stdout.split('\n')[0]) }));

const argv = ({ name, ids }, id) => [name,
	...WORDS[name]?.(id) ?? (ids ? [id] : [])];

/** Nobody is told of tools, of pointers or of types. */
function checkWords(what, { out, err }) {
	assert.doesNotMatch(err, /\(null\)|undefined|(list|check|stop|run|start|cleanup|reply)_tasks?\b|Assertion/,
		what);
	assert.doesNotMatch(out, /\(null\)/, what);
}

/** Runs all that fit, three at a time; what each came to. */
async function each(verbs, run) {
	const queue = [...verbs];

	await Promise.all([1, 2, 3].map(async () => {
		for (let verb = queue.shift(); verb; verb = queue.shift())
			await run(verb);
	}));
}

/** A world with tasks in several states: t1 completed, t2 failed, t3 runs. */
async function populated(t) {
	const world = startWorld(t);

	await ok(world, 'run', 'echo', 'one');
	await ccproc(world, ['run', 'echo two >&2; exit 2']);
	await ok(world, 'start', '-l', 'long', 'sleep', '600');
	return world;
}

/** Ends the command when it waits for what does not come. */
async function ended(world, args, options) {
	const cli = new Cli(world, args, options);

	if (!WAIT.includes(args[0]) && !args.includes('sleep'))
		return cli.end();
	const timer = setTimeout(() => cli.child.kill('SIGTERM'), 500);

	return { ...await cli.end().finally(() => clearTimeout(timer)),
		waited: true };
}

describe('every verb', ALL, () => {
	test('without a daemon, which cannot be started', async (t) => {
		const world = startWorld(t);

		world.openState();
		await each(VERBS, async (verb) => {
			const result = await ccproc(world, argv(verb, 't1'));

			checkWords(verb.name, result);
			if (ALONE.includes(verb.name)) {
				assert.ok([0, 1, 3, 125].includes(result.code), verb.name);
				return;
			}
			assert.deepEqual([result.code, result.out], [125, ''], verb.name);
			assert.match(result.err, /^ccproc: .* has mode 755.*\n$/, verb.name);
		});
		for (const action of ['start', 'restart'])
			assert.match((await ccproc(world, ['daemon', action])).err,
				/^ccproc: .* has mode 755/m);
	});

	test('about a task that is not there, or is deleted', async (t) => {
		const world = await populated(t);

		await ok(world, 'rm', 't1');
		await each(VERBS.filter(({ ids }) => ids), async (verb) => {
			for (const id of ['t99', 't1', 'nobody']) {
				const result = await ccproc(world, argv(verb, id));

				checkWords(verb.name, result);
				assert.equal(result.code, 125, verb.name);
				assert.equal(result.out, '', verb.name);
				assert.match(result.err, new RegExp(
					`^ccproc: (?:.*: )?${id}: (no such task|was cleaned up)`), verb.name);
			}
		});
	});

	test('about a task that has ended, runs, or waits in the queue',
		async (t) => {
			const world = await populated(t);

			await ok(world, 'start', '-l', 'next', '--after', 'long', 'true');
			await each(VERBS.filter(({ ids, name }) => ids &&
				!['stop', 'rm', 'restart', 'edit'].includes(name)),
			async (verb) => {
				for (const id of ['t1', 't2', 'long', 'next']) {
					const result = await ended(world, argv(verb, id));

					checkWords(verb.name, result);
					assert.ok(typeof result.code === 'number' &&
						result.code <= 125 || result.waited &&
						result.code === 'SIGTERM',
					`${verb.name} ${id}: ${result.code} ${result.err}`);
					assert.ok(result.code !== 125 ||
						/^ccproc: /.test(result.err), verb.name);
				}
			});
		});

	test('whose reader goes away', async (t) => {
		const world = await populated(t);
		const verbs = [...VERBS, { name: 'help' }, { name: '--version' },
			...['schema', 'template', 'check'].map((word) =>
				({ name: 'config', more: [word] })),
			...['ls', 'show', 'logs', 'wait', 'stats', 'prune', 'run'].map(
				(name) => ({ ...VERBS.find((verb) => verb.name === name),
					more: name === 'prune' ? ['-n', '-j'] : ['-j'] })),
			{ name: 'run', more: ['sleep', '600'] },
			{ name: 'wait', more: ['long'] },
			{ name: 'logs', more: ['-f', 'long'] },
			{ name: 'logs', more: ['-f', 'long', 't1'] }]
			.filter(({ name }) => !['daemon', 'debug'].includes(name));

		await each(verbs, async ({ more = [], ...verb }) => {
			const args = /^(config|wait|run)$/.test(verb.name) && more[0]?.[0]
				!== '-' || more.length > 1 && verb.name === 'logs' ?
				[verb.name, ...more] :
				[verb.name, ...more, ...argv(verb, 't1').slice(1)];
			const child = spawn('/bin/bash', ['-c',
				'"$@" </dev/null | true; exit ${PIPESTATUS[0]}', 'sh', PROGRAM,
				...args], { cwd: world.work, env: world.env,
				stdio: ['ignore', 'ignore', 'pipe'] });
			let err = '';

			child.stderr.on('data', (data) => (err += data));
			const code = await within(20000, new Promise((resolve) =>
				child.on('close', resolve)), args.join(' '));

			assert.doesNotMatch(err, /write to stdout|Broken pipe/,
				args.join(' '));
			assert.ok([0, 141].includes(code) || /^(ccproc|usage): ?/.test(err) ||
				['mcp', 'status'].includes(verb.name),
			`${args.join(' ')}: ${code}`);
		});
		await ok(world, 'stop', '--all', '--yes', '--now');
	});

	test('without standard input, output and error', async (t) => {
		const world = await populated(t);

		await each(VERBS.filter(({ name }) => !WAIT.includes(name)),
			async (verb) => {
				const { status, signal } = await new Promise((resolve) =>
					spawn('/bin/sh', ['-c', 'exec "$@" <&- >&- 2>&-', 'sh',
						PROGRAM, ...argv(verb, 't2')], { cwd: world.work,
						env: world.env, stdio: 'ignore' })
						.on('exit', (status, signal) =>
							resolve({ status, signal })));

				assert.equal(signal, null, verb.name);
				assert.ok(status <= 125, `${verb.name}: ${status}`);
			});
	});

	test('on a terminal of 20 columns that nobody knows, without UTF-8',
		{ skip: noTerminal }, async (t) => {
			const world = await populated(t);

			await each(VERBS.filter(({ name }) => ![...WAIT, 'stop', 'rm',
				'restart', 'edit', 'config', 'debug'].includes(name)),
			async (verb) => {
				const { code, out } = await onTerminal(world, argv(verb, 't1'),
					{ columns: 20, env: { TERM: 'nobody-knows', LANG: 'C',
						LC_ALL: 'C', EDITOR: 'true' } }).end();

				assert.ok(typeof code === 'number' && code <= 125,
					`${verb.name}: ${code}`);
				checkWords(verb.name, { out, err: out });
				if (['ls', 'stats'].includes(verb.name))
					for (const line of out.split('\r\n').slice(1))
						assert.ok(/^ccproc: |^\d+ running/.test(line) ||
							[...line.replace(/\x1b\[[\d;]*m/g, '')].length <= 20,
						line);
			});
		});

	test('among 10,000 tasks', { timeout: patient(120000) }, async (t) => {
		const world = startWorld(t);

		await ok(world, 'run', '-l', 'l1', 'echo', 'x');
		await ok(world, 'daemon', 'stop');
		copyTask(world, 10000);
		await each(VERBS.filter(({ name }) => !['rm', 'restart', 'edit',
			...WAIT].includes(name)), async (verb) => {
			const result = await new Cli(world, argv(verb, 't5000'))
				.end(20000);

			checkWords(verb.name, result);
			assert.ok(result.code <= 125, verb.name);
		});
		assert.equal((await ok(world, 'ls', '-a', '--plain')).split('\n').length,
			(await ok(world, 'ls', '-a', '-j')).match(/"uuid"/g).length);
		assert.match(await ok(world, 'stats', '-a'), /1000\d/);
		assert.match(await ok(world, 'rm', '-l', 'l99*'),
			/^removed 111 tasks, /);
	});

	test('with a daemon of before', { skip: earlier().skip }, async (t) => {
		const world = startWorld(t);
		const before = path.join(earlier().folder, 'ccproc');

		delete world.env.CCPROC_LIBEXEC;
		await ccproc(world, ['restart'], { program: before });
		await ok(world, 'run', 'echo', 'x');
		await ok(world, 'start', '-l', 'long', 'sleep', '600');
		await each(VERBS.filter(({ name }) => !['rm', 'restart', 'edit',
			'daemon', 'stop'].includes(name)), async (verb) => {
			const result = await ended(world, argv(verb, 't1'));

			checkWords(verb.name, result);
			assert.ok(result.code !== 125 || /^ccproc: /.test(result.err),
				`${verb.name}: ${result.err}`);
		});
	});
});

test('a label cannot be another task\'s id', async (t) => {
	const world = await populated(t);

	for (const label of ['t1', '7', 'g3']) {
		const { code, err } = await ccproc(world, ['start', '-l', label, 'true']);

		assert.equal(code, 125);
		assert.match(err, /^ccproc: --label: .* looks like an id/);
	}
});
