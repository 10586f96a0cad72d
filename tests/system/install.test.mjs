// `ccproc install` and `ccproc uninstall`, from what is laid out as in a
// release; with CCPROC_RELEASES, as by `./check release`, from a real one.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { claude, runClaude, startClaude } from './lib/claude.mjs';
import { ccproc } from './lib/cli.mjs';
import { buildDir, startWorld, waitFor } from './lib/harness.mjs';
import { another, VERSION } from './lib/versions.mjs';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const ALL = { concurrency: 2 };
const RELEASES = process.env.CCPROC_RELEASES;
const SYSTEMD = path.join(TOP, 'tests/system/systemd-user');

/** Lays out a release in the world; its folder. */
function release(world, name) {
	const folder = path.join(world.root, name);

	if (RELEASES) {
		const [from] = RELEASES.split(':');

		fs.mkdirSync(folder);
		execFileSync('tar', ['-xzf', path.join(from, fs.readdirSync(from).find(
			(file) => file.endsWith(`-${os.machine()}.tar.gz`))),
		'--strip-components=1', '-C', folder]);
	} else
		execFileSync(path.join(TOP, 'release/layout'), [buildDir(), folder]);
	return folder;
}

/** Makes it another one, and of another version if that is given. */
function change(folder, version) {
	fs.appendFileSync(path.join(folder, 'libexec/ccproc/leave.sh'), '\n');
	if (version)
		for (const program of ['ccproc', 'ccprocd', 'ccproc-bridge'])
			another(program, path.join(folder, 'bin'), version);
}

/** What the home of the world has of ccproc. */
function place(world) {
	const prefix = path.join(world.home, '.local');
	const ours = path.join(prefix, 'lib/ccproc');

	return { prefix, ours, bin: path.join(prefix, 'bin'),
		ccproc: path.join(prefix, 'bin/ccproc'),
		bridge: path.join(prefix, 'bin/ccproc-bridge'),
		versions: () => fs.readdirSync(ours).filter((name) =>
			/^\d/.test(name)) };
}

/** A world in which nothing is installed, and a release beside it. */
function begin(t, options) {
	const world = startWorld(t, options);

	return ready(world);
}

function ready(world) {
	delete world.env.CCPROC_LIBEXEC;
	world.env.XDG_RUNTIME_DIR ??= world.root;
	world.env.PATH = `${place(world).bin}:${world.env.PATH}`;
	return { world, ...place(world), from: release(world, 'release') };
}

/** Runs the program at a path; what it printed, as it must succeed. */
async function ok(world, program, ...args) {
	const { code, out, err } = await ccproc(world, args, { program });

	assert.equal(code, 0, `${args.join(' ')}: ${err}${out}`);
	return out;
}

const install = (world, from, ...args) =>
	ok(world, path.join(from, 'bin/ccproc'), 'install', ...args);

/** All that is in a folder: names, where links lead, what files have. */
const snapshot = (folder) => Object.fromEntries(
	fs.readdirSync(folder, { recursive: true }).sort().map((name) => {
		const file = path.join(folder, name);
		const stat = fs.lstatSync(file);

		return [name, stat.isSymbolicLink() ? fs.readlinkSync(file) :
			stat.isDirectory() ? 'folder' :
				`${stat.mode & 0o111} ${fs.readFileSync(file, 'base64').length}`];
	}));

/** The program that the daemon of the world runs. */
const served = async (world, program) => JSON.parse(await ok(world, program,
	'daemon', 'status', '-j')).program;

