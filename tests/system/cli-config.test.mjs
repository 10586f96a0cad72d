// ccproc config: one key, a check, a template, a schema, an editor.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { ccproc, ok } from './lib/cli.mjs';
import { startWorld } from './lib/harness.mjs';
import { load } from './lib/node-modules.mjs';

const ALL = { concurrency: 4 };
const Ajv = load('ajv');
const CONFIG = { agents: { max_running: 2 }, after_reboot: 'hold' };

/** Without its first line, which has the file's name. */
const values = async (world) =>
	(await ok(world, 'config')).replace(/^.*\n/, '');

describe('config', ALL, () => {
	test('get prints a value, or all below a key', async (t) => {
		const world = startWorld(t, { config: CONFIG });

		assert.equal(await ok(world, 'config', 'get', 'agents.max_running'), '2');
		assert.equal(await ok(world, 'config', 'get', 'after_reboot'), 'hold');
		assert.equal(await ok(world, 'config', 'get', 'agents.retry'),
			'agents.retry.times = 3\nagents.retry.first_s = 30');
		const none = await ccproc(world, ['config', 'get', 'agents.max']);

		assert.equal(none.code, 125);
		assert.match(none.err, /there is no key 'agents\.max'; ccproc config lists/);
		assert.equal(world.daemon(), undefined);
	});

	test('template has every key, and its lines are the defaults', async (t) => {
		const world = startWorld(t);
		const template = await ok(world, 'config', 'template');
		const before = await values(world);
		const keys = [...before.matchAll(/^(\S+) = /gm)]
			.map(([, key]) => key.split('.').at(-1));

		for (const key of keys)
			assert.match(template, new RegExp(`^\\s*// +"${key}": `, 'm'));
		fs.writeFileSync(world.env.CCPROC_CONFIG, template);
		assert.equal(await values(world), before);
		fs.writeFileSync(world.env.CCPROC_CONFIG,
			template.replace(/^(\t*)\/\/ "/gm, '$1"'));
		assert.equal(await values(world), before);
	});

	test('schema takes what the daemon takes', { skip: !Ajv && 'no ajv' },
		async (t) => {
			const world = startWorld(t);
			const validate = new (Ajv.default ?? Ajv)({ strict: false })
				.compile(JSON.parse(await ok(world, 'config', 'schema')));

			for (const [value, good] of [
				[{}, true], [CONFIG, true],
				[{ agents: { claude: { command: ['a', 'b'] }, mine: {
					command: ['x'], output: 'jsonl', text_key: 'a' } } }, true],
				[{ limits: { all: { cpu_max: 0.5 }, mode: 'best_effort' } }, true],
				[{ agents: { max_running: 0 } }, false],
				[{ agents: { max_running: '2' } }, false],
				[{ after_reboot: 'never' }, false], [{ other: 1 }, false],
				[{ agents: { mine: { what: 1 } } }, false],
			]) {
				fs.writeFileSync(world.env.CCPROC_CONFIG, JSON.stringify(value));
				const { code, out, err } = await ccproc(world,
					['config', 'check']);

				assert.equal(code === 0, good, JSON.stringify(value) + err);
				assert.equal(out, good ?
					`${world.env.CCPROC_CONFIG} is sound\n` : '');
				assert.equal(validate(value), good, JSON.stringify(value) +
					JSON.stringify(validate.errors));
			}
		});

	test('check names the mistake, also of another file', async (t) => {
		const world = startWorld(t);

		fs.writeFileSync(path.join(world.work, 'mine'), '{"agents":{"max":1}}');
		const bad = await ccproc(world, ['config', 'check', 'mine']);

		assert.equal(bad.code, 125);
		assert.match(bad.err, /mine: agents\.max: is not known here/);
		assert.match((await ccproc(world, ['config', 'check', 'gone'])).err,
			/cannot read \/.*gone: No such file/);
		assert.equal((await ccproc(world, ['config', 'set', 'a', '1'])).code, 2);
		assert.match((await ccproc(world, ['config', 'get'])).err,
			/expected a KEY/);
	});

	test('edit puts in place what is sound only', async (t) => {
		const world = startWorld(t);
		const file = world.env.CCPROC_CONFIG;
		const edit = (EDITOR) => ccproc(world, ['config', 'edit'],
			{ env: { EDITOR, VISUAL: '' } });
		const text = () => fs.readFileSync(file, 'utf8');

		fs.rmSync(file, { force: true });
		assert.equal((await edit('true')).out, 'nothing was changed\n');
		assert.equal(fs.existsSync(file), false);
		let said = await edit('sed -i \'s|// "max_running": 4|' +
			'"max_running": 5|\'');

		assert.match(said.out, /config.json is changed; ccproc daemon restart/);
		assert.equal(await ok(world, 'config', 'get', 'agents.max_running'), '5');
		assert.match(text(), /\/\/ Agents that run at once/);
		const before = text();

		said = await edit('sed -i \'s|"max_running": 5|"max": 5|\'');
		assert.equal(said.code, 125);
		assert.match(said.err, /agents\.max: is not known here/);
		assert.match(said.err, /goes on with what you wrote/);
		assert.equal(text(), before);
		assert.equal((await edit('false')).code, 125);
		said = await edit('sed -i \'s|"max": 5|"max_running": 6|\'');
		assert.match(said.err, /going on with/);
		assert.equal(await ok(world, 'config', 'get', 'agents.max_running'), '6');
		assert.deepEqual(fs.readdirSync(path.dirname(file))
			.filter((name) => name.includes('edit')), []);
		// nobody else comes to see it, or a file that stands in its way
		for (const mode of [0o600, 0o640]) {
			fs.chmodSync(file, mode);
			assert.match((await edit('sh -c \'umask 0; echo >>"$0"\'')).out,
				/is changed/);
			assert.equal(fs.statSync(file).mode & 0o777, mode);
		}
		const other = path.join(world.work, 'other');

		fs.symlinkSync(other, `${file}.edit.json`);
		assert.equal((await edit('true')).code, 125);
		assert.equal(fs.existsSync(other), false);
	});
});
