// The picture: for each figure that asks for it, ours beside the floor and the
// peers as bars whose lengths are logarithms.
import { count, machineLines, number } from './text.mjs';

const WIDTH = 860;
const LEFT = 190;
const BAR = 18;
const FULL = 480; // the longest bar

const escape = (text) => text.replace(/[&<>"]/g,
	(c) => `&#${c.charCodeAt(0)};`);

const label = (name) => name === 'ours' ? 'ccproc' : name === 'floor' ?
	'physical floor' : name;

/** The bars of a row, and how many pixels they take. */
function block(row, y) {
	const bars = Object.entries(row.columns)
		.filter(([, { median }]) => median > 0);
	const values = bars.map(([, { median }]) => median);
	const least = Math.min(...values) / 2, most = Math.max(...values);
	const length = (value) => FULL * Math.log(value / least) /
		Math.log(most / least);
	const size = row.size === undefined ? '' : `, ${count(row.size)}`;
	const out = [`<text class="what" x="8" y="${y + 14}">${escape(row.what)}` +
		`${size} (${escape(row.unit)})</text>`];

	bars.forEach(([name, { median }], i) => {
		const top = y + 22 + i * BAR;

		out.push(`<text class="name" x="${LEFT - 8}" y="${top + 12}">` +
			`${escape(label(name))}</text>`,
		`<rect class="${name === 'ours' ? 'ours' : name === 'floor' ?
			'floor' : 'peer'}" x="${LEFT}" y="${top}" width="` +
			`${length(median).toFixed(1)}" height="${BAR - 4}"/>`,
		`<text x="${(LEFT + length(median) + 6).toFixed(1)}" y="${top + 12}">` +
			`${number(median)}</text>`);
	});
	return { lines: out, height: 34 + bars.length * BAR };
}

export function svg(results) {
	const rows = results.rows.filter(({ picture }) => picture);
	const body = [];
	let y = 12;

	for (const row of rows) {
		const { lines, height } = block(row, y);

		body.push(...lines);
		y += height;
	}
	for (const line of machineLines(results)) {
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
