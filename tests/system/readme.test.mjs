// What README.md and the documents beside it show is what happens.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { read, tryExamples } from './lib/examples.mjs';
import { buildDir } from './lib/harness.mjs';
import { noTmux } from './lib/tmux.mjs';

const TREE = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENTS = fs.readdirSync(TREE).filter((name) => name.endsWith('.md'));
const TOP = fileURLToPath(new URL('../../doc/top.svg', import.meta.url));
const PICTURE = fileURLToPath(new URL('../../doc/picture', import.meta.url));

describe('the examples of', { concurrency: 2 }, () => {
	test('README', (t) => tryExamples(t, 'README.md'));
	test('FAQ', (t) => tryExamples(t, 'FAQ.md', [
		['export PATH=', 'it is for the shell of the one who reads'],
		['{ "permissions"', 'claude-mcp.test.mjs does it'],
		['claude mcp add', 'claude-mcp.test.mjs does it'],
		['systemctl --user link', 'systemd.test.mjs does it'],
	]));
	test('UPGRADING', (t) => tryExamples(t, 'UPGRADING.md', [
		['the state directory', 'state-version.test.mjs does it'],
	]));
	test('SECURITY', (t) => tryExamples(t, 'SECURITY.md'));
});

test('links lead to what is there', () => {
	for (const name of DOCUMENTS)
		for (const [, link] of read(name).matchAll(/\]\(([^)#:]+)\)/g))
			assert.ok(fs.existsSync(path.join(TREE, link)), `${name}: ${link}`);
});

test('the picture shows what top shows', { skip: noTmux ||
	(!fs.existsSync(path.join(buildDir(), 'ccproc-top')) &&
		'ccproc was built without top') }, (t) => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-'));
	const file = path.join(folder, 'top.svg');
	const names = (svg) => fs.readFileSync(svg, 'utf8')
		.match(/\b(fix-login|docs|bench|nightly|mail|link|unit)\b/g);

	t.after(() => fs.rmSync(folder, { recursive: true }));
	execFileSync(process.execPath, [PICTURE, file], { stdio: 'inherit' });
	assert.deepEqual(new Set(names(file)), new Set(names(TOP)));
});
