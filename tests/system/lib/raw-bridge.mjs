// A bridge that is talked to in bytes, in a folder of its own where a script
// takes the place of ccprocd.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { FakeDaemon, Inbox, LineReader } from './fake-daemon.mjs';
import { buildDir, startWorld, within } from './harness.mjs';

/** A ccprocd that cannot start; "starts" counts how often it was tried. */
export const BROKEN = '#!/bin/sh\n' +
	'echo >>"$CCPROC_STATE_DIR/starts"\n' +
	'echo "the state directory is on fire" >&3\n';

/** Puts the bridge and script as ccprocd into the folder bin of world. */
export function installBridge(world, script = BROKEN) {
	const bin = path.join(world.root, 'bin');
	const bridge = path.join(bin, 'ccproc-bridge');

	fs.mkdirSync(bin, { recursive: true });
	if (!fs.existsSync(bridge))
		fs.copyFileSync(path.join(buildDir(), 'ccproc-bridge'), bridge);
	fs.writeFileSync(path.join(bin, 'ccprocd'), script, { mode: 0o700 });
	return bridge;
}

/** The number of times the script has been started. */
export function starts(world) {
	try {
		return fs.readFileSync(path.join(world.state, 'starts')).length;
	} catch {
		return 0;
	}
}

export class RawBridge {
	constructor(world, { script, command = [] } = {}) {
		const bridge = installBridge(world, script);
		const [program, ...args] = [...command, bridge];

		this.lines = new Inbox();
		this.stderr = '';
		this.child = spawn(program, args,
			{ cwd: world.work, env: world.env });
		this.reader = new LineReader(this.lines);
		this.child.stdout.on('data', (data) => this.reader.feed(data));
		this.child.stderr.on('data', (data) => { this.stderr += data; });
		this.child.stdin.on('error', () => {}); // its end is told by exit
		this.exited = new Promise((resolve) => this.child.on('close',
			(code, signal) => resolve(code ?? signal)));
		world.bridges.add(this); // which ends it with the test
	}

	write(data) {
		return this.child.stdin.write(data);
	}

	send(message) {
		this.write(JSON.stringify(message) + '\n');
	}

	request(id, method, params = {}) {
		this.send({ jsonrpc: '2.0', id, method, params });
	}

	notify(method, params) {
		this.send({ jsonrpc: '2.0', method, params });
	}

	/** The next line of it, with its newline. */
	line() {
		return this.lines.next('a line for the client');
	}

	async message() {
		return JSON.parse(await this.line());
	}

	/** Its exit code, or the signal that ended it. */
	exit() {
		return within(10000, this.exited, 'the end of the bridge');
	}

	close() {
		this.child.kill('SIGKILL');
		return this.exited;
	}
}

/** A bridge and the fake daemon that it is connected to. */
export async function connect(t, options) {
	const world = startWorld(t);
	const daemon = await FakeDaemon.listen(t, world);

	const bridge = new RawBridge(world, options);
	const session = await daemon.session();

	return { world, daemon, bridge, session };
}

/** Sends a request and has the daemon answer it. */
export async function exchange(bridge, session, id, method, params) {
	bridge.request(id, method, params);
	session.answer(await session.message(), { to: method });
	assert.deepEqual(await bridge.message(),
		{ jsonrpc: '2.0', id, result: { to: method } });
}
