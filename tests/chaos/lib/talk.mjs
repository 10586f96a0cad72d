// Agents that go on: they are replied to while they run and when they have
// ended, refused by the API, stopped with messages waiting; what must be
// found of each message on disk.
import fs from 'node:fs';
import path from 'node:path';

import { read, RETRIES } from './world.mjs';

/** One message, and what became of it: sent, accepted, unknown or refused. */
export class Message {
	constructor(random, label) {
		this.label = label;
		this.status = 'planned';
		this.order = 0;
		this.refuse = random.chance(0.3) ? random.int(1, RETRIES + 1) : 0;
		this.code = random.chance(0.8) ? 0 : random.int(1, 200);
		this.fork = random.chance(0.15);
		this.waits = random.chance(0.4); // for its answer
		this.elsewhere = random.next(); // who says it
		this.text = `REPLAY stream-json.out say=${label} sleep=0.${
			random.int(0, 40)} rc=${this.code} refuse=${this.refuse}`;
	}
}

/** The messages of a task, the first of which starts it. */
export function* steps(random, label) {
	const plan = ['say', 'say', 'burst', 'wait', 'stop'];

	for (let i = random.int(1, 4); i > 0; i--)
		yield { kind: random.pick(plan), delay: random.int(0, 300),
			messages: Array.from({ length: 3 }, (_, n) =>
				new Message(random, `${label}.${i}${n}`)) };
}

// ---- what clients do ----

/** Which messages have begun, as the agents themselves have noted. */
const begun = (world) => new Set([...read(world.talkLog)
	.matchAll(/^begin (\S+) /gm)].map(([, label]) => label));

async function say(client, task, message) {
	const { clients } = client.chaos;
	const sender = clients[Math.floor(message.elsewhere * clients.length)];

	task.messages.push(message);
	message.status = 'sent';
	message.order = ++task.replies;
	const answer = await sender.attempt('reply_task', { id: task.id,
		message: message.text, wait_s: message.waits ? 40 : 0,
		...(message.fork && { fork: true }) }, message.waits);


	message.status = answer === undefined ? 'unknown' : 'accepted';
	if (!answer?.text.startsWith(`${task.id} ${task.label} `) && answer) {
		message.status = 'refused';
		message.answer = answer.text;
	}
}

async function stop(client, task) {
	const waiting = task.messages.filter(({ status }) =>
		status === 'accepted');
	const { text, isError } = await client.repeat('stop_tasks',
		{ ids: [task.id], grace_s: 3 }, { waits: true });

	task.stops++;
	if (isError || /still stopping/.test(text))
		client.chaos.complain(client, 'stop_tasks', text);
	const now = begun(client.chaos.world);

	for (const message of waiting)
		message.unheard ||= !now.has(message.label);
}

/** Does the steps of a task that has been started. */
export async function converse(client, task, pause) {
	for (const { kind, delay, messages } of task.steps) {
		await pause(delay);
		if (kind === 'wait')
			await client.wait([task]);
		else if (kind === 'burst')
			await Promise.all(messages.map((message) =>
				say(client, task, Object.assign(message,
					{ anyOrder: true }))));
		else
			await say(client, task, Object.assign(messages[0],
				{ waits: kind === 'say' && messages[0].waits }));
		if (kind === 'stop')
			await stop(client, task);
	}
	await client.wait([task]);
}

/** Complains of a line that no such agent can come to. */
export function checkTalkLine(client, task, line) {
	task.said = line;
	if (!/^(completed|failed: (exit code \d+|rate_limited|not started, .* no conversation to go on with)|cancelled: by user|lost)[ :]/
		.test(`${line} `))
		client.chaos.complain(client, 'outcome', `${task.id} ${task.label}: ${line}`);
}

// ---- what must be found ----

