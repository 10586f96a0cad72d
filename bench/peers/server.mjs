// A small MCP server for shell commands as people write one with the
// TypeScript SDK: five tools, tasks in memory, output in memory.
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';

const require = createRequire(path.join(
	process.env.CCPROC_NODE_MODULES, 'x.js'));
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { StdioServerTransport } = require(
	'@modelcontextprotocol/sdk/server/stdio.js');
const { z } = require('zod');

const run = promisify(execFile);
const tasks = new Map();
const server = new McpServer({ name: 'peer', version: '1' });
const text = (value) => ({ content: [{ type: 'text',
	text: typeof value === 'string' ? value : JSON.stringify(value) }] });

function tool(name, description, inputSchema, handler) {
	server.registerTool(name, { description, inputSchema },
		async (args) => text(await handler(args)));
}

function start(command) {
	const task = { id: randomUUID(), state: 'running', output: '' };

	task.child = spawn('/bin/sh', ['-c', command]);
	task.child.stdout.on('data', (data) => { task.output += data; });
	task.child.on('exit', (code) => {
		task.state = code === 0 ? 'completed' : 'failed';
	});
	tasks.set(task.id, task);
	return task.id;
}

const view = ({ id, state, output }) => ({ id, state, output });
const command = { command: z.string() };
const id = { id: z.string() };

tool('execute', 'Run a shell command and wait for it.', command,
	async ({ command }) => (await run('/bin/sh', ['-c', command])).stdout);
tool('start', 'Start a shell command in the background.', command,
	({ command }) => start(command));
tool('check', 'The state and output of a task.', id,
	({ id }) => view(tasks.get(id)));
tool('list', 'All tasks.', {}, () => [...tasks.values()].map(view));
tool('cleanup', 'Kill a task and forget it.', id, ({ id }) => {
	tasks.get(id).child.kill();
	tasks.delete(id);
	return 'ok';
});
await server.connect(new StdioServerTransport());
