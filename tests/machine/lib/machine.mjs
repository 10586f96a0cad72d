// A Debian machine in qemu, with ccproc installed: commands go in and come
// back by a port of it, and a second one is the stdio of a bridge in there, so
// that what an answer tells is known outside of the machine at once.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';

import { Bridge } from '../../system/lib/harness.mjs';
import { waitFor as patiently, within } from '../../system/lib/patience.mjs';

/** The folder of the image; see ../image. */
const IMAGE = process.env.CCPROC_MACHINE_IMAGE;
/** A tar of what `make install` installs. */
const INSTALLED = process.env.CCPROC_MACHINE_TAR;
const ACCEL = process.env.CCPROC_MACHINE_ACCEL ?? 'tcg';

/** Has a task tell the host a word. */
export const say = (word) => `echo ${word} >>/run/tell`;

/** A machine is slow without KVM, and so is all that is waited for in there. */
const BOOT_MS = 300000;
const ANSWER_MS = 120000;

export const waitFor = (fn, what = String(fn)) =>
	patiently(fn, { timeout: ANSWER_MS, what });

const LIVE = ['queued', 'running', 'needs_input'];

/** A bridge in there. */
class FarBridge extends Bridge {
	request(method, params, options) {
		return super.request(method, params,
			{ timeout: ANSWER_MS, ...options });
	}

	/** Starts tasks; what the answer tells. */
	async start(tasks, group) {
		const { isError, text } = await this.tool('start_tasks',
			{ tasks, ...(group && { group }) });

		assert.equal(isError, false, text);
		return text;
	}

	/** Waits for the end of tasks, and returns their records. */
	async ended(ids) {
		for (;;) {
			const { text } = await this.tool('check_tasks', { ids, wait_s: 45,
				until: 'all', detail: 'full', result_chars: 200 });
			const { tasks } = JSON.parse(text);

			if (!tasks.some(({ state }) => LIVE.includes(state)))
				return tasks;
		}
	}
}

export class Machine {
	#root = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-machine-'));
	#memory;
	#qemu;
	#ports = {}; // sockets, by their names
	#calls = new Map();
	#number = 0;

