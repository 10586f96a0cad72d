// A stdio MCP server as a child process: objects in, objects out.
import { spawn } from 'node:child_process';
import readline from 'node:readline';

import { patient } from '../system/lib/patience.mjs';

const PATIENCE_MS = 2000; // between the steps of ending it

export class StdioServer {
	#child;

	/**
	 * take(message) gets each message of it; gone() is called once, at its
	 * end; complain(text) hears of what may not stand on its stdout.
	 */
	constructor([program, ...args], { take, gone = () => {},
		complain = () => {} }) {
		this.#child = spawn(program, args,
			{ stdio: ['pipe', 'pipe', 'inherit'] });
		this.#child.stdin.on('error', () => {}); // its end is told by gone
		const lines = readline.createInterface(
			{ input: this.#child.stdout, crlfDelay: Infinity });

		lines.on('line', (line) => {
			let message;

			try {
				message = JSON.parse(line);
			} catch {
				complain(`no JSON on stdout: ${line.slice(0, 200)}`);
				return;
			}
			take(message);
		});
		this.ended = new Promise((resolve) => {
			this.#child.once('error', (error) => {
				complain(`${program}: ${error.message}`);
				resolve();
			});
			lines.once('close', resolve);
		}).then(gone);
	}

	send(message) {
		this.write(JSON.stringify(message));
	}

	/** Sends a line as it is. */
	write(line) {
		this.#child.stdin.write(line + '\n');
	}

	/** No more input comes. */
	end() {
		this.#child.stdin.end();
	}

	/** Ends it as clients do: end of input, SIGTERM, SIGKILL. */
	close() {
		const timers = ['SIGTERM', 'SIGKILL'].map((signal, n) => setTimeout(
			() => this.#child.kill(signal), patient((n + 1) * PATIENCE_MS)));

		this.#child.stdin.end();
		return this.ended.finally(() => timers.forEach(clearTimeout));
	}
}
