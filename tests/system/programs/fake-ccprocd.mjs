// A daemon in a process of its own, started as ccprocd is: it answers every
// request with its process id.
import fs from 'node:fs';
import net from 'node:net';
import readline from 'node:readline';

const { CCPROC_SOCKET, CCPROC_STATE_DIR } = process.env;

fs.appendFileSync(`${CCPROC_STATE_DIR}/starts`, '\n');
fs.rmSync(CCPROC_SOCKET, { force: true });
net.createServer((socket) => {
	socket.on('error', () => {}); // the bridge was killed
	readline.createInterface({ input: socket }).on('line', (line) => {
		const { id } = JSON.parse(line);

		if (id !== undefined)
			socket.write(JSON.stringify({ jsonrpc: '2.0', id,
				result: { pid: process.pid } }) + '\n');
	});
}).listen(CCPROC_SOCKET, () => {
	fs.writeSync(3, 'ok\n');
	fs.closeSync(3);
});
setTimeout(() => process.exit(1), 60000).unref(); // should the test die
