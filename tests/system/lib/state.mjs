// State directories as files: the one that the first version left, and what
// is in one byte by byte.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const FIRST = new URL('../state-1.json', import.meta.url);

/**
 * Fills dir with a state directory of version 1, from before there was a file
 * to say so: t1 to t11 in every state, of which t8 to t11 are in live/.
 */
export function restoreFirst(dir) {
	for (const [name, content] of Object.entries(
		JSON.parse(fs.readFileSync(FIRST)))) {
		const file = path.join(dir, name);

		fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
		if (typeof content === 'string')
			fs.writeFileSync(file, content, { mode: 0o600 });
		else
			fs.symlinkSync(content.link, file);
	}
}

/** Everything in dir by its path: kind, content, times. */
export function snapshot(dir) {
	const all = new Map();
	const add = (file) => {
		const st = fs.lstatSync(file, { bigint: true });
		const content = st.isSymbolicLink() ? fs.readlinkSync(file) :
			st.isFile() ? fs.readFileSync(file, 'latin1') : '';

		all.set(path.relative(dir, file),
			`${st.ino} ${st.mode} ${st.mtimeNs} ${st.ctimeNs} ${content}`);
		if (st.isDirectory())
			for (const name of fs.readdirSync(file).sort())
				add(path.join(file, name));
	};

	add(dir);
	return all;
}

/** The differences between two snapshots. */
export const changed = (before, after) =>
	[...new Set([...before.keys(), ...after.keys()])]
		.filter((name) => before.get(name) !== after.get(name)).sort();

/** Makes copies of t1, which has ended, while no daemon is there. */
export function copyTask(world, n) {
	const dir = world.taskDir('t1'), day = path.dirname(dir);
	const spec = JSON.parse(fs.readFileSync(`${dir}/spec.json`, 'utf8'));
	const files = fs.readdirSync(dir).filter((name) => name !== 'spec.json');

	for (let i = 2; i <= n; i++) {
		const uuid = randomUUID(), to = `${day}/${i}-${uuid}`;

		fs.mkdirSync(to, { mode: 0o700 });
		for (const name of files)
			fs.linkSync(`${dir}/${name}`, `${to}/${name}`);
		fs.writeFileSync(`${to}/spec.json`, JSON.stringify({ ...spec, uuid,
			label: `l${i}` }), { mode: 0o600 });
	}
	fs.writeFileSync(path.join(world.state, 'seq'), `${n}\n`);
}
