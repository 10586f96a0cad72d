// Numbers that follow from a seed alone, so that a run can be repeated.

/** Mixes text into four words (cyrb128). */
function hash(text) {
	const h = [1779033703, 3144134277, 1013904242, 2773480762];
	const by = [597399067, 2869860233, 951274213, 2716044179];

	for (let i = 0; i < text.length; i++)
		for (let j = 0; j < 4; j++)
			h[j] = h[(j + 1) % 4] ^
				Math.imul(h[j] ^ text.charCodeAt(i), by[j]);
	return h;
}

export class Random {
	constructor(seed) {
		this.seed = String(seed);
		[this.a, this.b, this.c, this.d] = hash(this.seed);
		for (let i = 0; i < 20; i++)
			this.next();
	}

	/** A generator of its own, whatever is drawn elsewhere. */
	fork(name) {
		return new Random(`${this.seed}/${name}`);
	}

	/** From 0 to below 1 (sfc32). */
	next() {
		const t = (this.a + this.b + this.d) | 0;

		this.d = (this.d + 1) | 0;
		this.a = this.b ^ (this.b >>> 9);
		this.b = (this.c + (this.c << 3)) | 0;
		this.c = ((this.c << 21) | (this.c >>> 11)) + t | 0;
		return (t >>> 0) / 4294967296;
	}

	/** A whole number from low to high, both included. */
	int(low, high) {
		return low + Math.floor(this.next() * (high - low + 1));
	}

	chance(probability) {
		return this.next() < probability;
	}

	pick(list) {
		return list[this.int(0, list.length - 1)];
	}

	/** One of the keys, each as often as its weight says. */
	weighted(weights) {
		const sum = Object.values(weights).reduce((a, b) => a + b);
		let at = this.next() * sum;

		for (const [key, weight] of Object.entries(weights))
			if ((at -= weight) < 0)
				return key;
		return Object.keys(weights)[0];
	}
}
