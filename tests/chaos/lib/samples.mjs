// What a daemon has in memory and open as it works, and how that grows.

/** A daemon that has just started takes what it needs. */
const YOUNG_MS = 10000;

export class Samples {
	constructor() {
		this.lives = []; // of daemons: [[tasks, mib, fds], ...]
	}

	add(pid, tasks, { mib, fds }) {
		this.last = { mib, fds };
		if (pid !== this.pid) {
			this.pid = pid;
			this.since = performance.now();
			this.lives.push([]);
		}
		if (performance.now() - this.since > YOUNG_MS)
			this.lives.at(-1).push([tasks, mib, fds]);
	}
}

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;

/**
 * The common slope of all lives, each about its own mean, for 10,000 tasks:
 * { mib, fds, lives, tasks }, with the tasks that were looked at.
 */
export function growth(lives) {
	const long = lives.filter((life) => life.length > 2);
	let [xx, xm, xf] = [0, 0, 0];

	for (const life of long) {
		const [x, m, f] = [0, 1, 2].map((i) =>
			mean(life.map((sample) => sample[i])));

		for (const [tasks, mib, fds] of life) {
			xx += (tasks - x) ** 2;
			xm += (tasks - x) * (mib - m);
			xf += (tasks - x) * (fds - f);
		}
	}
	return { mib: xx && xm / xx * 10000, fds: xx && xf / xx * 10000,
		lives: long.length, tasks: long.reduce((n, life) =>
			n + life.at(-1)[0] - life[0][0], 0) };
}
