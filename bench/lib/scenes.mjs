// What is there before a figure is measured, by name: (context, size) => an
// object with close(), mostly a Scene.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import { buildDir, kill, waitFor, World } from
	'../../tests/system/lib/harness.mjs';
import { helloParams, join } from '../../tests/system/lib/session.mjs';
import { request } from './context.mjs';
import { pssKb } from './proc.mjs';

export const GROUP = 50; // tasks of one call, at most
export const AT_ONCE = 8;
export const ENDED = 100000; // tasks of history
const PATIENCE_MS = 600000;
const SAID = 200e6;
const LEAF = 'sleep 100000';

/** A world with its daemon and a session; programs of ours for the client. */
export class Scene {
	constructor(context, config) {
		const state = context.fresh(); // which context removes, fast

		fs.mkdirSync(state, { mode: 0o700 });
		this.world = new World({ config, env: { CCPROC_STATE_DIR: state } });
		this.world.state = state;
		/** Ours, as the client starts it. */
		this.ours = { command: [path.join(buildDir(), 'ccproc-bridge')],
			env: this.world.env, cwd: this.world.work };
		/** The daemon without a bridge. */
		this.socket = { socket: this.world.env.CCPROC_SOCKET, first: [
			request('ccproc/hello', helloParams(this.world)),
			request('initialize', { protocolVersion: '2025-06-18',
				capabilities: {}, clientInfo: { name: 'bench', version: '1' } }),
		] };
	}

	static async open(context, config = { commands: { max_running: AT_ONCE } }) {
		const scene = new Scene(context, config);

		await scene.join();
		return scene;
	}

	async join() {
		this.bridge = await join(this.world);
	}

	get pid() {
		return this.world.daemon();
	}

	/** Calls a tool, whose answer may take long and must be a good one. */
	async tool(name, args = {}) {
		const { isError, text } = await this.bridge.tool(name, args,
			{ timeout: PATIENCE_MS });

		if (isError)
			throw new Error(`${name}: ${text}`);
		return text;
	}

	/** Starts n tasks in groups; the ids of the groups. */
	async fill(n, task) {
		const groups = [];

		for (let i = 0; i < n; i += GROUP)
			groups.push((await this.tool('start_tasks', { tasks: Array.from(
				{ length: Math.min(GROUP, n - i) }, (_, j) => task(i + j)) }))
				.match(/started (\w+)/)[1]);
		return groups;
	}

	/** Waits until no task lives. */
	drained() {
		return waitFor(() => this.world.live().length === 0,
			{ timeout: PATIENCE_MS, what: 'the end of all tasks' });
	}

	/** Has fn called while there is no daemon, and no session to start one. */
	async withoutDaemon(fn, signal = 'SIGTERM') {
		await this.bridge.close();
		for (let pid; (pid = this.pid) !== undefined;) {
			kill(pid, signal);
			await waitFor(() => this.pid !== pid, { what: 'its end' });
		}
		const value = await fn();

		await this.join();
		return value;
	}

	close() {
		return this.world.close();
	}
}

/** A daemon with a session, and the floor's server beside it. */
async function daemon(context) {
	const scene = await Scene.open(context);
	const socket = path.join(context.dir, 'floor');
	const server = spawn(context.programs.answerer, [socket],
		{ stdio: ['ignore', 'pipe', 'inherit'] });

	await once(server.stdout, 'data');
	return Object.assign(scene, {
		floor: { command: [context.programs.hop, socket] },
		floorSocket: { socket },
		close: () => {
			server.kill();
			return scene.world.close();
		} });
}

/** So many tasks that have ended, in so many days. */
async function history(context, days) {
	const scene = await Scene.open(context, { commands: { max_running: AT_ONCE },
		retention: { max_age_s: 0, max_tasks: 0 } });
	const { world } = scene;

	await scene.tool('run_task', { command: ['echo', 'done'],
		label: 'l0000000' });
	await scene.withoutDaemon(async () => {
		const template = context.fresh(), tasks = path.join(world.state, 'tasks');

		fs.cpSync(world.taskDir('t1'), template, { recursive: true });
		for (const day of fs.readdirSync(tasks))
			fs.rmSync(path.join(tasks, day), { recursive: true });
		await context.run(context.programs.history,
			[world.state, template, ENDED, days]);
	});
	return scene;
}

/** So many tasks that wait for one that runs. */
async function queued(context, n) {
	const scene = await Scene.open(context, { commands: { max_running: 2 } });

	await scene.tool('start_tasks', { tasks: [{ command: LEAF,
		label: 'first' }] });
	await scene.fill(n, (i) => ({ command: ['true'], label: `l${i}`,
		after: ['first'] }));
	return scene;
}

/** So many tasks that have waited, and ended. */
async function drained(context, n) {
	const scene = await queued(context, n);

	await scene.tool('stop_tasks', { ids: ['first'] });
	await scene.drained();
	return scene;
}

/** So many tasks that run. */
async function running(context, n) {
	const scene = await Scene.open(context, { commands: { max_running: n } });

	scene.pssBefore = pssKb(scene.pid);
	await scene.fill(n, () => ({ command: ['sleep', '100000'] }));
	return scene;
}

/** A task that has written a gigabyte of lines. */
async function gigabyte(context) {
	const scene = await Scene.open(context);

	await scene.tool('run_task', { command:
		'yes "a line of output such as programs write" | head -c 1000000000' });
	return scene;
}

/** An agent that has said 200 MB, and is not at its end. */
async function agent(context) {
	const program = context.fresh();
	const line = JSON.stringify({ type: 'assistant', message: { content: [
		{ type: 'text', text: 'This is what an agent says. '.repeat(8) }] } });

	fs.writeFileSync(program, `#!/bin/sh\nyes '${line}' | head -c ${SAID}\n` +
		'exec sleep 100000\n', { mode: 0o700 });
	const scene = await Scene.open(context, { agents: { claude: {
		command: program, permission_mode: 'bypassPermissions' } } });

	await scene.tool('start_tasks', { tasks: [{ prompt: 'Say much.' }] });
	await waitFor(() => {
		const file = path.join(scene.world.taskDir('t1'), 'stdout');

		return fs.existsSync(file) && fs.statSync(file).size === SAID;
	}, { timeout: PATIENCE_MS, what: 'all that it says' });
	return scene;
}

export const scenes = {
	none: () => ({ close() {} }),
	agent, daemon, drained, gigabyte, history, queued, running,
	/** Like daemon, for figures that leave much behind. */
	fresh: (context) => Scene.open(context),
	sessions: (context) => Scene.open(context),
};
