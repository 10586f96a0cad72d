// usage: recorder.mjs IMAGE LOG FILE
//
// A disk that remembers everything: serves IMAGE as FILE, over FUSE, until
// that is unmounted, and appends to LOG each write and each flush in the order
// in which they came (log.mjs reads it).  A loop device on FILE passes on what
// a file system writes, and a flush as fsync; one request is answered before
// the next is read, so what was answered before a flush is in front of it.
import { spawn } from 'node:child_process';
import fs from 'node:fs';

import { HEADER } from './log.mjs';

// of include/uapi/linux/fuse.h; sizes and places are of version 7.31
const OPCODE = { FORGET: 2, GETATTR: 3, SETATTR: 4, OPEN: 14, READ: 15,
	WRITE: 16, RELEASE: 18, FSYNC: 20, FLUSH: 25, INIT: 26, INTERRUPT: 36,
	BATCH_FORGET: 42 };
const FLAGS = (1 << 5) | (1 << 22); // FUSE_BIG_WRITES, FUSE_MAX_PAGES
const DIRECT_IO = 1; // no page cache between the loop device and us
const LARGEST = 1 << 20;
const ENOSYS = -38;

const [image, log, at] = process.argv.slice(2);
const { size } = fs.statSync(image);
const disk = fs.openSync(image, 'r+');
const record = fs.openSync(log, 'a');
const fuse = fs.openSync('/dev/fuse', 'r+');

function initialized() {
	const out = Buffer.alloc(64);

	out.writeUInt32LE(7, 0);
	out.writeUInt32LE(31, 4);
	out.writeUInt32LE(FLAGS, 12);
	out.writeUInt32LE(LARGEST, 20);
	out.writeUInt16LE(LARGEST / 4096, 28);
	return out;
}

function attributes() {
	const out = Buffer.alloc(104);

	out.writeBigUInt64LE(1n, 16);
	out.writeBigUInt64LE(BigInt(size), 24);
	out.writeUInt32LE(0o100600, 76);
	out.writeUInt32LE(1, 80);
	out.writeUInt32LE(4096, 96);
	return out;
}

function opened() {
	const out = Buffer.alloc(16);

	out.writeUInt32LE(DIRECT_IO, 8);
	return out;
}

/** A line of the log; without bytes it is a flush. */
function note(offset, bytes) {
	const head = Buffer.alloc(HEADER);

	head.writeDoubleLE(offset, 0);
	head.writeDoubleLE(bytes.length, 8);
	fs.writevSync(record, [head, bytes]);
}

function read(offset, length) {
	const out = Buffer.alloc(length);

	return out.subarray(0, fs.readSync(disk, out, 0, length, offset));
}

function write(offset, bytes) {
	const out = Buffer.alloc(8);

	fs.writeSync(disk, bytes, 0, bytes.length, offset);
	note(offset, bytes);
	out.writeUInt32LE(bytes.length, 0);
	return out;
}

/** What is answered to a request; a number is an error. */
function answer(opcode, body) {
	const offset = () => Number(body.readBigUInt64LE(8));
	const length = () => body.readUInt32LE(16);

	switch (opcode) {
	case OPCODE.INIT:
		return initialized();
	case OPCODE.GETATTR:
	case OPCODE.SETATTR:
		return attributes();
	case OPCODE.OPEN:
		return opened();
	case OPCODE.READ:
		return read(offset(), length());
	case OPCODE.WRITE:
		return write(offset(), body.subarray(40, 40 + length()));
	case OPCODE.FSYNC:
		note(0, Buffer.alloc(0));
		return Buffer.alloc(0);
	case OPCODE.FLUSH:
	case OPCODE.RELEASE:
		return Buffer.alloc(0);
	default:
		return ENOSYS;
	}
}

function serve(request) {
	const opcode = request.readUInt32LE(4);

	if ([OPCODE.FORGET, OPCODE.BATCH_FORGET, OPCODE.INTERRUPT]
		.includes(opcode))
		return;
	const said = answer(opcode, request.subarray(40));
	const error = typeof said === 'number' ? said : 0;
	const body = error ? Buffer.alloc(0) : said;
	const head = Buffer.alloc(16);

	head.writeUInt32LE(16 + body.length, 0);
	head.writeInt32LE(error, 4);
	request.copy(head, 8, 8, 16); // which request it is
	fs.writevSync(fuse, [head, body]);
}

spawn('mount', ['-i', '-t', 'fuse', '-o',
	'fd=3,rootmode=100600,user_id=0,group_id=0', 'recorder', at],
{ stdio: ['ignore', 'inherit', 'inherit', fuse] });
for (const buffer = Buffer.alloc(LARGEST + 8192);;) {
	let length;

	try {
		length = fs.readSync(fuse, buffer);
	} catch (error) {
		if (error.code === 'ENODEV') // unmounted
			process.exit(0);
		if (error.code === 'EINTR' || error.code === 'ENOENT' ||
		    error.code === 'EAGAIN' || error.code === 'EPERM')
			continue; // EPERM: mount has not come to it yet
		throw error;
	}
	serve(buffer.subarray(0, length));
}
