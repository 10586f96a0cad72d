#!/usr/bin/env node
// An agent that asks what its prompt says, in JSON, through the server of its
// --mcp-config, as claude does; its result are the answers.
//
//	{ asks: [{ tool_name, input, tool_use_id, many }], then, as: 'TASK' }
//	{ from: 'FILE' } that has this
//
// Then: more of them, when those were answered.  Many: the input has a text of so many characters.  As: the task whose
// questions it says these are, in place of its own.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import readline from 'node:readline';

const PREFIX = '--mcp-config=';
const config = process.argv.find((word) => word.startsWith(PREFIX));
const told = JSON.parse(fs.readFileSync(0, 'utf8'));
const { asks, then = [], as } = told.from === undefined ? told :
	JSON.parse(fs.readFileSync(told.from, 'utf8'));
const { command, args, env } = JSON.parse(config.slice(PREFIX.length))
	.mcpServers['ccproc-ask'];
const child = spawn(command, as === undefined ? args : ['--ask', as],
	{ env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
const waiting = new Map();
let id = 0;

// A bridge that was killed answers nothing, so this ends with status 13.
child.stdin.on('error', () => {});
readline.createInterface({ input: child.stdout }).on('line', (line) => {
	const message = JSON.parse(line);

	waiting.get(message.id)?.(message);
});

const request = (method, params) => new Promise((resolve) => {
	waiting.set(++id, resolve);
	child.stdin.write(JSON.stringify(
		{ jsonrpc: '2.0', id, method, params }) + '\n');
});

const hello = await request('initialize', { protocolVersion: '2025-11-25',
	capabilities: {}, clientInfo: { name: 'asker', version: '1' } });

child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
const tools = await request('tools/list', {});
const put = (list) => Promise.all(list.map(async (ask, n) => {
	const { many, ...rest } = ask;
	const { result, error } = await request('tools/call', {
		name: 'permission', arguments: { tool_use_id: `toolu_${n}`, ...rest,
			...(many && { input: { command: 'x'.repeat(many) } }) } });

	return error ? { error: error.message } :
		result.isError ? { failed: result.content[0].text } :
			JSON.parse(result.content[0].text);
}));
const answers = [...await put(asks), ...await put(then)];

child.stdin.end();
console.log(JSON.stringify({ type: 'result', subtype: 'success',
	is_error: false, num_turns: 1, result: JSON.stringify({
		error: hello.error?.message, answers,
		tools: tools.result?.tools.map(({ name }) => name) }) }));
