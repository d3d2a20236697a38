// Figures of this machine: conversations by `wilco bench latency`, and what criterion has measured just before. Prints
// them; with --compare names what got slower by more than a tenth than docs/figures.json; with --keep writes that file.

import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const TARGET = process.env.CARGO_TARGET_DIR ?? 'target';
const WILCO = join(TARGET, 'release/wilco');
const KEPT = 'docs/figures.json';
const ASIDE = 0.1; // a tenth
const LEAST = { ms: 1, ns: 0, MiB: 1 }; // smaller changes are the clock's or the allocator's

// a faster voice ends a turn sooner; when it begins is the same
const QUICK = ['--turns', '101', '--tts-speed', '20'];
// each takes a hundredth of a core: all at once
const SINGLE = {
  'first sentence': ['--first', 'sentence', ...QUICK],
  'first clause': QUICK,
  'Deepgram, first sentence': ['--first', 'sentence', ...QUICK, '--deepgram-url', 'peer'],
  'home connection, first sentence': ['--first', 'sentence', ...QUICK, '--rtt-ms', '40'],
};
const MANY = {
  '10 conversations': ['--first', 'sentence', '--turns', '11', '--sessions', '10'],
  '50 conversations': ['--first', 'sentence', '--turns', '6', '--sessions', '50'],
  '100 conversations': ['--first', 'sentence', '--turns', '6', '--sessions', '100'],
};

async function conversations() {
  const speech = join(TARGET, 'bench-speech.wav');
  execFileSync(WILCO, ['say', 'When does the next train leave, and how long?', '--out', speech]);
  const all = {};
  const run = async ([name, args]) => {
    const { stdout } = await promisify(execFile)(WILCO, ['bench', 'latency', '--json', '--wav', speech, ...args]);
    const seen = JSON.parse(stdout);
    console.log(`\n== ${name}: wilco bench latency ${args.join(' ')}`);
    console.table(seen);
    for (const [figure, unit] of [['first_turn_over_ideal', 'ms'], ['later_turns_over_ideal', 'ms'], ['later_turns_over_ideal_p95', 'ms'], ['processor_a_turn', 'ms'], ['memory', 'MiB']]) {
      all[`${name}: ${figure.replaceAll('_', ' ')}`] = { value: seen[figure], unit };
    }
  };
  await Promise.all(Object.entries(SINGLE).map(run));
  for (const one of Object.entries(MANY)) await run(one);
  return all;
}

function criterion() {
  const folder = join(TARGET, 'criterion');
  const all = {};
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const file = join(folder, name, 'new/estimates.json');
    if (existsSync(file)) all[name] = { value: JSON.parse(readFileSync(file, 'utf8')).median.point_estimate, unit: 'ns' };
  }
  return all;
}

const figures = { ...criterion(), ...(await conversations()) };
if (process.argv.includes('--keep')) {
  writeFileSync(KEPT, `${JSON.stringify(figures, null, 1)}\n`);
  console.log(`kept in ${KEPT}`);
}
if (process.argv.includes('--compare')) {
  const kept = JSON.parse(readFileSync(KEPT, 'utf8'));
  const slower = Object.entries(figures).filter(([name, { value, unit }]) => {
    const before = kept[name]?.value;
    return before !== undefined && value - before > Math.max(Math.abs(before) * ASIDE, LEAST[unit]);
  });
  for (const [name, { value, unit }] of slower) console.log(`slower: ${name}: ${kept[name].value.toFixed(1)} -> ${value.toFixed(1)} ${unit}`);
  console.log(slower.length ? `${slower.length} of ${Object.keys(figures).length} figures got worse` : 'nothing got slower by more than a tenth');
  process.exitCode = slower.length ? 1 : 0;
}
