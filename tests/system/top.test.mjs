// `ccproc top` on a terminal, as a person sees it.
//
// Frames are kept in tests/recordings/top.  Who changes them makes the files
// anew, and looks at them:
//
//	CCPROC_RECORD=1 ./check system top
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ask, answers, asked, askers, begin, prompt } from './lib/askers.mjs';
import { ccproc, ok, onTerminal } from './lib/cli.mjs';
import { killDaemon } from './lib/daemon.mjs';
import { buildDir, waitFor } from './lib/harness.mjs';
import { expectRecorded } from './lib/recording.mjs';
import { noTmux, startTerminal } from './lib/tmux.mjs';

const ALL = { concurrency: 4, skip: noTmux ||
	(!fs.existsSync(path.join(buildDir(), 'ccproc-top')) &&
		'ccproc was built without top') };
const CONFIG = { agents: askers, commands: { max_running: 60 } };
const NAP = 'echo up; exec sleep 300';

/** Figures that differ from run to run, as many characters as before. */
const masked = (text) => text
	.replace(/\bat \d\d:\d\d/g, 'at 00:00')
	.replace(/ *\d+:\d\d(?=[ ,]|$)/gm, (age) => '0:00'.padStart(age.length))
	.replace(/took [\d.]+ m?s */g, (took) => 'took 0 s'.padEnd(took.length))
	.replace(/ *\d+ % +[▁▃▅▇]{4}/g, (cpu) => ''.padEnd(cpu.length))
	.replace(/ *cpu \d+ % +mem/g, (cpu) => ' mem'.padStart(cpu.length))
	.replace(/ *(mem )?[\d.]+ [KMG]$/gm, '')
	.replace(/^(ccproc top) +(cmd .*queued).*$/m, '$1  $2') // at the right
	.replace(/(─+ age).*$/gm, '$1')
	.replace(/ +$/gm, '');

/** Waits until that file has what the screen shows, and compares both. */
async function expectScreen(terminal, name) {
	const file = new URL(`../recordings/top/${name}.txt`, import.meta.url);
	const wanted = process.env.CCPROC_RECORD ? undefined :
		fs.readFileSync(file, 'utf8').trimEnd();
	let last;

	await waitFor(() => {
		const text = masked(terminal.text);
		const found = wanted === undefined ? text === last : text === wanted;

		last = text;
		return found;
	}, { what: name }).catch(() => {});
	expectRecorded(`top/${name}.txt`, last, 'top');
}

/** A world where agents ask that, and a session in it. */
async function startAsking(t, ...prompts) {
	const { world, terminal } = startTerminal(t, { config: CONFIG });
	const bridge = world.bridge();

	await bridge.legacy();
	for (const text of prompts)
		await begin(bridge, text, { label: 'fix' });
	await asked(bridge);
	return { world, terminal, bridge };
}

