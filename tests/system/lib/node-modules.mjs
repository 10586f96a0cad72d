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

/** A file of a package, or undefined when it is not installed. */
function findFile(name) {
	const file = path.join(dir, name);

	return fs.existsSync(file) ? file : undefined;
}

/** The program `claude`: $CCPROC_CLAUDE, else the npm package; or undefined. */
export function findClaude() {
	const file = process.env.CCPROC_CLAUDE;

	if (file)
		return fs.existsSync(file) ? file : undefined;
	return findFile(
		`@anthropic-ai/claude-code-linux-${process.arch}/claude`);
}

/** The folder of installed programs as bin, and those of these that are there. */
export const findPrograms = (...names) => ({ bin: path.join(dir, '.bin'),
	...Object.fromEntries(names.map((name) =>
		[name, findFile(`.bin/${name}`)])) });

/** A node of this version or newer: this one, else the npm package's. */
function findNode(major, minor) {
	const [ours, oursMinor] = process.versions.node.split('.').map(Number);

	return ours > major || (ours === major && oursMinor >= minor) ?
		process.execPath : findFile(`node-linux-${process.arch}/bin/node`);
}

/** The node that readline of today comes with, and Bun; or undefined. */
export const findReaders = () => ({ node: findNode(24, 0),
	bun: findFile(`@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' :
		process.arch}/bin/bun`) });

/** The inspector's program and a node that is new enough to run it. */
export const findInspector = () => ({ node: findNode(22, 19),
	program: findFile('@modelcontextprotocol/inspector/' +
		'clients/launcher/build/index.js') });

/** The same of the conformance suite. */
export const findConformance = () => ({ node: findNode(22, 0),
	program: findFile('@modelcontextprotocol/conformance/dist/index.js') });
