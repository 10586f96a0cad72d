// The real `claude` on a terminal: what it shows, what is typed, and what
// reaches the model, which a fake of the Messages API plays.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { claude, toolResults } from './claude.mjs';
import { plan } from './fake-api.mjs';
import { waitFor, within } from './harness.mjs';
import { Screen } from './screen.mjs';

const COLUMNS = 500; // so wide that it breaks no line
const ROWS = 50;

/** The bytes that a terminal sends for keys without a character. */
const KEYS = { enter: '\r', escape: '\x1b', up: '\x1b[A', down: '\x1b[B',
	right: '\x1b[C', left: '\x1b[D', tab: '\t', space: ' ',
	interrupt: '\x03' };

/** Makes a home where claude asks nothing at its start. */
function settleIn(world) {
	const file = path.join(world.home, '.claude.json');
	const known = fs.existsSync(file) ?
		JSON.parse(fs.readFileSync(file)) : {};

	fs.writeFileSync(file, JSON.stringify({ ...known, theme: 'dark',
		hasCompletedOnboarding: true,
		customApiKeyResponses: { rejected: [],
			approved: [world.env.ANTHROPIC_API_KEY] },
		projects: { [world.work]: { ...known.projects?.[world.work],
			hasTrustDialogAccepted: true,
			hasCompletedProjectOnboarding: true } } }));
}

const textOf = (content) => typeof content === 'string' ? content :
	(content ?? []).map((block) => block.text ?? textOf(block.content))
		.join('\n');

/** The task notifications in what a request sent to the model. */
export const notifications = ({ messages }) => messages
	.filter(({ role }) => role === 'user')
	.flatMap(({ content }) => textOf(content)
		.match(/<task-notification>[^]*?<\/task-notification>/g) ?? []);

export class Session {
	#prompts = 0;

	/** The session ends with its world, at the latest. */
	constructor({ api, world }, args = []) {
		const words = [claude, '--allowedTools=mcp__ccproc', ...args];

		settleIn(world);
		this.api = api;
		this.screen = new Screen(COLUMNS, ROWS);
		this.child = spawn('script', ['-qefc',
			`stty cols ${COLUMNS} rows ${ROWS}; ` +
			`exec ${words.map((word) => `'${word}'`).join(' ')}`,
		'/dev/null'],
		{ cwd: world.work, env: { ...world.env, SHELL: '/bin/sh',
			TERM: 'xterm-256color' } });
		this.child.stdin.on('error', () => {}); // its end is told by ended
		this.child.stdout.setEncoding('utf8')
			.on('data', (data) => this.screen.write(data));
		this.ended = new Promise((resolve) =>
			this.child.once('close', (code, signal) => {
				this.status = code ?? signal;
				resolve(this.status);
			}));
		world.bridges.add(this);
	}

	/** Makes its pane smaller or larger; everything is drawn anew. */
	resize(columns, rows) {
		const [pid] = fs.readFileSync(`/proc/${this.child.pid}/task/` +
			`${this.child.pid}/children`, 'utf8').split(' ');

		this.screen = new Screen(columns, rows);
		execFileSync('stty', ['-F', fs.readlinkSync(`/proc/${pid}/fd/0`),
			'cols', columns, 'rows', rows]);
	}

	close() {
		this.child.kill('SIGKILL'); // claude's terminal hangs up
		return this.ended;
	}

	/** Waits for what is to happen; a failure tells what is shown. */
	until(fn, what) {
		return waitFor(fn, { timeout: 30000, what }).catch((error) => {
			error.message += `\n${this.screen.text
				.replace(/─{9,}/g, '---').trim()}`;
			throw error;
		});
	}

	shows(text) {
		return this.until(() => this.screen.text.includes(text),
			`${text} on the terminal`);
	}

	/** Types text and waits until it stands there. */
	async type(text) {
		this.child.stdin.write(text);
		await this.shows(text);
	}

	/** Presses a key, by its name in KEYS, and waits for what it shows. */
	async press(key, text = '') {
		this.child.stdin.write(KEYS[key]);
		await this.shows(text);
	}

	/**
	 * Presses a key until a text is gone: dialogs take no answer that comes
	 * faster than a person could have read them.  A key too many goes to what
	 * comes next, so each has its time.
	 */
	dismiss(key, text) {
		const gone = () => !this.screen.text.includes(text);

		return this.until(async () => {
			this.child.stdin.write(KEYS[key]);
			await waitFor(gone, { timeout: 1500 }).catch(() => {});
			return gone();
		}, `the end of ${text}`);
	}

	/** Gives the model its script, which begins at once. */
	async submit(...steps) {
		await this.shows('❯');
		await this.type(plan(...steps));
		await this.press('enter');
	}

	/** The same, to its end; what the model has got to see of each tool. */
	async prompt(...steps) {
		const end = `end-${++this.#prompts}`;

		await this.submit(...steps, { text: end });
		await this.shows(end);
		return toolResults(this.api);
	}

	/** The request to the model, of those to come, that fits. */
	request(fits, what) {
		return this.until(() => this.api.requests.find(fits), what);
	}

	/**
	 * Leaves as a user does, who does not care for what is running; the exit
	 * status.
	 */
	async leave() {
		await this.press('interrupt', 'again to exit');
		await this.press('interrupt');
		await this.until(() => this.status !== undefined ||
			this.screen.text.includes('1. Exit and stop tasks'),
		'the end of claude, or its question');
		if (this.status === undefined)
			await this.dismiss('enter', '1. Exit and stop tasks');
		return within(10000, this.ended, 'the end of claude');
	}

	/** The argument of --resume, once the session has ended. */
	get id() {
		return /--resume ([0-9a-f-]{36})/.exec(this.screen.text)?.[1];
	}
}