describe('install', ALL, () => {
	test('twice as once; uninstall leaves the tasks', async (t) => {
		const { world, from, prefix, ccproc: own, versions } = begin(t);

		fs.mkdirSync(path.join(prefix, 'bin'), { recursive: true });
		fs.writeFileSync(own, '#!/bin/sh\n'); // whatever was there
		assert.match(await install(world, from),
			/^installed ccproc \S+ in \S+\n[^]*ccproc uninstall/);
		fs.rmSync(from, { recursive: true });
		assert.equal(await ok(world, own, 'run', 'echo', 'hello'), 'hello\n');
		const before = snapshot(prefix);

		assert.match(await ok(world, own, 'install'),
			/^ccproc \S+ is in \S+ already; nothing was changed\n$/);
		assert.deepEqual(snapshot(prefix), before);
		assert.equal(versions().length, 1);
		assert.equal(fs.readFileSync(path.join(world.state, 'program'), 'utf8'),
			`${VERSION} ${prefix}/bin/ccprocd\n`);
		const id = (await ok(world, own, 'start', 'sleep 600')).trim();

		assert.match(await ok(world, own, 'uninstall'), new RegExp(
			`stay in ${world.state}\ntasks that run on: 1\n$`));
		assert.deepEqual(fs.readdirSync(prefix, { recursive: true }).filter(
			(name) => !['bin', 'share'].includes(name)), []);
		assert.deepEqual(world.live(), [id]);
		assert.equal(world.daemon(), undefined);
	});

	test('shells, man and systemd find theirs', async (t) => {
		const { world, from, prefix } = begin(t);
		const run = (command, ...args) => spawnSync(command, args,
			{ env: world.env, encoding: 'utf8' });

		await install(world, from);
		const unit = fs.readFileSync(path.join(prefix,
			'share/systemd/user/ccprocd.service'), 'utf8');

		assert.ok(unit.includes(`\nExecStart="${prefix}/bin/ccprocd"\n`), unit);
		for (const name of ['man1/ccproc.1', 'man5/ccproc-config.5'])
			assert.ok(fs.existsSync(path.join(prefix, 'share/man', name)));
		assert.ok(fs.existsSync(path.join(prefix,
			'share/bash-completion/completions/ccproc')));
		if (!run('fish', '--version').error)
			assert.match(run('fish', '-c', 'complete -C "ccproc unin"').stdout,
				/^uninstall\t/);
		if (!run('zsh', '--version').error)
			assert.equal(run('zsh', '-fc', `fpath=(${prefix}/share/zsh/` +
				'site-functions $fpath); autoload -Uz compinit; compinit -u; ' +
				'echo $_comps[ccproc]').stdout, '_ccproc\n');
	});

	test('an update under fifty tasks and a wait, from a folder that goes away',
		async (t) => {
			const { world, from, ccproc: own, versions, ours } = begin(t,
				{ config: { commands: { max_running: 60 } } });
			const first = path.join(from, 'bin/ccproc');
			const bridge = world.bridge(
				{ program: path.join(from, 'bin/ccproc-bridge') });
			const go = path.join(world.root, 'go');

			await bridge.legacy();
			await bridge.tool('start_tasks', { tasks: Array.from({ length: 50 },
				(_, i) => ({ command: `echo begin ${i}; until [ -e ${go} ]; do ` +
					`sleep 0.2; done; echo end ${i}; exit ${i}` })) });
			const ids = Array.from({ length: 50 }, (_, i) => `t${i + 1}`);

			await waitFor(() => ids.every((id) => world.output(id) !== ''));
			const waits = bridge.tool('check_tasks',
				{ ids, wait_s: 45, until: 'all' });
			assert.equal(await served(world, first),
				path.join(from, 'bin/ccprocd'));
			change(from, '9.8.7');
			assert.match(await install(world, from), /ended ccprocd \S+ \(pid \d+\)\nccprocd 9\.8\.7 .* 50 running/);
			fs.rmSync(from, { recursive: true });
			assert.ok((await served(world, own)).startsWith(`${ours}/9.8.7-`));
			assert.equal(await ok(world, own, 'run', 'echo', 'new'), 'new\n');
			fs.writeFileSync(go, '');
			await waits;
			const { stdout } = await world.run('ccproc', ['wait', ...ids]);

			for (const [i, id] of ids.entries()) {
				assert.equal(world.output(id), `begin ${i}\nend ${i}\n`, stdout);
				assert.equal((await bridge.task(id)).exit_code, i);
			}
			assert.equal(versions().length, 1);
			// one that its session, which lives on, has to start
			process.kill(world.daemon(), 'SIGKILL');
			await bridge.tool('list_tasks');
			assert.ok((await served(world, own)).startsWith(`${ours}/9.8.7-`));
		});

	test('an older version stays while something runs from it', async (t) => {
		const { world, from, ccproc: own, bridge: program, versions } = begin(t);

		await install(world, from);
		const [old] = versions();
		const bridge = world.bridge({ program });

		await bridge.legacy();
		await ok(world, own, 'run', 'true');
		change(from);
		assert.match(await install(world, from),
			new RegExp(`^${old} stays there until nothing runs from it$`, 'm'));
		assert.equal(versions().length, 2);
		process.kill(world.daemon(), 'SIGKILL');
		await bridge.tool('list_tasks');
		assert.notEqual(path.basename(path.dirname(path.dirname(
			await served(world, own)))), old);
		await bridge.close();
		await ok(world, own, 'install');
		assert.deepEqual(versions().includes(old), false);
	});

	test('by a task: the daemon is the new one', async (t) => {
		const { world, from, ours, ccproc: own } = begin(t);

		await install(world, from);
		await ok(world, own, 'run', 'true');
		change(from);
		assert.match(await ok(world, own, 'run', '--',
			path.join(from, 'bin/ccproc'), 'install'), /^installed ccproc /m);
		assert.equal(await served(world, own), path.join(
			fs.readlinkSync(`${ours}/current`), 'bin/ccprocd'));
	});

	test('an older version is started by all', async (t) => {
		const { world, from, prefix, ccproc: own, bridge: program } = begin(t);
		const later = path.join(world.root, 'later');

		fs.cpSync(from, later, { recursive: true });
		change(later, '9.8.7');
		await install(world, later);
		const bridge = world.bridge({ program });

		await bridge.legacy();
		await install(world, from);
		assert.equal(fs.readFileSync(path.join(world.state, 'program'), 'utf8'),
			`${VERSION} ${prefix}/bin/ccprocd\n`);
		process.kill(world.daemon(), 'SIGKILL');
		await bridge.tool('run_task', { command: 'true' });
		assert.match(await ok(world, own, 'daemon', 'status'),
			new RegExp(`^ccprocd ${VERSION} runs`));
	});

	test('where a later version has written is refused, and nothing changes',
		async (t) => {
			const { world, from, prefix, ccproc: own } = begin(t);
			const refused = async () => {
				const { code, err } = await ccproc(world, ['install'],
					{ program: path.join(from, 'bin/ccproc') });

				assert.equal(code, 125);
				assert.match(err, /^ccproc: nothing was changed, for ccproc \S+ is too old: .* has version 99,/);
			};

			fs.writeFileSync(path.join(world.state, 'version'), '99\n');
			await refused();
			assert.equal(fs.existsSync(prefix), false);
			fs.rmSync(path.join(world.state, 'version'));
			await install(world, from);
			await ok(world, own, 'run', 'true');
			const before = snapshot(prefix), daemon = world.daemon();

			change(from);
			fs.writeFileSync(path.join(world.state, 'version'), '99\n');
			await refused();
			assert.deepEqual(snapshot(prefix), before);
			assert.equal(world.daemon(), daemon);
			fs.rmSync(path.join(world.state, 'version'));
		});

	test('killed at any step, the next run does the rest', async (t) => {
		const { world, from, prefix, ours } = begin(t);
		const next = path.join(world.root, 'next');
		const shims = path.join(world.root, 'shims');
		const step = path.join(world.root, 'step');
		const reached = () => Number(fs.readFileSync(step, 'utf8'));
		const env = { STEP: step, PATH: `${shims}:${world.env.PATH}` };

		fs.cpSync(from, next, { recursive: true });
		change(next);
		fs.mkdirSync(shims);
		for (const name of ['mkdir', 'cp', 'chmod', 'mv', 'ln', 'rm', 'sed'])
			fs.writeFileSync(path.join(shims, name), '#!/bin/sh\n' +
				'n=$(($(cat "$STEP") - 1))\necho $n >"$STEP"\n' +
				'[ $n -ne 0 ] || kill -KILL $PPID\n' +
				`exec ${execFileSync('which', [name]).toString().trim()} "$@"\n`,
			{ mode: 0o755 });
		await install(world, from);
		await ok(world, place(world).ccproc, 'run', 'true');
		fs.writeFileSync(step, '1000000');
		assert.equal((await ccproc(world, ['install'], { env,
			program: path.join(next, 'bin/ccproc') })).code, 0);
		const steps = 1000000 - reached(), whole = snapshot(prefix);
		const stride = RELEASES ? 3 : Math.ceil(steps / 8);

		assert.ok(steps > 50, String(steps));
		for (let n = 1 + Math.floor(Math.random() * stride); n <= steps;
			n += stride) {
			await install(world, from);
			fs.writeFileSync(step, String(n));
			await ccproc(world, ['install'], { env,
				program: path.join(next, 'bin/ccproc') });
			await install(world, next);
			assert.deepEqual(snapshot(prefix), whole, `step ${n} of ${steps}`);
			assert.equal(path.dirname(path.dirname(await served(world,
				place(world).ccproc))), fs.readlinkSync(`${ours}/current`),
			`step ${n} of ${steps}`);
		}
	});

	test('units are enabled once, where a systemd of the user runs', (t) => {
		const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-'));
		const from = release({ root }, 'release');

		t.after(() => fs.rmSync(root, { recursive: true }));
		fs.writeFileSync(path.join(root, 'script'), `
			ask() { systemctl --user "$@" ccprocd.socket; }
			PATH=$HOME/.local/bin:$PATH
			cd && cp -r ${from} release && release/bin/ccproc install
			ask is-enabled
			ccproc start -l runs 'sleep 600'
			ccproc daemon status
			echo >>release/libexec/ccproc/leave.sh
			release/bin/ccproc install && rm -r release
			ask disable
			ccproc install
			ask is-enabled
			ask enable
			ccproc uninstall
			find . -name 'ccproc*' ! -path './.local/state/*'
			pidof sleep >/dev/null && echo the task runs\n`);
		spawnSync('chmod', ['-R', 'a+rX', root]);
		const { status, stdout, stderr } = spawnSync(SYSTEMD,
			['/bin/sh', path.join(root, 'script')], { encoding: 'utf8' });

		if (status === 77) {
			t.skip(stderr.trim());
			return;
		}
		assert.match(stdout, new RegExp(['^installed ccproc .*',
			'enabled ccprocd.socket of your systemd', '[^]*\nenabled', 't1',
			'ccprocd .* runs as pid \\d+, a service of systemd', '[^]*',
			'ccprocd .* serves; 1 running, 0 queued; a service of systemd',
			'[^]* nothing was changed', 'disabled', 'ccproc is gone from .*',
			'tasks that run on: 1', 'the task runs', '$'].join('\n')), stderr);
	});

	test('where a package has put it, it says what to do', async (t) => {
		const world = startWorld(t);

		for (const verb of ['install', 'uninstall']) {
			const { code, err } = await ccproc(world, [verb]);

			assert.equal(code, 125);
			assert.match(err, new RegExp(`^ccproc: there is nothing to ${verb} from here: .*\\n$`));
		}
	});

	test('claude knows it afterwards, and no more after uninstall',
		{ skip: path.basename(claude ?? '') !== 'claude' && 'no claude' },
		async (t) => {
			const { world: home } = await startClaude(t);
			const { world, from, ccproc: own, bridge } = ready(home);
			const settings = path.join(world.home, '.claude/settings.json');

			world.env.PATH = `${path.dirname(claude)}:${world.env.PATH}`;
			assert.match(await install(world, from), /^allowed check_tasks, /m);
			assert.ok((await runClaude(world, ['mcp', 'list'])).output
				.includes(`ccproc: ${bridge}  - ✔ Connected`));
			assert.match(fs.readFileSync(settings, 'utf8'),
				/mcp__ccproc__read_output/);
			assert.match(await ok(world, own, 'install'), /nothing was changed\n$/);
			await ok(world, own, 'uninstall');
			assert.doesNotMatch(fs.readFileSync(settings, 'utf8'), /ccproc/);
			assert.doesNotMatch((await runClaude(world, ['mcp', 'list'])).output,
				/ccproc/);
		});
});
