// Figures of the window on this machine: how soon it can be used, how soon a press is seen, how soon an event is, how a long
// conversation scrolls, and what the app costs while nobody talks. `make bench-app`; docs/performance.md keeps them.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../tests/e2e/desk.mjs';
import { Stage } from '../tests/e2e/stage.mjs';

const STARTS = 5;
const PRESSES = 20;
const IDLE_S = 20;
const TICKS = 100; // a second, in /proc

const sorted = (values) => values.toSorted((a, b) => a - b);
const at = (values, part) => sorted(values)[Math.floor(part * (values.length - 1))];
const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const rows = [];

function tell(what, aim, measured) {
  rows.push({ what, aim, measured });
  console.log(`${what} | ${aim} | ${measured}`);
}

/** Of a process: name, parent, when it began (milliseconds since the machine did), processor time used, memory. */
function looked(pid) {
  const [, name, rest] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = rest.split(' ');
  const memory = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    pid,
    name,
    parent: Number(fields[1]),
    began: (Number(fields[19]) / TICKS) * 1000,
    used: ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1000,
    mib: Number(/VmRSS:\s+(\d+)/.exec(memory)?.[1] ?? 0) / 1024,
  };
}

function processes() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      return [looked(pid)];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

/** The app of `desk`, and the web view's processes beside it. */
function ours(desk) {
  const mine = processes().filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(desk.env.XDG_RUNTIME_DIR);
    } catch {
      return false;
    }
  });
  const app = mine.find(({ name }) => name === 'wilco-app');
  return { app, web: mine.filter(({ name }) => /^(WebKitWeb|WebKitNetwork|WebKitGPU)Process|^WebKit(Web|Net)/.test(name) && !/Driver/.test(name)) };
}

/** Milliseconds from the start of the process to the first picture of its page; nothing is drawn before the core answers. */
async function start(furnish) {
  const stage = await Stage.open('figures', undefined, furnish);
  try {
    const { app } = ours(stage.desk);
    const drawn = await until('a picture', () => stage.app.run(`
      const paint = performance.getEntriesByName("first-contentful-paint")[0];
      return paint ? performance.timeOrigin + paint.startTime : 0`));
    const booted = Date.now() - 1000 * Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    return drawn - booted - app.began;
  } finally {
    await stage.close();
  }
}

/** A keyring that was started and then stopped: it has a name on the bus, and never answers. */
async function wedged({ desk }) {
  const keyring = desk.start('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], undefined, 'pipe');
  keyring.stdin.end('a password');
  const owned = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
  await until('the keyring', async () => (await desk.run('dbus-send', owned)).includes('true'));
  process.kill(keyring.pid, 'SIGSTOP');
}

async function starts() {
  for (const [what, furnish] of [['no keyring', undefined], ['a keyring that never answers', wedged]]) {
    const took = [];
    for (let n = 0; n < STARTS; n++) took.push(await start(furnish));
    tell(`window usable after start, ${what}: median, worst of ${STARTS}`, '≤ 1.5 s', `${ms(at(took, 0.5))}, ${ms(at(took, 1))}`);
  }
}

/** Has the page note when each event arrived and when the frame after it was drawn, and when a press was first seen. */
const WATCH = `
  window.seen = { events: [], live: [] };
  const drawn = (then) => requestAnimationFrame(() => { const way = new MessageChannel(); way.port1.onmessage = () => then(performance.now()); way.port2.postMessage(0); });
  const inside = window.__TAURI_INTERNALS__;
  const before = inside.runCallback;
  const watched = function (...given) { const from = performance.now(); const result = before.apply(this, given); drawn((now) => window.seen.events.push(now - from)); return result; };
  try { inside.runCallback = watched; } catch { }
  if (inside.runCallback !== watched) try { Object.defineProperty(inside, "runCallback", { value: watched, configurable: true }); } catch { }
  new MutationObserver(() => {
    if (document.querySelector("#talk").dataset.state === "listening") drawn((now) => window.seen.live.push(performance.timeOrigin + now));
  }).observe(document.querySelector("#talk"), { attributes: true, attributeFilter: ["data-state"] });
  return inside.runCallback === watched`;

async function presses(stage) {
  const watched = await stage.app.run(WATCH);
  const took = [];
  for (let n = 0; n < PRESSES; n++) {
    const pressed = performance.timeOrigin + stage.desk.key('down', 'F9');
    const live = await until('a picture of it', async () => (await stage.app.run('return window.seen.live')).find((one) => one > pressed));
    took.push(live - pressed);
    await pause(500); // of levels
    stage.desk.key('up', 'F9');
    await stage.becomes('ready');
    await pause(300);
  }
  tell(`press to “live” on the screen: median, p95, worst of ${PRESSES}`, '≤ 100 ms', `${ms(at(took, 0.5))}, ${ms(at(took, 0.95))}, ${ms(at(took, 1))}`);
  const events = await stage.app.run('return window.seen.events');
  if (watched && events.length) tell(`event in the page to the next frame after it: median, p95 of ${events.length}`, 'p95 ≤ 50 ms', `${ms(at(events, 0.5))}, ${ms(at(events, 0.95))}`);
}

async function idle(stage) {
  await pause(5000); // whatever a start leaves to do is done
  const before = ours(stage.desk);
  await pause(1000 * IDLE_S);
  const after = ours(stage.desk);
  const spent = (one) => one.used - ([before.app, ...before.web].find(({ pid }) => pid === one.pid)?.used ?? 0);
  const share = (some) => `${((some.reduce((sum, one) => sum + spent(one), 0) / (1000 * IDLE_S)) * 100).toFixed(2)} %`;
  const memory = (some) => `${some.reduce((sum, one) => sum + one.mib, 0).toFixed(0)} MiB`;
  tell(`processor while idle, overlay on, ${IDLE_S} s: ours; the web view's`, '≤ 0.3 %', `${share([after.app])}; ${share(after.web)}`);
  tell(`memory (RSS): ours; the web view's ${after.web.length} processes, shared pages counted in each`, '≤ 120 MB', `${memory([after.app])}; ${memory(after.web)}`);
}

function scroll() {
  const said = execFileSync('npm', ['run', '--silent', 'scroll'], { cwd: 'ui', encoding: 'utf8' });
  const frames = /frames: (.*)/.exec(said)?.[1] ?? said;
  tell('10,000 turns scroll by (Chromium without a GPU)', '60 a second: 16.7 ms', frames);
}

const chosen = process.argv.slice(2);
const wanted = (name) => chosen.length === 0 || chosen.includes(name);
if (wanted('start')) await starts();
for (const [name, measure] of [['idle', idle], ['press', presses]]) {
  if (!wanted(name)) continue;
  const stage = await Stage.open('figures');
  try {
    await measure(stage);
  } finally {
    await stage.close();
  }
}
if (wanted('scroll')) scroll();
console.log(`\n| what | aim | measured |\n|---|---|---|\n${rows.map(({ what, aim, measured }) => `| ${what} | ${aim} | ${measured} |`).join('\n')}`);
