// Each system call of the daemon on the way from one run of an agent to the
// next fails once, in each of its turns: a message that was accepted runs
// once, one that was refused does not, and nothing is left behind.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { attach, whyNoStrace } from './lib/faults.mjs';
import { kill, patient, processesWith, startWorld, waitFor }
	from './lib/harness.mjs';

const FAKE = fileURLToPath(new URL('../programs/fake-claude',
	import.meta.url));
/** More turns of one call than this takes. */
const TURNS = 120;
const CALLS = [['openat', 'EMFILE'], ['mkdirat', 'ENOSPC'],
	['linkat', 'ENOSPC'], ['symlinkat', 'ENOSPC'], ['renameat', 'ENOSPC']];

const read = (file) => fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
const below = (dir) => fs.readdirSync(dir, { recursive: true }).map(String);

describe('a call of the daemon fails while an agent goes on',
	{ skip: whyNoStrace, concurrency: 3 }, () => {
		/** A world where agents note what they begin. */
		async function connect(t) {
			const world = startWorld(t, { config: { agents: { launches: 0,
				retry: { times: 1, first_s: 0 },
				claude: { command: [FAKE] } } } });

			world.env.FAKE_CLAUDE_TALK = path.join(world.work, 'talk');
			fs.mkdirSync(world.env.FAKE_CLAUDE_TALK);
			world.begun = (word) => read(path.join(world.work, 'talk/log'))
				.split(`begin ${word} `).length - 1;
			const bridge = world.bridge();

			await bridge.legacy();
			return { world, bridge };
		}

		const say = (word, more = '') =>
			`REPLAY stream-json.out say=${word} ${more}`;

		/** The work during which a call fails, for the nth time. */
		const scenarios = {
			async 'that had ended'(world, bridge, n, failing) {
				const { text } = await bridge.tool('run_task',
					{ prompt: say(`a${n}`) });
				const [id] = /^t\d+/.exec(text);
				const detach = await failing();
				const answer = await bridge.tool('reply_task',
					{ id, message: say(`b${n}`), wait_s: 20 });

				return { id, answer, detach };
			},
			async 'that a message waits for'(world, bridge, n, failing) {
				const { text } = await bridge.tool('run_task',
					{ prompt: say(`a${n}`, 'hang'), wait_s: 0 });
				const [id] = /^t\d+/.exec(text);

				await waitFor(() => world.output(id).includes('init'));
				const reply = bridge.tool('reply_task',
					{ id, message: say(`b${n}`), wait_s: 20 });

				await waitFor(() => fs.existsSync(
					path.join(world.taskDir(id), 'run-2')));
				const detach = await failing();

				processesWith(world.root).filter((pid) =>
					read(`/proc/${pid}/comm`) === 'fake-claude\n')
					.forEach((pid) => kill(pid, 'SIGTERM'));
				return { id, answer: await reply, detach };
			},
			async 'that is refused'(world, bridge, n, failing) {
				const detach = await failing();
				const answer = await bridge.tool('run_task',
					{ prompt: say(`b${n}`, 'refuse=1'), wait_s: 20 });

				return { id: /\bt\d+\b/.exec(answer.text)?.[0], answer,
					detach };
			},
		};

		/** Checks that the end is the one told, and that nothing is left. */
		async function judge(world, id, { text, isError }, n, what) {
			await waitFor(() => !world.live().includes(id),
				{ what: `the end, after ${what}: ${text}` });
			const told = `${what}: ${text}`;
			const times = world.begun(`b${n}`);

			assert.deepEqual(below(path.join(world.state, 'tasks'))
				.filter((name) => /(^|\/)(env$|\.\d)/.test(name)), [], told);
			if (isError && !/^t\d+ (failed|cancelled|lost)/.test(text))
				assert.equal(times, 0, told); // a refusal
			else if (/^t\d+ failed: rate_limited/.test(text))
				assert.equal(times, 1, told); // not tried again
			else {
				assert.match(text, /^t\d+ completed .* · (run 2|retry 1)\nb\d+$/,
					what);
				assert.equal(times, /retry 1/.test(text) ? 2 : 1, told);
			}
		}

		for (const [name, scenario] of Object.entries(scenarios))
			for (const [call, error] of CALLS)
				test(`${name}: ${call}: ${error}`, { timeout: patient(150000) },
					async (t) => {
						const { world, bridge } = await connect(t);
						const log = path.join(world.root, 'calls');
						let n = 1;

						await bridge.tool('run_task', { command: 'true' });
						const pid = world.daemon();

						for (; n <= TURNS; n++) {
							const { id, answer, detach } = await scenario(
								world, bridge, n,
								() => attach(pid, call, error, n, log));
							const failed = await detach();
							const what = `${call} ${n} ${error} ${failed}`;

							assert.equal(world.daemon(), pid, what);
							await judge(world, id, answer, n, what);
							if (failed.length === 0)
								break;
						}
						t.diagnostic(`${n - 1} turns`);
					});
	});