/** The runs of a task in order: [{ name, dir, turn, prompt, exit }]. */
function runsOf(dir) {
	const names = ['', ...fs.readdirSync(dir)
		.filter((name) => /^(run|retry)-\d+$/.test(name))
		.sort((a, b) => a.split('-')[1] - b.split('-')[1])];

	return names.map((name, i) => {
		const at = path.join(dir, name);
		let exit;

		try {
			exit = JSON.parse(read(path.join(at, 'exit.json')));
		} catch {
			exit = undefined;
		}
		return { name, dir: at, number: i + 1, exit,
			retry: name.startsWith('retry-'),
			prompt: read(path.join(at, 'prompt')) };
	});
}

/** Runs as turns: a message with what was tried again of it. */
function turnsOf(runs) {
	const turns = [];

	for (const run of runs)
		if (run.retry)
			turns.at(-1)?.runs.push(run);
		else
			turns.push({ prompt: run.prompt, runs: [run],
				before: runs.slice(0, run.number - 1) });
	return turns;
}

const isStopped = ({ exit }) => exit.stop_reason === 'user';
const isLost = ({ exit }) => exit.stop_reason === 'keeper_lost';
/** One that had nothing to go on in: its keeper was not even started. */
const isBaseless = ({ exit }) => exit.spawn_stage === 'exec' &&
	/no conversation to go on with/.test(exit.note);
/** The run came to its own end. */
const isWhole = (run) => run.exit.stop_reason === '' && !isBaseless(run);
const ran = (run) => run.exit.main_pid > 0 || isLost(run);

/** Whether one try of a message ended as it may. */
function isRight(run, message, nth, killed) {
	const { exit } = run;
	const refused = nth < message.refuse;

	if (isStopped(run))
		return true; // whether it was meant is looked at elsewhere
	if (isLost(run))
		return killed !== undefined && killed !== 'right';
	return isWhole(run) && exit.exit_signal === 0 &&
		exit.exit_code === (refused ? 1 : message.code);
}

function inspectTurn(turn, message, last, talk) {
	const { task, report, deadKeepers } = talk;
	const what = `${task.id} ${message.label}`;

	turn.runs.forEach((run, nth) => {
		if (isBaseless(run) ? turn.before.some(isWhole) :
			!isRight(run, message, nth, deadKeepers.get(run.dir)))
			report('wrong', `${what}, ${run.name || 'run 1'}: ${
				JSON.stringify(run.exit)}`);
		if (!isWhole(run) || nth < message.refuse)
			return;
		if (!read(path.join(run.dir, 'result.json'))
			.includes(message.label))
			report('wrong', `${what}: ${run.dir} has no result.json`);
		if (!talk.costs.has(`${task.id} ${run.number}`))
			report('wrong', `${what}: the cost of ${run.dir} is missing`);
	});
	const end = turn.runs.at(-1);
	const tries = Math.min(message.refuse, RETRIES) + 1;

	// who waits takes the place of a further try
	if (isWhole(end) && turn.runs.length !== tries &&
		(last ? task.stops === 0 : turn.runs.length > tries))
		report('wrong', `${what}: ${turn.runs.length} of ${tries} tries`);
}

/** The files of runs, one after the other, with nothing beside them. */
function inspectFiles(dir, runs, report) {
	const names = fs.readdirSync(dir, { recursive: true }).map(String);

	for (const name of names)
		if (/(^|\/)(env$|\.)/.test(name))
			report('leftovers', path.join(dir, name));
	runs.forEach(({ name, number, exit, dir: at }) => {
		if (name !== '' && Number(name.split('-')[1]) !== number)
			report('wrong', `${at}: it is run ${number}`);
		if (exit === undefined)
			report('unfinished', `${at} has no whole exit.json`);
	});
	return runs.every(({ exit }) => exit);
}

/** What the agents have noted of a message: how often it began. */
function inspectBegins(talk, message, turn, log) {
	const { task, report } = talk;
	const times = log.filter((line) =>
		line.startsWith(`begin ${message.label} `)).length;
	const most = turn?.runs.filter(ran).length ?? 0;
	const least = turn?.runs.filter(isWhole).length ?? 0;

	if (times > most || times < least)
		report('duplicates', `${task.id} ${message.label} began ${times} ` +
			`times, expected ${least} to ${most}`);
	if (message.unheard && times > 0)
		report('wrong',
				`${task.id} ${message.label} began after a stop`);
}

