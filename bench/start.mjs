#!/usr/bin/env node
// How long a start takes until it is answered, and until the end of its tasks
// is told, beside a floor that writes and syncs the same files and starts the
// same programs; for several builds, in rounds that take turns.
//
//	bench/start.mjs [--dir DIR] [--rounds N] BUILD ...
//
// DIR is where the state is kept: where it lies decides what a sync costs.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { World } from '../tests/system/lib/harness.mjs';

const { values, positionals: builds } = parseArgs({ allowPositionals: true,
	options: { dir: { type: 'string', default: os.tmpdir() },
		rounds: { type: 'string', default: '15' } } });
const rounds = Number(values.rounds);
const here = import.meta.dirname;

if (builds.length === 0)
	throw new Error('usage: bench/start.mjs [--dir DIR] [--rounds N] BUILD ...');

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const work = fs.mkdtempSync(path.join(values.dir, 'bench-'));
const floorProgram = path.join(work, 'floor');

execFileSync('cc', ['-O2', '-o', floorProgram, path.join(here, 'floor.c')]);

/** [ms until accepted, ms until the end is told] of one round. */
function floor(n, ...more) {
	const folder = fs.mkdtempSync(path.join(work, 'floor-'));

	fs.rmdirSync(folder);
	const [line] = execFileSync(floorProgram, [folder, n, 1, ...more],
		{ encoding: 'utf8' }).split('\n');

	fs.rmSync(folder, { recursive: true });
	return line.split(' ').map(Number);
}

/** A world of one build, whose state lies in the folder of this bench. */
async function open(build, i) {
	process.env.CCPROC_BUILD = path.resolve(build);
	const state = path.join(work, `state-${i}`);

	fs.mkdirSync(state, { mode: 0o700 });
	const world = new World({ env: { CCPROC_STATE_DIR: state } });
	const bridge = world.bridge();

	await bridge.legacy();
	return { world, bridge };
}

async function start(bridge, n) {
	const tasks = Array.from({ length: n }, () => ({ command: ['true'] }));
	const begin = performance.now();
	const { text } = await bridge.tool('start_tasks', { tasks });
	const accepted = performance.now() - begin;
	const [group] = text.match(/g\d+/);

	await bridge.tool('check_tasks', { ids: [group], wait_s: 60,
		detail: 'status' });
	return [accepted, performance.now() - begin];
}

const places = [];

try {
	for (const [i, build] of builds.entries())
		places.push({ name: build, ...await open(build, i) });
	console.log(`state in ${values.dir} (${execFileSync('stat',
		['-f', '-c', '%T', values.dir], { encoding: 'utf8' }).trim()}), ` +
		`${rounds} rounds, medians in ms, load ${os.loadavg()[0]}`);
	for (const n of [1, 8, 50]) {
		const figures = new Map();
		const note = (name, pair) => figures.set(name,
			[...figures.get(name) ?? [], pair]);

		for (let round = 0; round < rounds; round++) {
			note('floor, no sync', floor(n, 'nosync'));
			note('floor', floor(n));
			for (const { name, bridge } of places)
				note(name, await start(bridge, n));
		}
		const base = median(figures.get('floor').map(([first]) => first));

		for (const [name, list] of figures) {
			const [accepted, told] = [0, 1].map((k) =>
				median(list.map((pair) => pair[k])));

			console.log(`${String(n).padStart(3)} ${name.padEnd(40)} ` +
				`answered ${accepted.toFixed(2).padStart(8)}  ended ` +
				`${told.toFixed(2).padStart(8)}  ` +
				`${(accepted / base).toFixed(2)} of the floor`);
		}
	}
} finally {
	for (const { world } of places)
		await world.close();
	fs.rmSync(work, { recursive: true, force: true });
}
