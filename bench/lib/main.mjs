// bench/run: options, and the order of a run.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const MINUTES = 9.5; // what has begun then comes to its end

const { values, positionals } = parseArgs({ allowPositionals: true, options: {
	build: { type: 'string' },
	from: { type: 'string' },
	json: { type: 'boolean' },
	list: { type: 'boolean' },
	minutes: { type: 'string', default: String(MINUTES) },
	offline: { type: 'boolean' },
	out: { type: 'string' },
	peers: { type: 'boolean' },
	rounds: { type: 'string' },
} });

if (values.build)
	process.env.CCPROC_BUILD = path.resolve(values.build);
const { count, number, text } = await import('./text.mjs');
const { svg } = await import('./svg.mjs');

/** The figures that were named, or all. */
async function chosen() {
	const { figures } = await import('./figures.mjs');
	const unknown = positionals.filter((word) =>
		!figures.some(({ name }) => name.startsWith(word)));

	if (unknown.length > 0)
		throw new Error(`no figure's name begins with ${unknown.join(', ')}; ` +
			'bench/run --list names them');
	return figures.filter(({ name }) => positionals.length === 0 ||
		positionals.some((word) => name.startsWith(word)));
}

async function run() {
	const { buildPrograms, Context } = await import('./context.mjs');
	const { describe, openPlaces } = await import('./machine.mjs');
	const { measure, rowsOf } = await import('./driver.mjs');
	const figures = await chosen();
	const began = performance.now(), load = [os.loadavg()[0]];
	const machine = describe(process.env.CCPROC_BUILD, TOP);
	const places = openPlaces(rowsOf(figures).map(({ place }) => place));

	let stopped = false;

	process.once('SIGINT', () => { stopped = true; }); // a second one ends it
	try {
		const programs = await buildPrograms(places.bin);
		const rows = await measure(figures, {
			without: values.peers ? [] : ['pueue'],
			rounds: values.rounds && Number(values.rounds),
			spent: () => stopped ? Infinity :
				(performance.now() - began) / values.minutes / 60000,
			open: (row) => Context.open(row, { places, programs }),
			progress: ({ name, place, size, columns, unit }, n, of) =>
				console.error(`${n}/${of} ${name} ${place} ${count(size)} ` +
					`${number(columns.ours.median)} ${unit}`),
		});

		load.push(os.loadavg()[0]);
		return { machine, load, rows, places: Object.fromEntries(
			rows.map(({ place }) => [place, places[place].system])) };
	} finally {
		places.close();
	}
}

async function main() {
	if (values.list) {
		for (const { name, what, unit } of await chosen())
			console.log(`${name.padEnd(20)} ${what} (${unit})`);
		return;
	}
	const results = values.from ?
		JSON.parse(fs.readFileSync(values.from, 'utf8')) : await run();
	const forms = { 'figures.txt': text(results), 'figures.svg': svg(results),
		'figures.json': JSON.stringify(results, null, '\t') + '\n' };

	process.stdout.write(forms[values.json ? 'figures.json' : 'figures.txt']);
	for (const [name, content] of Object.entries(values.out ? forms : {}))
		fs.writeFileSync(path.join(values.out, name), content);
	if (results.rows.some(({ columns: { ours } }) => ours.missing))
		process.exitCode = 1;
}

await main();
