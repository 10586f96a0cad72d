// Resources through the bridge, in both eras: reading, listing, watching.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { killDaemon, memory } from './lib/daemon.mjs';
import { waitFor } from './lib/harness.mjs';
import { connect, ERAS, initialized, join, records, Wire }
	from './lib/session.mjs';

const ALL = { concurrency: 4 };
const uri = (name) => `ccproc://tasks/${name}`;

async function read(bridge, name) {
	const { contents } = await bridge.request('resources/read',
		{ uri: uri(name) });

	assert.equal(contents.length, 1);
	assert.equal(contents[0].uri, uri(name));
	return contents[0];
}

/** Begins to watch; the URIs that were told of since. */
async function watch(bridge, era, names) {
	const told = [];
	const uris = names.map(uri);

	bridge.on('notifications/resources/updated',
		(params) => told.push(params.uri));
	if (era === 'legacy') {
		for (const each of uris)
			await bridge.request('resources/subscribe', { uri: each });
		return told;
	}
	bridge.request('subscriptions/listen', { notifications:
		{ resourceSubscriptions: uris, resourcesListChanged: true } })
		.catch(() => {}); // the end of the bridge
	await waitFor(() => bridge.messages.some(({ method }) =>
		method === 'notifications/subscriptions/acknowledged'));
	return told;
}

for (const era of ERAS)
	describe(`resources, ${era}`, ALL, () => {
		test('are read by whatever names a task', async (t) => {
			const { world, bridge } = await connect(t, { era });

			await bridge.tool('start_tasks', { group: 'pair', tasks: [
				{ command: 'printf "a\\377b\\033[1mc\\n"; echo err >&2; exit 4',
					label: 'lab' }, { command: 'true' }] });
			await bridge.tool('check_tasks', { ids: ['g1'], wait_s: 20 });
			await killDaemon(world);
			const [record] = await records(bridge, ['t1']);

			for (const id of ['t1', 'lab', '1', `t1-${record.uuid}`,
				record.uuid, record.uuid.slice(0, 13)]) {
				const { mimeType, text } = await read(bridge, id);

				assert.equal(mimeType, 'application/json');
				assert.deepEqual({ ...JSON.parse(text), age_s: record.age_s },
					record);
			}
			assert.deepEqual(JSON.parse((await read(bridge, 'pair')).text)
				.tasks.map(({ id }) => id), ['t1', 't2']);
			assert.match((await read(bridge, 'g1/result')).text,
				/^g1 pair: 2 ended, 1 failed: t1 lab\n\nt1 lab failed: exit code 4 · [^]*\n\nt2 completed/);
			assert.match((await read(bridge, 't1/result')).text,
				/^t1 lab failed: exit code 4 · .*\na\ufffdbc\n\[stderr\]\nerr$/);
			assert.deepEqual(await read(bridge, 'lab/stdout'),
				{ uri: uri('lab/stdout'), mimeType: 'text/plain',
					text: 'a\ufffdb\u001b[1mc\n' });
			assert.equal((await read(bridge, 't1/stderr')).text, 'err\n');
			assert.equal((await read(bridge, 't2/stdout')).text, '');
		});

		test('that are not there are not found', async (t) => {
			const { bridge } = await connect(t, { era });

			await bridge.tool('run_task', { command: 'true' });
			await bridge.tool('run_task', { command: 'true' });
			await bridge.tool('cleanup_tasks', { ids: ['t2'] });
			for (const name of ['t2', 't3', '', 't1/', 't1/env', 't1/../t1',
				't1%2Fstdout', 'x/stdout', `${'x'.repeat(5000)}`])
				await assert.rejects(read(bridge, name),
					{ code: era === 'legacy' ? -32002 : -32602 }, name);
		});

		test('are listed, newest first, with pages', async (t) => {
			const { bridge } = await connect(t, { era });
			const items = [];
			let cursor;

			for (let i = 0; i < 3; i++)
				await bridge.tool('start_tasks', { tasks:
					Array(50).fill({ command: 'echo x' }) });
			await bridge.tool('check_tasks', { ids: ['g1', 'g51', 'g101'],
				wait_s: 30, detail: 'status' }).catch(() => {});
			do {
				const page = await bridge.request('resources/list',
					cursor ? { cursor } : {});

				items.push(...page.resources);
				cursor = page.nextCursor;
			} while (cursor);
			const uris = items.map((item) => item.uri);

			assert.equal(new Set(uris).size, uris.length);
			assert.equal(uris[0], uri('t150'));
			// nothing that will be wrong when somebody reads it
			assert.deepEqual(new Set(items.map((it) => it.description)),
				new Set(['command: echo x']));
			assert.equal(new Set(items.map((it) => it.name)).size,
				items.length);
			assert.ok(uris.includes(uri('t51/stdout')));
			assert.ok(uris.length >= 300 && uris.length <= 450);
			await assert.rejects(bridge.request('resources/list',
				{ cursor: 'x' }), { code: -32602 });
			const { resourceTemplates } =
				await bridge.request('resources/templates/list');

			assert.deepEqual(resourceTemplates.map((it) => it.uriTemplate),
				['', '/result', '/stdout', '/stderr'].map((part) =>
					uri(`{id}${part}`)));
			for (const key of ['name', 'title'])
				assert.equal(new Set(resourceTemplates
					.map((it) => it[key])).size, 4);
		});

		test('tell of changes, through the death of a daemon', async (t) => {
			const { world, bridge } = await connect(t, { era });
			const step = (n) => path.join(world.root, `step${n}`);
			const wait = (n) =>
				`until [ -e '${step(n)}' ]; do sleep 0.05; done`;

			await bridge.tool('run_task', { wait_s: 0, label: 'w', command:
				`${wait(1)}; echo a; ${wait(2)}; echo b; exit 3` });
			const told = await watch(bridge, era,
				['t1', 'w/stdout', 't1/stderr']);

			assert.deepEqual(told, []);
			fs.writeFileSync(step(1), '');
			await waitFor(() => told.includes(uri('w/stdout')));
			assert.deepEqual([...new Set(told)], [uri('w/stdout')]);
			await killDaemon(world);
			told.length = 0;
			fs.writeFileSync(step(2), '');
			await waitFor(() => world.live().length === 0 &&
				told.includes(uri('t1')) && told.includes(uri('w/stdout')));
			assert.equal(JSON.parse((await read(bridge, 't1')).text).exit_code,
				3);
			assert.equal((await read(bridge, 'w/stdout')).text, 'a\nb\n');
		});

		test('tell that there are others', async (t) => {
			const { bridge } = await connect(t, { era });
			let changes = 0;

			bridge.on('notifications/resources/list_changed',
				() => changes++);
			if (era === 'modern')
				await watch(bridge, era, []);
			await bridge.tool('start_tasks', { tasks:
				Array(20).fill({ command: 'sleep 60' }) });
			await waitFor(() => changes === 1);
			await bridge.tool('cleanup_tasks', { ids: ['g1'] });
			await waitFor(() => changes > 1);
		});
	});

