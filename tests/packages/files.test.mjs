// What packages are, before anybody installs them: made the same twice, of one
// version and name, and one sentence where they cannot serve.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { find, version } from './lib/ways.mjs';

const PACKAGES = process.env.CCPROC_PACKAGES;
const TOP = fileURLToPath(new URL('../../', import.meta.url));
const json = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

/** A folder that goes with the test. */
function scratch(t) {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-files-'));

	t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** Runs a program to its end: { code, out, err }. */
function run(program, args, env = {}) {
	const { status, stdout, stderr } = spawnSync(program, args,
		{ encoding: 'utf8', input: '', env: { ...process.env, ...env } });

	return { code: status, out: stdout, err: stderr };
}

/** The two packages of npm as they lie in node_modules. */
function node_modules(t, ...names) {
	const folder = scratch(t);

	for (const name of names) {
		const to = path.join(folder, 'node_modules', name);

		fs.mkdirSync(to, { recursive: true });
		execFileSync('tar', ['-xzf', find(path.join(PACKAGES, 'npm'),
			new RegExp(`^${name}-\\d`)), '-C', to, '--strip-components=1']);
	}
	return path.join(folder, 'node_modules/ccproc/ccproc.js');
}

const NATIVE = `ccproc-linux-${process.arch}`;

test('the same archives give the same bytes', (t) => {
	const folder = scratch(t);
	const sums = (of) => execFileSync('sh', ['-c',
		'find . -type f ! -name "*.log" ! -name SHA256SUMS | sort | ' +
		'xargs sha256sum'], { cwd: of, encoding: 'utf8' });

	execFileSync('sh', ['-c', `cp '${PACKAGES}'/ccproc-*-linux-* '${folder}'`]);
	execFileSync(path.join(TOP, 'release/packages'), [folder]);
	assert.equal(sums(folder), sums(PACKAGES));
	execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'],
		{ cwd: PACKAGES });
});