describe('top', ALL, () => {
	test('shows 200 tasks, in any size', async (t) => {
		const { world, terminal } = startTerminal(t, { config: CONFIG });
		const start = (group, n, first) => ok(world, 'start', '-g', group,
			...[...Array(n)].flatMap((_, i) => ['-c',
				`echo ${group} ${first + i}; exec sleep 300`]));

		await ok(world, 'run', '-l', 'good', 'true');
		await ccproc(world, ['run', '-l', 'bad', 'exit 3']);
		await ok(world, 'start', '-l', 'host', 'printf "a\\033[2Jb\\r"; ' + NAP);
		await start('few', 5, 0);
		for (let n = 0; n < 192; n += 48)
			await start('many', 48, n);
		await waitFor(() => world.live().length === 198);
		terminal.open(['top', 't3'], { columns: 200, rows: 50 });
		await terminal.shows(/g9 many .*0\/48 done, 48 running/);
		await expectScreen(terminal, '200x50');
		terminal.size(80, 24);
		await expectScreen(terminal, '80x24-pane');
		terminal.type('Escape');
		await expectScreen(terminal, '80x24');
		terminal.size(20, 5);
		terminal.type('Enter');
		await terminal.shows(/^up$/m);
		terminal.size(1, 1);
		terminal.size(100, 40);
		terminal.type('Escape', 'Escape', 'Home', 'E');
		await terminal.shows(/▸ g4 few/);
		terminal.type('/');
		terminal.write('HOST');
		await terminal.shows(/1 RUNNING[^]*t3 host[^]*filter \/HOST_/);
		terminal.type('q'); // is typed, too
		terminal.type('Escape');
		await terminal.shows(/60 RUNNING/);
		terminal.type('q');
		await terminal.shows(/status 0/);
	});

	test('answers what was read to its end', async (t) => {
		const script = [...Array(40)].map((_, i) => `echo ${i}`).join('\n');
		const { terminal, bridge } = await startAsking(t, ask(script));

		terminal.open(['top'], { columns: 100, rows: 24 });
		await terminal.shows(/▸! t1 fix/);
		await waitFor(() => terminal.title === '!1 ccproc');
		terminal.type('y');
		await terminal.shows(/echo 0\n[^]*this is what it asks/);
		terminal.type('y');
		await terminal.shows(/there is more of it below/);
		terminal.type('J', 'J', 'J', 'J', 'J', 'J', 'J', 'J');
		await terminal.shows(/echo 39\n/);
		assert.match(terminal.text, /\$ y: ccproc answer -q q1 t1 allow$/);
		terminal.type('y');
		const [answer] = (await answers(bridge)).answers;

		assert.equal(answer.behavior, 'allow');
		assert.equal(answer.updatedInput.command, script);
		await terminal.shows(/▸✔ t1 fix/);
		await waitFor(() => terminal.title === 'ccproc');
	});

	test('denies with a reason, and answers in words', async (t) => {
		const { terminal, bridge } = await startAsking(t, prompt(
			{ command: 'rm -r x' }));

		await begin(bridge, prompt({ tool_name: 'AskUserQuestion', input: {
			questions: [{ question: 'Which?', options: [{ label: 'A b' }] }] } }));
		await asked(bridge, 1, 't2');
		terminal.open(['top', 't1'], { columns: 100, rows: 30 });
		await terminal.shows(/rm -r x\n/);
		terminal.type('r');
		await terminal.shows(/deny -r   reason: _/);
		terminal.write('not thäx');
		terminal.type('BSpace');
		terminal.write('t');
		terminal.type('Enter');
		assert.equal((await answers(bridge)).answers[0].message,
			'permission denied: not thät');
		await terminal.shows(/ENDED.*\n▸✔ t1/);
		terminal.type('Home', 'Down');
		await terminal.shows(/▸! t2[^]*Which\?\n/);
		terminal.type('y');
		await terminal.shows(/other words: _/);
		terminal.write('A b');
		terminal.type('Enter');
		assert.deepEqual((await answers(bridge, 't2')).answers[0].updatedInput
			.answers, { 'Which?': 'A b' });
	});

	test('keeps the cursor on its task, which stays for a while',
		async (t) => {
			const { world, terminal } = startTerminal(t);

			for (const name of ['one', 'two', 'three'])
				await ok(world, 'start', '-l', name,
					`until [ -e ${name} ]; do sleep 0.1; done`);
			terminal.open(['top', 'two'], { columns: 100, rows: 24 });
			await terminal.shows(/^▸ {2}t2 two/m);
			fs.writeFileSync(path.join(world.work, 'two'), '');
			// for a while in its place; how long that is a unit test knows
			assert.match(await terminal.shows(/^▸✔ t2 two/m),
				/t1 one.*\n.*(t2 two.*\n.*t3 three|t3 three[^]*ENDED.*\n▸✔ t2)/);
			await terminal.shows(/t1 one.*\n.*t3 three[^]*ENDED.*\n▸✔ t2 two/);
			fs.writeFileSync(path.join(world.work, 'one'), '');
			await terminal.shows(/ENDED.*\n.*✔ t1 one.*\n▸✔ t2 two/);
		});

	test('stops after a question, pauses without one', async (t) => {
		const { world, terminal } = startTerminal(t);

		await ok(world, 'start', '-l', 'nap', NAP);
		terminal.open(['top'], { columns: 100, rows: 24 });
		await terminal.shows(/^▸ {2}t1 nap/m);
		terminal.type('s');
		await terminal.shows(/^\$ ccproc stop t1 {3}sure\?/m);
		terminal.type('x');
		await terminal.shows(/\$ s: ccproc stop t1$/);
		terminal.type('p');
		await terminal.shows(/‖ t1 nap +paused/);
		terminal.type('p');
		await terminal.shows(/^▸ {2}t1 nap/m);
		terminal.type('s', 'y');
		await terminal.shows(/✘ t1 nap +cancelled: user/);
		terminal.type('R');
		await terminal.shows(/RUNNING.*\n.*t2 nap/);
	});

	test('does with a group what it says of how many', async (t) => {
		const { world, terminal } = startTerminal(t, { config: {
			commands: { max_running: 3 } } });
		const night = () => ok(world, 'start', '-g', 'night', '-c',
			'until [ -e go ]; do sleep 0.1; done; exit 3', '-c', NAP, '-c', NAP);
		const sure = async (key, command, n) => {
			terminal.type(key);
			await terminal.shows(new RegExp(`^\\$ ccproc ${command} {3}${n} ` +
				'tasks?: sure\\? y does it', 'm'));
			terminal.type('y');
		};

		await night();
		await night(); // another one, of the same name
		terminal.open(['top'], { columns: 120, rows: 24 });
		await terminal.shows(/g1 night .*0\/3 done, 3 running.*\n {5}t1 /);
		await terminal.shows(/\$ s: ccproc stop -g g1$/);
		await sure('p', 'pause -g g1', 3);
		await terminal.shows(/g1 night .* 0\/3 done, 3 paused/);
		await sure('p', 'unpause -g g1', 3);
		await terminal.shows(/g1 night .*3 running *\d/);
		fs.writeFileSync(path.join(world.work, 'go'), '');
		await terminal.shows(/g1 night .*1\/3 done, 1 failed, 2 running/);
		await terminal.shows(/g4 night .*1\/3 done, 1 failed, 1 running/);
		terminal.type('/');
		terminal.write('g4');
		await terminal.shows(/filter \/g4_/);
		terminal.type('Enter', 'Home', 'Down');
		await terminal.shows(/^▸▾ g4 night/m);
		await sure('h', 'hold -g g4', 1);
		await terminal.shows(/g4 night .* 1 running, 1 held/);
		await sure('s', 'stop -g g4', 2);
		await terminal.shows(/ENDED TODAY[^]*g4 night +0 completed, 1 failed, 2 can/);
		await terminal.shows(/^((?!RUNNING)[^])*$/);
		terminal.type('Home', 'Down');
		await sure('R', 'restart --failed -g g4', 1);
		await terminal.shows(/^t7 /m);
	});

	test('shows what nobody has seen, until it is seen or gone', async (t) => {
		const { world, terminal } = startTerminal(t);
		const job = 'until [ -e go ]; do sleep 0.1; done';

		await ok(world, 'start', '-l', 'job', job);
		await ok(world, 'start', '-l', 'other', job);
		terminal.open(['top', 'job'], { columns: 100, rows: 24 });
		await terminal.shows(/▸ {2}t1 job/);
		fs.writeFileSync(path.join(world.work, 'go'), '');
		await terminal.shows(/ENDED TODAY[^]*t2 other .*unseen/);
		await terminal.shows(/t1 job .*unseen/);
		terminal.type('o', 'e', 'a'); // a look in passing is none
		await ok(world, 'wait', 'other');
		await terminal.shows(/t2 other(?!.*unseen)/);
		await terminal.shows(/t1 job .*unseen/);
		await ok(world, 'rm', 'job', 'other');
		await terminal.shows(/^((?!t[12] )[^])*$/);
	});

	test('nests, sorts and folds as it is told, and passes words on',
		async (t) => {
			const { world, terminal, bridge } = await startAsking(t,
				ask('make test'));

			await ok(world, 'start', '-l', 'child', `${path.join(buildDir(), 'ccproc')} start -l grand ` +
				`"${NAP}" && ${NAP}`);
			await waitFor(() => world.live().length === 3);
			terminal.open(['top', 'child'], { columns: 100, rows: 24 });
			await terminal.shows(/^▸ {2}t2 child[^]*t3 grand/m);
			terminal.type('t');
			await terminal.shows(/^▸▾ t2 child +1 child, 1 running.*\n {5}t3 grand/m);
			terminal.type('Space');
			await terminal.shows(/^▸▸ t2 child((?!t3 grand)[^])*$/m);
			terminal.type('t', 'G');
			await terminal.shows(/tasks by groups/);
			terminal.type('G');
			await terminal.shows(/tasks without groups/);
			for (const order of ['cpu', 'memory', 'cost', 'name', 'start']) {
				terminal.type('S');
				await terminal.shows(new RegExp(`sorted by ${order}`));
			}
			terminal.type('Home', 'Down'); // the question
			await terminal.shows(/▸! t1 fix/);
			terminal.type('A'); // the pane has shown all of it
			assert.deepEqual((await answers(bridge)).answers
				.map(({ behavior }) => behavior), ['allow']);
			await terminal.shows(/▸✔ t1 fix/);
			terminal.type('m');
			await terminal.shows(/\$ ccproc reply -d t1 {3}message: _/);
			terminal.write('and lint');
			terminal.type('Enter');
			// it was sent, to an agent without a conversation
			await terminal.shows(/ccproc: no reply to t1: it has no conv/);
		});

	test('goes on when the daemon is killed', async (t) => {
		const { world, terminal } = startTerminal(t);

		await ok(world, 'start', '-l', 'nap', NAP);
		terminal.open(['top']);
		await terminal.shows(/t1 nap/);
		await killDaemon(world);
		await ok(world, 'start', '-l', 'later', NAP);
		await terminal.shows(/t1 nap[^]*t2 later/);
		await ok(world, 'stop', '-n', 't1');
		await terminal.shows(/ENDED[^]*t1 nap/);
	});

	test('passes on nothing that a terminal would obey', async (t) => {
		const { world } = startTerminal(t);

		fs.writeFileSync(path.join(world.work, 'evil'),
			'\x1b]0;evil\x07\x1b[2J\u009b31m\u202ex\u200b\x1bc\rlast\x1b[9z\n');
		await ok(world, 'start', '-l', 'host', '--', 'sh', '-c',
			'cat evil; cat evil >&2; exec sleep 300');
		await waitFor(() => /last/.test(world.output('t1')));
		const top = onTerminal(world, ['top', 't1'], { columns: 120,
			env: { LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' } });

		await top.says(/last\\x1b\[9z/);
		top.child.stdin.write('e');
		await top.says(/stderr/);
		top.child.stdin.write('q');
		await top.end();
		assert.doesNotMatch(top.out, /\x1b\]0;evil|\u202e|\u200b|\u009b|\x1b\[9z/);
	});

	test('says where it cannot draw', async (t) => {
		const { world, terminal } = startTerminal(t);

		for (const TERM of ['nonsense', 'dumb', '']) {
			const { out, code } = await onTerminal(world, ['top'],
				{ env: { TERM } }).end();

			assert.equal(code, 125);
			assert.match(out, /nothing can be drawn on a terminal .*--once/);
		}
		const { err, code } = await ccproc(world, ['top']);

		assert.equal(code, 125);
		assert.match(err, /^ccproc: top is for a terminal.*--once/);
		terminal.open(['top'], { env: { LC_ALL: 'C', NO_COLOR: '1' } });
		await terminal.shows(/nothing runs\. Start something/);
		await ccproc(world, ['run', '-l', 'x', 'exit 1']);
		assert.match(await terminal.shows(/x t1 x/), /^[\n -~]*$/);
		assert.doesNotMatch(terminal.coloured, /\x1b\[[\d;]*3[0-7]m/);
	});

	test('ends with its terminal', async (t) => {
		const { world, terminal } = startTerminal(t);

		terminal.open(['top']);
		await terminal.shows(/nothing runs/);
		const { pid } = terminal;

		terminal.close();
		await waitFor(() => !fs.existsSync(`/proc/${pid}`));
		await ok(world, 'ls');
	});
});
