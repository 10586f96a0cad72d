// usage: judge.mjs JOB
//
// Cuts the power at some places of a recording, which JOB names in JSON, and
// asks the next daemon about everything that had been told by then.  Prints
// each mistake as JSON, and each cut.  Needs a mount namespace of its own.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { Random } from '../../chaos/lib/random.mjs';
import { killDaemon } from '../../system/lib/daemon.mjs';
import { waitFor, World } from '../../system/lib/harness.mjs';
import { open } from '../../system/lib/hooks.mjs';
import { mount, unmount } from './disk.mjs';
import { config, gate, hooked, ledgers } from './load.mjs';
import { Image, Log } from './log.mjs';
import { known, mistake } from './told.mjs';

const BOOT = '/proc/sys/kernel/random/boot_id';

const bind = (from, to) => execFileSync('mount', ['--bind', from, to]);
const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

/** What is on disk of the task's first answer to a question. */
function answered(world, id) {
	try {
		return JSON.parse(fs.readFileSync(
			path.join(world.taskDir(`t${id}`), 'answer-1.json')));
	} catch {
		return undefined;
	}
}

/** The hook that the task has asked for; undefined: none, or it is damaged. */
function hookOf(world, id) {
	try {
		return JSON.parse(fs.readFileSync(path.join(world.taskDir(id),
			'spec.json'))).options.on_finish;
	} catch {
		return undefined;
	}
}

/**
 * Those whose hooks have not run; of one that had begun before the cut it is
 * enough that the log says so.
 */
function unheard(world, found) {
	const told = fs.readFileSync(hooked(world.work), 'utf8').split('\n');
	const lost = [...world.log().matchAll(new RegExp('(t\\d+): hook-end-1-own ' +
		'is lost: (?:its environment is gone|the machine was restarted)', 'g'))]
		.map(([, id]) => id);

	return [...found.values()].filter(({ id, label }) =>
		hookOf(world, id) && !told.includes(label) &&
		!fs.existsSync(path.join(world.taskDir(id), 'hook-end-1-own',
			'exit.json')) && !lost.includes(id));
}

/** The records of all tasks, by their numbers. */
async function records(bridge) {
	const all = new Map();

	for (let cursor; ;) {
		const { text } = await bridge.tool('list_tasks', { form: 'json',
			limit: 50, ...(cursor && { cursor }) });
		const { tasks } = JSON.parse(text);

		if (tasks.length === 0)
			return all;
		tasks.forEach((task) => all.set(Number(task.id.slice(1)), task));
		cursor = tasks.at(-1).id;
	}
}

/** The same when all have ended. */
async function settled(world, bridge, complain) {
	const restless = async () => world.live().length > 0 ? world.live() :
		[...(await records(bridge)).values()].filter(({ state }) =>
			state === 'queued' || state === 'running');

	await waitFor(async () => (await restless()).length === 0,
		{ what: 'the end of every task' })
		.catch(async () => complain('never ended', await restless()));
	await waitFor(() => open(world).length === 0,
		{ what: 'the end of every hook' })
		.catch(() => complain('never ended', open(world)));
	return records(bridge);
}

/** What is wrong with what the next daemon tells; complain is called of it. */
async function look(world, cwd, tasks, complain) {
	const bridge = world.bridge({ cwd });

	await bridge.legacy();
	const found = await settled(world, bridge, complain);
	const started = ledgers(world.work).flatMap((file) =>
		[...fs.readFileSync(file, 'utf8').matchAll(/^(?:begin )?(k\d+)/gm)]
			.map(([, label]) => label));

	for (const task of tasks) {
		const kind = mistake(task, found.get(task.id), started);

		if (kind !== undefined)
			complain(kind, { told: task, found: found.get(task.id) });
		if (task.answer && !task.deletion && !answered(world, task.id))
			complain('answers lost', { told: task });
	}
	for (const label of started)
		if (started.indexOf(label) !== started.lastIndexOf(label))
			complain('started twice', label);
	for (const task of unheard(world, found))
		complain('hooks lost', { found: task });
	const { id, keyed } = tasks.findLast((task) => task.keyed) ?? {};
	const again = keyed && (await bridge.tool('run_task', keyed)).text;

	if (keyed && !again.startsWith(`t${id} `))
		complain('started twice', { keyed, id, again });
	const next = (await bridge.tool('run_task', { command: 'exit 7' })).text;

	if (!/ failed: exit code 7/.test(next) || tasks.some((task) =>
		task.id >= Number(/\d+/.exec(next)[0])))
		complain('numbers given twice', next);
	await bridge.close();
	await killDaemon(world);
}

const { system, dir, cuts, seed } = JSON.parse(process.argv[2]);
const { work, notes } = JSON.parse(fs.readFileSync(path.join(dir, 'notes')));
const log = new Log(path.join(dir, 'log'));
const world = new World({ config: config(1) });
const image = new Image(log, path.join(dir, 'first'),
	path.join(world.root, 'image'));
const file = path.join(world.root, 'cut');
const boot = path.join(world.root, 'boot');

fs.cpSync(work, world.work, { recursive: true });
fs.writeFileSync(gate(world.work), '');
fs.writeFileSync(boot, '77777777-7777-7777-7777-777777777777\n');
bind(world.work, work);
bind(boot, BOOT);
for (const count of cuts) {
	image.cut(count, new Random(seed).fork(count), file);
	[...ledgers(world.work), hooked(world.work)].forEach((ledger) =>
		fs.writeFileSync(ledger, ''));
	mount(system, file, world.state);
	await look(world, work, known(notes, count), (kind, what) =>
		say({ count, kind, what }));
	await unmount(world.state);
	say({ count });
}
fs.rmSync(world.root, { recursive: true, force: true });