test('a stream that never ends costs little to watch', async (t) => {
	const { world, bridge } = await connect(t);

	await bridge.tool('run_task', { wait_s: 0, command:
		'yes | head -c 3000000; while :; do echo y; sleep 0.001; done' });
	const told = await watch(bridge, 'legacy', ['t1/stdout']);
	const began = Date.now();

	await waitFor(() => told.length >= 3);
	const most = (Date.now() - began) / 500 + 2;

	assert.ok(told.length <= most, `${told.length} notices, not ${most}`);
	const { text } = await read(bridge, 't1/stdout');

	assert.match(text,
		/^\[the last \d+ of \d+ bytes; all of it: read_output \{"id":"t1","stream":"stdout","cursor":0\}\]\ny\ny\n/);
	assert.ok(text.length < 1.1 * 2 ** 20);
	await bridge.tool('stop_tasks', { ids: ['t1'], mode: 'now' });
	assert.ok(world.daemon());
});

test('who does not read what it asked for costs a bounded memory',
	async (t) => {
		const { world, bridge } = await connect(t);

		await bridge.tool('run_task',
			{ command: 'head -c 3000000 /dev/zero' });
		const before = memory(world.daemon());
		const wire = await Wire.greeted(world);

		await initialized(wire);
		wire.socket.pause();
		for (let i = 0; i < 500; i++)
			wire.request(String(i), 'resources/read',
				{ uri: uri('t1/stdout') });
		// the others are served meanwhile
		for (let i = 0; i < 20; i++)
			await bridge.tool('check_tasks', { ids: ['t1'] });
		assert.ok(memory(world.daemon()) - before < 64,
			`${before} MiB, then ${memory(world.daemon())}`);
		wire.socket.resume();
		for (let i = 0; i < 500; i++)
			assert.ok((await wire.answer(i, { timeout: 30000 })).result);
	});
