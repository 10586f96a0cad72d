#!/usr/bin/env node
// Says the same to two stdio MCP servers that have the fixtures of the
// official suite, and compares what they answer, less what they may say
// differently.  Prints TAP: a line for each conversation.
//
// usage: differential.mjs SERVER OTHER-SERVER    (command lines)
import { patient } from '../system/lib/patience.mjs';
import { LEGACY_CASES } from './cases-legacy.mjs';
import { MODERN_CASES } from './cases-modern.mjs';
import { alike } from './normal.mjs';
import { Peer } from './peer.mjs';
import { Tap } from './tap.mjs';

const LIMIT_MS = 60000; // for one conversation

/** What a server says in a conversation. */
async function transcript(command, converse) {
	const peer = new Peer(command);
	let timer;

	await Promise.race([converse(peer), new Promise((resolve) => {
		timer = setTimeout(() => {
			peer.messages.push({ missing: 'the end of the conversation' });
			resolve();
		}, patient(LIMIT_MS));
	})]).catch((error) => peer.messages.push({ problem: error.stack }));
	clearTimeout(timer);
	const { lacks } = peer;
	const messages = peer.messages.slice();

	await peer.close();
	return { messages, lacks };
}

/** The first place where two transcripts differ, as text; or undefined. */
function difference(ours, theirs) {
	const [a, b] = alike(ours, theirs);
	const lines = [a, b].map((list) =>
		list.map((message) => JSON.stringify(message)));
	const at = lines[0].findIndex((line, n) => line !== lines[1][n]);
	const n = at === -1 && a.length < b.length ? a.length : at;

	return n === -1 ? undefined : `message ${n + 1}:\n` +
		`  ${lines[0][n] ?? 'none'}\n  ${lines[1][n] ?? 'none'}`;
}

const commands = process.argv.slice(2);

if (commands.length !== 2) {
	console.error('usage: differential.mjs SERVER OTHER-SERVER');
	process.exit(2);
}
const tap = new Tap();

for (const [era, cases] of [['legacy', LEGACY_CASES],
	['modern', MODERN_CASES]]) {
	for (const [name, converse] of Object.entries(cases)) {
		const [ours, theirs] = await Promise.all(commands.map((command) =>
			transcript(command, converse)));
		const lacks = ours.lacks ?? theirs.lacks;
		const found = lacks === undefined &&
			difference(ours.messages, theirs.messages);

		if (lacks !== undefined)
			tap.skip(`${era}: ${name}`, `a server has no ${lacks}`);
		else if (found === undefined)
			tap.pass(`${era}: ${name}: ${ours.messages.length} messages`);
		else
			tap.fail(`${era}: ${name}`, found);
	}
}
process.exit(tap.end());