test('one name, one version, everywhere', () => {
	const server = json(path.join(TOP, 'server.json'));
	const main = JSON.parse(execFileSync('tar', ['-xzOf',
		find(path.join(PACKAGES, 'npm'), /^ccproc-\d/),
		'package/package.json']));
	const wheel = find(path.join(PACKAGES, 'pypi'), /manylinux/);
	const metadata = execFileSync('python3', ['-c', 'import sys, zipfile\n' +
		'print(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]).decode())',
	wheel, `ccproc-${version}.dist-info/METADATA`], { encoding: 'utf8' });

	assert.match(server.name, /^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
	assert.ok(server.description.length <= 100);
	assert.deepEqual([server, ...server.packages, main,
		json(path.join(TOP, 'plugin/.claude-plugin/plugin.json'))]
		.map((one) => one.version), Array(5).fill(version));
	assert.ok(Object.values(main.optionalDependencies)
		.every((one) => one === version));
	assert.match(fs.readFileSync(path.join(TOP, 'debian/changelog'), 'utf8'),
		new RegExp(`^ccproc \\(${version}\\)`));
	assert.equal(main.mcpName, server.name);
	assert.match(metadata, new RegExp(`^mcp-name: ${server.name}$`, 'm'));
	assert.equal(main.scripts, undefined); // nothing runs at its installation
});

describe('the command of npm', () => {
	const node = process.execPath;

	test('passes on words, output and exit code', (t) => {
		const js = node_modules(t, 'ccproc', NATIVE);

		assert.equal(run(node, [js, '--version']).out, `ccproc ${version}\n`);
		assert.equal(run(node, [js, 'nonsense']).code, 2);
		// a node that cannot become another program, and one that can
		for (const first of ['process.execve = undefined', ''])
			assert.equal(run(node, ['-e', `${first};
				process.argv.splice(1, 0, '${js}');
				require('${js}')`, 'completion', 'nonsense']).code, 2);
	});

	test('is a server for who takes it from the registry', (t) => {
		const home = scratch(t);
		const [{ packageArguments }] = json(path.join(TOP, 'server.json'))
			.packages;
		const js = node_modules(t, 'ccproc', NATIVE);
		const env = { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: home };
		const { stdout } = spawnSync(node, [js,
			...packageArguments.map(({ value }) => value)], { encoding: 'utf8',
			env, input: `${JSON.stringify({ jsonrpc: '2.0', id: 1,
				method: 'initialize', params: { capabilities: {},
					protocolVersion: '2025-06-18',
					clientInfo: { name: 'test', version: '1' } } })}\n` });

		// before its folder goes
		spawnSync(node, [js, 'daemon', 'stop'], { env });
		assert.equal(JSON.parse(stdout).result.serverInfo.name, 'ccproc');
	});

	test('one sentence where there are no programs', (t) => {
		const js = node_modules(t, 'ccproc');
		const said = (what) => {
			const { code, err } = run(node, ['-e', `
				for (const [key, value] of Object.entries(${what}))
					Object.defineProperty(process, key, { value });
				require('${js}')`]);

			assert.equal(code, 1);
			assert.equal(err.trim().split('\n').length, 1);
			return err;
		};

		assert.match(said('{ platform: "darwin" }'),
			/^ccproc is for Linux, and this is darwin$/m);
		assert.match(said('{ arch: "ia32" }'), /no programs for ia32/);
		assert.match(said('{}'), new RegExp(`${NATIVE} is not there`));
	});
});

describe('the wheel for others', () => {
	for (const [system, sentence] of [
		['Darwin', /^ccproc is for Linux, and this is Darwin$/m],
		['Linux', /^ccproc: there are no programs for \S+: build them/m]])
		test(`one sentence on ${system}`, () => {
			const { code, err } = run('python3', ['-c', `
import platform, runpy
platform.system = lambda: '${system}'
runpy.run_path('${TOP}release/pypi/elsewhere')`]);

			assert.equal(code, 1);
			assert.match(err, sentence);
		});
});

describe('the launchers of the plugin', () => {
	const bin = path.join(TOP, 'plugin/bin');

	/** A world in which uname says that, and what ccproc says there. */
	function launch(t, system, env = {}) {
		const folder = scratch(t);

		fs.writeFileSync(path.join(folder, 'uname'), '#!/bin/sh\n' +
			`[ "$1" = -m ] && echo x86_64 || echo ${system}\n`, { mode: 0o755 });
		return run(path.join(bin, 'ccproc'), ['--version'],
			{ HOME: folder, PATH: `${bin}:${folder}:/usr/bin:/bin`, ...env });
	}

	test('are one script', () => {
		assert.equal(fs.readFileSync(path.join(bin, 'ccproc'), 'utf8'),
			fs.readFileSync(path.join(bin, 'ccproc-bridge'), 'utf8'));
	});

	test('one sentence where there are no programs, no circle', (t) => {
		const { code, err } = launch(t, 'Linux');

		assert.equal(code, 127);
		assert.match(err, /^this plugin has no programs, .*npx ccproc install.*\n$/);
		assert.match(launch(t, 'Darwin').err,
			/^ccproc is for Linux, and this is Darwin\n$/);
	});

	test('become what is installed', (t) => {
		const home = scratch(t);

		for (const folder of ['.local/bin', 'elsewhere']) {
			const to = path.join(home, folder);

			fs.mkdirSync(to, { recursive: true });
			fs.copyFileSync(path.join(PACKAGES, 'plugin/plugin',
				`linux-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`,
				'bin/ccproc'), path.join(to, 'ccproc'));
			assert.equal(launch(t, 'Linux', { HOME: home,
				PATH: `${bin}:${to}:/usr/bin:/bin` }).out,
			`ccproc ${version}\n`);
			fs.rmSync(to, { recursive: true });
		}
	});
});
