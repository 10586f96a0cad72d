// What a task is given by `run` and `start`: what it reads, and all that a
// model can ask for.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc, Cli, json, noTerminal, ok, onTerminal,
	startAgents } from './lib/cli.mjs';
import { buildDir, kill, startWorld } from './lib/harness.mjs';
import { connect } from './lib/session.mjs';

const ALL = { concurrency: 4 };
const PROGRAM = path.join(buildDir(), 'ccproc');
const BYTES = Buffer.from(Array.from({ length: 70001 },
	(_, i) => i * 7 % 256));

const spec = (world, id) => JSON.parse(fs.readFileSync(
	path.join(world.taskDir(id), 'spec.json'), 'utf8'));

/** Runs a line of the shell in the world; $0 is ccproc. */
const shell = (world, line) => spawnSync('sh', ['-c', line, PROGRAM],
	{ cwd: world.work, env: world.env, stdio: ['ignore', 'pipe', 'pipe'],
		encoding: 'utf8' });

describe('a command reads', ALL, () => {
	test('what is piped in, byte by byte', async (t) => {
		const world = startWorld(t);
		const large = Buffer.alloc(4 << 20, BYTES);

		assert.deepEqual((await ccproc(world, ['run', 'cat'],
			{ input: BYTES })).bytes, BYTES);
		assert.deepEqual((await ccproc(world, ['run', 'cat'],
			{ input: large })).bytes, large);
		fs.writeFileSync(path.join(world.work, 'file'), BYTES);
		assert.equal(shell(world, '"$0" run wc -c <file').stdout, '70001\n');
		assert.equal(shell(world, 'cat file file | "$0" run wc -c').stdout,
			'140002\n');
		assert.equal(await ok(world, 'run', '-i', 'file', 'wc', '-c'), '70001');
		assert.equal((await ccproc(world, ['run', '-i', '-', 'wc', '-c'],
			{ input: BYTES })).out, '70001\n');
		// the second one begins where the first has left off: at the end
		assert.equal(shell(world, '{ "$0" run wc -c; "$0" run wc -c; } <file')
			.stdout, '70001\n0\n');
	});

	test('nothing, where there is nothing', async (t) => {
		const world = startWorld(t);

		for (const how of ['</dev/null', '<&-', '</dev/zero', '</dev/full',
			': |']) {
			const run = shell(world, how === ': |' ? ': | "$0" run wc -c' :
				`"$0" run wc -c ${how}`);

			assert.deepEqual([run.stdout, run.stderr, run.status],
				['0\n', '', 0], how);
		}
		// as of ssh, and of a program that has not thought of it
		const open = await new Cli(world, ['run', 'wc', '-c'],
			{ stdin: 'pipe' }).end();

		assert.equal(open.out, '0\n');
		assert.match(open.err, /stdin is open, but nothing came/);
	});

	test('nothing that is meant for a loop around start', async (t) => {
		const world = startWorld(t);
		const { stdout, stderr } = shell(world, 'printf "a\\nb\\nc\\n" | ' +
			'while read -r x; do "$0" start wc -c; done');

		assert.equal(stdout, 't1\nt2\nt3\n');
		assert.match(stderr, /^(ccproc: what is piped in is not read .*\n){2}$/);
		await ok(world, 'wait', 't1');
		assert.equal(await ok(world, 'logs', 't1'), '0');
	});

	test('a pipe to its end, however long that takes', async (t) => {
		const world = startWorld(t);
		const gate = path.join(world.work, 'gate');
		const run = new Cli(world, ['-c', `mkfifo ${gate}; ` +
			`cat ${gate} | exec "$0" run cat`, PROGRAM], { program: 'sh' });

		await run.says(/reading stdin to its end/);
		fs.writeFileSync(gate, 'late\n');
		assert.equal((await run.end()).out, 'late\n');
	});

	test('a terminal never', { skip: noTerminal }, async (t) => {
		const world = startWorld(t);

		assert.match((await onTerminal(world, ['run', 'wc', '-c']).end()).out,
			/^(t1 [^\n]*\n)?0\r?\n$/);
		assert.match((await onTerminal(world, ['run', '-i', '-', 'cat']).end())
			.out, /stdin is a terminal, which is not read/);
	});

	test('no more than fits, and is told what to do', async (t) => {
		const world = startWorld(t);
		const more = await ccproc(world, ['run', 'cat'],
			{ input: Buffer.alloc((4 << 20) + 1) });

		assert.equal(more.code, 125);
		assert.match(more.err,
			/stdin has more than 4194304 bytes.* put it into a file/);
		assert.match((await ccproc(world, ['start', '-i', 'no/such', 'cat']))
			.err, /cannot open no\/such: No such file/);
		assert.match((await ccproc(world, ['start', '-i', '.', 'cat'])).err,
			/cannot read \.: Is a directory/);
		assert.deepEqual(await json(world, 'ls', '-aj'), []);
	});

	test('it also when it has waited and its daemon was killed', async (t) => {
		const world = startWorld(t,
			{ config: { commands: { max_running: 1 } } });
		const first = await ok(world, 'start', 'sleep', '60');

		await ccproc(world, ['start', '-i', '-', 'cat'], { input: BYTES });
		kill(world.daemon(), 'SIGKILL');
		await ok(world, 'stop', '-n', first);
		await ok(world, 'wait', 't2');
		assert.deepEqual((await ccproc(world, ['logs', 't2'])).bytes, BYTES);
	});

	test('the same for the same key, and something else for none', async (t) => {
		const world = startWorld(t);
		const run = (input) => ccproc(world, ['run', '-k', 'key', 'cat'],
			{ input });

		assert.equal((await run('one')).out, 'one');
		assert.equal((await run('one')).out, 'one');
		assert.match((await run('two')).err, /key "key" is t1's/);
		assert.match((await run('')).err, /key "key" is t1's/);
		assert.equal((await json(world, 'ls', '-aj')).length, 1);
	});

	test('it, or is lost, after a reboot that has cut it', async (t) => {
		const { world, bridge } = await connect(t,
			{ config: { commands: { max_running: 1 } } });

		await bridge.tool('run_task', { command: 'sleep 60', wait_s: 0 });
		for (let i = 0; i < 2; i++)
			await ccproc(world, ['start', '-i', '-', 'cat'], { input: BYTES });
		await bridge.close();
		kill(world.daemon(), 'SIGKILL');
		for (const id of ['t2', 't3']) {
			const file = path.join(world.taskDir(id), 'spec.json');

			fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(
				/"boot":"[^"]*"/, '"boot":"7777777-7777-7777-7777-777777777777"'));
		}
		fs.writeFileSync(path.join(world.taskDir('t3'), 'prompt'),
			Buffer.alloc(BYTES.length));
		await ok(world, 'stop', '-n', 't1');
		assert.equal((await ccproc(world, ['wait', 't2'])).code, 0);
		assert.deepEqual((await ccproc(world, ['logs', 't2'])).bytes, BYTES);
		const lost = await ccproc(world, ['wait', 't3']);

		assert.notEqual(lost.code, 0);
		assert.match(lost.out, /^t3 lost/);
	});
});

describe('an agent is prompted', ALL, () => {
	test('with the words, and with what is piped in', async (t) => {
		const world = startAgents(t);
		const words = ['run', '-a', 'RUN', 'cat >/dev/null; echo \'{"type":' +
			'"result","subtype":"success","is_error":false,"num_turns":1,' +
			'"result":"ok"}\''];

		await ccproc(world, words, { input: 'echo >&2 more' });
		assert.match(fs.readFileSync(path.join(world.taskDir('t1'), 'prompt'),
			'utf8'), /^RUN cat .*'\necho >&2 more$/s);
		await ccproc(world, words);
		assert.match(fs.readFileSync(path.join(world.taskDir('t2'), 'prompt'),
			'utf8'), /^RUN cat .*'$/);
		assert.match((await ccproc(world, words, { input: BYTES })).err,
			/the prompt on stdin is no UTF-8 text/);
		assert.match((await ccproc(world, ['run', '-a', '-i', 'f', 'do'])).err,
			/--input is for commands/);
	});
});

describe('start', ALL, () => {
	test('starts several lines as a group', async (t) => {
		const world = startWorld(t);
		const out = await ok(world, 'start', '-g', 'nightly', '--parallel', '1',
			'--group-budget', '2.5', '-e', 'A=1', '-c', 'echo one $A',
			'-c', 'echo two $A');

		assert.equal(out, 't1\nt2');
		await ok(world, 'wait', 'nightly');
		assert.equal(world.output('t2'), 'two 1\n');
		const { group, group_name, max_parallel, max_budget_usd } =
			spec(world, 't2');

		assert.deepEqual({ group, group_name, max_parallel, max_budget_usd },
			{ group: 'g1', group_name: 'nightly', max_parallel: 1,
				max_budget_usd: 2.5 });
		assert.equal((await json(world, 'start', '-j', '-c', 'true',
			'-c', 'false')).length, 2);
		assert.equal(await ok(world, 'run', '-g', 'alone', 'echo', 'three'),
			'three');
		for (const [args, why] of [
			[['run', '-c', 'true', '-c', 'true'], /several -c are a group/],
			[['start', '-c', 'true', '-c', 'true', '-l', 'x'],
				/--label and --key are for one task, got 2 -c/],
			[['start', '--parallel', '2', 'true'], /are for a group; add --group/],
			[['start', '-g', 't1', 'true'], /group: "t1" looks like an id/],
			[['start', '--group-budget', 'x', '-g', 'g', 'true'],
				/"x" is no number of US dollars/],
		])
			assert.match((await ccproc(world, args)).err, why);
	});

	test('starts one after others', async (t) => {
		const world = startWorld(t);
		const gate = path.join(world.work, 'gate');

		await ok(world, 'start', '-l', 'first',
			`until [ -e ${gate} ]; do sleep 0.05; done; echo 1 >>log`);
		await ok(world, 'start', '--after', 'first', 'echo 2 >>log');
		fs.writeFileSync(gate, '');
		await ok(world, 'wait', 't1', 't2');
		assert.equal(fs.readFileSync(path.join(world.work, 'log'), 'utf8'),
			'1\n2\n');
		assert.deepEqual(spec(world, 't2').after, ['t1']);
		assert.match((await ccproc(world, ['start', '--after', 'no', 'true']))
			.err, /no/);
	});

	test('passes on what an agent may and shall do', async (t) => {
		const world = startAgents(t);
		const schema = { type: 'object' };

		fs.writeFileSync(path.join(world.work, 'schema'),
			JSON.stringify(schema));
		await ok(world, 'start', '-a', '--max-turns', '7', '--budget', '0.5',
			'--effort', 'low', '--json-schema', 'schema',
			'--append-system-prompt', 'Be short.', '--use-agent', 'reviewer',
			'--disallow', 'Bash(rm:*)', '--add-dir', '.', 'REPLAY', 'x');
		assert.deepEqual(spec(world, 't1').options, { json_schema: schema,
			max_turns: 7, max_budget_usd: 0.5, effort: 'low',
			append_system_prompt: 'Be short.', agent: 'reviewer',
			disallowed_tools: ['Bash(rm:*)'], add_dirs: [world.work] });
		await ok(world, 'start', '-a', '--json-schema', '{"type":"array"}',
			'REPLAY', 'x');
		assert.deepEqual(spec(world, 't2').options.json_schema,
			{ type: 'array' });
		fs.writeFileSync(path.join(world.work, 'schema'), '{');
		assert.match((await ccproc(world, ['start', '-a', '--json-schema',
			'schema', 'x'])).err, /^ccproc: --json-schema: /);
	});
});

/** The option for what a tool takes, where it is not the same name. */
const OTHER_NAMES = { prompt: 'agent', allowed_tools: 'allow',
	disallowed_tools: 'disallow', add_dirs: 'add-dir', agent: 'use-agent',
	max_budget_usd: 'budget', 'group.max_parallel': 'parallel' };

/** What a tool takes and the command has no option for, and why. */
const WITHOUT = {
	tasks: 'each -c is one',
	options: 'each of them has an option of its own',
	limits: 'the same',
	notify: 'whoever wants to know calls wait or logs -f',
	wait_s: 'run waits, start does not',
};

test('the command takes all that a model can ask for', async (t) => {
	const { world, bridge } = await connect(t);
	const { tools } = await bridge.request('tools/list');
	const properties = (name) =>
		tools.find((tool) => tool.name === name).inputSchema.properties;
	const one = properties('run_task');
	const group = Object.keys(properties('start_tasks'))
		.map((name) => `group.${name}`);
	const names = [...Object.keys(one),
		...one.options.description.split('. ')[0].split(', '), ...group];
	const help = await ok(world, 'start', '--help');

	assert.ok(names.length > 20, names.join());
	for (const full of names) {
		const name = full.replace('group.', '');
		const option = OTHER_NAMES[full] ?? OTHER_NAMES[name] ??
			name.replace(/_s$/, '').replaceAll('_', '-');

		if (!(name in WITHOUT))
			assert.match(help, new RegExp(` --${option}\\b`),
				`an option for ${full}, or a reason in WITHOUT`);
	}
	for (const name of Object.keys(WITHOUT))
		assert.ok(names.some((full) => full.endsWith(name)),
			`${name} is an argument still`);
	assert.ok(Buffer.byteLength(JSON.stringify(tools)) < 6000);
});
