// Results as TAP, with the totals that node's own reporter prints.
export class Tap {
	#count = 0;
	#totals = { pass: 0, fail: 0, skipped: 0 };

	constructor() {
		console.log('TAP version 13');
	}

	#line(kind, text) {
		this.#totals[kind]++;
		console.log(`${kind === 'fail' ? 'not ok' : 'ok'} ` +
			`${++this.#count} - ${text}`);
	}

	pass(name) {
		this.#line('pass', name);
	}

	skip(name, reason) {
		this.#line('skipped', `${name} # SKIP ${reason}`);
	}

	fail(name, why) {
		this.#line('fail', name);
		console.log(['---', ...why.split('\n'), '...']
			.map((line) => `  ${line}`).join('\n'));
	}

	note(text) {
		console.log(`# ${text}`);
	}

	/** Prints the totals; the exit status. */
	end() {
		console.log(`1..${this.#count}`);
		for (const [kind, count] of Object.entries(this.#totals))
			console.log(`# ${kind} ${count}`);
		return this.#totals.fail > 0 ? 1 : 0;
	}
}
