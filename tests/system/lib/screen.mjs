// What a terminal shows, from the bytes that a program wrote to it: as much
// of a terminal as programs need that draw only what has changed.

// An escape sequence at the beginning: CSI, OSC, or one with one letter.
const SEQUENCE =
	/^\x1b(?:\[([?<>=]?)([\d;:]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]+[0-~]|[0-OQ-WYZ`-~\\])/;

export class Screen {
	#rest = '';   // the beginning of a sequence
	#row = 0;
	#column = 0;
	#saved = [0, 0];
	#lines;

	constructor(columns, rows) {
		this.columns = columns;
		this.rows = rows;
		this.#lines = Array.from({ length: rows }, () => this.#blank());
	}

	#blank() {
		return Array(this.columns).fill(' ');
	}

	/** Its lines, without the spaces at their ends. */
	get text() {
		return this.#lines.map((line) => line.join('').trimEnd()).join('\n');
	}

	write(data) {
		let text = this.#rest + data;

		this.#rest = '';
		while (text !== '') {
			if (text[0] !== '\x1b') {
				const [character] = text; // a whole one

				this.#put(character);
				text = text.slice(character.length);
				continue;
			}
			const match = SEQUENCE.exec(text);

			if (match === null) {
				this.#rest = text;
				return;
			}
			text = text.slice(match[0].length);
			this.#control(match);
		}
	}

	#put(character) {
		if (character === '\r') {
			this.#column = 0;
		} else if (character === '\n') {
			this.#down();
		} else if (character === '\b') {
			this.#column = Math.max(0, this.#column - 1);
		} else if (character >= ' ') {
			if (this.#column === this.columns) {
				this.#column = 0;
				this.#down();
			}
			this.#lines[this.#row][this.#column++] = character;
		}
	}

	#down() {
		if (++this.#row < this.rows)
			return;
		this.#row = this.rows - 1;
		this.#lines.shift();
		this.#lines.push(this.#blank());
	}

	#control([sequence, mark, parameters = '', letter]) {
		const [first = 0, second = 0] = parameters.split(';').map(Number);
		const n = Math.max(1, first);

		if (sequence === '\x1b7' || letter === 's')
			this.#saved = [this.#row, this.#column];
		else if (sequence === '\x1b8' || letter === 'u' && mark === '')
			this.#move(...this.#saved);
		else if (sequence === '\x1bc' ||
			(mark === '?' && first === 1049 && /[hl]/.test(letter)))
			this.#clear(0, 0, this.rows - 1, this.columns);
		else if (mark === '')
			this.#csi(letter, { first, n, second: Math.max(1, second) });
	}

	#csi(letter, { first, n, second }) {
		const row = this.#row, column = Math.min(this.#column,
			this.columns - 1);
		const moves = { A: [row - n, column], B: [row + n, column],
			C: [row, column + n], D: [row, column - n], E: [row + n, 0],
			F: [row - n, 0], G: [row, n - 1], d: [n - 1, column],
			H: [n - 1, second - 1], f: [n - 1, second - 1] };

		if (letter in moves)
			this.#move(...moves[letter]);
		else if (letter === 'J')
			this.#clear(...this.#part(first, [0, 0],
				[this.rows - 1, this.columns]));
		else if (letter === 'K')
			this.#clear(...this.#part(first, [row, 0],
				[row, this.columns]));
		else if (letter === 'X')
			this.#clear(row, column, row, column + n);
	}

	#move(row, column) {
		this.#row = Math.min(Math.max(row, 0), this.rows - 1);
		this.#column = Math.min(Math.max(column, 0), this.columns - 1);
	}

	/** The meaning of ED and EL: to the end, from the beginning, all. */
	#part(kind, from, to) {
		const here = [this.#row, this.#column];

		return kind === 0 ? [...here, ...to] :
			kind === 1 ? [...from, here[0], here[1] + 1] : [...from, ...to];
	}

	#clear(row, column, lastRow, end) {
		for (let at = row; at <= lastRow; at++)
			this.#lines[at].fill(' ', at === row ? column : 0,
				at === lastRow ? end : this.columns);
	}
}
