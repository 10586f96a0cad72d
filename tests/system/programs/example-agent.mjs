#!/usr/bin/env node
// The `claude` of the examples in the documents: an agent that reads, asks
// whether it may test, and says what a table knows; and as much of
// `claude mcp` as `ccproc mcp add` wants.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const ASKER = fileURLToPath(new URL('asker.mjs', import.meta.url));
const SAYS = [
	[/changelog/, { says: 'Done: "login: the session cookie has a path".' }],
	[/login test/, { reads: 'src/login.c', asks: 'make test',
		says: 'All 12 tests pass now: the session cookie had no path.',
		denied: 'I could not run the tests.' }],
	[/database/, { options: ['Postgres', 'SQLite'],
		says: 'The store is there.' }],
	[/./, { says: 'Fine.' }],
];
const args = process.argv.slice(2);

if (args[0] === 'mcp' || args[0] === '--version')
	process.exit(0);

const value = (option) => args.find((word) => word.startsWith(`${option}=`))
	?.slice(option.length + 1) ?? args[args.indexOf(option) + 1];
const session = args.some((word) => word.startsWith('--resume')) ?
	value('--resume') : value('--session-id');
const prompt = fs.readFileSync(0, 'utf8');
const [, { reads, asks, options, says, denied }] =
	SAYS.find(([pattern]) => pattern.test(prompt));
let turns = 1;

const print = (event) => console.log(JSON.stringify(
	{ session_id: session, ...event }));
const assistant = (...content) => print({ type: 'assistant', message: {
	id: `msg_${turns++}`, role: 'assistant', model: 'claude', content,
	usage: { input_tokens: 100, output_tokens: 10 } } });
const use = (name, input) => ({ type: 'tool_use', id: `toolu_${turns}`, name,
	input });

/** What the user answers to that use of a tool. */
function answerTo(tool_name, input) {
	const { stdout } = spawnSync(process.execPath, [ASKER, ...args], {
		input: JSON.stringify({ asks: [{ tool_name, input }] }),
		stdio: ['pipe', 'pipe', 'inherit'], encoding: 'utf8' });

	return JSON.parse(JSON.parse(stdout).result).answers[0];
}

let said = says;

print({ type: 'system', subtype: 'init', cwd: process.cwd(), model: 'claude' });
if (reads)
	assistant(use('Read', { file_path: reads }));
if (asks) {
	const input = { command: asks };

	assistant({ type: 'text', text: 'Now I run them.' }, use('Bash', input));
	if (answerTo('Bash', input).behavior !== 'allow')
		said = denied;
}
if (options)
	answerTo('AskUserQuestion', { questions: [{ question: 'Which database?',
		options: options.map((label) => ({ label })) }] });
print({ type: 'result', subtype: 'success', is_error: false, result: said,
	num_turns: turns, total_cost_usd: 0.0123,
	usage: { input_tokens: 100 * turns, output_tokens: 10 * turns } });
