// The official conformance suite of MCP, run on a server behind a URL, and
// what its results amount to.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { patient } from '../system/lib/patience.mjs';

export const REVISIONS = ['2025-11-25', '2026-07-28'];

const LIMIT_MS = 120000; // a run takes about ten seconds

/** Runs a program to its end: { code, output }; it is killed when late. */
function run(program, args) {
	return new Promise((resolve, reject) => {
		const child = spawn(program, args,
			{ stdio: ['ignore', 'pipe', 'pipe'] });
		const timer = setTimeout(() => child.kill('SIGKILL'),
			patient(LIMIT_MS));
		let output = '';

		for (const stream of [child.stdout, child.stderr])
			stream.setEncoding('utf8')
				.on('data', (data) => { output += data; });
		child.once('error', reject);
		child.once('close', (code, signal) => {
			clearTimeout(timer);
			resolve({ code: code ?? signal, output });
		});
	});
}

/** The checks of each scenario that came to its end, by its name. */
function readResults(dir) {
	return new Map(fs.readdirSync(dir)
		.map((name) => [/^server-(.*)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(name),
			path.join(dir, name, 'checks.json')])
		.filter(([match, file]) => match && fs.existsSync(file))
		.map(([match, file]) => [match[1],
			JSON.parse(fs.readFileSync(file))]));
}

/** Why a scenario does not count for the suite, by its name. */
const notScored = (output) => new Map(
	[...output.slice(output.lastIndexOf('\nNot scored for '))
		.matchAll(/^ {2}[✓✗] (\S+) \((.*)\)$/gm)]
		.map(([, name, reason]) => [name, reason]));

/**
 * The suite's schema is that of the core, without the tasks extension: it
 * takes the handle of a task for a result that lacks its content.
 */
const knowsNoTasks = ({ message, errors }) =>
	message?.result?.resultType === 'task' && errors.every((error) =>
	/^CallToolResult: .*'content'/.test(error));

const isExcused = (check) => check.id === 'wire-schema-valid' &&
	check.details.violations.every(knowsNoTasks);

/** A server may do without arguments in headers, which only HTTP has. */
const isAbsent = (name, check) => check.details?.untestable === true &&
	name === 'http-custom-header-server-validation';

/**
 * What a scenario has come to: lists of checks, and how many passed.
 */
function judge(name, reason, checks) {
	const failed = checks.filter(({ status }) => status === 'FAILURE');
	const excused = name.startsWith('tasks-') && reason !== undefined ?
		failed.filter(isExcused) : [];
	const absent = reason === undefined ? [] :
		failed.filter((check) => isAbsent(name, check));

	return { name, scored: reason === undefined, excused, absent,
		failures: failed.filter((check) => !excused.includes(check) &&
			!absent.includes(check)),
		warnings: checks.filter(({ status }) => status === 'WARNING'),
		skipped: checks.filter(({ status }) => status === 'SKIPPED'),
		passed: checks.filter(({ status }) => status === 'SUCCESS').length };
}

/** Judges a server by one revision: { scenarios, problems }. */
export async function runSuite({ node, program, url, revision }) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'conformance-'));

	try {
		const { code, output } = await run(node, [program, 'server', '--url',
			url, '--requirements', revision, '--output-dir', dir]);
		const reasons = notScored(output);
		const scenarios = [...readResults(dir)].map(([name, checks]) =>
			judge(name, reasons.get(name), checks));
		const expected = Number(/\((\d+) scenarios\) against/
			.exec(output)?.[1]);
		const failed = scenarios.some(({ scored, failures }) =>
			scored && failures.length > 0);
		const problems = [];

		if (scenarios.length !== expected || reasons.size === 0)
			problems.push(`${scenarios.length} of ${expected} scenarios ` +
				`have results\n${output.slice(-2000)}`);
		if (code !== (failed ? 1 : 0))
			problems.push(`the suite ended with ${code}\n` +
				output.slice(-2000));
		return { scenarios, problems };
	} finally {
		fs.rmSync(dir, { recursive: true, force: true });
	}
}
