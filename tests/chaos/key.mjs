// The key and the microphone, by random schedules on the real app: what the finger did is known here, when the
// microphone was open is told by the sound server, and nothing the app says of itself counts. See `make chaos-key`.

import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { until } from '../e2e/desk.mjs';
import { random } from './random.mjs';
import { Scene, TARGET } from './scene.mjs';

const PAGE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));

/** After the release, in milliseconds: what is promised. */
export const CLOSED = 300;
export const LOST = 500;
export const AWAY = 1000;
/** Releases that are followed by a press within this are chatter of one contact; no schedule comes near it. */
const CHATTER = 30;

/** How long the key is down, and how long it is up after that. */
function press(next) {
  const within = (low, high) => low + next() * (high - low);
  const pick = (...odds) => odds.find(([odd], at, all) => next() < odd || at === all.length - 1)[1]();
  const held = pick([0.08, () => within(3, 22)], [0.2, () => within(40, 140)], [0.7, () => within(155, 450)], [1, () => within(450, 1100)]);
  const gap = pick([0.08, () => within(3, 18)], [0.35, () => within(45, 200)], [1, () => within(200, 450)]);
  return { held, gap };
}

/** Waits until `at` of the clock, to the millisecond. */
async function reach(at) {
  const rest = at - performance.now();
  if (rest > 2) await pause(rest - 1);
  while (performance.now() < at) await pause(0);
}

/** Presses as the seed has it, and gives when the key was down. Every press is a schedule of its own. */
export async function presses(scene, seed, count) {
  const next = random(seed);
  const held = [];
  for (let n = 0; n < count; n++) {
    const one = press(next);
    const down = scene.fingers.down();
    await reach(down + one.held);
    const up = scene.fingers.up();
    held.push({ down, up });
    await reach(up + one.gap);
  }
  await pause(2 * CLOSED);
  return held;
}

/** Presses of one contact that chatters are one hold. */
function merged(held) {
  const holds = [];
  for (const { down, up } of held) {
    const last = holds.at(-1);
    if (last && down - last.up < CHATTER) last.up = up;
    else holds.push({ down, up });
  }
  return holds;
}

/** What the sound server saw of `held`: how late it closed after each release, and what should not have been. */
export function judge(held, streams) {
  const holds = merged(held);
  const words = holds.filter(({ down, up }) => up - down >= 150);
  const opened = words.map((hold) => streams.find((stream) => lasts(stream) && stream.to >= hold.down && stream.from <= hold.up + CLOSED));
  const late = [];
  for (const { from, to } of streams) {
    const hold = holds.findLast(({ down }) => down <= from);
    if (hold && to > hold.up) late.push(to - hold.up);
  }
  return {
    presses: held.length,
    holds: holds.length,
    words: words.length,
    unheard: opened.filter((stream) => !stream).length,
    opening: words.flatMap(({ down }, at) => (opened[at] ? [Math.max(0, opened[at].from - down)] : [])),
    outside: streams.reduce((sum, stream) => sum + uncovered(stream, holds), 0),
    both: overlap(streams),
    late,
  };
}

/** ALSA opens a stream for a moment to ask what it could be; nothing is heard by it. */
const lasts = ({ from, to }) => to - from > 25;

/** The longest time that two were open. */
function overlap(streams) {
  const all = streams.filter(lasts);
  return Math.max(0, ...all.slice(1).map(({ from, to }, at) => Math.min(to, all[at].to) - from));
}

/** Milliseconds of `stream` that lie in no hold and in no tail of one. */
function uncovered(stream, holds) {
  let at = stream.from;
  let open = 0;
  for (const { down, up } of holds) {
    if (up + CLOSED <= at || down >= stream.to) continue;
    open += Math.max(0, down - at);
    at = Math.max(at, up + CLOSED);
  }
  return open + Math.max(0, stream.to - at);
}

/** Holds whose release is swallowed on its way to the app: how late each closes. */
export async function lost(scene, seed, count) {
  const next = random(seed);
  const late = [];
  for (let n = 0; n < count; n++) {
    scene.fingers.down();
    await until('an open microphone', () => scene.isOpen(), 20_000);
    await pause(100 + 250 * next());
    scene.filter.swallow = true;
    const before = scene.filter.swallowed;
    const up = scene.fingers.up();
    await until('a closed microphone', () => !scene.isOpen(), 20_000);
    const stream = [...scene.streams.values()].at(-1);
    if (scene.filter.swallowed !== before + 1) throw new Error(`release ${n} of seed ${seed} was not swallowed`);
    if (await scene.fingers.isDown()) throw new Error('the key itself is down');
    late.push(stream.to - up);
    scene.filter.swallow = false;
    await pause(20 + 60 * next());
  }
  return { late };
}

/** Away and back by `leave`, while the key is held: how late it closes, and whether anything opens before one is back. */
export async function away(scene, leave) {
  scene.fingers.down();
  await until('an open microphone', () => scene.isOpen(), 20_000);
  await pause(300);
  const left = leave(true);
  await until('a closed microphone', () => !scene.isOpen(), 20_000);
  const late = [...scene.streams.values()].at(-1).to - left;
  const seen = scene.streams.size;
  await pause(200);
  scene.fingers.up();
  await pause(100);
  scene.fingers.down();
  await pause(400);
  const whileAway = scene.streams.size - seen;
  const lasted = [...scene.streams.values()].slice(seen).map(({ from, to }) => Math.round(to - from));
  leave(false); // the key is still down
  await pause(600);
  const armed = scene.streams.size - seen - whileAway;
  scene.fingers.up();
  await pause(100);
  scene.fingers.down();
  await until('an open microphone again', () => scene.isOpen(), 20_000);
  await pause(200);
  scene.fingers.up();
  await until('a closed microphone', () => !scene.isOpen(), 20_000);
  return { late, whileAway, armed, lasted };
}

