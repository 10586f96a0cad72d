// Each way by which ccproc comes to somebody, on fresh roots, from its local
// file: to the result of a task that the real claude has asked for; brought up
// to date while fifty tasks run; taken away, and nothing but tasks is left.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { plan } from '../system/lib/fake-api.mjs';
import { toolResults } from '../system/lib/claude.mjs';
import { claude, isMade, Machine, waitFor } from './lib/machine.mjs';
import { find, makeNext, makeNextDeb, WAYS } from './lib/ways.mjs';

const PACKAGES = process.env.CCPROC_PACKAGES;
const TOP = fileURLToPath(new URL('../../', import.meta.url));
const TASKS = 50;
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-packages-'));
const now = { folder: PACKAGES, deb: {} };
const next = { folder: work, deb: {} };

before(() => makeNext(work));
after(() => fs.rmSync(work, { recursive: true, force: true }));

/** Runs claude -p; what its model's calls came to. */
async function ask(machine, way, ...steps) {
	await machine.run(`claude -p --allowedTools=${way.tool.slice(0, -2)}`,
		{ input: plan(...steps) });
	return toolResults(machine.api);
}

const call = (way, name, input) => ({ calls: [{ name: way.tool + name, input }] });

/** Process ids of all tasks' programs, as the machine counts them. */
const sleepers = async (machine) => (await machine.run(
	'for process in /proc/[0-9]*; do ' +
	'[ "$(tr "\\0" " " <$process/cmdline 2>/dev/null)" != "sleep 3600 " ] || ' +
	'echo $process; done', { root: true })).trim().split('\n');

describe('debian', { skip: !isMade('bookworm', 'build') && 'no roots' }, () => {
	for (const name of ['bookworm', 'trixie'])
		test(`dpkg-buildpackage, lintian, on ${name}`, async (t) => {
			const machine = await Machine.start(t, name, { layers: ['build'] });
			const source = path.join(work, `source-${name}.tar`);

			execFileSync('sh', ['-c', 'git ls-files -co --exclude-standard | ' +
				`tar -c -T - -f '${source}'`], { cwd: TOP });
			await machine.run('mkdir /build && cd /build && ' +
				'mkdir ccproc && tar -x -C ccproc && cd ccproc && ' +
				'dpkg-buildpackage -us -uc >../log 2>&1 || ' +
				'{ tail -n 40 ../log; false; }',
			{ root: true, cwd: '/', input: fs.readFileSync(source) });
			const said = await machine.run('lintian --allow-root ' +
				'--fail-on error,warning /build/*.changes',
			{ root: true, cwd: '/' });

			assert.doesNotMatch(said, /^[EW]: /m);
			now.deb[name] = path.join(work, `ccproc-${name}.deb`);
			fs.copyFileSync(find(path.join(machine.dir, 'upper/build'),
				/^ccproc_.*\.deb$/), now.deb[name]);
			next.deb[name] = makeNextDeb(now.deb[name],
				fs.mkdtempSync(path.join(work, 'deb-')));
		});

	for (const name of ['bookworm', 'trixie'])
		test(`autopkgtest's talk on ${name}`, async (t) => {
			const machine = await Machine.start(t, name);

			machine.name = name;
			await WAYS.deb.install(machine, now);
			assert.match(await machine.run('sh -s', { input: fs.readFileSync(
				path.join(TOP, 'debian/tests/talk')) }), /ok$/m);
			assert.match((await machine.try('ccproc install')).output,
				/nothing to install from here.*apt/);
		});
});

for (const [name, way] of Object.entries(WAYS))
	for (const root of ['bookworm', 'trixie', 'busybox']) {
		const skip = !claude ? 'no claude' : !isMade(root) ? 'no such root' :
			!way.roots.includes(root) &&
			(name === 'deb' ? 'it has no apt' : 'it has no Python');

		test(`from its file to its removal, with an update: ${name} on ${root}`,
			{ skip }, (t) => journey(t, name, way, root));
	}

async function journey(t, name, way, root) {
	const machine = await Machine.start(t, root, way);

	machine.name = root;
	machine.command = 'ccproc';
	const ccproc = (words) => machine.run(`${machine.command} ${words}`);
	const fresh = await machine.files();
	const began = Date.now();

	// it comes, and one task is run by a call of the real client
	await way.install(machine, now);
	const installed = (Date.now() - began) / 1000;

	assert.match(await machine.run('claude mcp list'), way.listed);
	const [result] = await ask(machine, way,
		call(way, 'run_task', { command: 'echo $((6 * 7)); exit 3' }),
		{ text: 'bye' });
	const took = (Date.now() - began) / 1000;

	assert.match(result, /^t1 failed: exit code 3\b[^]*\n42$/m);
	t.diagnostic(`${name} on ${root}: installed in ${installed.toFixed(1)} s, ` +
		`a task's result after ${took.toFixed(1)} s, ` +
		`${(await machine.added(fresh) / 1e6).toFixed(1)} MB`);

	// an update, which fifty tasks do not notice
	await machine.run('mkdir -p ~/.config/ccproc && echo ' +
		`'{"commands": {"max_running": ${TASKS + 10}}}' ` +
		'>~/.config/ccproc/config.json');
	await ccproc('daemon restart');
	await machine.run('for n in $(seq 50); do ' +
		`${machine.command} start sleep 3600; done`);
	const before = await sleepers(machine);

	assert.equal(before.length, TASKS);
	await way.install(machine, next);
	assert.deepEqual(await sleepers(machine), before);
	const { program } = JSON.parse(await ccproc('daemon status -j'));

	assert.match(await machine.run(
		`cat '${path.dirname(program.replace(/ \(deleted\)$/, ''))}/../libexec/ccproc/leave.sh'`),
	/^# the next one$/m); // it is the other release that serves
	assert.equal((await ccproc('ls --running --plain')).trim().split('\n').length,
		TASKS);
	assert.match(await machine.run('claude mcp list'), way.listed);
	assert.match((await ask(machine, way, call(way, 'check_tasks',
		{ ids: ['t2'] }), { text: 'bye' }))[0], /^t2 running/);
	assert.equal(await ccproc('run echo hello'), 'hello\n');
	await ccproc('stop --now --all');
	await waitFor(async () => (await sleepers(machine)).length <= 1,
		{ what: 'the end of fifty tasks' });

	// it goes, and leaves the tasks
	await way.remove(machine);
	const left = [...await machine.files()].filter((file) => !fresh.has(file) &&
		// folders that many programs share
		!/^\/home\/ada\/\.(local|config|local\/(state|share|bin))$/
			.test(file));

	assert.ok(left.some((file) => /\.local\/state\/ccproc\/tasks\/.*stdout$/
		.test(file)));
	assert.deepEqual(left.filter((file) =>
		!file.startsWith('/home/ada/.local/state/ccproc')), []);
	assert.doesNotMatch(await machine.run('claude mcp list'), /ccproc/);
}
