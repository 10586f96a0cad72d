// What `npx` runs of a package whose program is another one: it stays between.
import { spawn } from 'node:child_process';

const [program, ...args] = process.argv.slice(2);

spawn(program, args, { stdio: 'inherit' }).once('close',
	(code) => process.exit(code ?? 1));
