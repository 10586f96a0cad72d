// The examples of the manual, as hooks: a notice on the desktop, by a real
// daemon for notifications, and one on a phone.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ask, askers } from './lib/askers.mjs';
import { kill, startWorld, waitFor } from './lib/harness.mjs';

const PAGE = fileURLToPath(new URL('../../daemon/ccproc-config.5',
	import.meta.url));
const lacking = (...programs) => programs.map((program) => spawnSync('sh',
	['-c', `command -v ${program}`]).status === 0 || program)
	.filter((program) => program !== true)
	.map((program) => `${program} is not installed`)[0] ?? false;

/** The line of the manual that begins with that program. */
const example = (program) => fs.readFileSync(PAGE, 'utf8').split('\n')
	.find((line) => line.startsWith(`${program} `));

/** A bus with a daemon that prints the notices it shows on a display. */
const DESKTOP = `
echo "bus $DBUS_SESSION_BUS_ADDRESS"
Xvfb -displayfd 3 -nolisten tcp -screen 0 320x240x24 3>display \
	>/dev/null 2>&1 &
x=$!
until [ -s display ] || ! kill -0 $x; do sleep 0.05; done
DISPLAY=:$(cat display) dunst -print 2>&1
kill $x`;

/** Starts it; { bus, said() }. */
async function startDesktop(t) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'desktop-'));
	const child = spawn('dbus-run-session', ['--', 'sh', '-c', DESKTOP],
		{ cwd: dir, env: { PATH: process.env.PATH, HOME: dir },
			detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
	const ended = new Promise((resolve) => child.once('close', resolve));
	let said = '';

	child.stdout.setEncoding('utf8').on('data', (data) => { said += data; });
	t.after(async () => {
		kill(-child.pid, 'SIGTERM');
		await ended;
		fs.rmSync(dir, { recursive: true, force: true });
	});
	const bus = await waitFor(() => /^bus (.*)$/m.exec(said)?.[1]);

	return { bus, said: () => said };
}

/** Whether somebody shows notices on that bus. */
const isShown = (bus) => spawnSync('dbus-send', ['--session',
	'--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus',
	'org.freedesktop.DBus.NameHasOwner',
	'string:org.freedesktop.Notifications'],
{ env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: bus } }).stdout
	.includes('boolean true');

describe('an example of the manual shows', { concurrency: 2 }, () => {
	test('a question and an end on the desktop', { skip:
		lacking('dbus-run-session', 'dbus-send', 'Xvfb', 'dunst',
			'notify-send') }, async (t) => {
		const hooks = { on_finish: example('notify-send'),
			on_needs_input: example('notify-send') };
		const world = startWorld(t, { config: { hooks, agents: askers } });
		const desktop = await startDesktop(t);

		await waitFor(() => isShown(desktop.bus), { what: 'the desktop' });
		const bridge = world.bridge({ env:
			{ DBUS_SESSION_BUS_ADDRESS: desktop.bus } });

		await bridge.legacy();
		await bridge.tool('run_task', { label: 'link', command: 'exit 3',
			wait_s: 20 });
		await bridge.tool('start_tasks', { group: 'ask',
			tasks: [{ prompt: ask('make'), label: 'fix' }] });
		for (const [summary, body] of [
			['t1 link failed: exit code 3', 'ccproc logs t1'],
			['t2 fix needs input', 'ccproc answer t2 allow']])
			await waitFor(() => desktop.said().split('summary: ').some((text) =>
				text.startsWith(`'${summary}`) && text.includes(`'${body}'`)),
			{ what: `${summary} on the desktop` });
	});

	test('an end on a phone', { skip: lacking('curl') }, async (t) => {
		const got = [];
		const server = http.createServer((request, response) => {
			let text = '';

			request.on('data', (data) => { text += data; });
			request.on('end', () => {
				got.push([request.method, request.url, text]);
				response.end();
			});
		});

		await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
		t.after(() => server.close());
		const line = example('curl').replace('https://ntfy.sh',
			`http://127.0.0.1:${server.address().port}`);
		const world = startWorld(t);
		const bridge = world.bridge();

		await bridge.legacy();
		await bridge.tool('run_task', { command: 'true', wait_s: 20,
			options: { on_finish: line } });
		await waitFor(() => got.length === 1);
		assert.deepEqual(got[0].slice(0, 2), ['POST', '/TOPIC']);
		assert.match(got[0][2], /^t1 completed · [\d.]+ m?s$/);
	});
});
