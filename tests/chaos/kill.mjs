// `kill -9` of the real terminal program at random instants: while somebody speaks, while the services work, while the
// history is written or brought to today's shape. After each kill the next start must find everything that was promised,
// and go on with what was being said. One home for each kind of kill, so that its database lives through all of them.
//
//   node tests/chaos/kill.mjs [--speaking 500] [--working 300] [--writing 200] [--seed 1] [--at-once 3]

import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { random } from './random.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WILCO = process.env.WILCO ?? join(resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target'), 'debug/wilco');
const IDENTIFIER = 'app.wilco.wilco';
const RATE = 48_000; // of an Ogg-Opus granule, by its standard
const PRE_SKIP = 312;

/** What may be lost of what was said, and how soon the next start offers the rest; the issue's own numbers. */
export const TAIL_MS = 1000;
export const OFFERED_MS = 2000;

/** A person's home, with services that answer on this machine. */
class Home {
  constructor(accounts) {
    this.folder = mkdtempSync(join(tmpdir(), 'wilco-kill-'));
    this.data = join(this.folder, 'data', IDENTIFIER);
    const config = join(this.folder, 'config', IDENTIFIER);
    mkdirSync(config, { recursive: true });
    mkdirSync(this.data, { recursive: true });
    writeFileSync(join(config, 'settings.toml'), `[providers]\nhear = ["openai"]\nrespond = ["openai"]\nsay = ["openai"]\n[privacy]\nkeep_recordings = 5000\n${accounts}`);
    this.env = {
      PATH: process.env.PATH,
      HOME: this.folder,
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      XDG_DATA_HOME: join(this.folder, 'data'),
      XDG_CACHE_HOME: join(this.folder, 'cache'),
      WILCO_KEY_OPENAI: 'test-key',
    };
  }

