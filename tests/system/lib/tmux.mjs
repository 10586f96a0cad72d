// A terminal that is looked at as a person does: by tmux.
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';

import { buildDir, startWorld, waitFor } from './harness.mjs';

const PROGRAM = path.join(buildDir(), 'ccproc');

/** Why there is none, or false. */
export const noTmux = spawnSync('tmux', ['-V']).status !== 0 &&
	'tmux is not installed';

/** A world with a terminal in it, which ends before it does. */
export function startTerminal(t, options) {
	const terminal = new Terminal();

	t.after(() => terminal.end());
	terminal.world = startWorld(t, options);
	return { world: terminal.world, terminal };
}

class Terminal {
	#tmux(...args) {
		return execFileSync('tmux', ['-f', '/dev/null', '-S',
			path.join(this.world.root, 'tmux'), ...args], {
			env: { ...this.env, TMUX: '' },
			encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
	}

	/** Runs ccproc there, and then tells its exit status. */
	open(args, { columns = 80, rows = 24, env } = {}) {
		this.env = { ...this.world.env, LC_ALL: 'C.UTF-8',
			TERM: 'xterm-256color', SHELL: '/bin/sh', ...env };
		this.#tmux('new-session', '-d', '-x', `${columns}`, '-y', `${rows}`,
			'-c', this.world.work,
			`'${PROGRAM}' ${args.join(' ')}; echo "status $?"; exec cat`);
	}

	/** Its lines, without the spaces at their ends. */
	get text() {
		return this.#tmux('capture-pane', '-p').replace(/ +$/gm, '')
			.replace(/\n+$/, '');
	}

	/** The same with what colours them. */
	get coloured() {
		return this.#tmux('capture-pane', '-p', '-e');
	}

	get title() {
		return this.#tmux('display-message', '-p', '#{pane_title}').trim();
	}

	/** The process of ccproc top. */
	get pid() {
		const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim();

		return Number(execFileSync('pgrep', ['-P', shell, 'ccproc-top'],
			{ encoding: 'utf8' }));
	}

	/** Types keys by their names, or letters. */
	type(...keys) {
		this.#tmux('send-keys', ...keys);
	}

	/** Types this as it is. */
	write(text) {
		this.#tmux('send-keys', '-l', text);
	}

	size(columns, rows) {
		this.#tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`);
	}

	/** Waits until the screen fits, and returns it. */
	async shows(pattern) {
		let text;

		try {
			await waitFor(() => pattern.test(text = this.text),
				{ what: `${pattern} on the screen` });
		} catch (error) {
			error.message += `\n${text}`;
			throw error;
		}
		return text;
	}

	/** Closes the window, as a person does. */
	close() {
		this.#tmux('kill-server');
		this.env = undefined;
	}

	end() {
		if (this.env !== undefined)
			this.close();
	}
}
