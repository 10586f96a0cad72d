// The real `claude` on a terminal with ccproc: tasks that free the
// conversation and wake the model, through the death of what is in between.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { notifications, Session } from './lib/claude-session.mjs';
import { claude, toolResults, use } from './lib/claude.mjs';
import { noTerminal } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { waitFor } from './lib/harness.mjs';
import { expectRecorded } from './lib/recording.mjs';
import { ccproc, freed, freesAndWakes, resumes, startJob,
	woken } from './lib/wakeup.mjs';

/** A session with a group of commands that wait for the gate. */
async function startGroup(place, words, options = {}) {
	const session = new Session(place);

	await session.submit(use('start_tasks', { ...options, tasks:
		words.map((word) => ({ command: place.command(word) })) }),
	{ text: 'is-started' });
	await freed(session);
	await session.shows('is-started');
	return session;
}

/** The only notification that has reached the model. */
function onlyNotice({ api }) {
	const notices = notifications(api.requests.at(-1));

	assert.equal(notices.length, 1, notices.join('\n'));
	return notices[0];
}

/** What the model has read when its call became a task. */
const started = (place) => toolResults(place.api)
	.find((text) => text.includes('started server-side task'));

/** What the model reads in place of a result. */
const resultOf = (notice) =>
	/<result>\n([^]*?)\n*<\/result>/.exec(notice)?.[1];

describe('claude on a terminal, and ccproc', {
	skip: !claude ? 'no claude' : noTerminal, concurrency: 2 }, () => {
	test('a task frees the conversation, and its end wakes the model',
		async (t) => {
			const place = await ccproc.start(t);
			const { request } = await freesAndWakes(place);

			assert.match(notifications(request)[0],
				/<result>\nt1 completed · .*\njob-is-done\n/);
		});

	test('the model reads the number of the task in its id', async (t) => {
		const place = await ccproc.start(t);
		const session = new Session(place);

		await session.submit(place.job('job-is-done'), { text: 'ok' });
		const { messages } = await freed(session);

		assert.match(JSON.stringify(messages.at(-1)),
			/started server-side task t1-[0-9a-f]{8}-[0-9a-f-]{27}/);
		place.open();
		await woken(session, 'job-is-done');
	});

	test('a short command is answered at once', async (t) => {
		const place = await ccproc.start(t);
		const session = new Session(place);
		const [seen] = await session.prompt(
			use('run_task', { command: 'echo hello; exit 3' }));

		assert.match(seen, /^t1 failed: exit code 3 · .*\nhello/);
	});

	test('a failure wakes the model as what it is', async (t) => {
		const place = await ccproc.start(t);
		const session = new Session(place);

		await session.submit(use('run_task', { command:
			`${place.command('it-failed')}; exit 4` }), { text: 'ok' });
		await freed(session);
		place.open();
		await woken(session, 'it-failed');
		assert.match(onlyNotice(place),
			/<result>\nt1 failed: exit code 4 · .*\nit-failed\n/);
	});

	test('a group is one task: one notification, when all have ended',
		async (t) => {
			const place = await ccproc.start(t);
			const session = await startGroup(place, ['red', 'green']);

			place.open();
			await woken(session, 'green');
			const notice = onlyNotice(place);

			assert.match(started(place), /<mcp-server-note>\s*started g1: t1 running, t2 running \(2 of 16 slots\)\s*<\/mcp-server-note>/);
			assert.match(notice, /<result>\ng1: 2 completed\n/);
			assert.match(notice, /t1 completed · .*\nred\n/);
			assert.match(notice, /t2 completed · .*\ngreen\n/);
		});

	test('a group of seven of which one failed is read whole, and that first',
		async (t) => {
			const place = await ccproc.start(t);
			const session = new Session(place);

			// what is typed has to fit into a line of the terminal
			fs.writeFileSync(path.join(place.world.work, 'j'), place.command(
				'job $1; seq -f "line %04g of job $1" 200\n' +
				'[ $1 -lt 7 ] || { echo undeclared: x >&2; exit 3; }'));
			await session.submit(use('start_tasks', { group: 'big', tasks:
				[1, 2, 3, 4, 5, 6, 7].map((i) =>
					({ command: `sh j ${i}` })) }), { text: 'is-started' });
			await freed(session);
			place.open();
			await woken(session, 'g1');
			const text = resultOf(onlyNotice(place));

			expectRecorded('group-of-seven.txt',
				text.replace(/\d+(\.\d)? (ms|s)/g, '~'), 'claude-tasks');
		});

	test('--continue: a task that goes on', async (t) => {
		const place = await ccproc.start(t);
		const session = await resumes(place, () => {});

		assert.deepEqual(place.world.live(), ['t1']);
		place.open();
		await woken(session, 'job-is-done');
		onlyNotice(place);
	});

	test('--resume: a task that ended meanwhile', async (t) => {
		const place = await ccproc.start(t);
		const session = await resumes(place, async () => {
			place.open();
			await place.world.bridge().legacy();
		}, ({ id }) => ['--resume', id]);

		await woken(session, 'job-is-done');
		onlyNotice(place);
	});

	test('the daemon is killed while the session waits', async (t) => {
		const place = await ccproc.start(t);
		const session = await startJob(place, 'job-is-done');

		await killDaemon(place.world);
		place.open();
		await woken(session, 'job-is-done');
		onlyNotice(place);
	});

	test('the daemon is killed, the task ends, nobody is there; ' +
		'--continue', async (t) => {
		const place = await ccproc.start(t);
		const { world } = place;
		const session = await resumes(place, async () => {
			await killDaemon(world);
			place.open();
			await waitFor(() => fs.existsSync(
				path.join(world.taskDir('t1'), 'exit.json')));
		});

		await woken(session, 'job-is-done');
		onlyNotice(place);
	});

	test('a task that was cleaned up is not polled for ever', async (t) => {
		const place = await ccproc.start(t);
		const session = await resumes(place, async () => {
			const bridge = place.world.bridge();

			await bridge.legacy();
			await bridge.tool('cleanup_tasks', { ids: ['t1'] });
		});

		await woken(session, '<status>');
		assert.match(onlyNotice(place), /cancelled|killed|cleaned up/);
	});
});
