// A client that reads its answers by readline: sends each argument as a line
// to the bridge named first and prints the id and the text of each answer.
import { spawn } from 'node:child_process';
import readline from 'node:readline';

const [program, ...requests] = process.argv.slice(2);
const bridge = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
let left = requests.length;

readline.createInterface({ input: bridge.stdout }).on('line', (line) => {
	const { id, result, error } = JSON.parse(line);

	console.log(JSON.stringify({ id, error,
		text: result?.content?.[0]?.text })
		.replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`));
	if (--left === 0)
		bridge.stdin.end();
});
requests.forEach((request) => bridge.stdin.write(request + '\n'));
