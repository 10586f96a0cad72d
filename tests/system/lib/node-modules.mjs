// What is installed by npm: from $CCPROC_NODE_MODULES, else beside the tests.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const dir = path.resolve(process.env.CCPROC_NODE_MODULES ??
	fileURLToPath(new URL('../node_modules', import.meta.url)));

/** The module, or undefined when it is not installed. */
export function load(name) {
	try {
		return createRequire(path.join(dir, 'x.js'))(name);
	} catch (error) {
		if (error.code === 'MODULE_NOT_FOUND')
			return undefined;
		throw error;
	}
}

/** The program `claude`: $CCPROC_CLAUDE, else the npm package; or undefined. */
export function findClaude() {
	const name = `@anthropic-ai/claude-code-linux-${process.arch}/claude`;
	const file = process.env.CCPROC_CLAUDE ?? path.join(dir, name);

	return fs.existsSync(file) ? file : undefined;
}
