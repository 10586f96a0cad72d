// ccproc(1) against the table of verbs: its SYNOPSIS has each of them, with the
// options that `--help` tells, and its text tells each option.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { buildDir } from './lib/harness.mjs';

const PAGE = fs.readFileSync(new URL('../../cli/ccproc.1', import.meta.url),
	'utf8');
const help = (...words) => spawnSync(path.join(buildDir(), 'ccproc'),
	['help', ...words], { encoding: 'utf8' }).stdout;
const verbs = [...help().matchAll(/^  ([a-z]+) +[A-Z]/gm)].map(([, v]) => v);

/** What the SYNOPSIS calls a selection. */
const SELECTION = ['all', 'running', 'queued', 'failed', 'mine', 'cwd', 'label',
	'group', 'since'];

/** The paragraphs of the SYNOPSIS by their first words. */
const synopsis = Object.fromEntries(PAGE.match(
	/\.Sh SYNOPSIS\n(.*?)\.Sh DESCRIPTION/s)[1].split(/^\.Nm\n/m).slice(1)
	.map((text) => [text.match(/^\.(?:Cm|Fl) (\S+)/)[1], text]));

/** The options of a verb: { letter, name }. */
const options = (verb) => [...help(verb).matchAll(
	/^  (?:-(\w), |    )--([a-z-]+)/gm)]
	.map(([, letter, name]) => ({ letter, name }))
	.filter(({ name }) => name !== 'help');

test('the SYNOPSIS has every verb, in the order of the help', () => {
	assert.ok(verbs.length > 10, verbs.join());
	assert.deepEqual(Object.keys(synopsis), [...verbs, 'help', 'V']);
});

for (const verb of verbs)
	test(`${verb} has its options in the manual, and no others`, () => {
		const text = synopsis[verb] ?? '';
		const flags = [...text.matchAll(/\bFl (-[a-z-]+|\w+)/g)]
			.flatMap(([, flag]) => flag.startsWith('-') ? flag : [...flag]);
		const known = options(verb);

		for (const flag of flags)
			assert.ok(known.some(({ letter, name }) =>
				flag === letter || flag === `-${name}`), `-${flag} of ${verb}`);
		for (const { letter, name } of known) {
			assert.ok(text.includes('.Op Ar option') || flags.includes(letter) ||
				flags.includes(`-${name}`) || (text.includes('selection') &&
				SELECTION.includes(name)), `--${name} in the SYNOPSIS`);
			assert.match(PAGE, new RegExp(`^\\.(It|Pq|Fl)(.*)? -${name}\\b`, 'm'),
				`--${name} in the text`);
		}
	});