	constructor({ memory = 768 } = {}) {
		this.#memory = memory;
		/** What anything inside has written into /run/tell. */
		this.told = [];
		const { status, stderr } = spawnSync('qemu-img', ['create', '-q', '-f',
			'qcow2', '-F', 'raw', '-b', path.join(IMAGE, 'disk.img'),
			this.#path('disk')], { encoding: 'utf8' });

		assert.equal(status, 0, stderr);
	}

	#path(name) {
		return path.join(this.#root, name);
	}

	/** A port: a socket here, to which qemu connects. */
	async #port(name) {
		const server = net.createServer();
		const connected = new Promise((resolve) =>
			server.once('connection', resolve));

		fs.rmSync(this.#path(name), { force: true });
		await new Promise((resolve) =>
			server.listen(this.#path(name), resolve));
		return { name, args: ['-chardev',
			`socket,id=${name},path=${this.#path(name)}`, '-device',
			`virtserialport,chardev=${name},name=${name}`],
			connected: connected.finally(() => server.close()) };
	}

	/**
	 * Starts it and waits until the boot is over.  What the guest has flushed
	 * to its disk is there when qemu is killed; what it has not may be lost.
	 */
	async boot() {
		const ports = [await this.#port('hand'), await this.#port('bridge')];
		const began = Date.now();
		let ready;
		const booted = new Promise((resolve) => { ready = resolve; });

		this.#qemu = spawn('qemu-system-x86_64', ['-accel', ACCEL,
			'-cpu', ACCEL === 'kvm' ? 'host' : 'max', '-m', this.#memory,
			'-display', 'none', '-no-reboot', '-nic', 'none',
			'-kernel', path.join(IMAGE, 'vmlinuz'),
			'-initrd', path.join(IMAGE, 'initrd'), '-append',
			'root=/dev/vda rw console=ttyS0 quiet systemd.show_status=0',
			'-drive', `file=${this.#path('disk')},if=virtio,cache=writeback`,
			'-drive', `file=${INSTALLED},format=raw,if=virtio,readonly=on`,
			'-serial', `file:${this.#path('console')}`,
			'-device', 'virtio-serial',
			...ports.flatMap(({ args }) => args)],
		{ stdio: ['ignore', 'ignore', 'pipe'] });
		this.#qemu.stderr.setEncoding('utf8').on('data', (text) =>
			fs.appendFileSync(this.#path('console'), text));
		this.ended = new Promise((resolve) => this.#qemu.once('close', resolve));
		for (const { name, connected } of ports)
			this.#ports[name] = await within(BOOT_MS, connected,
				`the port ${name} of qemu ${this.console()}`);
		this.#listen(ready);
		await within(BOOT_MS, booted, 'the boot').catch((error) => {
			error.message += this.console();
			throw error;
		});
		await this.ok('until systemctl is-system-running | ' +
			'grep -q -e running -e degraded; do sleep 0.5; done');
		this.bootSeconds = (Date.now() - began) / 1000;
	}

	#listen(ready) {
		let rest = '';

		this.#ports.hand.setEncoding('latin1').on('data', (data) => {
			const lines = (rest + data).split('\n');

			rest = lines.pop();
			for (const line of lines)
				this.#take(line.trim().split(' '), ready);
		}).on('error', () => {}).on('close', () => {
			for (const { reject } of this.#calls.values())
				reject(new Error('the machine is off'));
			this.#calls.clear();
		});
	}

	#take([name, status, text = ''], ready) {
		const out = Buffer.from(text, 'base64').toString().replace(/\n$/, '');

		if (name === 'ready')
			ready();
		else if (name === 'tell')
			this.told.push(out);
		else
			this.#calls.get(name)?.resolve({ status: Number(status), out });
		this.#calls.delete(name);
	}

	#call(command) {
		const name = String(++this.#number);

		this.#ports.hand.write(
			`${name} ${Buffer.from(command).toString('base64')}\n`);
		return new Promise((resolve, reject) =>
			this.#calls.set(name, { resolve, reject }));
	}

	/** What goes on in there while something does not come. */
	#scene() {
		return within(ANSWER_MS, this.#call('systemctl list-jobs; ps -efH | ' +
			'grep -v "\\[.*\\]$"; journalctl -n 30'), 'a look around').then(
			({ out }) => `\n${out}`, (error) => `\n${error.message}`);
	}

	/**
	 * Runs a line of bash, as root or as user, who needs a user manager, and
	 * with login in a session that ends with the line.
	 */
	run(line, { user, login = false, timeout = ANSWER_MS } = {}) {
		const quoted = `'${line.replaceAll('\'', '\'\\\'\'')}'`;
		const command = !user ? line :
			login ? `su - ${user} -c ${quoted}` :
				`cd ~${user}; export HOME=$PWD XDG_RUNTIME_DIR=/run/user/` +
				`$(id -u ${user}); exec runuser -u ${user} -- bash -c ${quoted}`;

		return within(timeout, this.#call(command), line).catch(async (error) => {
			if (error.message.startsWith('not within'))
				error.message += await this.#scene();
			throw error;
		});
	}

	/** The same, where it must succeed; what it printed. */
	async ok(line, options) {
		const { status, out } = await this.run(line, options);

		assert.equal(status, 0, `${line}: ${out}`);
		return out;
	}

	/** Ccproc of ada, who has a user manager; what it printed. */
	ccproc(line) {
		return this.ok(`ccproc ${line}`, { user: 'ada' });
	}

	/** The first boot, in which ccproc is installed. */
	async install() {
		await this.boot();
		await this.ok('tar -x -C / -f /dev/vdb');
	}

	/** Ada has a user manager without a session, and units in it. */
	async enable(config = {}) {
		await this.ok('loginctl enable-linger ada; ' +
			'until [ -S /run/user/1000/bus ]; do sleep 0.2; done');
		await this.configure(config);
		await this.ok('systemctl --user daemon-reload; systemctl --user ' +
			'enable --now ccprocd.socket ccprocd.service', { user: 'ada' });
	}

	/** Writes the configuration of ada. */
	configure(config) {
		return this.ok('mkdir -p .config/ccproc; cat >.config/ccproc/' +
			`config.json <<'END'\n${JSON.stringify(config)}\nEND`,
		{ user: 'ada' });
	}

	/** A bridge of ada; there is one at a time. */
	async bridge() {
		const port = this.#ports.bridge;
		const child = { stdin: port, stdout: port, stderr: new PassThrough(),
			once: (name, fn) => name === 'exit' && ended.then(fn),
			kill: () => {} };
		// The pipes keep the bridge from polling the port, at both its ends: a
		// poll that does not ask for input takes it off the queue all the same,
		// and then no interrupt wakes who does ask.
		const ended = this.run('exec <>/dev/virtio-ports/bridge >&0; cat | ' +
			'runuser -u ada -- env HOME=/home/ada ' +
			'XDG_RUNTIME_DIR=/run/user/1000 ccproc-bridge | cat',
		{ timeout: 2 ** 30 }).then(({ status }) => status, () => undefined);
		const bridge = new FarBridge({}, { child, program: '' });

		await bridge.legacy();
		return bridge;
	}

	/** Has it end or start again by a command; how many seconds it takes. */
	async off(line = 'systemctl poweroff') {
		const began = Date.now();

		this.run(line).catch(() => {}); // it has no answer
		await within(2 * BOOT_MS, this.ended, line);
		return (Date.now() - began) / 1000;
	}

	/** How many seconds the end of ada's systemd took, before this boot. */
	async heldUp() {
		const said = await this.ok('journalctl -b -1 -o short-monotonic _PID=1 ' +
			'UNIT=user@1000.service');
		const at = (word) => Number(
			new RegExp(`([\\d.]+)\\] .*: ${word} user@1000`).exec(said)?.[1]);

		return Math.round(10 * (at('Stopped') - at('Stopping'))) / 10;
	}

	/** The power is cut. */
	async cut() {
		this.#qemu.kill('SIGKILL');
		await this.ended;
	}

	/** What the last boot printed. */
	console() {
		try {
			return fs.readFileSync(this.#path('console'), 'utf8').slice(-3000);
		} catch {
			return '';
		}
	}

	async close() {
		await this.cut();
		fs.rmSync(this.#root, { recursive: true });
	}
}
