// What the answers of tools look like.

/** A span of time, as a regular expression's source. */
export const SPAN = String.raw`\d+(\.\d)? (ms|s|min)`;

/** The last line about a task that goes on. */
export const NEXT = (id) =>
	`next: check_tasks {"ids":["${id}"],"wait_s":45}`;

/** A regular expression with SPAN for ~, other characters as they are. */
export const like = (text) => new RegExp('^' + text.split('~')
	.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
	.join(SPAN) + '$');

/** The number of characters in a text. */
export const chars = (text) => [...text].length;

/** The tasks that its lines begin with. */
export const ids = (text) => [...text.matchAll(/^t\d+/gm)].map(([id]) => id);
