// The table of all figures.  A figure is
//
//	name, what, unit	what is measured; what is for people
//	scene, places, sizes	what is there before; a row for each place and size
//	goal			{ most } or { least }, of: 'floor' for a ratio
//	rounds, picture		other than the usual number; a part of the picture
//	ours, floor, ANY	a column, ours first: (context, size) => the value of
//				a round, or a list of samples; may throw Missing
//
// Scenes are in scenes.mjs.
import { calls } from './figures/calls.mjs';
import { growth } from './figures/growth.mjs';
import { history } from './figures/history.mjs';
import { memory } from './figures/memory.mjs';
import { output } from './figures/output.mjs';
import { rates } from './figures/rates.mjs';
import { release } from './figures/release.mjs';
import { starts } from './figures/starts.mjs';
import { words } from './figures/words.mjs';

const grouped = (group, figures) =>
	figures.map((figure) => ({ group, ...figure }));

export const figures = [
	...grouped('sessions and calls', calls),
	...grouped('a release', release),
	...grouped('starts', starts),
	...grouped('tasks in a second', rates),
	...grouped('memory, and doing nothing', memory),
	...grouped('output, and ends', output),
	...grouped('100,000 tasks that have ended', history),
	...grouped('up to 10,000 tasks that live', growth),
	...grouped('bytes that a model reads', words),
];
