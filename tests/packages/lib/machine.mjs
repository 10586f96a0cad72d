// A fresh machine for a test: a root of its own, made by ./enter of what ./root
// has prepared, in which a person, ada, installs ccproc and runs claude.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { startFakeApi } from '../../system/lib/fake-api.mjs';
import { findClaude } from '../../system/lib/node-modules.mjs';
import { patient, waitFor, within } from '../../system/lib/patience.mjs';

const ENTER = fileURLToPath(new URL('../enter', import.meta.url));
const ROOTS = process.env.CCPROC_ROOTS; // by ./root, a folder for each name

/** The program of claude, or undefined. */
export const claude = findClaude();

/** Whether ./root has made it, and that layer of it. */
export const isMade = (name, layer = 'base') =>
	fs.existsSync(path.join(ROOTS, name, layer));

const HOME = '/home/ada';
const PATH = `${HOME}/.local/bin:/usr/local/bin:/usr/bin:/bin`;

export class Machine {
	#child;
	#pid; // of its first process

	/**
	 * Starts one that ends with test t.  Layers go on its base; mounts are from
	 * outside, { '/inside': '/here' }.
	 */
	static async start(t, name, { layers = [], mounts = {} } = {}) {
		const machine = new Machine();

		t.after(() => machine.#end());
		machine.dir = fs.mkdtempSync(path.join(os.tmpdir(),
			'ccproc-machine-'));
		fs.chmodSync(machine.dir, 0o755);
		machine.api = await startFakeApi();
		machine.root = path.join(machine.dir, 'root');
		machine.mounts = { ...mounts, ...(claude && { '/usr/local/bin/claude':
			claude }) };
		machine.#child = spawn(ENTER, [machine.dir,
			[...layers, 'base'].filter((layer) => isMade(name, layer)).map((layer) => path.join(ROOTS, name, layer))
				.join(':'),
			...Object.entries(machine.mounts)
				.map(([inside, here]) => `${here}:${inside}`)],
		{ stdio: ['pipe', 'pipe', 'inherit'] });
		await within(30000, new Promise((resolve, reject) => {
			machine.#child.stdout.once('data', resolve);
			machine.#child.once('exit', () =>
				reject(new Error('no root was made')));
		}), 'a fresh root');
		const { pid } = machine.#child;

		machine.#pid = fs.readFileSync(`/proc/${pid}/task/${pid}/children`,
			'latin1').trim();
		return machine;
	}

	async #end() {
		if (this.#child?.exitCode === null) {
			this.#child.kill('SIGKILL'); // and all that is in there
			await new Promise((resolve) => this.#child.once('exit', resolve));
		}
		await this.api?.close();
		if (this.dir)
			fs.rmSync(this.dir, { recursive: true, force: true });
	}

	/**
	 * Runs a shell line to its end: { code, output }.  As root, without a
	 * network, in another folder, with input: if said so.
	 */
	async try(line, { root = false, offline = false, cwd = HOME, env = {},
		input = '' } = {}) {
		const set = { HOME: root ? '/root' : HOME, PATH, LC_ALL: 'C.UTF-8',
			USER: root ? 'root' : 'ada', SHELL: '/bin/sh',
			ANTHROPIC_BASE_URL: this.api.url, ANTHROPIC_API_KEY: 'dummy',
			CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
			CLAUDE_CODE_MAX_RETRIES: '1', DISABLE_AUTOUPDATER: '1',
			DISABLE_TELEMETRY: '1', ...env };

		if (root)
			set.PATH = `/usr/sbin:/sbin:${set.PATH}`;
		const child = spawn('nsenter', ['-t', this.#pid, '-m', '-p',
			...offline ? ['unshare', '-n'] : [],
			'chroot', ...root ? [] : ['--userspec=1000:1000', '--groups='],
			this.root, '/usr/bin/env', '-i',
			...Object.entries(set).map(([name, value]) => `${name}=${value}`),
			'/bin/sh', '-c', `cd '${cwd}' && ${line}`]);
		let output = '';

		for (const stream of [child.stdout, child.stderr])
			stream.setEncoding('utf8').on('data', (data) => {
				output += data;
			});
		child.stdin.on('error', () => {}).end(input);
		// what it leaves behind may hold its pipes
		const code = await within(600000, new Promise((resolve) =>
			child.once('exit', (status, signal) =>
				setTimeout(resolve, 50, status ?? signal))), line);

		child.stdout.destroy();
		child.stderr.destroy();
		return { code, output };
	}

	/** The same of what must succeed; its output. */
	async run(line, options) {
		const { code, output } = await this.try(line, options);

		assert.equal(code, 0, `${line}: ${output}`);
		return output;
	}

	/** Puts a file there; it is the person's. */
	put(from, to) {
		return this.run(`cat >'${to}'`, { input: fs.readFileSync(from) });
	}

	/** The names of all files, but of claude's own and of those of a package
	 * manager that tell of what was done. */
	async files() {
		const names = await this.run("find / -xdev ! -path '/tmp'",
			{ root: true, cwd: '/' });

		return new Set(names.split('\n').filter((name) => name !== '' &&
			!/^\/(proc|dev|run|mnt)\b/.test(name) &&
			!/^\/home\/ada\/\.(claude|npm|cache|config\/ccproc)\b/.test(name) &&
			!/^\/tmp\/(claude|cc-socks|node-compile)/.test(name) &&
			!/^\/var\/(log|cache|lib\/(dpkg|apt|systemd))\//.test(name)));
	}

	/** Bytes of all files that are there and not in before. */
	async added(before) {
		const names = [...await this.files()].filter((name) =>
			!before.has(name) && !name.includes('/.local/state/'));
		let bytes = 0;

		for (const name of names)
			bytes += fs.lstatSync(path.join(this.dir, 'upper', name))
				.isFile() ? fs.statSync(path.join(this.dir, 'upper', name)).size :
				0;
		return bytes;
	}
}

export { patient, waitFor };
