// File systems on disks in files: one that remembers what is written to it,
// and copies of that.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { waitFor } from '../../system/lib/patience.mjs';

const RECORDER = fileURLToPath(new URL('recorder.mjs', import.meta.url));

/** The smallest of each kind, in MiB; options tell apart copies of one. */
export const SYSTEMS = {
	ext4: { size: 64, make: ['mkfs.ext4', '-q'], options: 'loop' },
	xfs: { size: 320, make: ['mkfs.xfs', '-q'], options: 'loop,nouuid' },
	btrfs: { size: 128, make: ['mkfs.btrfs', '-q'], options: 'loop' },
};

const run = (...command) => execFileSync(command[0], command.slice(1),
	{ stdio: ['ignore', 'ignore', 'pipe'] });

export function mount(system, file, at) {
	run('mount', '-t', system, '-o', SYSTEMS[system].options, file, at);
	fs.chmodSync(at, 0o700);
}

export const unmount = (at) => waitFor(() =>
	spawnSync('umount', [at]).status === 0, { what: `umount ${at}` });

/** Why there can be no such disk here; undefined when there can. */
export function whyNot(system) {
	const { make: [program] } = SYSTEMS[system];

	if (process.getuid() !== 0)
		return 'only root may mount';
	if (spawnSync(program, ['-V']).error)
		return `${program} is not installed`;
	spawnSync('modprobe', ['-aq', system, 'fuse', 'loop']);
	if (!new RegExp(`\\t${system}\\n`).test(
		fs.readFileSync('/proc/filesystems', 'utf8')))
		return `the kernel has no ${system}`;
	if (spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']).status)
		return 'no namespace can be made';
	for (const device of ['/dev/fuse', '/dev/loop-control'])
		if (!fs.existsSync(device))
			return `there is no ${device}`;
	return undefined;
}

/** A disk in dir whose log tells all that came to it. */
export class Disk {
	constructor(dir, system) {
		Object.assign(this, { system, file: path.join(dir, 'file'),
			first: path.join(dir, 'first'), log: path.join(dir, 'log') });
	}

	/** Mounts it, freshly made. */
	async start(at) {
		const { size, make } = SYSTEMS[this.system];
		const image = `${this.first}.image`;

		fs.writeFileSync(image, '');
		fs.truncateSync(image, size << 20);
		run(...make, image);
		run('cp', '--sparse=always', image, this.first);
		for (const file of [this.log, this.file])
			fs.writeFileSync(file, '');
		this.recorder = spawn(process.execPath,
			[RECORDER, image, this.log, this.file],
			{ stdio: ['ignore', 'inherit', 'inherit'] });
		await waitFor(() => fs.statSync(this.file).size === size << 20,
			{ what: 'the disk in a file' });
		this.at = at;
		mount(this.system, this.file, at);
	}

	/** How long the log is by now. */
	position() {
		return fs.statSync(this.log).size;
	}

	async stop() {
		await unmount(this.at);
		await unmount(this.file);
		fs.rmSync(`${this.first}.image`);
	}
}
