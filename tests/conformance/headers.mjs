// What the HTTP headers of a request must say for an adapter to pass it on:
// that it comes from this machine, and of a 2026-07-28 request that they
// repeat what its body says.
const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/** Whether a browser on a strange page cannot have sent it. */
export const isLocal = ({ host = '', origin }) => LOCAL.test(host) &&
	(origin === undefined || LOCAL.test(origin.replace(/^https?:\/\//, '')));

/** The member of params that Mcp-Name repeats. */
const NAMED_BY = { 'tools/call': 'name', 'prompts/get': 'name',
	'resources/read': 'uri', 'tasks/get': 'taskId', 'tasks/update': 'taskId',
	'tasks/cancel': 'taskId' };

/** The text that a header value stands for; undefined when it is broken. */
function decoded(value) {
	const base64 = /^=\?base64\?(.*)\?=$/s.exec(value)?.[1];

	if (base64 === undefined)
		return value;
	const bytes = Buffer.from(base64, 'base64');

	return bytes.toString('base64') === base64 ? bytes.toString() : undefined;
}

/** Which arguments of which tool have headers, from lists of tools. */
export class ParamHeaders {
	#tools = new Map();

	/** Takes note of the tools of a tools/list. */
	learn(tools) {
		for (const { name, inputSchema } of tools)
			this.#tools.set(name,
				Object.entries(inputSchema?.properties ?? {})
					.filter(([, schema]) => schema?.['x-mcp-header'])
					.map(([key, schema]) => [key, schema['x-mcp-header']]));
	}

	/** What a tools/call has to repeat: { header: text }. */
	of({ name, arguments: args }) {
		return Object.fromEntries((this.#tools.get(name) ?? [])
			.filter(([key]) => args?.[key] !== undefined)
			.map(([key, header]) => [`Mcp-Param-${header}`,
				String(args[key])]));
	}
}

/** Names the header that contradicts the message, or undefined. */
export function mismatch(headers, { method, params = {} }, version,
	paramHeaders) {
	const wanted = { 'MCP-Protocol-Version': version, 'Mcp-Method': method };

	if (params[NAMED_BY[method]] !== undefined)
		wanted['Mcp-Name'] = params[NAMED_BY[method]];
	if (method === 'tools/call')
		Object.assign(wanted, paramHeaders.of(params));
	return Object.keys(wanted).find((name) => {
		const value = headers[name.toLowerCase()];

		return value === undefined || decoded(value.trim()) !== wanted[name];
	});
}
