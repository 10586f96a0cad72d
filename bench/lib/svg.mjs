// The picture: for each figure that asks for it, ours beside the floor and the
// peers as bars whose lengths are logarithms.
import { count, machineLines, number } from './text.mjs';

const WIDTH = 860;
const LEFT = 190;
const BAR = 18;
const FULL = 480; // the longest bar

const escape = (text) => text.replace(/[&<>"]/g,
	(c) => `&#${c.charCodeAt(0)};`);

const label = (name) => name === 'ours' ? 'ccproc' :
	name.replace(/^floor$/, 'physical floor');
const colour = (name) => name === 'ours' || name === 'floor' ? name :
	name.startsWith('floor') ? 'floor' : 'peer';

/** The bars of a row, and how many pixels they take. */
function block(row, y) {
	const bars = Object.entries(row.columns)
		.filter(([, { median }]) => median > 0);
	const values = bars.map(([, { median }]) => median);
	const least = Math.min(...values) / 2, most = Math.max(...values);
	const length = (value) => FULL * Math.log(value / least) /
		Math.log(most / least);
	const title = [row.what, ...row.size === undefined ? [] :
		[`n = ${count(row.size)}`], `${row.unit} on ${row.place}`].join(', ');
	const out = [`<text class="what" x="8" y="${y + 14}">${
		escape(title)}</text>`];

	bars.forEach(([name, { median }], i) => {
		const top = y + 22 + i * BAR;

		out.push(`<text class="name" x="${LEFT - 8}" y="${top + 12}">` +
			`${escape(label(name))}</text>`,
		`<rect class="${colour(name)}" x="${LEFT}" y="${top}" width="` +
			`${length(median).toFixed(1)}" height="${BAR - 4}"/>`,
		`<text x="${(LEFT + length(median) + 6).toFixed(1)}" y="${top + 12}">` +
			`${number(median)}</text>`);
	});
	return { lines: out, height: 34 + bars.length * BAR };
}

export function svg(results) {
	const measured = results.rows.filter(({ columns: { ours } }) =>
		!ours.missing);
	const some = measured.filter(({ picture }) => picture);
	const rows = some.length > 0 ? some : measured;
	const body = [];
	let y = 12;

	for (const row of rows) {
		const { lines, height } = block(row, y);

		body.push(...lines);
		y += height;
	}
	for (const line of ['Lengths are logarithms. More is better of what is ' +
		'counted in a second (/s), else less.', ...machineLines(results)]) {
		body.push(`<text class="fine" x="8" y="${y + 10}">${escape(line)}</text>`);
		y += 15;
	}
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${
		y + 8}" viewBox="0 0 ${WIDTH} ${y + 8}" role="img">
<title>ccproc beside the physical floor and other programs</title>
<style>
svg { background: #fff; font: 13px sans-serif; }
text { fill: #222; } .what { font-weight: bold; } .name { text-anchor: end; }
.fine { font-size: 11px; fill: #666; }
.ours { fill: #2a6fbb; } .floor { fill: #999; } .peer { fill: #d9a441; }
</style>
${body.join('\n')}
</svg>
`;
}
