// A live `systemd --user` with ccproc installed in it.  Outside: running a
// scenario in one, as a plain user whose home nobody else has.  Inside: the
// units, the daemon under them, the tasks.
import { execFile, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Bridge, buildDir, waitFor, within } from './harness.mjs';

const LAUNCHER = fileURLToPath(new URL('../systemd-user', import.meta.url));
const SOCKET_UNIT = fileURLToPath(
	new URL('../../../systemd/ccprocd.socket', import.meta.url));

// ---- outside ----

/** Why no scenario of file can run on this machine; false: it can. */
export function whyNot(file) {
	const { status, stderr } = spawnSync(LAUNCHER, ['/bin/sh', '-c',
		'test -x "$0" && test -r "$1"', process.execPath, file],
	{ encoding: 'utf8' });

	return status === 0 ? false : status === 77 ? stderr.trim() :
		`a plain user cannot run ${process.execPath} ${file} ${stderr}`;
}

/** Installs the programs and units for a plain user; where they are. */
export function install() {
	const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-'));
	const put = (program, folder) => fs.copyFileSync(
		path.join(buildDir(), program), path.join(root, folder, program));
	const unit = (name, from, to) => fs.writeFileSync(
		path.join(root, 'units', name), fs.readFileSync(
			path.join(buildDir(), 'systemd', name), 'utf8').replace(from, to));

	for (const folder of ['bin', 'libexec/ccproc', 'units'])
		fs.mkdirSync(path.join(root, folder), { recursive: true });
	for (const program of ['ccproc', 'ccprocd', 'ccproc-bridge'])
		put(program, 'bin');
	for (const program of ['ccproc-keeper', 'leave.sh', 'prompt-argument.sh',
		'worktree.sh'])
		put(program, 'libexec/ccproc');
	fs.copyFileSync(SOCKET_UNIT, path.join(root, 'units/ccprocd.socket'));
	unit('ccprocd.service', /^ExecStart=.*\/ccprocd"$/m,
		`ExecStart=${root}/bin/ccprocd`);
	unit('ccproc-leave.service', /^ExecStop=.*\/leave.sh"$/m,
		`ExecStop=${root}/libexec/ccproc/leave.sh`);
	spawnSync('chmod', ['-R', 'a+rX', root]);
	return root;
}

/** Runs a scenario, which file knows by its name, in a live systemd. */
export async function runInside(root, file, scenario) {
	const child = spawn(LAUNCHER, ['env', `CCPROC_BUILD=${root}/bin`,
		process.execPath, file, scenario], { stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';

	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (data) => { said += data; });
	const status = await within(60000, new Promise((resolve) =>
		child.on('close', resolve)), `the end of ${scenario}`)
		.catch((error) => {
			child.kill();
			return error.message;
		});

	if (status !== 0)
		throw new Error(`${status}\n${said}`);
	return said;
}

// ---- inside ----

const run = promisify(execFile);
const text = (file) => {
	try {
		return fs.readFileSync(file, 'utf8');
	} catch {
		return '';
	}
};

export class Home {
	constructor() {
		const { HOME, XDG_RUNTIME_DIR, CCPROC_BUILD, ...rest } = process.env;

		this.env = { ...rest, HOME, XDG_RUNTIME_DIR };
		this.root = path.dirname(CCPROC_BUILD);
		this.work = HOME;
		this.state = path.join(HOME, '.local/state/ccproc');
		this.config = path.join(HOME, '.config/ccproc/config.json');
		this.socket = path.join(XDG_RUNTIME_DIR, 'ccproc/sock');
		this.units = path.join(HOME, '.config/systemd/user');
		this.journal = path.join(HOME, 'journal');
	}

	/** Writes the configuration: a value, or text as it is. */
	configure(config) {
		fs.mkdirSync(path.dirname(this.config), { recursive: true });
		fs.writeFileSync(this.config,
			typeof config === 'string' ? config : JSON.stringify(config));
	}

	/** Enables the socket; extra lines for the service may be given. */
	async enable(extra = '') {
		const dropIn = path.join(this.units, 'ccprocd.service.d');

		fs.mkdirSync(dropIn, { recursive: true });
		fs.cpSync(path.join(this.root, 'units'), this.units,
			{ recursive: true });
		fs.writeFileSync(path.join(dropIn, 'test.conf'),
			`[Service]\nStandardError=append:${this.journal}\n${extra}\n`);
		await this.systemctl('daemon-reload');
		await this.systemctl('enable', '--now', 'ccprocd.socket');
	}

	async systemctl(...args) {
		return (await run('systemctl', ['--user', ...args])).stdout.trim();
	}

	/** Runs a program of ours to its end; what it printed. */
	async run(program, ...args) {
		return (await run(path.join(this.root, 'bin', program), args,
			{ cwd: this.work })).stdout;
	}

	show(property, unit = 'ccprocd.service') {
		return this.systemctl('show', '--value', '-p', property, unit);
	}

	/** The daemon's process id under systemd, 0 when there is none. */
	async mainPid() {
		return Number(await this.show('MainPID'));
	}

	/** The next daemon under systemd, after the one with this pid. */
	async nextPid(before) {
		return waitFor(async () => {
			const pid = await this.mainPid();

			return pid !== before && pid !== 0 &&
				await this.show('ActiveState') === 'active' && pid;
		}, { what: 'another daemon under systemd' });
	}

	/** Every running process with this name. */
	processes(name) {
		return fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) &&
			text(`/proc/${pid}/comm`).trim() === name &&
			!/^State:\s+Z/m.test(text(`/proc/${pid}/status`)))
			.map(Number);
	}

	/** A connected bridge. */
	async bridge(options) {
		const bridge = new Bridge(this, options);

		await bridge.legacy();
		return bridge;
	}

	/** The output of a task so far. */
	output(uuid) {
		const days = path.join(this.state, 'tasks');
		const dir = fs.readdirSync(days).flatMap((day) =>
			fs.readdirSync(path.join(days, day))
				.map((name) => path.join(days, day, name)))
			.find((name) => name.endsWith(uuid));

		return text(path.join(dir, 'stdout'));
	}

	/** The log of the daemons. */
	log() {
		return text(this.journal) +
			text(path.join(this.state, 'ccprocd.log'));
	}
}

/** The command line of a process; undefined when it has gone. */
export function exe(pid) {
	try {
		return fs.readlinkSync(`/proc/${pid}/exe`);
	} catch {
		return undefined;
	}
}

/** Runs one of the scenarios as the whole program. */
export async function runScenario(scenarios, name) {
	const home = new Home();

	try {
		await scenarios[name](home);
		if (/Sanitizer|runtime error/.test(home.log()))
			throw new Error('a sanitizer complained');
		process.exit(0);
	} catch (error) {
		console.error(error);
		console.error(home.log());
		process.exit(1);
	}
}
