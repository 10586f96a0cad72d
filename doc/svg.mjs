// A screen of a terminal as SVG text: what `tmux capture-pane -e` tells, with
// the colours by classes, which are others where the reader's screen is dark.

const CELL = { width: 8.4, height: 18, margin: 14 };
const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan',
	'white'];
const STYLE = `
.screen { fill: #fbfbfa; stroke: #d0d0cc; }
text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
	fill: #24292f; white-space: pre; }
.dim { opacity: .62; } .bold { font-weight: bold; }
.red { fill: #c5221f; } .green { fill: #137333; } .yellow { fill: #8a6100; }
.blue { fill: #1a56c4; } .magenta { fill: #9c27b0; } .cyan { fill: #00708a; }
.bar { fill: #dfe7f2; }
@media (prefers-color-scheme: dark) {
	.screen { fill: #15181d; stroke: #3a3f47; } text { fill: #d5d9de; }
	.red { fill: #ff7b72; } .green { fill: #6fd08c; } .yellow { fill: #e3b341; }
	.blue { fill: #79b0ff; } .magenta { fill: #e08cf0; } .cyan { fill: #5ccfe6; }
	.bar { fill: #2b3a52; }
}
`;

const escape = (text) => text.replace(/[&<>"]/g,
	(c) => `&#${c.charCodeAt(0)};`);
const fixed = (n) => `${Math.round(n * 10) / 10}`;

/** What a list of numbers between ESC [ and m makes of a style. */
function styled(style, numbers) {
	for (const n of numbers === '' ? [0] : numbers.split(';').map(Number))
		if (n === 0)
			style = {};
		else if (n === 1)
			style = { ...style, bold: true };
		else if (n === 2)
			style = { ...style, dim: true };
		else if (n === 7)
			style = { ...style, bar: true };
		else if (n === 39)
			style = { ...style, colour: undefined };
		else if (n >= 30 && n < 38)
			style = { ...style, colour: NAMES[n - 30] };
	return style;
}

/** The pieces of a line that have one style each: { text, column, style }. */
function pieces(line, style) {
	const out = [];
	let column = 0;

	for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
		const code = part.match(/^\x1b\[([\d;]*)m$/);

		if (code) {
			style = styled(style, code[1]);
		} else if (part !== '') {
			out.push({ text: part, column, style });
			column += [...part].length;
		}
	}
	return { out, style };
}

/** Each cell has its place, whatever font there is. */
function drawn({ text, column, style }, row) {
	const { width, height, margin } = CELL;
	const x = margin + column * width, y = margin + row * height;
	const kept = text.trimEnd(), cells = [...kept].length;
	const classes = [style.colour, style.bold && 'bold', style.dim && 'dim']
		.filter(Boolean).join(' ');
	const bar = style.bar ? `<rect class="bar" x="${fixed(x)}" y="${fixed(y)}" ` +
		`width="${fixed([...text].length * width)}" height="${height}"/>` : '';

	return bar + (kept.trim() === '' ? '' : `<text${
		classes && ` class="${classes}"`} x="${fixed(x)}" y="${
		fixed(y + 14)}" textLength="${fixed(cells * width)}" xml:space="preserve">${
		escape(kept)}</text>`);
}

export function svgOf(screen, { columns, rows }, title) {
	const width = Math.round(columns * CELL.width + 2 * CELL.margin);
	const height = rows * CELL.height + 2 * CELL.margin;
	const body = [];
	let style = {};

	screen.replace(/\n$/, '').split('\n').forEach((line, row) => {
		const { out, style: last } = pieces(line, style);

		style = last;
		body.push(...out.map((piece) => drawn(piece, row)).filter(Boolean));
	});
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" ` +
		`height="${height}" viewBox="0 0 ${width} ${height}" role="img">\n` +
		`<title>${escape(title)}</title>\n<style>${STYLE}</style>\n` +
		`<rect class="screen" x=".5" y=".5" width="${width - 1}" ` +
		`height="${height - 1}" rx="8"/>\n${body.join('\n')}\n</svg>\n`;
}
