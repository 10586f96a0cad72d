// What clients were told of tasks, and what is wrong when another daemon tells
// otherwise, after a cut.

/** Kinds of mistakes, as they are counted. */
export const KINDS = ['codes lost', 'cancellations undone', 'deletions undone',
	'tasks lost', 'unreadable', 'started twice', 'replies lost',
	'answers lost', 'hooks lost', 'never ended', 'numbers given twice'];

const TASK = new RegExp('\\bt(\\d+) (k\\d+) (queued|running|needs input|' +
	'completed|failed|cancelled)(?:: (?:exit code (\\d+)|killed by (SIG\\w+)))?' +
	'(?:[^\\n,]*· run (\\d+))?', 'g');

/** Files without which a task is not what was accepted. */
const NEEDED = /\b(spec\.json|run\.json|prompt|env)\b/;

const ENDED = ['completed', 'failed', 'cancelled'];

/** What an answer says of each task in it. */
export const said = (text) => [...text.matchAll(TASK)]
	.map(([, id, label, state, code, signal, run]) => ({ id: Number(id), label,
		state, run: Number(run ?? 1), signal: signal ?? null,
		code: code !== undefined ? Number(code) :
			state === 'completed' ? 0 : null }));

/**
 * What was known of each task when the log had so many lines, from notes such
 * as { at, id, label, state }, { at, id, deletion } or { at, id, answer }.
 */
export function known(notes, count) {
	const tasks = new Map();

	for (const note of notes) {
		if (note.at > count)
			continue;
		const task = tasks.get(note.id) ?? { id: note.id, runs: 1 };

		tasks.set(note.id, task);
		task.deletion = note.deletion ?? task.deletion;
		task.answer = note.answer ?? task.answer;
		task.keyed = note.keyed ?? task.keyed;
		if (note.state === undefined)
			continue;
		task.label = note.label;
		task.started ||= note.state !== 'queued' && note.state !== 'cancelled';
		task.runs = Math.max(task.runs, note.run);
		if (ENDED.includes(note.state) && note.run === task.runs)
			task.end = note;
	}
	return [...tasks.values()];
}

const isEnd = (found, { state, code, signal }) => found.state === state &&
	(state === 'cancelled' ||
		(found.exit_code === code && found.signal === signal));

/**
 * What is wrong with a task, as a kind of mistake, or undefined.  Found is
 * its record now, or undefined; started are the labels of what was started
 * after the cut.
 */
export function mistake(task, found, started) {
	const { end } = task;

	if (found === undefined)
		return task.deletion ? undefined : end ? 'codes lost' : 'tasks lost';
	if (task.deletion === 'told')
		return 'deletions undone';
	if (task.started && started.includes(task.label))
		return 'started twice';
	if (found.runs !== undefined && found.runs < task.runs)
		return 'replies lost';
	if (end && (found.run ?? 1) === end.run && !isEnd(found, end))
		return end.state === 'cancelled' ? 'cancellations undone' :
			'codes lost';
	return NEEDED.test(found.note) ? 'unreadable' : undefined;
}
