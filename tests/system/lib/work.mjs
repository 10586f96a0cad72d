// Tasks whose every trace can be checked.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

/**
 * Work that leaves traces: a line in a file of its own when it
 * begins, many bytes, an exit code.
 */
export class Work {
	constructor(world, number, { gate, lines = 3000 } = {}) {
		this.number = number;
		this.file = path.join(world.work, `trace-${number}`);
		this.code = number % 7;
		this.stdout = [...Array(lines).keys()]
			.map((i) => `${number}.${i}`).join('\n') + '\n';
		this.command = `echo ran >>${this.file}; ` +
			(gate ? `until [ -e ${gate} ]; do sleep 0.05; done; ` : '') +
			`seq 0 ${lines - 1} | sed s/^/${number}./; ` +
			`echo e${number} >&2; exit ${this.code}`;
		this.spec = { command: this.command, label: `w-${number}` };
	}

	get began() {
		return fs.existsSync(this.file);
	}

	check(world, task) {
		assert.deepEqual([task.state, task.reason, task.exit_code,
			task.signal], this.code === 0 ? ['completed', null, 0, null] :
			['failed', 'exit_code', this.code, null], task.id);
		assert.equal(fs.readFileSync(this.file, 'utf8'), 'ran\n');
		assert.equal(world.output(task.id), this.stdout);
		assert.equal(world.output(task.id, 'stderr'), `e${this.number}\n`);
		assert.ok(task.started_at <= task.ended_at, task.id);
	}
}
