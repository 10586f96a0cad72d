// Sessions of the real `claude` that are woken by the end of tasks, with a
// server that tests can choose.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { notifications, Session } from './claude-session.mjs';
import { startWithServer, use } from './claude.mjs';

const TASK_SERVER = fileURLToPath(new URL('../programs/task-server.mjs',
	import.meta.url));

/** A place in the world for a job's gate, and what opens it. */
function gateOf(world) {
	const gate = path.join(world.work, 'gate');

	return { gate, open: () => fs.writeFileSync(gate, '') };
}

/** A server whose only virtue is that it knows tasks. */
export const taskServer = {
	name: 'a small server with tasks',
	async start(t) {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'task-server-'));
		const { api, world } = await startWithServer(t,
			[process.execPath, TASK_SERVER, dir]);
		const { gate, open } = gateOf(world);

		t.after(() => fs.rmSync(dir, { recursive: true }));
		return { api, world, open,
			job: (text) => use('job', { gate, text }),
			/** The methods that it was asked for since the last time. */
			heard() {
				const log = path.join(dir, 'log');
				const lines = fs.readFileSync(log, 'utf8').split('\n');

				fs.truncateSync(log);
				return lines.filter(Boolean)
					.map((line) => JSON.parse(line).method);
			} };
	},
};

/** Ccproc; a job is a command that run_task starts. */
export const ccproc = {
	name: 'ccproc',
	async start(t) {
		const { api, world } = await startWithServer(t);
		const { gate, open } = gateOf(world);
		const command = (text) => `until [ -e ${gate} ]; do sleep 0.1; ` +
			`done; echo ${text}`;

		return { api, world, open, command,
			job: (text) => use('run_task', { command: command(text) }) };
	},
};

/** Waits until the model has got a notification of this text. */
export const woken = (session, text) => session.request((request) =>
	notifications(request).some((notice) => notice.includes(text)),
`a notification of ${text} to the model`);

/** Waits until the model has been told that its call became a task. */
export const freed = (session) => session.request(({ messages }) =>
	/started server-side task/.test(JSON.stringify(messages.at(-1))),
'a call that has become a task');

/** A session in which a job goes on. */
export async function startJob(place, text) {
	const session = new Session(place);

	await session.submit(place.job(text), { text: 'is-started' });
	await freed(session);
	await session.shows('is-started');
	return session;
}

/** The job goes on, and the session takes a prompt; then it is woken. */
export async function freesAndWakes(place) {
	const session = await startJob(place, 'job-is-done');
	const before = place.api.requests.length;

	await session.prompt();
	place.open();
	const request = await woken(session, 'job-is-done');

	// by nothing but the notification, which comes once
	if (place.api.requests.indexOf(request) !== before + 1)
		throw new Error('the model was asked beside the notification');
	if (notifications(request).length !== 1)
		throw new Error(notifications(request).join('\n'));
	return { session, request };
}

/**
 * The session ends before its job; between(session) happens; and another one
 * takes up the conversation.
 */
export async function resumes(place, between, args = () => ['--continue']) {
	const first = await startJob(place, 'job-is-done');

	await first.leave();
	await between();
	const session = new Session(place, args(first));

	await session.shows('is-started');
	return session;
}
