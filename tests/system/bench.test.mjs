// The bench measures, and shows what it has measured in all its forms; what it
// measures is no test's matter.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { buildDir, patient } from './lib/harness.mjs';

const program = (name, ...args) => execFileSync(fileURLToPath(
	new URL(`../../bench/${name}`, import.meta.url)), args,
	{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'],
		timeout: patient(60000) });
const bench = (...args) => program('run', ...args);

test('a figure is measured, and is a table, JSON and a picture', (t) => {
	const out = fs.mkdtempSync(path.join(os.tmpdir(), 'ccproc-bench-'));
	const file = (name) => fs.readFileSync(path.join(out, name), 'utf8');

	t.after(() => fs.rmSync(out, { recursive: true }));
	const text = bench('--offline', '--build', buildDir(), '--rounds', '1',
		'--out', out, 'ping-direct');
	const { rows: [row] } = JSON.parse(file('figures.json'));

	assert.match(text, /^ping-direct: .*\n +tmpfs .* us /m);
	assert.equal(row.columns.ours.rounds.length, 1);
	assert.equal(row.ratio, row.columns.ours.median / row.columns.floor.median);
	assert.match(file('figures.svg'), /^<svg .*>ccproc<.*\n<\/svg>\n$/s);
	assert.equal(file('figures.txt'), text);
	assert.equal(bench('--from', path.join(out, 'figures.json')), text);
});

test('the figures have names of their own', () => {
	const names = bench('--list').split('\n').map((line) => line.split(' ')[0]);

	assert.ok(names.includes('ping'));
	assert.deepEqual(names, [...new Set(names)]);
});

test('a name that no figure has is refused', () => {
	assert.throws(() => bench('--offline', '--build', buildDir(), 'pong'),
		/no figure's name begins with pong/);
});

test('each hot path still fits the tree', (t) => {
	if (!fs.existsSync(path.join(buildDir(), 'libunit.a')))
		return t.skip('the unit tests are not built');
	assert.equal(program('compare', '--try', buildDir()), '');
});
