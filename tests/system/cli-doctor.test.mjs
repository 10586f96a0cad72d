// What `ccproc doctor` finds, and what `ccproc mcp` does with the real clients.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc, ok } from './lib/cli.mjs';
import { claude, runClaude, startClaude } from './lib/claude.mjs';
import { buildDir, startWorld } from './lib/harness.mjs';
import { findPrograms } from './lib/node-modules.mjs';

const ALL = { concurrency: 3 };
const BRIDGE = path.join(buildDir(), 'ccproc-bridge');
const others = findPrograms('codex', 'gemini');

/** A world without a claude, and what doctor says there, by names. */
function start(t, options) {
	const world = startWorld(t, { env: { PATH: '/usr/bin:/bin' }, ...options });

	return { world, async doctor(env) {
		const { code, out, err } = await ccproc(world, ['doctor', '-j'],
			{ env });
		const { ok: good, checks } = JSON.parse(out);

		assert.equal(code, good ? 0 : 1, err);
		return { code, ...Object.fromEntries(checks.map((check) =>
			[check.name, check])) };
	} };
}

const write = (file, value) => {
	fs.mkdirSync(path.dirname(file), { recursive: true });
	fs.writeFileSync(file, typeof value === 'string' ? value :
		JSON.stringify(value));
};

describe('doctor', ALL, () => {
	test('starts nothing, and has a line for each check', async (t) => {
		const { world } = start(t);
		const { code, out } = await ccproc(world, ['doctor']);

		assert.equal(code, 0, out);
		for (const line of out.trimEnd().split('\n'))
			assert.match(line, /^(ok  |note)  [A-Za-z ]{12} \S.*$/);
		assert.match(out, /^ok {4}daemon +none runs; the next /m);
		assert.match(out, /^note {2}claude +not in PATH, .* -> install /m);
		assert.match(out, /^note {2}PATH +ccproc is not in PATH -> add it: /m);
		assert.equal(world.daemon(), undefined);
	});

	test('tells of the daemon that runs', async (t) => {
		const { world, doctor } = start(t);

		await ok(world, 'ls');
		const found = await doctor();

		assert.equal(found.code, 0);
		assert.equal(found.daemon.seen,
			`pid ${world.daemon()} runs ${buildDir()}/ccprocd`);
		assert.match(found.state.seen, /, \d+ GiB left$/);
		assert.equal(found.sessions.seen, 'none is connected now');
		await world.bridge().modern();
		assert.match((await doctor()).sessions.seen, /^1 connected, 1 with MCP/);
	});

	test('finds what is bad, and says what to do', async (t) => {
		const { world, doctor } = start(t, { config: { no: 1 } });
		const found = await doctor();

		assert.equal(found.code, 1);
		assert.match(found.config.seen, /no: is not known here/);
		assert.match(found.config.mend, /ccproc config edit/);
		fs.rmSync(world.env.CCPROC_CONFIG);
		assert.equal((await doctor()).code, 0);
		world.openState();
		const open = await doctor();

		assert.equal(open.code, 1);
		assert.match(open.state.mend, /chmod 700/);
	});

	test('looks at claude as it is set up here', async (t) => {
		const { world, doctor } = start(t);
		const bin = path.join(world.root, 'bin');
		const env = { PATH: `${bin}:/usr/bin:/bin`, ANTHROPIC_API_KEY: '' };
		const state = path.join(world.home, '.claude.json');

		write(path.join(bin, 'claude'), '#!/bin/sh\nexit 1\n');
		fs.chmodSync(path.join(bin, 'claude'), 0o755);
		let found = await doctor(env);

		assert.deepEqual([found.login.state, found.trust.state,
			found.server.state, found['allow rules'].state, found.code],
		['note', 'note', 'bad', 'note', 1]);
		assert.equal(found.server.mend, 'ccproc mcp add');
		write(state, { projects: { [world.work]: {
			hasTrustDialogAccepted: true, mcpServers: { ccproc: {
				command: '/gone/ccproc-bridge' } } } } });
		write(path.join(world.home, '.claude/.credentials.json'), 'secret');
		found = await doctor(env);
		assert.deepEqual([found.login.state, found.trust.state,
			found.server.seen], ['ok', 'ok',
			'claude is told to run /gone/ccproc-bridge, which is not there']);
		write(state, { mcpServers: { ccproc: { command: BRIDGE } } });
		write(path.join(world.home, '.claude/settings.json'),
			{ permissions: { allow: ['mcp__ccproc'] } });
		found = await doctor(env);
		assert.equal(found.server.seen, `${BRIDGE} (user)`);
		assert.equal(found['allow rules'].state, 'ok');
		assert.equal(found.code, 0);
		// a repository brings one that is called the same, or a pipe
		const shared = path.join(world.work, '.mcp.json');
		const other = path.join(bin, 'ccproc-bridge');

		fs.copyFileSync(BRIDGE, other);
		write(shared, { mcpServers: { ccproc: { command: other } } });
		assert.equal((await doctor(env)).server.seen, `claude runs ${other} ` +
			'(project), which is not the ccproc-bridge of this ccproc');
		fs.rmSync(shared);
		execFileSync('mkfifo', [shared]);
		assert.equal((await doctor(env)).server.state, 'ok');
	});
});

