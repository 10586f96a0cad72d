// The world of a chaos run: on a file system in memory where there is one,
// with an agent that does what its prompt says.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { kill, waitFor, World } from '../../system/lib/harness.mjs';

/** How often an agent that the API refuses is tried again. */
export const RETRIES = 2;
/** A daemon's descriptors count when they are the same for so long. */
const STEADY_MS = 500;
const AGENT = fileURLToPath(new URL('../../programs/fake-claude',
	import.meta.url));

function writable(dir) {
	try {
		fs.accessSync(dir, fs.constants.W_OK | fs.constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

export const defaultPlace = () =>
	writable('/dev/shm') ? '/dev/shm' : os.tmpdir();

/** The contents of a file, '' when there is none. */
export function read(file, encoding = 'utf8') {
	try {
		return fs.readFileSync(file, encoding);
	} catch {
		return '';
	}
}

/** Makes the world below place. */
export function makeWorld(place) {
	process.env.TMPDIR = place;
	const world = new World();

	world.marker = world.root; // in the environment of all its processes
	world.armed = path.join(world.root, 'steps');
	fs.writeFileSync(path.join(world.root, 'config.json'),
		JSON.stringify(prepare(world)));
	return world;
}

export const hasGit = spawnSync('git', ['--version']).status === 0;

function makeRepository(dir) {
	const run = (...args) => {
		const { status, stderr } = spawnSync('git', ['-C', dir, '-c',
			'user.name=x', '-c', 'user.email=x@example.org', ...args]);

		if (status !== 0)
			throw new Error(`git ${args.join(' ')}: ${stderr}`);
	};

	fs.mkdirSync(dir);
	run('init', '-q');
	fs.writeFileSync(path.join(dir, 'file'), 'content\n');
	run('add', '.');
	run('commit', '-q', '-m', 'first');
}

/** Puts what tasks need into world.work; the configuration. */
export function prepare(world) {
	world.tokens = path.join(world.work, 'tokens');
	world.env.FAKE_CLAUDE_TALK = path.join(world.work, 'talk');
	fs.mkdirSync(world.env.FAKE_CLAUDE_TALK);
	world.talkLog = path.join(world.env.FAKE_CLAUDE_TALK, 'log');
	fs.writeFileSync(world.tokens, '');
	if (hasGit)
		makeRepository(path.join(world.work, 'repository'));
	world.told = path.join(world.work, 'told');
	// of a tenth of all: a hook costs as much as a task
	return { commands: { max_running: 24 },
		hooks: { only: { each: true, labels: ['w*5'] }, on_finish:
			`echo "$CCPROC_LABEL $CCPROC_EVENT_ID" >>'${world.told}'` },
		agents: { max_running: 6, launches: 0,
			retry: { times: RETRIES, first_s: 0 },
			claude: { command: [AGENT] } } };
}

/** The process that locks the state directory: the daemon, or undefined. */
export function holder(world) {
	let ino;

	try {
		({ ino } = fs.statSync(path.join(world.state, 'lock')));
	} catch {
		return undefined;
	}
	const line = read('/proc/locks').split('\n').find((text) =>
		/ POSIX .* WRITE /.test(text) && text.includes(`:${ino} `));

	return line && Number(line.trim().split(/\s+/)[4]);
}

export const comm = (pid) => read(`/proc/${pid}/comm`).trim();

/** The directory of the task that a keeper was told, by its process. */
export const keeps = (pid) => read(`/proc/${pid}/environ`).split('\0')
	.find((text) => text.startsWith('CCPROC_KEEPS='))?.slice(13);

/** The same by what a process says at a step. */
export function keptBy(said) {
	const argv = said.split('\0');
	const dir = argv[argv.indexOf('-d') + 1];

	return argv.indexOf('-d') === -1 ? undefined : dir;
}

/** Of inotify, for its socket and its state directory. */
const OWN_WATCHES = 2;
const isInotify = (name) => name.endsWith('inotify');

/** Open descriptors and resident MiB of a process. */
export function measure(pid) {
	const status = read(`/proc/${pid}/status`);

	const dir = `/proc/${pid}/fd`;
	const open = fs.readdirSync(dir).map((fd) => {
		try {
			return fs.readlinkSync(path.join(dir, fd)).replace(/:\[\d+\]$/, '');
		} catch {
			return 'closed'; // since the folder was read
		}
	}).sort();

	// a new daemon has not started what syncs yet
	if (open.some((name) => name.includes('memfd:ccproc-sync')))
		for (const name of ['memfd:ccproc-sync', '[pidfd]', 'socket'])
			open.splice(open.findIndex((at) => at.includes(name)), 1);
	// nor has it watched the folder of a task, for which one is kept
	if (open.filter(isInotify).length > OWN_WATCHES)
		open.splice(open.findIndex(isInotify), 1);
	return { fds: open.length, open: open.join(' '),
		mib: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024 };
}

/** Measures a process when nobody is just coming or leaving. */
async function steady(pid) {
	let last = measure(pid), since = Date.now();

	await waitFor(() => {
		const now = measure(pid);

		if (now.fds !== last.fds)
			since = Date.now();
		last = now;
		return Date.now() - since > STEADY_MS;
	}, { what: 'steady descriptors' });
	return last;
}

/**
 * What the daemon has when its clients are idle, and what a new one has in its
 * place: { after, fresh }.
 */
export async function compareDaemons(world, clients) {
	const idle = async () => {
		await Promise.all(clients.map((client) => client.idle()));
		return holder(world);
	};
	const last = await idle();
	const after = await steady(last);

	kill(last, 'SIGTERM');
	await waitFor(() => holder(world) !== last,
		{ what: 'the end of the daemon' });
	return { after, fresh: await steady(await idle()) };
}
