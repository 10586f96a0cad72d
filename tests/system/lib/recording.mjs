// What models read and people see, kept as files below ../../recordings.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const fileOf = (name) => fileURLToPath(
	new URL(`../../recordings/${name}`, import.meta.url));

/**
 * Compares a text with the file of that name; makes the file, where
 * CCPROC_RECORD=1 says so.  The suite is the one to run for that.
 */
export function expectRecorded(name, text, suite) {
	const file = fileOf(name);

	if (process.env.CCPROC_RECORD)
		fs.writeFileSync(file, `${text}\n`);
	assert.equal(text, fs.readFileSync(file, 'utf8').replace(/\n$/, ''),
		`${name} is to be made anew, if the change is meant: ` +
		`CCPROC_RECORD=1 ./check system ${suite}`);
}
