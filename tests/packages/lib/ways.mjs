// The ways by which ccproc comes to a machine, each from its own local files,
// and those of a next release, which differs by a line and a number.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = process.env.CCPROC_PACKAGES; // by release/packages
const INSTALLERS = process.env.CCPROC_INSTALLERS;
const TOP = fileURLToPath(new URL('../../../', import.meta.url));
const CPU = process.arch;
const MACHINE = CPU === 'arm64' ? 'aarch64' : 'x86_64';

const sh = (line, options) => execFileSync('sh', ['-ec', line],
	{ stdio: 'pipe', ...options });

/** The first file in a folder whose name fits. */
export const find = (folder, pattern) => {
	const name = fs.readdirSync(folder).find((file) => pattern.test(file));

	if (!name)
		throw new Error(`${folder} has no ${pattern}`);
	return path.join(folder, name);
};

export const version = fs.readFileSync(path.join(TOP, 'configure.ac'), 'utf8')
	.match(/^AC_INIT\(\[ccproc\], \[(.*?)\]/m)[1];

/** Makes the packages of a next release in a folder, from those of this one. */
export function makeNext(folder) {
	const tree = path.join(folder, 'tree');
	const next = version.replace(/\d+$/, (last) => Number(last) + 1);
	const name = `ccproc-${version}-linux-${MACHINE}`;
	const later = name.replace(version, next);

	fs.mkdirSync(tree, { recursive: true });
	sh(`cp -R release plugin .claude-plugin LICENSE '${tree}'
		for file in configure.ac server.json plugin/.claude-plugin/plugin.json
		do
			sed 's/${version}/${next}/' $file >'${tree}'/$file
		done`, { cwd: TOP });
	sh(`tar -xzf '${PACKAGES}/${name}.tar.gz'
		mv ${name} ${later}
		echo '# the next one' >>${later}/libexec/ccproc/leave.sh
		tar -czf ${later}.tar.gz ${later}
		rm -rf ${later}
		tree/release/packages .`, { cwd: folder });
	return folder;
}

/** The next release of a package of Debian. */
export function makeNextDeb(deb, folder) {
	const next = path.join(folder, 'ccproc_next.deb');

	sh(`rm -rf deb
		dpkg-deb -R '${deb}' deb
		sed -i 's/^Version: .*/&+next/' deb/DEBIAN/control
		echo '# the next one' >>deb/usr/libexec/ccproc/leave.sh
		dpkg-deb --root-owner-group -b deb '${next}'
		rm -rf deb`, { cwd: folder });
	return next;
}

const tool = (name) => ({ [`/usr/local/bin/${name}`]:
	path.join(INSTALLERS, 'python/bin', name) });
const npm = { '/opt/npm': path.join(INSTALLERS, 'node_modules/npm'),
	'/usr/local/bin/node': path.join(INSTALLERS,
		`node_modules/node-linux-${CPU}/bin/node`) };

const OURS = { tool: 'mcp__ccproc__', listed: /^ccproc: .*ccproc-bridge.* ✔ Connected$/m };
const uninstall = (machine) => machine.run('ccproc uninstall');
const wheel = (packages) => find(path.join(packages.folder, 'pypi'),
	new RegExp(`manylinux2014_${MACHINE}`));

/** Brings files to ~/new, afresh. */
async function bring(machine, ...files) {
	await machine.run('rm -rf ~/new && mkdir ~/new');
	for (const file of files)
		await machine.put(file, `/home/ada/new/${path.basename(file)}`);
}

const forget = (machine) => machine.run('rm -rf ~/new');

/**
 * Each has install(machine, packages) of a folder of packages, which is also how
 * it is brought up to date, and remove(machine).
 */
export const WAYS = {
	archive: { ...OURS, roots: ['bookworm', 'trixie', 'busybox'],
		async install(machine, packages) {
			await bring(machine, find(packages.folder,
				new RegExp(`-linux-${MACHINE}\\.tar\\.gz$`)));
			await machine.run('tar -xzf *.tar.gz && ccproc-*/install.sh',
				{ cwd: '/home/ada/new', offline: true });
			await forget(machine);
		}, remove: uninstall },

	npx: { ...OURS, roots: ['bookworm', 'trixie', 'busybox'],
		layers: ['node'], mounts: npm,
		async install(machine, packages) {
			const main = find(path.join(packages.folder, 'npm'), /^ccproc-\d/);
			const native = find(path.join(packages.folder, 'npm'),
				new RegExp(`^ccproc-linux-${CPU}-`));

			await bring(machine, main, native);
			// what a registry would be asked for stands here in files
			await machine.run('node /opt/npm/bin/npx-cli.js --offline ' +
				'--ignore-scripts --yes ' + [main, native].map((file) =>
				`--package ./${path.basename(file)}`).join(' ') +
				' ccproc install', { cwd: '/home/ada/new', offline: true });
			await forget(machine);
			await machine.run('rm -rf ~/.npm'); // its cache may go
		}, remove: uninstall },

	uvx: { ...OURS, roots: ['bookworm', 'trixie'], layers: ['python'],
		mounts: { ...tool('uv'), ...tool('uvx') },
		async install(machine, packages) {
			await bring(machine, wheel(packages));
			await machine.run('uvx --offline --from ./*.whl ccproc install',
				{ cwd: '/home/ada/new', offline: true });
			await forget(machine);
			await machine.run('uv cache clean');
			await machine.run('rm -rf ~/.local/share/uv');
		}, remove: uninstall },

	// which first fetches the newest pip, whatever it is to install
	pipx: { ...OURS, roots: ['bookworm', 'trixie'], layers: ['python'],
		mounts: { '/usr/local/share/ca.crt':
			'/etc/ssl/certs/ca-certificates.crt' },
		async install(machine, packages) {
			await bring(machine, wheel(packages));
			await machine.run('pipx run --spec ./*.whl ccproc install',
				{ cwd: '/home/ada/new',
					env: { PIP_CERT: '/usr/local/share/ca.crt' } });
			await forget(machine);
			await machine.run('rm -rf ~/.local/pipx ~/.local/share/pipx ' +
				'~/.local/state/pipx ~/.local/share/virtualenvs');
		}, remove: uninstall },

	pip: { ...OURS, roots: ['bookworm', 'trixie'], layers: ['python'],
		async install(machine, packages) {
			await bring(machine, wheel(packages));
			await machine.run('[ -d ~/venv ] || python3 -m venv ~/venv');
			await machine.run('~/venv/bin/pip install -q --no-index ' +
				'--upgrade ./*.whl && ~/venv/bin/ccproc install',
			{ cwd: '/home/ada/new', offline: true });
			await forget(machine);
		},
		async remove(machine) {
			await uninstall(machine);
			await machine.run('~/venv/bin/pip uninstall -q -y ccproc');
			await machine.run('rm -rf ~/venv');
		} },

	deb: { ...OURS, roots: ['bookworm', 'trixie'],
		async install(machine, packages) {
			assert.ok(packages.deb[machine.name], 'no package was built');
			await machine.run('rm -rf /tmp/deb && mkdir /tmp/deb && cat >/tmp/deb/ccproc.deb',
				{ root: true, input: fs.readFileSync(
					packages.deb[machine.name]) });
			// without lists of packages apt takes what was fetched already
			await machine.run('DEBIAN_FRONTEND=noninteractive apt-get -q -y ' +
				'-o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 ' +
				'--no-install-recommends install ' +
				'/tmp/deb/ccproc.deb', { root: true, offline: true });
			await machine.run('rm -rf /tmp/deb', { root: true });
			await machine.run('ccproc mcp add && ccproc daemon restart');
		},
		async remove(machine) {
			await machine.run('ccproc mcp remove && ccproc daemon stop');
			await machine.run('DEBIAN_FRONTEND=noninteractive apt-get -q -y ' +
				'purge --auto-remove ccproc', { root: true, offline: true });
		} },

	plugin: { tool: 'mcp__plugin_ccproc_ccproc__',
		listed: /^plugin:ccproc:ccproc: .*ccproc-bridge.* ✔ Connected$/m,
		roots: ['bookworm', 'trixie', 'busybox'],
		async install(machine, packages) {
			await bring(machine, find(packages.folder, /^ccproc-plugin-/));
			await machine.run('rm -rf ~/market && mkdir ~/market && ' +
				'tar -xzf ~/new/*.tar.gz -C ~/market');
			await forget(machine);
			if ((await machine.run('claude plugin list'))
				.includes('ccproc@ccproc')) {
				await machine.run('claude plugin marketplace update ccproc');
				await machine.run('claude plugin update ccproc@ccproc');
			} else {
				await machine.run('claude plugin marketplace add ~/market/plugin');
				await machine.run('claude plugin install ccproc@ccproc');
			}
			// claude runs it where the marketplace is, as that is a folder
			machine.command = '~/market/plugin/plugin/bin/ccproc';
		},
		async remove(machine) {
			await machine.run(`${machine.command} daemon stop`);
			await machine.run('claude plugin uninstall ccproc@ccproc');
			await machine.run('claude plugin marketplace remove ccproc');
			await machine.run('rm -rf ~/market ~/.claude/plugins');
		} },
};
