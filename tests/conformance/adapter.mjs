#!/usr/bin/env node
// Streamable HTTP on loopback in front of a stdio MCP server, for test suites
// that know HTTP only.  Node 18 or newer, no packages.
//
// usage: adapter.mjs [--port N] -- SERVER [ARG ...]
import http from 'node:http';
import { pathToFileURL } from 'node:url';

import { isLocal } from './headers.mjs';
import { Legacy } from './legacy.mjs';
import { Modern, versionOf } from './modern.mjs';
import { rpcError, sendEmpty, sendJson } from './reply.mjs';

const ENDPOINT = '/mcp';
const BODY_MAX = 16 * 1024 * 1024;
const FIRST_MODERN = '2026-07-28';

/** The body as text; undefined when it is too long. */
async function bodyOf(req) {
	const parts = [];
	let length = 0;

	for await (const part of req) {
		length += part.length;
		if (length <= BODY_MAX)
			parts.push(part);
	}
	return length <= BODY_MAX ? Buffer.concat(parts).toString() : undefined;
}

/** A handshake is of the old era, unless it carries the new one's _meta. */
const isModern = (headers, message) => versionOf(message) !== undefined ||
	(message.method !== undefined && message.method !== 'initialize' &&
	(headers['mcp-protocol-version'] ?? '') >= FIRST_MODERN);

async function post(req, res, { legacy, modern }) {
	const body = await bodyOf(req);
	let message;

	if (body === undefined) {
		sendEmpty(res, 413);
		return;
	}
	try {
		message = JSON.parse(body);
	} catch {
		sendJson(res, 400, rpcError(undefined, -32700, 'no JSON'));
		return;
	}
	if (typeof message !== 'object' || message === null ||
		Array.isArray(message))
		sendJson(res, 400, rpcError(undefined, -32600, 'no request'));
	else if (isModern(req.headers, message))
		modern.post(req, res, message);
	else
		legacy.post(req, res, message);
}

async function handle(req, res, fronts) {
	if (!isLocal(req.headers))
		sendJson(res, 403, rpcError(undefined, -32600,
			'only this machine is served'));
	else if (new URL(req.url, 'http://localhost').pathname !== ENDPOINT)
		sendEmpty(res, 404);
	else if (req.method === 'POST')
		await post(req, res, fronts);
	else if (req.method === 'GET')
		fronts.legacy.get(req, res);
	else if (req.method === 'DELETE')
		fronts.legacy.delete(req, res);
	else
		sendEmpty(res, 405, { allow: 'POST, GET, DELETE' });
}

/**
 * Starts one: { url, complaints, close() }.  The complaints are sentences
 * about what the server may not do and no HTTP client would notice.
 */
export async function startAdapter(command, { port = 0 } = {}) {
	const complaints = [];
	const complain = (text) => complaints.push(text);
	const fronts = { legacy: new Legacy(command, complain),
		modern: new Modern(command, complain) };
	const server = http.createServer((req, res) =>
		handle(req, res, fronts).catch((error) => {
			if (!res.destroyed)
				res.destroy(error);
		}));

	server.requestTimeout = 0;
	await new Promise((resolve, reject) =>
		server.once('error', reject).listen(port, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}${ENDPOINT}`,
		complaints,
		async close() {
			server.close();
			await Promise.all(Object.values(fronts)
				.map((front) => front.close()));
			server.closeAllConnections?.();
		},
	};
}

async function main(args) {
	const at = args.indexOf('--');
	const [option, port = '0'] = args.slice(0, at);

	if (at === -1 || at === args.length - 1 ||
		![undefined, '--port'].includes(option)) {
		console.error('usage: adapter.mjs [--port N] -- SERVER [ARG ...]');
		process.exit(2);
	}
	const adapter = await startAdapter(args.slice(at + 1),
		{ port: Number(port) });

	console.log(adapter.url);
	for (const signal of ['SIGINT', 'SIGTERM'])
		process.once(signal, async () => {
			await adapter.close();
			adapter.complaints.forEach((text) => console.error(text));
			process.exit(0);
		});
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
	await main(process.argv.slice(2));
