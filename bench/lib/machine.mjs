// The machine: what it is, how busy it is, and the file systems that a bench
// keeps its files on.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Which part of the machine must be idle before a round. */
export const IDLE_ENOUGH = 0.9;
const LOOK_MS = 50;
const MAX_WAIT_MS = 500;
const DISK_GB = 8;

let patienceMs = 60000; // of the whole bench, for a machine that is not idle

const said = (program, ...args) => {
	const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });

	return status === 0 ? stdout.trim() : undefined;
};

const ticks = () => fs.readFileSync('/proc/stat', 'latin1').split('\n')[0]
	.split(/ +/).slice(1, 9).map(Number);

/** Waits until the machine is idle, if it will be; how idle it is. */
export async function settle() {
	for (let waited = 0;; waited += LOOK_MS) {
		const before = ticks();

		await sleep(LOOK_MS);
		const passed = ticks().map((n, i) => n - before[i]);
		const all = passed.reduce((sum, n) => sum + n, 0);
		const idle = all === 0 ? 1 : (passed[3] + passed[4]) / all;

		if (idle >= IDLE_ENOUGH || waited >= MAX_WAIT_MS || patienceMs <= 0)
			return idle;
		patienceMs -= LOOK_MS;
	}
}

export function describe(build, top) {
	const release = fs.existsSync('/etc/os-release') ?
		fs.readFileSync('/etc/os-release', 'utf8')
			.match(/^PRETTY_NAME="?([^"\n]*)/m)?.[1] : undefined;

	return {
		cpu: `${os.cpus().length} x ${os.cpus()[0]?.model.trim()}`,
		memory: `${Math.round(os.totalmem() / 2 ** 30)} GB`,
		kernel: os.release(),
		system: release ?? os.type(),
		ccproc: said(path.join(build, 'ccprocd'), '--version') ?? '?',
		revision: said('git', '-C', top, 'describe', '--always', '--dirty'),
		node: process.version,
		date: new Date().toISOString().slice(0, 16),
		load: os.loadavg()[0],
	};
}

const systemOf = (dir) => said('stat', '-f', '-c', '%T', dir) ?? '?';

/** An ext4 with a journal in a file, mounted; undefined where that fails. */
function mountDisk(work) {
	const image = path.join(work, 'disk.img'), dir = path.join(work, 'disk');

	fs.mkdirSync(dir);
	fs.closeSync(fs.openSync(image, 'w'));
	fs.truncateSync(image, DISK_GB * 2 ** 30);
	const ready = process.getuid() === 0 &&
		said('mkfs.ext4', '-q', '-F', '-N', '1500000', image) !== undefined &&
		said('mount', '-o', 'loop', image, dir) !== undefined;

	if (!ready)
		fs.rmSync(image);
	return ready ? dir : undefined;
}

/**
 * The places that are named, of tmpfs and disk, as { dir, system }, a folder
 * for programs as bin, and close().  The disk is an ext4 with a journal of its
 * own, for root; else what the temporary folder lies on.
 */
export function openPlaces(names) {
	const work = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-bench-'));
	const fast = fs.mkdtempSync('/dev/shm/ccproc-bench-');
	const disk = names.includes('disk') ? mountDisk(work) : undefined;

	return {
		bin: work,
		tmpfs: { dir: fast, system: systemOf(fast) },
		disk: disk ? { dir: disk, system: 'ext4 with journal, loop device' } :
			{ dir: work, system: systemOf(work) },
		close() {
			if (disk)
				execFileSync('umount', ['-l', disk]); // whoever has it still
			for (const dir of [work, fast])
				fs.rmSync(dir, { recursive: true, force: true });
		},
	};
}
