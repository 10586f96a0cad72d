// Programs of others that do such work, and where they are.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Missing } from './missing.mjs';

const HERE = fileURLToPath(new URL('../peers/', import.meta.url));

function found(file, why) {
	if (!fs.existsSync(file))
		throw new Missing(why);
	return file;
}

/** The path of a program in PATH, or undefined. */
export const findProgram = (name) => process.env.PATH.split(':')
	.map((dir) => path.join(dir, name)).find((file) => fs.existsSync(file));

/** The same of a peer. */
export const program = (name) =>
	found(findProgram(name) ?? name, `${name} is not installed`);

/** MCP servers with five tools such as the predecessor had. */
export const servers = {
	'TypeScript SDK': () => {
		const modules = process.env.CCPROC_NODE_MODULES ?? '';

		found(path.join(modules, '@modelcontextprotocol/sdk'),
			'the SDK is not installed');
		return { command: [process.execPath, path.join(HERE, 'server.mjs')] };
	},
	FastMCP: () => {
		const python = process.env.CCPROC_BENCH_PYTHON ?? '';

		return { command: [found(python, 'FastMCP is not installed'),
			path.join(HERE, 'server.py')] };
	},
};
