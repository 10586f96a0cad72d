// The processes of a world: finding them, ending them, waiting for that.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { buildDir, kill, waitFor, within } from './harness.mjs';

/** A process's name; '' when there is no such process. */
export const comm = (pid) => {
	try {
		return fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
	} catch {
		return '';
	}
};

const isZombie = (pid) => {
	try {
		return / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'latin1'));
	} catch {
		return true;
	}
};

/** Whether a process can still do something. */
export const runs = (pid) => !isZombie(pid);

/** The processes of that name. */
export const called = (world, name) =>
	world.processes().filter((pid) => comm(pid) === name);

/** Waits until a process has ended. */
export const ended = (pid) => waitFor(() => isZombie(pid),
	{ what: `the end of ${pid}` });

/** Removes a folder in which a daemon makes again what goes. */
export function removeFolder(dir) {
	for (;;)
		try {
			fs.rmSync(dir, { recursive: true });
			return;
		} catch (error) {
			if (error.code !== 'ENOTEMPTY') // it was faster than rmdir
				throw error;
		}
}

export async function killDaemon(world, signal = 'SIGKILL') {
	const pid = world.daemon();

	kill(pid, signal);
	await ended(pid);
}

/** Starts the daemon after some shell commands, such as ulimit. */
export async function daemonAfter(world, commands,
	file = path.join(world.state, 'ccprocd.log')) {
	const log = fs.openSync(file, 'a');
	const child = spawn('/bin/sh', ['-c',
		`${commands}; exec "$0" --ready-fd 3`,
		path.join(buildDir(), 'ccprocd')], { env: world.env, cwd: '/',
		stdio: ['ignore', 'ignore', log, 'pipe'], detached: true });

	fs.closeSync(log);
	child.unref();
	await within(10000, new Promise((resolve) =>
		child.stdio[3].once('data', resolve)), 'the daemon to be ready');
	child.stdio[3].destroy();
}

// a sanitizer's own memory says nothing about ours
const sanitized = fs.readFileSync(path.join(buildDir(), 'ccprocd'))
	.includes('__asan_init');

const status = (pid, name) => sanitized ? 0 : Number(fs.readFileSync(
	`/proc/${pid}/status`, 'utf8').match(`${name}:\\s+(\\d+)`)[1]) / 1024;

/** Resident memory in MiB; 0 under a sanitizer. */
export const memory = (pid) => status(pid, 'VmRSS');

/** The most that it ever was. */
export const peakMemory = (pid) => status(pid, 'VmHWM');

/** Processor time it has used, in ms, to the next tick of ten. */
export function cpuMs(pid) {
	const fields = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
		.replace(/.*\) /s, '').split(' ');

	return (Number(fields[11]) + Number(fields[12])) * 10;
}
