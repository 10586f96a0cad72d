// The tour of README.md, done as it stands there: what is sent and typed, and
// what comes back, without what differs from one time to another.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { killDaemon } from './lib/daemon.mjs';
import { buildDir, startWorld } from './lib/harness.mjs';
import { join } from './lib/session.mjs';

const KILL = 'pkill -KILL -x ccprocd';

/** The steps of a section: what is sent (>) or typed ($), what comes back. */
function stepsOf(section) {
	const readme = fs.readFileSync(new URL('../../README.md',
		import.meta.url), 'utf8');
	const [text] = readme.split(`## ${section}\n`)[1].split('\n## ');
	const blocks = text.match(/(?<=^```\n).*?(?=^```$)/gms);

	return blocks.flatMap((block) => block.split(/\n*^(?=[>$] )/m))
		.filter((step) => /^[>$] /.test(step))
		.map((step) => {
			// JSON goes on in lines that are indented
			const [, kind, said, answer] =
				step.match(/^([>$]) (.*(?:\n {2,}.*)*)\n?([^]*)$/);

			return { kind, said, answer };
		});
}

/** Without times, the widths of columns and where a line was broken. */
const steady = (text, home) => text.replaceAll(home, '/home/ada')
	.replace(/\b\d+(\.\d+)? (ms|s|min)\b/g, '~').replace(/\s+/g, ' ').trim();

/** How far tasks are when somebody looks is a matter of the machine. */
const anyProgress = (text) => text
	.replace(/ \d running,( \d failed,)? \d completed$/, '')
	.replace(/\b(running|failed(\/3)?)(?= )/g, 'STATE')
	.replace(/(linking|test \d ok|-)(?= t\d|$)/g, 'LAST');

async function typed(world, line) {
	if (line === KILL) { // that of this world
		await killDaemon(world);
		return '';
	}
	const child = spawn('/bin/sh', ['-c', line], { cwd: world.work,
		env: { ...world.env, HOME: path.dirname(world.work), PATH: `${buildDir()}:${world.env.PATH}` } });
	let out = '';

	child.stdout.setEncoding('utf8').on('data', (data) => { out += data; });
	await new Promise((resolve) => child.on('close', resolve));
	return out;
}

describe('README', () => {
	test('the tour is what happens', async (t) => {
		const world = startWorld(t);
		const home = path.join(world.root, 'ada');

		// as if the one who reads had just run quickstart
		fs.mkdirSync(path.join(home, 'project'), { recursive: true });
		fs.mkdirSync(path.join(home, '.local'));
		world.work = path.join(home, '.local');
		await typed(world, 'ccproc run -- echo hello from ccproc');
		world.work = path.join(home, 'project');
		let bridge = await join(world);

		for (const { kind, said, answer } of stepsOf("A minute's tour")) {
			let seen;

			if (said === KILL)
				await bridge.close(); // the session ends, too
			if (kind === '$')
				seen = await typed(world, said);
			else {
				const [, tool, json] = said.match(/^(\S+) ([^]*)$/);

				if (bridge.child.exitCode !== null)
					bridge = await join(world);
				seen = (await bridge.tool(tool, JSON.parse(json))).text;
			}
			const [a, b] = [seen, answer].map((text) => {
				const plain = steady(text, home);

				return said.endsWith(' ls') ? anyProgress(plain) : plain;
			});

			assert.equal(a, b, said);
		}
	});
});
