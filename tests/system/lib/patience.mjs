// Deadlines of tests: what they say is for a quiet machine, and a busy one
// gets as much more as others take of it, by the load at the deadline.
// CCPROC_PATIENCE sets the factor, say on a slow machine.
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const MOST = 10;
const GIVEN = Number(process.env.CCPROC_PATIENCE);

/** How many times as long as on a quiet machine something may take now. */
export const patience = () => GIVEN > 0 ? GIVEN :
	Math.min(MOST, 1 + os.loadavg()[0] / os.cpus().length);

/** A limit for somebody else's timer, who asks once. */
export const patient = (ms) => Math.ceil(ms * patience());

/** Polls until fn returns something true, and returns that. */
export async function waitFor(fn, { timeout = 10000, what = String(fn) } = {}) {
	const start = Date.now();

	for (;;) {
		const value = await fn();

		if (value)
			return value;
		if (Date.now() - start > timeout * patience())
			throw new Error(`not within ${Date.now() - start} ms: ${what}`);
		await sleep(20);
	}
}

/** Rejects when promise has not settled within ms. */
export function within(ms, promise, what) {
	const start = Date.now();
	let timer;
	const late = new Promise((_, reject) => {
		const look = () => {
			const passed = Date.now() - start;
			const left = ms * patience() - passed;

			if (left > 0)
				timer = setTimeout(look, left);
			else
				reject(new Error(`not within ${passed} ms: ${what}`));
		};

		timer = setTimeout(look, ms);
	});

	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
