// Options of tests/chaos/run, and its rounds.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { defaultPlace } from './world.mjs';

const USAGE = `usage: tests/chaos/run [OPTION ...]

  --tasks N     tasks to start (400)
  --bridges N   clients with a bridge each, of both eras (4)
  --kills N     SIGKILLs of the daemon (20); bridges get a fifth of that
  --keepers     SIGKILL keepers too, as many as daemons: their tasks are lost
  --agents      mostly agents that go on, are replied to and stopped
  --hours N     instead of that, a soak of so many hours: tasks that keep
                accounts of themselves, which are held against what is told of
                them, while daemon, keepers and bridges are killed and
                stopped, the disk fills up and is read-only, the clock is set,
                descriptors run out and other programs are installed; with a
                line every minute, until an interrupt at the latest.  As root,
                with cc, patchelf and prlimit, or a part is left out
  --steps       instead of that, SIGKILL once at every named step; needs a
                build that was configured with --enable-test-steps
  --seed N      decides what is done and who is killed when (the time)
  --minutes N   again with the next seed until N minutes are over
  --build DIR   folder of the programs (CCPROC_BUILD)
  --state DIR   where the worlds are made (/dev/shm, else TMPDIR)
  --limit N     seconds that one round may take (300)
  --verbose     tell of each problem at once

The exit status is 0 when nothing was lost; else the seed, what is wrong and
the folder with everything in it are named.
`;

const NUMBERS = { tasks: 400, bridges: 4, kills: 20, minutes: 0, limit: 300,
	hours: 0 };
const FLAGS = ['keepers', 'agents', 'steps', 'verbose', 'help'];

function refuse(text) {
	process.stderr.write(`chaos: ${text}\n\n${USAGE}`);
	process.exit(2);
}

function parse(args) {
	const options = { build: { type: 'string' }, state: { type: 'string' },
		seed: { type: 'string' } };

	for (const name of Object.keys(NUMBERS))
		options[name] = { type: 'string' };
	for (const name of FLAGS)
		options[name] = { type: 'boolean', default: false };
	try {
		const { values } = parseArgs({ args, options });

		for (const [name, absent] of Object.entries(NUMBERS)) {
			values[name] = Number(values[name] ?? absent);
			if (!(values[name] >= 0))
				refuse(`--${name}: expected a number`);
		}
		return values;
	} catch (error) {
		return refuse(error.message);
	}
}

function prepare(options) {
	const build = options.build ?? process.env.CCPROC_BUILD;

	if (options.help) {
		process.stdout.write(USAGE);
		process.exit(0);
	}
	if (!build || !fs.existsSync(path.join(build, 'ccprocd')))
		refuse(`no ccprocd in ${build ?? 'CCPROC_BUILD'}: build first, and ` +
			'name the folder with --build');
	process.env.CCPROC_BUILD = path.resolve(build);
	options.state = path.resolve(options.state ?? defaultPlace());
	options.seed ??= String(Date.now() % 1000000);
	options.bridgeKills = Math.floor(options.kills / 5);
	options.keeperKills = options.keepers ? options.kills : 0;
}

async function round(options) {
	const { Chaos } = await import('./chaos.mjs');
	const { Soak } = await import('./soak.mjs');
	const chaos = options.hours > 0 ? new Soak(options) : new Chaos(options);
	const fine = await chaos.run();

	console.log(chaos.summary);
	if (!fine)
		console.log(`FAILED: seed ${options.seed}, see ${chaos.dir}\n${
			chaos.details}`);
	return fine;
}

export async function run(args) {
	const options = parse(args);

	prepare(options);
	if (options.steps) {
		const { stepsOf } = await import('./steps.mjs');

		if (stepsOf().length === 0)
			refuse(`${process.env.CCPROC_BUILD} has no steps: configure ` +
				'with --enable-test-steps');
	}
	const until = Date.now() + options.minutes * 60000;
	let fine = await round(options);

	for (let i = 1; fine && Date.now() < until; i++)
		fine = await round({ ...options, seed: `${options.seed}+${i}` });
	process.exit(fine ? 0 : 1);
}
