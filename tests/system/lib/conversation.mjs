// A conversation as it is read: what a model calls and what it gets, what a
// person types and sees, with everything replaced that differs from one time
// to another.
import { Cli } from './cli.mjs';
import { expectRecorded } from './recording.mjs';

const UUID = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const SPAN = /\b\d+(\.\d+)? (ms|s|min)\b/g;

/** A text without what varies: times, processes, ids, places, hashes. */
const steady = (world, text) => text
	.replaceAll(world.root, '/world')
	.replace(UUID, 'UUID')
	.replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
	.replace(/\b([\d-]+ )?\d\d:\d\d:\d\d(?=, .* ago)/g, 'TIME')
	.replace(/\b\d{4}-\d\d-\d\d\b/g, 'DAY')
	.replace(SPAN, '~')
	.replace(/\b\d{2,} (sh|sleep)\b/g, 'N $1')
	.replace(/\b\d+(\.\d+)? ([KMG]i?B|kB|bytes)\b/g, 'N $2');

/** A table without the widths of its columns, which follow what varies. */
const narrow = (text) => text.split('\n')
	.map((line) => line.trimEnd().replace(/(\S) {2,}/g, '$1  ')).join('\n');

export class Conversation {
	#lines = [];

	constructor(world, bridge) {
		this.world = world;
		this.bridge = bridge;
	}

	#add(head, text) {
		const lines = steady(this.world, text).replace(/\n$/, '').split('\n');

		this.#lines.push(`${steady(this.world, head)}\n` +
			lines.map((line) => `\t${line}`.trimEnd()).join('\n'));
	}

	/** The model calls a tool; what it reads. */
	async model(tool, args = {}) {
		const { text, isError } = await this.bridge.tool(tool, args,
			{ timeout: 60000 });

		this.#add(`model: ${tool} ${JSON.stringify(args)}` +
			(isError ? '\nan error' : ''), text);
		return text;
	}

	/** A person types a command; what is seen of it. */
	async person(...words) {
		const cli = new Cli(this.world, words, { input: '' });
		const { code, out, err } = await cli.end();

		this.#add(`person: ccproc ${words.join(' ')}` +
			(code === 0 ? '' : `\nexit status ${code}`), narrow(out + err));
		return out;
	}

	/** A dialog, or whatever else is seen or read. */
	sees(who, text) {
		this.#add(`${who}:`, text);
	}

	/** Compares all of it with what was recorded. */
	end(name) {
		expectRecorded(`conversations/${name}.txt`,
			this.#lines.join('\n\n'), 'conversations');
	}
}
