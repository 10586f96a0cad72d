// Options of tests/power/run: a recording, and its cuts.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Random } from '../../chaos/lib/random.mjs';
import { defaultPlace } from '../../chaos/lib/world.mjs';
import { Disk, SYSTEMS, whyNot } from './disk.mjs';
import { Log } from './log.mjs';
import { KINDS } from './told.mjs';

const JUDGE = fileURLToPath(new URL('judge.mjs', import.meta.url));
const RUN = fileURLToPath(new URL('../run', import.meta.url));
/** Mounts, processes and a session of its own, which end with it. */
const ALONE = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child',
	'setsid', 'sh', '-c', '"$0" "$@"; exit $?'];
const USAGE = `usage: tests/power/run [OPTION ...] ext4 | xfs | btrfs

  --cuts N      places at which the power is cut (1000)
  --tasks N     tasks that clients start meanwhile (300)
  --seed N      decides what clients do and where the power is cut (the time)
  --build DIR   folder of the programs (CCPROC_BUILD)
  --again DIR   cut in the recording that a run has left, instead of a new one

The exit status is 0 when everything that was told before a cut is there after
it, 77 when this machine has no such disk; else the seed, what is wrong and the
folder with the recording are named.
`;

function parse(args) {
	try {
		const { values, positionals: [system] } = parseArgs({ args,
			allowPositionals: true, options: { help: { type: 'boolean' },
				cuts: { type: 'string' }, tasks: { type: 'string' },
				seed: { type: 'string' }, build: { type: 'string' },
				again: { type: 'string' } } });

		if (values.help) {
			process.stdout.write(USAGE);
			process.exit(0);
		}
		if (system in SYSTEMS)
			return { cuts: 1000, tasks: 300, seed: String(Date.now() % 1000000),
				build: process.env.CCPROC_BUILD, ...values, system };
		throw new Error('expected the name of a file system');
	} catch (error) {
		process.stderr.write(`power: ${error.message}\n\n${USAGE}`);
		return process.exit(2);
	}
}

/** Has clients at work on a disk in dir. */
async function record(dir, { system, tasks, seed }) {
	const { World } = await import('../../system/lib/harness.mjs');
	const { killDaemon } = await import('../../system/lib/daemon.mjs');
	const { config, load } = await import('./load.mjs');
	const world = new World({ config: config(600) });
	const disk = new Disk(dir, system);

	world.env.FAKE_CLAUDE_TALK = path.join(world.work, 'talk');
	await disk.start(world.state);
	const notes = await load(world, disk, new Random(seed), Number(tasks));

	await killDaemon(world);
	await disk.stop();
	const log = new Log(disk.log);

	for (const note of notes)
		note.at = log.count(note.at);
	fs.writeFileSync(path.join(dir, 'notes'),
		JSON.stringify({ work: world.work, notes }));
}

/** The places to cut at: after flushes, and anywhere, in order. */
function places(dir, { cuts, seed }) {
	const random = new Random(seed).fork('cuts');
	const log = new Log(path.join(dir, 'log'));
	const { notes: [first] } = JSON.parse(
		fs.readFileSync(path.join(dir, 'notes')));

	return Array.from({ length: Number(cuts) }, () => {
		const count = random.int(first.at, log.lines.length);

		return random.chance(0.5) ? count : log.flushed(count);
	}).sort((a, b) => a - b);
}

/** Has one process judge some of the cuts; what it says. */
async function judge(job) {
	const child = spawn('unshare', ['--mount', process.execPath, JUDGE,
		JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] });
	const ended = new Promise((resolve) => child.once('close', resolve));
	const said = [];

	for await (const line of readline.createInterface(child.stdout))
		said.push(JSON.parse(line));
	if (await ended !== 0)
		said.push({ kind: 'judge', what: `it ended after ${said.length} cuts` });
	return said;
}

/** A kernel that cannot mount two copies of a btrfs at a time is before 6.7. */
function judges(system) {
	const [major, minor] = os.release().split('.').map(Number);

	return system === 'btrfs' && major * 100 + minor < 607 ? 1 :
		os.cpus().length;
}

async function cut(dir, options) {
	const all = places(dir, options);
	const size = Math.ceil(all.length / judges(options.system));
	const jobs = [];

	for (let at = 0; at < all.length; at += size)
		jobs.push(judge({ system: options.system, seed: options.seed, dir,
			cuts: all.slice(at, at + size) }));
	return (await Promise.all(jobs)).flat();
}

async function round(options) {
	const began = Date.now();
	const dir = options.again ??
		fs.mkdtempSync(path.join(defaultPlace(), 'ccproc-power-'));

	process.env.TMPDIR = dir;
	if (!options.again)
		await record(dir, options);
	const { lines } = new Log(path.join(dir, 'log'));
	const { notes } = JSON.parse(fs.readFileSync(path.join(dir, 'notes')));
	const said = await cut(dir, options);
	const wrong = said.filter(({ kind }) => kind);

	wrong.slice(0, 20).forEach((one) => console.log(JSON.stringify(one)));
	console.log(`${options.system}: ${said.length - wrong.length} cuts of ${
		lines.length} writes and flushes, ${notes.length} times told; ${
		KINDS.map((kind) => `${wrong.filter((one) => one.kind === kind)
			.length} ${kind}`).join(', ')}; ${
		Math.round((Date.now() - began) / 1000)} s`);
	if (wrong.length > 0)
		console.log(`FAILED: seed ${options.seed}, see ${dir}`);
	else if (!options.again)
		fs.rmSync(dir, { recursive: true });
	return wrong.length === 0;
}

export async function run(args) {
	const options = parse(args);
	const why = whyNot(options.system);

	if (why !== undefined) {
		console.log(why);
		process.exit(77);
	}
	if (!options.build || !fs.existsSync(path.join(options.build, 'ccprocd'))) {
		process.stderr.write('power: build first, and name the folder with ' +
			'--build\n');
		process.exit(2);
	}
	process.env.CCPROC_BUILD = path.resolve(options.build);
	if (process.env.CCPROC_POWER_ALONE !== undefined)
		process.exit(await round(options) ? 0 : 1);
	process.exit(spawnSync('unshare', [...ALONE, process.execPath, RUN, ...args],
		{ stdio: 'inherit', env: { ...process.env, CCPROC_POWER_ALONE: '1' } })
		.status ?? 1);
}