  start(...args) {
    return spawn(WILCO, args, { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Runs to its end; fails if that is not a good one. */
  async run(...args) {
    const { stdout, stderr } = await promisify(execFile)(WILCO, args, { env: this.env, maxBuffer: 1 << 28, timeout: 60_000 });
    return { out: stdout, told: stderr };
  }

  /** Every turn that is kept, by its number. */
  async turns() {
    const file = join(this.folder, `all-${process.hrtime.bigint()}.json`);
    const { told } = await this.run('history', 'export', file, '--format', 'json');
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    rmSync(file);
    return { told, turns: new Map(kept.conversations.flatMap(({ turns }) => turns).map((turn) => [turn.id, turn])) };
  }

  /** The last recording: its name and how many milliseconds of sound are in it. */
  recording() {
    const journal = join(this.data, 'journal');
    if (!existsSync(journal)) return null;
    const name = readdirSync(journal).filter((file) => file.endsWith('.ogg')).sort().at(-1);
    return name ? { name, ms: soundOf(readFileSync(join(journal, name))) } : null;
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Milliseconds of sound up to the last whole page of an Ogg-Opus file that may be torn. */
function soundOf(bytes) {
  let [at, granule] = [0, 0n];
  while (at + 27 <= bytes.length && bytes.toString('latin1', at, at + 4) === 'OggS') {
    const segments = bytes.subarray(at + 27, at + 27 + bytes[at + 26]);
    const end = at + 27 + segments.length + segments.reduce((sum, length) => sum + length, 0);
    if (end > bytes.length) break;
    granule = bytes.readBigInt64LE(at + 6);
    at = end;
  }
  return Math.max(0, ((Number(granule) - PRE_SKIP) * 1000) / RATE);
}

/** Stand-in services that take their time, as real ones do. */
async function services() {
  const peers = spawn(WILCO, ['peers', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = [];
  for await (const line of createInterface({ input: peers.stdout })) {
    if (line.startsWith('# For the terminal')) break;
    lines.push(line);
  }
  peers.stdout.resume();
  return { accounts: lines.filter((line) => !line.startsWith('#')).join('\n'), close: () => peers.kill() };
}

/** Kills `child` after `ms`, unless it ended before; gives when it was killed, as Unix time, or null. */
async function killed(child, ms) {
  const ended = new Promise((done) => child.once('close', (code, signal) => done(signal === 'SIGKILL' ? Date.now() : null)));
  child.stdout.resume();
  child.stderr.resume();
  await Promise.race([pause(ms), ended]);
  const at = Date.now();
  child.kill('SIGKILL');
  return (await ended) === null ? null : at;
}

/** What is seen of all kills of a kind. */
class Seen {
  constructor(name) {
    Object.assign(this, { name, kills: 0, finished: 0, early: 0, tails: [], offered: [], gone: [], broken: [] });
  }
}

/** One kill in a turn at `ms` after its start, and what the next start makes of it. `known` are the finished turns. */
async function killTurn(home, speech, ms, seen, known) {
  const began = Date.now();
  const at = await killed(home.start('turn', speech, '--pace', 'real', '--json'), ms);
  seen.kills += Number(at !== null);
  const asked = performance.now();
  await home.run('history', 'list');
  const offered = performance.now() - asked;
  const before = await home.turns();
  const here = [...before.turns.values()].filter((turn) => turn.id >= began);
  for (const id of known) if (before.turns.get(id)?.outcome !== 'done') seen.gone.push(id);
  if (before.told !== '') seen.broken.push(before.told);
  const turn = here.at(-1);
  if (!turn) {
    seen.early += 1; // before the row was there, so before anything was live
    return;
  }
  if (at !== null && turn.recording) {
    const [sound, said] = [home.recording(), Math.min(at - turn.id, speech.ms)];
    seen.tails.push(Math.max(0, said - (sound?.name === turn.recording ? sound.ms : 0)));
  }
  if (turn.outcome === null || turn.outcome === undefined) {
    seen.offered.push(offered);
    await goOn(home, turn, seen);
  }
  const after = (await home.turns()).turns.get(turn.id);
  if (after?.outcome === 'done') {
    known.add(turn.id);
    seen.finished += 1;
  }
}

/** The next start offers the turn, and goes on with it if there is a word in what was kept. */
async function goOn(home, turn, seen) {
  const child = home.start('retry', String(turn.id), '--json', '--out', join(home.folder, 'reply.wav'));
  let told = '';
  child.stderr.on('data', (data) => (told += data));
  child.stdout.on('data', (data) => (told += data));
  await new Promise((done) => child.once('close', done));
  if (!/"outcome":"(done|no_speech|too_short|cancelled)"/.test(told.replaceAll(' ', '')) && !/no recording|nothing/i.test(told)) seen.broken.push(told);
}

/** How long each way to write the history takes, in ms: the instants of a kill lie within, so that few come too late. */
const LASTS = {};

/** A kill while the history is written: an import of many turns, an export, a name, a star. */
async function killWriting(home, many, roll, seen) {
  const before = (await home.turns()).turns;
  const some = [...before.keys()].at(Math.floor(roll() * before.size));
  const verbs = [['import', many], ['export', join(home.folder, 'out.json'), '--format', 'json']];
  if (some) verbs.push(['rename', String(some), `named ${seen.kills}`], ['star', String(some)]);
  for (let hit = false; !hit; ) {
    const verb = verbs[Math.floor(roll() * verbs.length)];
    const began = performance.now();
    hit = (await killed(home.start('history', ...verb), roll() * (LASTS[verb[0]] ?? 200))) !== null;
    if (!hit) LASTS[verb[0]] = performance.now() - began;
  }
  seen.kills += 1;
  const after = await home.turns();
  if (after.told !== '') seen.broken.push(after.told);
  for (const id of before.keys()) if (!after.turns.has(id)) seen.gone.push(id);
}

/** An export of so many turns, made from one real one. */
async function manyTurns(folder, accounts, speech, count) {
  const home = new Home(accounts);
  const file = join(folder, 'many.json');
  await home.run('turn', String(speech), '--pace', 'fast', '--json');
  await home.run('history', 'export', file, '--format', 'json');
  const kept = JSON.parse(readFileSync(file, 'utf8'));
  const [conversation] = kept.conversations;
  const [turn] = conversation.turns;
  const turns = Array.from({ length: count }, (_, n) => ({ ...turn, id: turn.id + n, recording: null }));
  writeFileSync(file, JSON.stringify({ ...kept, conversations: [{ ...conversation, turns }] }));
  home.remove();
  return file;
}

/** So many kills of each kind. */
export async function run({ speaking, working, writing, seed, atOnce = 3 }) {
  const folder = mkdtempSync(join(tmpdir(), 'wilco-kill-'));
  const peers = await services();
  const roll = random(seed);
  try {
    const file = join(folder, 'speech.wav');
    await promisify(execFile)(WILCO, ['say', 'What is the weather like in Paris today, and do I need a coat for the walk?', '--out', file]);
    const speech = Object.assign(new String(file), { ms: ((statSync(file).size - 44) / 2 / 24_000) * 1000 });
    const all = [];
    for (const [name, count, when] of [
      ['while somebody speaks', speaking, () => 60 + roll() * (speech.ms - 60)],
      ['while the services work', working, () => speech.ms + roll() * 1100],
    ]) {
      const seen = new Seen(name);
      await each(count, atOnce, () => new Home(peers.accounts), async (home, known) => killTurn(home, speech, when(), seen, known));
      all.push(seen);
    }
    const seen = new Seen('while the history is written');
    const many = await manyTurns(folder, peers.accounts, speech, 3000);
    await each(writing, atOnce, () => new Home(peers.accounts), (home) => killWriting(home, many, roll, seen));
    return [...all, seen];
  } finally {
    peers.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Does `act` `count` times, in `lanes` lanes with a home each. */
async function each(count, lanes, open, act) {
  let left = count;
  const lane = async () => {
    const [home, known] = [open(), new Set()];
    while (left-- > 0) await act(home, known);
    home.remove();
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
}

const worst = (values) => (values.length ? Math.max(...values).toFixed() : '–');
const half = (values) => (values.length ? [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)].toFixed() : '–');

/** A table for the docs. */
function table(all) {
  const rows = all.map(
    ({ name, kills, gone, broken, tails, offered, finished }) =>
      `| ${name} | ${kills} | ${gone.length} | ${broken.length} | ${half(tails)}, ${worst(tails)} | ${half(offered)}, ${worst(offered)} | ${finished} |`,
  );
  return ['| killed | times | finished turns lost | starts with a complaint | sound not kept, ms: median, worst | known at the next start after, ms: median, worst | turns that came to their end |', '| --- | ---: | ---: | ---: | ---: | ---: | ---: |', ...rows].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = (name, usual) => Number(process.argv[process.argv.indexOf(`--${name}`) + 1 || Infinity] ?? usual);
  const wanted = { speaking: given('speaking', 500), working: given('working', 300), writing: given('writing', 200), seed: given('seed', 1), atOnce: given('at-once', 3) };
  console.log(`seed ${wanted.seed}`);
  const all = await run(wanted);
  console.log(table(all));
  console.log(`load ${loadavg().map((load) => load.toFixed(1)).join(' ')}`);
  all.flatMap(({ broken }) => broken).slice(0, 10).forEach((told) => console.log(told));
  const lost = all.some(({ gone, broken, tails, offered }) => gone.length || broken.length || tails.some((ms) => ms > TAIL_MS) || offered.some((ms) => ms > OFFERED_MS));
  process.exitCode = Number(lost);
}
