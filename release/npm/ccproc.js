#!/usr/bin/env node
// Becomes the native ccproc of the package of this platform.  What is registered
// with a client is the bridge that `ccproc install` has put into place, not this.
'use strict';

const { constants } = require('node:os');
const { spawn } = require('node:child_process');

const NAME = `ccproc-${process.platform}-${process.arch}`;
const known = Object.keys(require('./package.json').optionalDependencies);

function program() {
	try {
		return require.resolve(`${NAME}/bin/ccproc`);
	} catch {
		console.error(process.platform !== 'linux' ?
			`ccproc is for Linux, and this is ${process.platform}` :
			known.includes(NAME) ?
				`ccproc: the package ${NAME} is not there: npm was told to ` +
				'leave out optional dependencies, so install without that' :
				`ccproc: there are no programs for ${process.arch}: build ` +
				'them from the source, by ./quickstart');
		process.exit(1);
	}
}

function become(file, args) {
	if (process.execve) // does not return; node before 22.15 has none
		process.execve(file, [file, ...args], process.env);
	const child = spawn(file, args, { stdio: 'inherit' });

	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])
		process.on(signal, () => child.kill(signal));
	child.on('error', (error) => {
		console.error(`ccproc: ${error.message}`);
		process.exit(125);
	});
	child.on('exit', (code, signal) => {
		process.exit(code ?? 128 + constants.signals[signal]);
	});
}

become(program(), process.argv.slice(2));
