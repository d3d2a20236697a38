// Turn after turn, and what the program grows by meanwhile: memory, files, threads, sockets. First the whole core, as fast
// as it takes turns, a third of them interrupted; then the real app, at the pace of a person, through the sound card.
//
//   node tests/chaos/soak.mjs [--fast 1800] [--real 200] [--seed 1]

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { random } from './random.mjs';
import { Scene, TARGET } from './scene.mjs';

const WILCO = process.env.WILCO ?? join(TARGET, 'debug/wilco');
const QUICK = ['--stt-ms', '20', '--ws-stt-ms', '20', '--ttft-ms', '50', '--tokens-per-second', '400', '--tts-ms', '30', '--tts-speed', '1000'];

/** How much memory may grow after the first tenth of the turns, in MiB. */
export const GROWTH = 10;

/** What a process holds now. */
export function holds(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return 'gone';
    }
  });
  return {
    mib: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024,
    threads: Number(/Threads:\s+(\d+)/.exec(status)[1]),
    files: open.length,
    sockets: open.filter((target) => target.startsWith('socket:')).length,
  };
}

/** The core alone: `turns` turns, looked at after every hundredth. */
export async function fast(turns, seed) {
  const child = spawn(WILCO, ['bench', 'soak', '--turns', String(turns), '--seed', String(seed), ...QUICK], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.once('close', done));
  const seen = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const at = Number(/^(\d+) turns/.exec(line)?.[1]);
    if (at) seen.push({ at, ...holds(child.pid), line });
  }
  return { seen, code: await ended };
}

/** The app: `turns` presses of a person who talks, some of them into the reply. */
export async function real(turns, seed) {
  const scene = await Scene.open('soak');
  const roll = random(seed);
  const pid = Number((await scene.desk.run('pgrep', ['-n', '-f', 'wilco-app'])).trim());
  const seen = [];
  try {
    for (let at = 1; at <= turns; at++) {
      scene.fingers.down();
      await pause(600 + roll() * 1500);
      scene.fingers.up();
      await pause(roll() < 0.3 ? 200 + roll() * 800 : 2500);
      if (at % 10 === 0) seen.push({ at, ...holds(pid) });
    }
  } finally {
    await scene.close();
  }
  return { seen, code: 0 };
}

/** What grew between the first tenth and the end. */
export function grown({ seen }) {
  const [first, last] = [seen[Math.floor(seen.length / 10)], seen.at(-1)];
  return Object.fromEntries(['mib', 'threads', 'files', 'sockets'].map((what) => [what, last[what] - first[what]]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = (name, usual) => Number(process.argv[process.argv.indexOf(`--${name}`) + 1 || Infinity] ?? usual);
  const seed = given('seed', 1);
  console.log(`seed ${seed}`);
  for (const [name, act, turns] of [['core', fast, given('fast', 1800)], ['app', real, given('real', 200)]]) {
    if (!turns) continue;
    const ran = await act(turns, seed);
    for (const { at, mib, threads, files, sockets, line } of ran.seen.filter((_, n) => n % 2 === 1)) {
      console.log(`${name}: ${line ?? `${at} turns`}; ${mib.toFixed(1)} MiB, ${threads} threads, ${files} files, ${sockets} sockets`);
    }
    const more = grown(ran);
    console.log(`${name}: grown by ${more.mib.toFixed(1)} MiB, ${more.threads} threads, ${more.files} files, ${more.sockets} sockets`);
    if (ran.code !== 0 || more.mib > GROWTH) process.exitCode = 1;
  }
}
