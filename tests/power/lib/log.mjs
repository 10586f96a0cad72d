// What recorder.mjs has written down, and images of the disk as a power cut
// leaves it.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/** Of a line: offset and number of bytes, as doubles; the bytes follow. */
export const HEADER = 16;
/** What a disk writes as a whole. */
const BLOCK = 4096;

export class Log {
	constructor(file) {
		const { size } = fs.statSync(file);
		const head = Buffer.alloc(HEADER);

		this.fd = fs.openSync(file, 'r');
		this.lines = []; // { offset, length, data } of a write; end of all
		for (let at = 0; at < size;) {
			fs.readSync(this.fd, head, 0, HEADER, at);
			const offset = head.readDoubleLE(0);
			const length = head.readDoubleLE(8);
			const data = at + HEADER;

			at = data + length;
			this.lines.push({ offset, length, data, end: at });
		}
	}

	/** How many lines there were when the log had so many bytes. */
	count(bytes) {
		let low = 0;

		for (let high = this.lines.length; low < high;) {
			const middle = (low + high) >> 1;

			if (this.lines[middle].end <= bytes)
				low = middle + 1;
			else
				high = middle;
		}
		return low;
	}

	/** How many lines the last flush among the first so many ends. */
	flushed(count) {
		while (count > 0 && this.lines[count - 1].length > 0)
			count--;
		return count;
	}

	/** Writes to fd what a line wrote, but for the blocks that are not kept. */
	apply(index, fd, kept = () => true) {
		const { offset, length, data } = this.lines[index];
		const bytes = Buffer.alloc(length);

		fs.readSync(this.fd, bytes, 0, length, data);
		for (let at = 0; at < length; at += BLOCK)
			if (kept())
				fs.writeSync(fd, bytes, at, Math.min(BLOCK, length - at),
					offset + at);
	}
}

/** The disk at one moment after another. */
export class Image {
	constructor(log, first, file) {
		execFileSync('cp', ['--sparse=always', first, file]);
		Object.assign(this, { log, file, fd: fs.openSync(file, 'r+'), at: 0 });
	}

	/**
	 * Makes file the disk when so many lines are written and the power is
	 * cut: all up to the last flush, and of what came later some blocks.
	 */
	cut(count, random, file) {
		const sure = this.log.flushed(count);
		const share = random.pick([0, 0.5, 0.9, 1]);

		for (; this.at < sure; this.at++)
			this.log.apply(this.at, this.fd);
		execFileSync('cp', ['--sparse=always', this.file, file]);
		const fd = fs.openSync(file, 'r+');

		for (let at = sure; at < count; at++)
			this.log.apply(at, fd, () => random.chance(share));
		fs.closeSync(fd);
	}
}
