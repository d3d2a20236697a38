// What Wilco ships that others wrote, and under which licences: the crates that cargo links in on this system, and the
// packages that are in the page. Read from cargo's and npm's own records whenever the page is built, never written by
// hand. As a program it prints the list and the texts of the licences, for the packages.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROGRAMS = ['wilco-app', 'wilco'];
/** Tools by `ui/package.json`, whose runtime is in the page all the same. */
const RUNTIME = ['svelte', 'clsx'];
const A_LICENCE = /^(licen[cs]e|copying|copyright|notice|unlicense)/i;

/** What stands under "About". A page can be built where cargo knows no crates (none fetched, no network): they are left
 *  out then, and it is said. */
export function listed() {
  const brief = ({ name, version, licence }) => ({ name, version, licence });
  try {
    return parts().map(brief);
  } catch (error) {
    console.error(`licences: no crates in the list: ${String(error.stderr ?? error.message).trim()}`);
    return modules().map(brief);
  }
}

/** Every package, by name: `{ name, version, licence, folder }`. Fails where cargo knows no crates. */
export function parts() {
  return [...crates(), ...modules()].sort((one, other) => one.name.localeCompare(other.name, 'en'));
}

/** Reachable from our programs without what only builds or tests them. Macros work in the compiler, not in Wilco. */
function crates() {
  const { packages, resolve } = metadata();
  const known = new Map(packages.map((one) => [one.id, one]));
  const needs = new Map(resolve.nodes.map((node) => [node.id, node.deps]));
  const linked = new Set();
  const waiting = packages.filter((one) => one.source === null && PROGRAMS.includes(one.name)).map((one) => one.id);
  for (let id; (id = waiting.pop()); ) {
    if (linked.has(id) || known.get(id).targets.some(({ kind }) => kind.includes('proc-macro'))) continue;
    linked.add(id);
    waiting.push(...needs.get(id).filter((dep) => dep.dep_kinds.some(({ kind }) => kind === null)).map((dep) => dep.pkg));
  }
  const others = [...linked].map((id) => known.get(id)).filter((one) => one.source);
  // the slash is how crates wrote "or" before there was a rule
  return others.map((one) => ({
    name: one.name,
    version: one.version,
    licence: one.license?.replaceAll(/\s*\/\s*/g, ' OR ') ?? 'none named',
    folder: dirname(one.manifest_path),
  }));
}

function metadata() {
  const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'pipe'] };
  const host = /^host: (.+)$/m.exec(execFileSync('rustc', ['-vV'], options))[1];
  const ask = (...more) => JSON.parse(execFileSync('cargo', ['metadata', '--format-version=1', '--locked', '--filter-platform', host, ...more], options));
  try {
    return ask('--offline');
  } catch {
    return ask(); // the very first build: nothing is fetched yet
  }
}

function modules() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'ui/package-lock.json'), 'utf8'));
  const all = Object.entries(packages).map(([path, one]) => ({ ...one, path, name: path.split('node_modules/').pop() }));
  const shipped = all.filter((one) => one.path && !one.name.startsWith('@types/') && ((!one.dev && !one.devOptional) || RUNTIME.includes(one.name)));
  return shipped.map((one) => ({ name: one.name, version: one.version, licence: one.license ?? 'none named', folder: join(ROOT, 'ui', one.path) }));
}

/** The licence files of a package; where it offers MIT among others, that one alone. */
function texts({ folder, licence }) {
  const files = readdirSync(folder, { withFileTypes: true }).filter((file) => file.isFile() && A_LICENCE.test(file.name));
  const mit = /\bMIT\b/.test(licence) && !/\bAND\b/.test(licence) ? files.filter(({ name }) => /mit/i.test(name)) : [];
  return (mit.length > 0 ? mit : files).map(({ name }) => readFileSync(join(folder, name), 'utf8').trim());
}

/** The list, then each text once, under the packages it belongs to. */
function thirdParty() {
  const all = parts();
  const owners = new Map();
  for (const one of all) for (const text of texts(one)) owners.set(text, [...(owners.get(text) ?? []), `${one.name} ${one.version}`]);
  const rule = '-'.repeat(80);
  const ours = readFileSync(join(ROOT, 'LICENSE'), 'utf8').trim();
  const mine = ['LICENSE-MIT', 'LICENSE-APACHE'].map((name) => readFileSync(join(ROOT, name), 'utf8').trim());
  const list = all.map(({ name, version, licence }) => `${name} ${version}: ${licence}`);
  const theirs = [...owners].map(([text, names]) => `${rule}\n${names.join(', ')}\n\n${text}`);
  return [ours, ...mine, `${rule}\nWilco is built from these packages of others:\n\n${list.join('\n')}`, ...theirs].join('\n\n') + '\n';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(thirdParty());
