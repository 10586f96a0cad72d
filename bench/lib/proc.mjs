// What the kernel counts of processes.
import fs from 'node:fs';

const read = (pid, file) => fs.readFileSync(`/proc/${pid}/${file}`, 'latin1');

/** A number of /proc/PID/FILE, by what stands before it. */
const field = (file, key) => (pid) =>
	Number(read(pid, file).match(new RegExp(`^${key}:\\s+(\\d+)`, 'm'))[1]);

export const rssKb = field('status', 'VmRSS');
export const peakKb = field('status', 'VmHWM');
export const pssKb = field('smaps_rollup', 'Pss');

/** Milliseconds of processor time. */
export const cpuMs = (pid) => Number(read(pid, 'schedstat').split(' ')[0]) / 1e6;

/** How often a process was switched to. */
export const switches = (pid) =>
	field('status', 'voluntary_ctxt_switches')(pid) +
	field('status', 'nonvoluntary_ctxt_switches')(pid);

export const children = (pid) => read(pid, `task/${pid}/children`)
	.split(' ').filter(Boolean).map(Number);

export const nameOf = (pid) => read(pid, 'comm').trim();
