// Tasks once more, by `ccproc restart`, and the daemon by its own verb.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc, json, ok, startAgents } from './lib/cli.mjs';
import { startWorld } from './lib/harness.mjs';

const ALL = { concurrency: 4 };
const BYTES = Buffer.from([0, 255, 10, 0, 0, 128]);

/** The spec of a task, but for what is of that one alone. */
function spec(world, id) {
	const all = JSON.parse(fs.readFileSync(path.join(world.taskDir(id),
		'spec.json'), 'utf8'));

	for (const own of ['uuid', 'created_at', 'boot_ms', 'group', 'owner'])
		delete all[own];
	return all;
}

describe('restart', ALL, () => {
	test('starts the same again', async (t) => {
		const world = startWorld(t);

		await ccproc(world, ['run', '-l', 'odd', '-C', '/', '-t', '60',
			'--idle-timeout', '50', '-P', '3', 'cat; exit 3'],
		{ input: BYTES });
		assert.equal(await ok(world, 'restart', 'odd'), 't2');
		assert.equal((await ccproc(world, ['wait', 't2'])).code, 3);
		assert.deepEqual((await ccproc(world, ['logs', 't2'])).bytes, BYTES);
		assert.deepEqual(spec(world, 't2'), spec(world, 't1'));
		await ok(world, 'rm', 't1');
		const [again] = await json(world, 'restart', '-j', 't2');

		assert.equal(again.id, 't3');
	});

	test('starts an agent with its first prompt', async (t) => {
		const world = startAgents(t);
		const prompt = (id) => fs.readFileSync(path.join(world.taskDir(id),
			'prompt'), 'utf8');

		await ok(world, 'start', '-a', '--max-turns', '9', '--allow',
			'Bash(git log:*)', 'REPLAY stream-json.out say=é');
		await ok(world, 'wait', 't1');
		await ok(world, 'reply', 't1', 'REPLAY stream-json.out say=more');
		assert.equal(await ok(world, 'restart', 't1'), 't2');
		assert.equal(prompt('t2'), prompt('t1'));
		assert.deepEqual(spec(world, 't2'), spec(world, 't1'));
	});

	test('has the environment of who asks, and says what it lacks',
		async (t) => {
			const world = startWorld(t);

			await ok(world, 'run', '-k', 'key', '-e', 'A=1', '-e', 'B=2',
				'echo $A$B');
			const one = await ccproc(world, ['restart', 't1'],
				{ env: { A: '5' } });

			assert.equal(one.out, 't2\n');
			assert.match(one.err, /^ccproc: t1 had variables that are not set here: B; /);
			await ok(world, 'wait', 't2');
			assert.equal(world.output('t2'), '5\n');
		});

	test('starts what failed of a group, as a group', async (t) => {
		const world = startWorld(t);
		const flag = path.join(world.work, 'flag');

		await ok(world, 'start', '-g', 'nightly', '--parallel', '1', '-c',
			`test -e ${flag}`, '-c', 'true', '-c', 'echo 3');
		await ok(world, 'start', '--after', 't1', '-l', 'later', 'true');
		await ccproc(world, ['wait', 'nightly', 'later']);
		fs.writeFileSync(flag, '');
		// the one that was cancelled, as its own failed, goes on behind that
		assert.equal(await ok(world, 'restart', '--failed', 'nightly', 'later'),
			't5\nt6');
		await ok(world, 'wait', 't5', 't6');
		assert.equal((await ccproc(world, ['restart', '--failed', 't5'])).err,
			'ccproc: none of them has failed, so nothing was started\n');
		assert.equal(await ok(world, 'restart', '-g', 'nightly', '--since', '1h'),
			't7\nt8\nt9');
		const { group_name, max_parallel, label } = spec(world, 't9');

		assert.deepEqual({ group_name, max_parallel, label },
			{ group_name: 'nightly', max_parallel: 1, label: 't3-again' });
	});

	test('lets it be edited first', async (t) => {
		const world = startWorld(t);
		const edit = (editor, id = 't1') => ccproc(world, ['restart', '-e', id],
			{ env: { VISUAL: editor, TMPDIR: world.work } });

		await ccproc(world, ['run', 'cat; echo was'], { input: 'data ' });
		assert.equal((await edit('sed -i s/was/is/')).out, 't2\n');
		await ok(world, 'wait', 't2');
		assert.equal(world.output('t2'), 'data is\n');
		for (const [editor, why] of [
			['false', /the editor 'false' did not end with success/],
			['no-such-editor', /'no-such-editor' was not found; set EDITOR/],
			['truncate -s 0', /what was edited is no task: /],
			['echo [] >', /expected an object, got array/],
			['echo \'{"command":"x","what":1}\' >', /what: is not known here/],
			['rm', /cannot open .*ccproc-.*No such file/],
		]) {
			const { code, out, err } = await edit(editor);

			assert.match(err, why);
			assert.deepEqual([code, out], [125, ''], editor);
		}
		assert.deepEqual(fs.readdirSync(world.work), []);
	});

	test('waits for no pipe, and follows no link, in the place of a prompt',
		async (t) => {
			const world = startWorld(t);

			await ccproc(world, ['run', 'cat'], { input: 'data\n' });
			const prompt = path.join(world.taskDir('t1'), 'prompt');

			fs.rmSync(prompt);
			execFileSync('mkfifo', [prompt]);
			assert.match((await ccproc(world, ['restart', 't1'])).err,
				/prompt is no regular file/);
			fs.rmSync(prompt);
			fs.symlinkSync('/etc/passwd', prompt);
			assert.match((await ccproc(world, ['restart', 't1'])).err,
				/cannot open .*prompt/);
		});

	test('nor does any other command, in the place of another file',
		async (t) => {
			const world = startWorld(t);
			const looks = [['logs'], ['logs', '--raw'], ['show'],
				['show', '--files'], ['restart']];

			await ccproc(world, ['run', '-c', 'echo hi; exit 3']);
			for (const name of ['stdout', 'stderr', 'spec.json', 'exit.json']) {
				const file = path.join(world.taskDir('t1'), name);
				const kept = `${file}.kept`;

				fs.renameSync(file, kept);
				for (const make of [() => execFileSync('mkfifo', [file]),
					() => fs.symlinkSync('/etc/passwd', file)]) {
					make();
					for (const args of looks) {
						const { code, out, err } = await ccproc(world,
							[...args, 't1']);

						assert.doesNotMatch(out + err, /^root:/m);
						assert.ok(code === 0 || err.includes(name), err);
					}
					fs.rmSync(file);
				}
				fs.renameSync(kept, file);
			}
		});

	test('says what cannot be started again', async (t) => {
		const world = startWorld(t);

		await ok(world, 'start', '-l', 'runs', 'sleep', '60');
		await ok(world, 'run', '-l', 'gone', 'true');
		await ok(world, 'rm', 'gone');
		for (const [args, code, why] of [
			[['runs'], 125, /t1 is running; expected tasks that have ended/],
			[['gone'], 125, /gone: no such/], [['t99'], 125, /t99: no such task/],
			[['-e', 't1', 't2'], 2, /--edit is for one task/],
			[['-j'], 2, /expected ID, or what selects tasks/],
			[['-g', 'no-such'], 0, /no task that has ended is selected/], [['-a', 't1'], 2, /got both/],
		]) {
			const said = await ccproc(world, ['restart', ...args]);

			assert.match(said.err, why);
			assert.deepEqual([said.code, said.out], [code, '']);
		}
		assert.deepEqual(world.live(), ['t1']);
	});
});

