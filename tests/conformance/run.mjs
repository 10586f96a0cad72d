#!/usr/bin/env node
// Runs the official conformance suite, both revisions, on a stdio MCP server
// that has the suite's fixtures.  Prints TAP: a line for each scenario.  Those
// that the suite itself does not score must pass too, except for its check
// of the schema, which does not know tasks yet.
//
// usage: run.mjs SERVER [ARG ...]
//
// The suite and the node that it needs are from $CCPROC_NODE_MODULES, else
// from ../system/node_modules (npm install in that folder).
import { findConformance } from '../system/lib/node-modules.mjs';
import { startAdapter } from './adapter.mjs';
import { REVISIONS, runSuite } from './suite.mjs';
import { Tap } from './tap.mjs';

const first = (text = '') => text.split('\n')[0].slice(0, 120);

function report(tap, revision, scenario) {
	const { name, scored, failures, excused, absent, warnings, skipped,
		passed } = scenario;
	const what = `${revision} ${name}${scored ? '' : ' (not scored)'}`;

	for (const { id, errorMessage } of warnings)
		tap.note(`${what}: warning: ${id}: ${first(errorMessage)}`);
	for (const { id } of excused)
		tap.note(`${what}: ${id} fails: the suite knows no tasks`);
	if (failures.length > 0)
		tap.fail(what, failures.map(({ id, errorMessage }) =>
			`${id}: ${errorMessage}`).join('\n'));
	else if (absent.length > 0 || (passed === 0 && skipped.length > 0))
		tap.skip(what, first([...absent, ...skipped][0].errorMessage));
	else
		tap.pass(`${what}: ${passed} checks`);
	return passed;
}

const command = process.argv.slice(2);
const tap = new Tap();
const { node, program } = findConformance();

if (command.length === 0) {
	console.error('usage: run.mjs SERVER [ARG ...]');
	process.exit(2);
}
if (!program || !node) {
	tap.skip('conformance', program ? 'the suite needs node 22' :
		'npm install is missing');
	process.exit(tap.end());
}
const adapter = await startAdapter(command);

for (const revision of REVISIONS) {
	const { scenarios, problems } = await runSuite(
		{ node, program, url: adapter.url, revision });
	let checks = 0;

	for (const scenario of scenarios)
		checks += report(tap, revision, scenario);
	for (const problem of problems)
		tap.fail(`${revision} as a whole`, problem);
	tap.note(`${revision}: ${checks} checks passed`);
}
await adapter.close();
if (adapter.complaints.length > 0)
	tap.fail('what no HTTP client sees', adapter.complaints.join('\n'));
process.exit(tap.end());
