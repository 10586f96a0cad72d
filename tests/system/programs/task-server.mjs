// The smallest stdio MCP server with tasks: a job that lasts until a file is
// there, and a question to the user.  Tasks are files in the folder that is
// its argument, so that they outlive it.  2026-07-28 only.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

const EXTENSION = 'io.modelcontextprotocol/tasks';
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const META = { _meta: { 'io.modelcontextprotocol/serverInfo':
	{ name: 'task-server', version: '1' } } };
const CACHED = { ttlMs: 0, cacheScope: 'private' };

const dir = process.argv[2];
const fileOf = (id) => path.join(dir, `${id}.json`);
const load = (id) => JSON.parse(fs.readFileSync(fileOf(id)));
const save = (id, task) =>
	fs.writeFileSync(fileOf(id), JSON.stringify(task));
const iso = (ms) => new Date(ms).toISOString();
const send = (message) => process.stdout.write(
	JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');

const properties = (names) => ({ type: 'object', properties:
	Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
const tools = [
	{ name: 'job', description: 'Says a text once the file gate is there.',
		inputSchema: properties(['gate', 'text']) },
	{ name: 'ask', description: 'Asks the user.',
		inputSchema: properties(['question']) },
];

const question = (message) => ({ method: 'elicitation/create', params: {
	mode: 'form', message, requestedSchema: { type: 'object',
		properties: { sure: { type: 'boolean', title: 'Are you sure?' } },
		required: ['sure'] } } });

/** The state of a task now. */
function look(id) {
	const { created, gate, text, asks, answer } = load(id);
	const done = asks === undefined ? fs.existsSync(gate) :
		answer !== undefined;
	const task = { taskId: id, createdAt: iso(created),
		lastUpdatedAt: iso(created), ttlMs: null, pollIntervalMs: 200 };

	if (done)
		return { ...task, status: 'completed', result: {
			resultType: 'complete', content: [{ type: 'text',
				text: text ?? `answer: ${JSON.stringify(answer)}` }] } };
	return asks === undefined ? { ...task, status: 'working' } :
		{ ...task, status: 'input_required',
			inputRequests: { asks: question(asks) } };
}

function call({ arguments: args = {} }) {
	const id = randomUUID();

	save(id, { created: Date.now(), ...args, asks: args.question });
	const { result, inputRequests, ...task } = look(id);

	return { ...task, status: 'working', resultType: 'task' };
}

const methods = {
	'server/discover': () => ({ supportedVersions: ['2026-07-28'],
		capabilities: { tools: {}, extensions: { [EXTENSION]: {} } },
		...CACHED }),
	'tools/list': () => ({ tools, ...CACHED }),
	'tools/call': call,
	'tasks/get': ({ taskId }) => look(taskId),
	'tasks/update': ({ taskId, inputResponses: { asks } }) => {
		save(taskId, { ...load(taskId), answer: asks });
		return {};
	},
	'tasks/cancel': () => ({}),
};

function answer({ id, method, params }) {
	if (id === undefined)
		return;
	if (method === 'subscriptions/listen')
		send({ method: 'notifications/subscriptions/acknowledged', params:
			{ _meta: { [SUBSCRIPTION]: id }, notifications: {} } });
	else if (methods[method] === undefined)
		send({ id, error: { code: -32601, message: 'Method not found' } });
	else
		send({ id, result: { resultType: 'complete', ...META,
			...methods[method](params) } });
}

readline.createInterface({ input: process.stdin })
	.on('line', (line) => {
		fs.appendFileSync(path.join(dir, 'log'), line + '\n');
		answer(JSON.parse(line));
	});
