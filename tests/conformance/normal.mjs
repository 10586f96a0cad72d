// Answers without what two servers may say differently: names, times, ids
// that they gave, texts for people, and how long something may be kept.
const META = 'io.modelcontextprotocol/';

const isTime = (value) => typeof value === 'string' &&
	/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);
const isWhole = (value) => Number.isInteger(value) && value >= 0;
const isText = (value) => typeof value === 'string' && value !== '';

/** By member: what is left of its value when that is as it should be. */
const OWN = {
	createdAt: [isTime, '(time)'],
	lastUpdatedAt: [isTime, '(time)'],
	ttl: [(value) => value === null || isWhole(value), '(ms)'],
	ttlMs: [(value) => value === null || isWhole(value), '(ms)'],
	pollInterval: [isWhole, '(ms)'],
	pollIntervalMs: [isWhole, '(ms)'],
	cacheScope: [(value) => /^(public|private)$/.test(value), '(scope)'],
	taskId: [isText, '(task)'],
	taskIds: [Array.isArray, '(tasks)'],
	requestState: [isText, '(state)'],
	description: [isText, '(text)'],
	title: [isText, '(text)'],
	instructions: [isText, '(text)'],
	logger: [isText, '(name)'],
	data: [isText, '(text)'], // of a log message
};

/** Members that a server may leave out, some only with this value. */
const OPTIONAL = { statusMessage: isText, description: isText, title: isText,
	logger: isText, instructions: isText, message: isText,
	total: isWhole, pollInterval: isWhole, pollIntervalMs: isWhole,
	mode: (value) => value === 'form' };

/** What 2025-11-25 calls tasks is an experiment that a server may leave out. */
const isExperiment = (key, value) => key === 'execution' ||
	(key === 'tasks' && value?.requests !== undefined);

const sorted = (list) => [...list].sort((a, b) =>
	JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

function members(object) {
	return Object.fromEntries(sorted(Object.keys(object))
		.filter((key) => !OPTIONAL[key]?.(object[key]) &&
			!isExperiment(key, object[key]))
		.map((key) => [key, normal(object[key], key)]));
}

/** A value that stands at a key, and so on inside. */
function normal(value, key) {
	const [fits, left] = OWN[key] ?? [];

	if (key === META + 'serverInfo' || key === 'serverInfo')
		return isText(value?.name) && isText(value.version) ? '(server)' :
			value;
	if (fits?.(value))
		return left;
	if (key === 'error' && value !== null)
		return normalError(value);
	if (value?.isError === true && Array.isArray(value.content))
		return { ...members(value), content: value.content
			.map(({ type, text }) => [type, isText(text)]) };
	if (Array.isArray(value))
		return value.map((item) => normal(item));
	return typeof value === 'object' && value !== null ? members(value) :
		value;
}

/** Members of an error's data that a specification names. */
const DATA = ['requiredCapabilities', 'supported', 'requested', 'uri'];
const INVALID_PARAMS = -32602;

/** An error counts by its code, and by what programs can use of its data. */
function normalError({ code, message, data }) {
	const told = DATA.filter((key) => data?.[key] !== undefined &&
		(code !== INVALID_PARAMS || key === 'uri'));

	return { code, message: isText(message) ? '(text)' : message,
		data: Object.fromEntries(told.map((key) => [key, data[key]])) };
}

const INVALID_REQUEST = -32600;

/** A message, normalised. */
function normalMessage(message) {
	const { id, method, result, error } = message;

	if (method !== undefined && id !== undefined)
		return { ...normal(message), id: '(request)' };
	if (error !== undefined)
		return { error: normalError(error),
			// whether it can be told is a matter of taste
			...(error.code !== INVALID_REQUEST && { id }) };
	if (result !== undefined)
		return { id, result: normal(result) };
	return normal(message);
}

/** What lists name their items by. */
const LISTS = { tools: 'name', prompts: 'name', resources: 'uri',
	resourceTemplates: 'uriTemplate' };

/** Leaves in lists of two results what both have, in one order. */
function share(a, b) {
	for (const [key, name] of Object.entries(LISTS)) {
		const lists = [a?.[key], b?.[key]];

		if (!lists.every(Array.isArray))
			continue;
		for (const [n, result] of [a, b].entries())
			result[key] = sorted(lists[n].filter((item) =>
				lists[1 - n].some((other) => other[name] === item[name]))
				.map((item) => key === 'resourceTemplates' ?
					{ ...item, name: '(name)' } : item));
	}
}

/** Two transcripts, normalised, each less what only one server has. */
export function alike(ours, theirs) {
	const lists = [ours, theirs].map((list) => list.map(normalMessage));

	for (const [n, message] of lists[0].entries())
		share(message.result, lists[1][n]?.result);
	return lists;
}