/** Messages that were said one after the other were heard so. */
function inspectOrder(talk, turns) {
	const { task, report } = talk;
	let before = 0;

	for (const { message } of turns) {
		if (message === undefined || message.anyOrder ||
			message.status !== 'accepted')
			continue;
		if (message.order < before)
			report('wrong', `${task.id} ${message.label} came late`);
		before = message.order;
	}
}

/** The runs in the totals of cost: `t7 2'. */
function counted(world) {
	const dir = path.join(world.state, 'costs');
	const days = fs.existsSync(dir) ? fs.readdirSync(dir) : [];

	return new Set(days.flatMap((day) =>
		[...read(path.join(dir, day)).matchAll(/^(t\d+ \d+) /gm)])
		.map(([, run]) => run));
}

/** Looks at a task that is a conversation; the problems by kind. */
export function inspectTalk(task, dir, { report, deadKeepers, world }) {
	const talk = { task, report, deadKeepers, costs: counted(world) };
	const runs = runsOf(dir);
	const log = read(world.talkLog).split('\n');

	task.found = { state: 'talked' };
	task.runs = runs.length;
	task.lost = runs.filter(({ exit }) =>
		exit?.stop_reason === 'keeper_lost').length;
	task.retries = runs.filter(({ retry }) => retry).length;
	if (!inspectFiles(dir, runs, report))
		return;
	const turns = turnsOf(runs);

	for (const turn of turns)
		turn.message = task.messages.find(({ text }) =>
			text === turn.prompt.trim());
	for (const message of task.messages) {
		const found = turns.filter((turn) => turn.message === message);

		if (found.length > 1)
			report('duplicates', `${task.id} ${message.label}: ${
				found.length} runs`);
		if (found.length === 0 && message.status === 'accepted')
			report('lost', `${task.id} ${message.label} was accepted`);
		if (found.length === 1 && message.status === 'refused')
			report('wrong', `${task.id} ${message.label} was refused: ${
				message.answer}`);
		// every client lives, and is outside of all tasks
		if (/cannot be looked at/.test(message.answer))
			report('errors', `${task.id} ${message.label}: ${
				message.answer}`);
		message.found = found.length > 0;
		if (found.length === 1)
			inspectTurn(found[0], message, found[0] === turns.at(-1), talk);
		inspectBegins(talk, message, found[0], log);
		// unless nothing before it has begun anything to go on in
		if (message.status === 'refused' && turns.some((turn) =>
			turn.message?.order < message.order && turn.runs.some(
				isWhole)))
			report('errors', `${task.id} ${message.label}: ${
				message.answer}`);
	}
	for (const { label } of task.messages)
		if (log.some((line) => line.startsWith(`clash ${label} `)))
			report('wrong', `${task.id} ${label} met another process in ` +
				'its conversation');
	for (const { message, prompt } of turns)
		if (message === undefined)
			report('duplicates', `${dir}: nobody said ${prompt}`);
	inspectOrder(talk, turns);
}

/** The outcome of all conversations, in a line. */
export function talkTotals(tasks) {
	const talks = tasks.filter(({ kind, found }) => kind === 'talk' && found);
	const messages = talks.flatMap((task) => task.messages);
	const sum = (name) => talks.reduce((n, task) => n + task[name], 0);
	const n = (fn) => messages.filter(fn).length;

	return `${talks.length} conversations: ${
		n(({ status }) => status === 'accepted')} messages accepted, ${
		n(({ status }) => status === 'unknown')} unknown, ${
		n(({ status }) => status === 'refused')} refused; ${
		sum('runs')} runs, ${sum('retries')} of them again, ${
		sum('lost')} lost, ${
		n(({ fork, found }) => fork && found)} in copies; ${
		sum('stops')} stops, ${
		n(({ unheard }) => unheard)} messages unheard by them`;
}
