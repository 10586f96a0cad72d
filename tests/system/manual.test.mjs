// The manual pages are true: ccproc(1) has the verbs and options that `--help`
// tells, and says what is said in errors; ccproc-state(5) has each file that
// there is; and the examples of all pages are what happens.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ccproc, ok, startAgents } from './lib/cli.mjs';
import { read, tryExamples } from './lib/examples.mjs';
import { buildDir, waitFor } from './lib/harness.mjs';
import { ask, Wire } from './lib/session.mjs';

const PAGE = read('cli/ccproc.1');
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

/** The hello of the page is answered as on the page, but for values. */
async function isHello(text, reader) {
	const [hello, answer] = text.split(/\n(?=\{)/).map(JSON.parse);

	await reader.type('ccproc daemon start');
	const wire = await Wire.connect(reader.world);
	const { result } = await ask(wire, hello.id, hello.method, hello.params);

	wire.socket.destroy();
	assert.deepEqual(Object.keys(result).sort(),
		Object.keys(answer.result).sort());
}

/** A file of the configuration is one that the daemon would take. */
async function isConfiguration(text, reader) {
	const file = path.join(reader.world.root, 'try.json');

	fs.writeFileSync(file, text);
	await reader.type(`ccproc config check '${file}'`);
}

const CLAUDE = 'claude-mcp.test.mjs does it';
const DOCUMENTS = {
	'bridge/ccproc-bridge.1': [[
		['claude mcp add', CLAUDE],
		['{ "permissions"', CLAUDE],
		['[mcp_servers.ccproc]', 'other-agents.test.mjs does it'],
	]],
	'cli/ccproc.1': [[
		['#!/bin/sh\nccproc events', 'cli-events.test.mjs does it'],
	]],
	'daemon/ccproc-config.5': [[
		['ccproc config\n', (line, reader) => reader.type(line)],
		['notify-send', 'hooks-told.test.mjs does it'],
		['"hooks": {', (text, reader) =>
			isConfiguration(`{${text}}`, reader)],
		['{\n', isConfiguration],
	]],
	'daemon/ccproc-state.5': [[], async (reader) => {
		fs.writeFileSync(path.join(reader.world.state, 'seq'), '11\n');
		await reader.type("ccproc start 'for i in 1 2 3; do echo test $i ok; done; " +
			"sleep 5'");
	}],
	'daemon/ccprocd.8': [[
		['{"jsonrpc"', isHello],
		['systemctl', 'systemd.test.mjs does it'],
	]],
	'keeper/ccproc-keeper.8': [[]],
};

test('every page is here', () => {
	const top = fileURLToPath(new URL('../..', import.meta.url));
	const pages = ['bridge', 'cli', 'daemon', 'keeper'].flatMap((room) =>
		fs.readdirSync(path.join(top, room))
			.filter((name) => /\.[158]$/.test(name))
			.map((name) => `${room}/${name}`));

	assert.deepEqual(pages.sort(), Object.keys(DOCUMENTS).sort());
	for (const page of pages)
		for (const [, name, section] of read(page).matchAll(
			/^\.Xr (ccproc\S*) (\d)/gm))
			assert.ok(pages.some((one) => one.endsWith(`/${name}.${section}`)),
				`${page}: ${name}(${section})`);
});

describe('the examples of', { concurrency: 2 }, () => {
	for (const [page, rest] of Object.entries(DOCUMENTS))
		test(page, (t) => tryExamples(t, page, ...rest));
});

/** Who says what is explained under DIAGNOSTICS, by its beginning. */
const SAID = {
	'NAME: no such task': (world) => ccproc(world, ['show', 't99']),
	'DIRECTORY has mode 755': async (world) => {
		world.openState();
		return ccproc(world, ['ls']);
	},
	'the daemon refused': async (world) => {
		await ok(world, 'ls');
		return ccproc(world, ['ls'],
			{ env: { CCPROC_STATE_DIR: path.join(world.root, 'B') } });
	},
	'the state directory': (world) => {
		fs.writeFileSync(path.join(world.state, 'version'), '4\n');
		return ccproc(world, ['ls']);
	},
	'limits cannot be held here': (world) =>
		ccproc(world, ['start', '--memory-max', '100', 'true']),
};

test('DIAGNOSTICS of ccproc(1) are what is said', async (t) => {
	const told = [...PAGE.matchAll(/^\.It "(.*)"$/gm)].map(([, text]) => text);

	assert.equal(told.length, Object.keys(SAID).length);
	for (const text of told) {
		const [, say] = Object.entries(SAID)
			.find(([beginning]) => text.startsWith(beginning));
		const { err } = await say(startAgents(t));

		// names and numbers stand for others
		assert.match(err, new RegExp(`^ccproc: ${text.replace(/ \.\.\.$/, '')
			.replace(/\b(NAME|DIRECTORY|[AB]|4|the newest are)(?=[ ,:]|$)/g,
				'.+')}`), text);
	}
});

test('ccproc-state(5) has each file that there is', async (t) => {
	const page = read('daemon/ccproc-state.5');
	const named = [...page.matchAll(/^\.(?:It )?Pa (.*)$/gm)]
		.flatMap(([, names]) => names.split(/ [,:.] ?/));
	const world = startAgents(t);

	await ok(world, 'run', '--key', 'once', 'true');
	await ok(world, 'run', '-a', 'REPLAY stream-json.out');
	await ok(world, 'reply', 't2', 'REPLAY stream-json.out');
	await ok(world, 'rm', 't1');
	await ok(world, 'run', '--on-finish', 'true', 'echo x');
	await waitFor(() => /hook/.test(world.log()));
	await ok(world, 'start', '-a', 'ASK {"asks":[{"tool_name":"Bash",' +
		'"input":{"command":"x"}}]}');
	await waitFor(() => fs.readdirSync(world.taskDir('t4'))
		.some((name) => name.startsWith('ask-')), { what: 'a question' });
	await ok(world, 'start', '--hold', 'true');
	await ok(world, 'move', '-P', '3', 't5');
	await ok(world, 'start', 'sleep 300');
	await ok(world, 'pause', 't6');
	await ok(world, 'pause', '--queue');
	const general = (name) => name
		.replace(/^(\.?)\d+-[0-9a-f]{8}-[-0-9a-f]{27}/, '$1N-UUID')
		.replace(/^\d{4}-\d\d-\d\d$/, 'DAY')
		.replace(/^(run|retry|ask|answer)-\d+/, '$1-N')
		.replace(/^[0-9a-f]{8}-[-0-9a-f]{27}(?=$|-\d)/, 'UUID')
		.replace(/^UUID-\d+$/, 'SESSION-NUMBER')
		.replace(/hook-(end|q|g)-?\d+(-own)?$/, 'hook-EVENT');
	const unnamed = new Set();

	for (const file of fs.readdirSync(world.state, { recursive: true })) {
		const parts = file.split('/').map(general);
		const known = named.some((name) => {
			const words = name.replace(/\/$/, '').split('/');

			return words.join() === parts.slice(-words.length).join() ||
				parts.join('/') === words.slice(0, parts.length).join('/');
		});

		if (!known)
			unnamed.add(parts.join('/'));
	}
	assert.deepEqual([...unnamed], []);
});