describe('mcp, of claude', { ...ALL, skip: !claude && 'no claude' }, () => {
	const begin = async (t) => {
		const { world } = await startClaude(t);

		world.env.PATH = `${path.dirname(claude)}:${process.env.PATH}`;
		return world;
	};
	const settings = (world) => path.join(world.home, '.claude/settings.json');
	const isThere = path.basename(claude ?? '') === 'claude';

	test('adds it and what only reads, and removes both', { skip: !isThere },
		async (t) => {
			const world = await begin(t);
			const mine = { permissions: { allow: ['Bash(ls)'], deny: ['Read'] },
				model: 'opus' };

			write(settings(world), mine);
			assert.equal((await ccproc(world, ['mcp'])).code, 1);
			assert.match(await ok(world, 'mcp', 'add'), /^allowed check_tasks, /m);
			assert.match(await ok(world, 'mcp'), new RegExp(
				`^claude +${BRIDGE} \\(user\\)$`, 'm'));
			assert.match((await runClaude(world, ['mcp', 'get', 'ccproc']))
				.output, /Status: ✔ Connected$/m);
			assert.match(await ok(world, 'mcp', 'add'),
				/^claude knows it already: /);
			assert.deepEqual(JSON.parse(fs.readFileSync(settings(world), 'utf8')),
				{ ...mine, permissions: { ...mine.permissions,
					allow: ['Bash(ls)', ...['check_tasks', 'list_tasks',
						'read_output'].map((tool) => `mcp__ccproc__${tool}`)] } });
			await ok(world, 'mcp', 'remove');
			assert.deepEqual(JSON.parse(fs.readFileSync(settings(world), 'utf8')),
				mine);
			assert.equal((await ccproc(world, ['mcp'])).code, 1);
		});

	test('leaves settings that it cannot read, or is to leave',
		{ skip: !isThere }, async (t) => {
			const world = await begin(t);

			await ok(world, 'mcp', 'add', '--no-allow', '-s', 'local');
			assert.equal(fs.existsSync(settings(world)), false);
			assert.match(await ok(world, 'mcp', 'status', 'claude'), /\(local\)$/);
			await ok(world, 'mcp', 'remove');
			assert.equal((await ccproc(world, ['mcp', 'status', 'claude'])).code,
				1);
			write(settings(world), '{ // mine\n}');
			const add = await ccproc(world, ['mcp', 'add']);

			assert.equal(add.code, 125);
			assert.match(add.err, /is no JSON that can be read; it was left/);
			assert.equal(fs.readFileSync(settings(world), 'utf8'),
				'{ // mine\n}');
		});
});

describe('mcp, of the plugin', ALL, () => {
	/** A world with a claude that has the plugin, if it is enabled. */
	const begin = (t, enabled) => {
		const { world, doctor } = start(t);
		const bin = path.join(world.root, 'bin');

		write(path.join(bin, 'claude'), '#!/bin/sh\nexit 9\n');
		fs.chmodSync(path.join(bin, 'claude'), 0o755);
		world.env.PATH = `${bin}:${world.env.PATH}`;
		write(path.join(world.home, '.claude/settings.json'),
			{ enabledPlugins: { 'other@ccproc': true, 'ccproc@here': enabled } });
		return { world, doctor };
	};

	test('is a server, and none is added', async (t) => {
		const { world, doctor } = begin(t, true);
		const found = await doctor();

		assert.equal(found.code, 0);
		assert.equal(found.server.seen, 'of the plugin ccproc@here');
		assert.equal(found['allow rules'].state, 'ok');
		assert.equal(await ok(world, 'mcp', 'add'),
			'claude knows it already: plugin ccproc@here');
		assert.match(await ok(world, 'mcp'), /^claude +ccproc@here \(plugin\)$/m);
		write(path.join(world.home, '.claude.json'),
			{ mcpServers: { ccproc: { command: BRIDGE } } });
		assert.match((await doctor()).plugin.seen, /each tool twice/);
	});

	test('is none where it is disabled', async (t) => {
		const { world, doctor } = begin(t, false);

		assert.equal((await doctor()).server.state, 'bad');
		assert.equal((await ccproc(world, ['mcp', 'add'])).code, 125);
	});
});

describe('mcp, of others', ALL, () => {
	for (const name of ['codex', 'gemini'])
		test(name, { skip: !others[name] && 'not installed' }, async (t) => {
			const world = startWorld(t, { env: {
				PATH: `${others.bin}:${process.env.PATH}` } });

			fs.mkdirSync(path.join(world.home, '.codex'), { recursive: true });
			await ok(world, 'mcp', 'add', name);
			assert.match(await ok(world, 'mcp', 'status', name),
				new RegExp(`^${name} +${BRIDGE} \\(user\\)$`));
			const file = path.join(world.home, name === 'codex' ?
				'.codex/config.toml' : '.gemini/settings.json');

			assert.match(fs.readFileSync(file, 'utf8'),
				new RegExp(world.env.CCPROC_STATE_DIR));
			await ok(world, 'mcp', 'remove', name);
			assert.equal((await ccproc(world, ['mcp', 'status', name])).out,
				`${name.padEnd(7)} no\n`);
		});
});

test('mcp says what it cannot do', async (t) => {
	const { world } = start(t);

	for (const [args, code, why] of [
		[['add'], 125, /claude is not in PATH, .*install it/],
		[['add', 'emacs'], 2, /expected claude, codex or gemini, got 'emacs'/],
		[['-s', 'all', 'add'], 2, /expected user, project or local/],
		[['put'], 2, /expected one of status, add, remove, serve; got 'put'/],
	]) {
		const said = await ccproc(world, ['mcp', ...args]);

		assert.match(said.err, why);
		assert.equal(said.code, code);
	}
});
