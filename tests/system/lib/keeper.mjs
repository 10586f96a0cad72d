// Task directories as the daemon makes them, and keepers run on them.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDir, describe, kill, processesWith, waitFor, within }
	from './harness.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const programs = path.join(here, '..', 'programs');
const compiled = new Map();

const readSetting = (file) =>
	fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : '';

/** Where a program that any user may run can be put. */
export function openPlace(name) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-bin-'));

	process.on('exit', () => fs.rmSync(dir, { recursive: true }));
	fs.chmodSync(dir, 0o755);
	return path.join(dir, name);
}

/** The keeper, where other users reach it: the build may be closed to them. */
export function openKeeper() {
	const name = 'ccproc-keeper';

	if (!compiled.has(name)) {
		const file = openPlace(name);

		fs.copyFileSync(path.join(buildDir(), name), file);
		fs.chmodSync(file, 0o755);
		compiled.set(name, file);
	}
	return compiled.get(name);
}

/** The path of a helper in programs/, compiled when it is first asked for. */
export function program(name) {
	if (!compiled.has(name)) {
		const file = openPlace(name);

		execFileSync(process.env.CC || 'cc', ['-std=gnu11', '-O1',
			'-D_GNU_SOURCE', '-I' + path.join(here, '..', '..', '..'),
			path.join(programs, name + '.c'), '-o', file, '-lpthread']);
		compiled.set(name, file);
	}
	return compiled.get(name);
}

/** Sent as the daemon does it: modes and reasons of common/keeperctl.h. */
export const MODES = ['graceful', 'now', 'pause', 'unpause', 'tell', 'tell_tree'];
export const REASONS = ['user', 'wall', 'output_limit', 'idle', 'linger',
	'interrupted', 'shutdown'];

export const isRoot = process.getuid() === 0;
/** Why keepers must poll here, or false. */
export const blindKernel = readSetting('/proc/sys/fs/dir-notify-enable') !==
	'1' && 'this kernel has no F_NOTIFY';
/** Options of describe for tests that wait more than they work. */
export const parallel = { concurrency: 8 };

export const sh = (script, ...args) => ['sh', '-c', script, 'sh', ...args];
export const trees = (...args) => [program('trees'), ...args.map(String)];

/** Runs fn on every item, a few at a time. */
export async function each(items, fn) {
	const left = [...items];
	const worker = async () => {
		while (left.length !== 0)
			await fn(left.shift());
	};

	await Promise.all([...Array(8)].map(worker));
}

export class Task {
	/** The directory of a task; what is left of it ends with test t. */
	constructor(t, { env = {}, prompt, run = '', root = os.tmpdir() } = {}) {
		this.dir = fs.mkdtempSync(path.join(root, 'ccproc-task-'));
		this.env = { PATH: process.env.PATH, CCPROC_TEST_TASK: this.dir,
			...env };
		this.write('env', Object.entries(this.env)
			.map(([name, value]) => `${name}=${value}\0`).join(''));
		this.write('run', run);
		if (prompt !== undefined)
			this.write('prompt', prompt);
		t.after(() => this.close());
	}

	write(name, text) {
		fs.writeFileSync(path.join(this.dir, name), text, { mode: 0o600 });
	}

	read(name) {
		return fs.readFileSync(path.join(this.dir, name), 'utf8');
	}

	has(name) {
		return fs.existsSync(path.join(this.dir, name));
	}

	names() {
		return fs.readdirSync(this.dir).sort();
	}

	get stdout() {
		return this.has('stdout') ? this.read('stdout') : '';
	}

	get record() {
		return JSON.parse(this.read('exit.json'));
	}

	/** Starts a keeper; see Keeper. */
	keep(argv, options) {
		return new Keeper(this, argv, options);
	}

	/** Keeps it to its end; the record. */
	async run(argv, options) {
		await this.keep(argv, options).ended();
		return this.record;
	}

	/** Runs a keeper that ends orphans; its exit status and ms. */
	async sweep(ids) {
		const began = Date.now();
		const child = spawn(openKeeper(), ['--orphans', '-d', this.dir],
			{ env: {}, stdio: 'ignore', ...ids });
		const code = await within(15000, new Promise((resolve) =>
			child.on('close', (status, signal) => resolve(status ?? signal))),
		'the end of the sweep');

		return { code, ms: Date.now() - began };
	}

	/** Waits until it has said text. */
	async says(text, timeout = 10000) {
		await waitFor(() => this.stdout.includes(text), { timeout,
			what: `"${text}" in ${this.stdout}` });
	}

	/** Its processes, without the keeper. */
	processes() {
		return processesWith('CCPROC_TEST_TASK=' + this.dir);
	}

	describe() {
		return this.processes().map(describe);
	}

	/** The process that locks `run` or exit.json, or undefined. */
	holder() {
		const name = this.has('run') ? 'run' : 'exit.json';
		const { ino } = fs.statSync(path.join(this.dir, name));
		const line = fs.readFileSync('/proc/locks', 'utf8').split('\n')
			.find((text) => / POSIX .* WRITE /.test(text) &&
				text.includes(`:${ino} `));

		return line && Number(line.trim().split(/\s+/)[4]);
	}

	async close() {
		for (const pid of processesWith(this.dir))
			kill(pid, 'SIGKILL');
		await waitFor(() => processesWith(this.dir).length === 0);
		fs.rmSync(this.dir, { recursive: true, force: true });
	}
}

/** Tells a keeper to stop, as the daemon does, or who shuts down. */
export function stopKeeper(pid, { mode = 'graceful', reason = 'user',
	grace = 10 } = {}) {
	execFileSync(program('sendstop'), [pid, MODES.indexOf(mode),
		REASONS.indexOf(reason), grace].map(String));
}

export class Keeper {
	/**
	 * Options: args of the keeper, a command that runs it, extra
	 * descriptors, and uid.  status is what it said on the status pipe.
	 */
	constructor(task, argv, { args = [], under = [], stdio = [],
		...options } = {}) {
		const keeper = options.uid === undefined ?
			path.join(buildDir(), 'ccproc-keeper') : openKeeper();
		const [program, ...rest] = [...under, keeper, ...args, '-S', '3',
			'-d', task.dir, '--', ...argv];

		this.task = task;
		this.status = '';
		this.stderr = '';
		this.child = spawn(program, rest,
			{ stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...stdio],
			...options });
		this.child.stderr.on('data', (data) => { this.stderr += data; });
		this.child.stdio[3].on('data', (data) => { this.status += data; });
		this.told = new Promise((resolve) => {
			this.child.stdio[3].on('close', () => resolve(this.status));
		});
		this.closed = new Promise((resolve) => {
			this.child.on('close', (code, signal) =>
				resolve(code ?? signal));
		});
	}

	get pid() {
		return this.child.pid;
	}

	/** Its exit code, or signal. */
	ended(timeout = 15000) {
		return within(timeout, this.closed, 'the end of the keeper; ' +
			`left: ${this.task.describe().join('; ')}`);
	}

	signal(name) {
		process.kill(this.pid, name);
	}

	stop(how) {
		stopKeeper(this.pid, how);
	}

	/** Whether a signal, by its number, waits to be taken. */
	pending(signal) {
		return BigInt('0x' + this.proc('ShdPnd')) >> BigInt(signal - 1) & 1n;
	}

	/** A line of /proc/PID/status. */
	proc(name) {
		return fs.readFileSync(`/proc/${this.pid}/status`, 'utf8')
			.match(new RegExp(`^${name}:\\s*(.*)$`, 'm'))[1];
	}
}