describe('daemon', ALL, () => {
	test('is told of, stopped and started', async (t) => {
		const world = startWorld(t);
		const none = await ccproc(world, ['daemon']);

		assert.equal(none.code, 3);
		assert.match(none.out, /^no daemon runs; .*\nprogram +\/.*\/ccprocd\nsocket +\//);
		assert.equal(world.daemon(), undefined);
		assert.match(await ok(world, 'daemon', 'start'),
			/^ccprocd \S+ \(pid \d+\) serves; 0 running, 0 queued$/);
		await ok(world, 'start', 'sleep', '60');
		const status = JSON.parse(await ok(world, 'daemon', 'status', '-j'));

		assert.equal(status.pid, world.daemon());
		assert.deepEqual([status.runs, status.running, status.state],
			[true, 1, world.state]);
		assert.match(await ok(world, 'daemon'),
			/ runs as pid \d+, by itself\nprogram .*\ntasks    1 running, 0 queued$/s);
		assert.match(await ok(world, 'daemon', 'stop'), /^ended ccprocd /);
		assert.equal(await ok(world, 'daemon', 'stop'), 'no daemon was there');
		assert.equal((await ccproc(world, ['daemon', '-j'])).code, 3);
		assert.deepEqual(world.live(), ['t1']);
	});

	test('is restarted by a bare restart, which says so', async (t) => {
		const world = startWorld(t);
		const { out, err, code } = await ccproc(world, ['restart']);

		assert.equal(code, 0);
		assert.match(out, /serves; 0 running/);
		assert.match(err, /without an ID this is ccproc daemon restart/);
	});

	test('takes no other word', async (t) => {
		const world = startWorld(t);
		const { code, err } = await ccproc(world, ['daemon', 'reload']);

		assert.equal(code, 2);
		assert.match(err,
			/expected one of status, start, stop, restart; got 'reload'/);
	});
});