/** One part of the whole, in a room of its own. */
async function part(kind, seed, count) {
  const scene = await Scene.open(`key-${kind}-${seed}`);
  try {
    if (kind === 'lost') return await lost(scene, seed, count);
    if (kind === 'away') return await leaves(scene, count);
    const held = await presses(scene, seed, count);
    const seen = judge(held, [...scene.streams.values()]);
    seen.left = (await scene.recorders()).filter((one) => !scene.own.has(one)).length;
    return seen;
  } finally {
    await scene.close();
  }
}

/** Every way to be away, one after the other. */
async function leaves(scene, count) {
  const ways = [(left) => scene.lock(left), (left) => scene.lockSession(left), (left) => scene.sleep(left)];
  const all = [];
  for (let n = 0; n < count; n++) all.push(await away(scene, ways[n % ways.length]));
  const sum = (what) => all.reduce((total, one) => total + one[what], 0);
  return { late: all.map((one) => one.late), whileAway: sum('whileAway'), armed: sum('armed') };
}

/** So many of each, in parts of their own seeds; a part that was run before is not run again. Then the table of all. */
async function main([presses = '2000', losses = '1000', leave = '60']) {
  const folder = join(TARGET, 'chaos', 'key');
  mkdirSync(folder, { recursive: true });
  const cut = (kind, all, size) =>
    Array.from({ length: Math.ceil(all / size) }, (_, at) => ({ kind, seed: at + 1, count: Math.min(size, all - at * size) }));
  const parts = [...cut('away', Number(leave), 30), ...cut('lost', Number(losses), 250), ...cut('hold', Number(presses), 250)];
  for (const { kind, seed, count } of parts.sort((a, b) => a.seed - b.seed)) {
    const file = join(folder, `${kind}-${seed}.json`);
    if (existsSync(file)) continue;
    const seen = await part(kind, seed, count);
    writeFileSync(file, JSON.stringify({ kind, seed, count, load: loadavg()[0], ...seen }));
    console.log(`${kind}, seed ${seed}: ${count} done, closed after ${spread(seen.late)} ms`);
    const all = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name))));
    writeFileSync(PAGE, page(table(all)));
  }
  console.log(readFileSync(PAGE, 'utf8').split(/<!-- .?chaos-key -->/)[1]);
}

/** p50, p99 and the longest. */
function spread(late) {
  const all = [...late].sort((a, b) => a - b);
  const at = (share) => all[Math.min(all.length - 1, Math.ceil(share * all.length) - 1)].toFixed();
  return `${at(0.5)} / ${at(0.99)} / ${at(1)}`;
}

function table(parts) {
  const of = (kind) => parts.filter((one) => one.kind === kind);
  const sum = (kind, what) => of(kind).reduce((total, one) => total + one[what], 0);
  const all = (kind, what) => of(kind).flatMap((one) => one[what]);
  const seeds = (kind) => `seeds 1–${of(kind).length}`;
  const over = (kind, limit) => all(kind, 'late').filter((ms) => ms > limit).length;
  const rows = [];
  if (of('hold').length) {
    rows.push(
      [`${sum('hold', 'presses')} random presses (${seeds('hold')}): closed after the release`, `${spread(all('hold', 'late'))} ms, ${over('hold', CLOSED)} over ${CLOSED} ms`],
      ['… open outside a hold and 300 ms after it, in all', `${sum('hold', 'outside').toFixed()} ms`],
      ['… still open at the end', `${sum('hold', 'left')}`],
      [`… holds of 150 ms and more without a microphone, of ${sum('hold', 'words')}`, `${sum('hold', 'unheard')}`],
      ['… from the press to an open stream', `${spread(all('hold', 'opening'))} ms`],
      ['… two at once (the old one closing), at most', `${Math.max(...of('hold').map((one) => one.both)).toFixed()} ms`],
    );
  }
  if (of('lost').length) {
    rows.push([`${sum('lost', 'count')} swallowed releases (${seeds('lost')}): closed after`, `${spread(all('lost', 'late'))} ms, ${over('lost', LOST)} over ${LOST} ms`]);
  }
  if (of('away').length) {
    rows.push(
      [`${sum('away', 'count')} times locked or asleep while the key is held: closed after`, `${spread(all('away', 'late'))} ms, ${over('away', AWAY)} over ${AWAY} ms`],
      ['… opened while away / by a key that was still held when one came back', `${sum('away', 'whileAway')} / ${sum('away', 'armed')}`],
    );
  }
  const loads = parts.map((one) => one.load);
  return `| What | p50 / p99 / longest |\n| --- | --- |\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n\nLoad of the machine (two cores) meanwhile: ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}.\n`;
}

/** The page with `text` in its place. */
function page(text) {
  const place = /(<!-- chaos-key -->\n)[^]*?(<!-- \/chaos-key -->)/;
  return readFileSync(PAGE, 'utf8').replace(place, (_, begin, end) => begin + text + end);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
  process.exit(0);
}
