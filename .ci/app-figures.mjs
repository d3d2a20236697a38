// Figures of the window on this machine: how soon it can be used, how soon a press is seen, how soon an event is, how a long
// conversation scrolls, and what the app costs while nobody talks. `make bench-app`; docs/performance.md keeps them.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { mentioning, until } from '../tests/e2e/desk.mjs';
import { Stage } from '../tests/e2e/stage.mjs';

const STARTS = 5;
const PRESSES = 20;
const IDLE_S = 20;
const KEPT_S = 120; // the models of the recogniser on this machine (providers/src/local/pocketsphinx.rs)
const ORDERED = 100;
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

/** The app of `desk`, and the web view's processes beside it. */
function ours(desk) {
  const mine = mentioning(desk.env.XDG_RUNTIME_DIR).flatMap((pid) => {
    try {
      return [looked(Number(pid))];
    } catch {
      return []; // it ended meanwhile
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

/** Has the page note when a press was first seen, and how long after the microphone's first sound: a turn's number is when its key
 *  went down, its marks count from then. `drawn` tells when the next frame is done. */
const WATCH = `
  window.seen = { live: [], late: [], orders: [] };
  let heard;
  const { callbacks } = window.__TAURI_INTERNALS__;
  for (const [id, call] of [...callbacks]) callbacks.set(id, (told) => {
    const event = told.message;
    if (event?.mark === "first_frame") heard = event.turn + event.ms;
    return call(told);
  });
  window.drawn = (then) => requestAnimationFrame(() => { const way = new MessageChannel(); way.port1.onmessage = () => then(performance.now()); way.port2.postMessage(0); });
  new MutationObserver(() => {
    if (document.querySelector("#talk").dataset.state === "listening") drawn((now) => {
      window.seen.live.push(performance.timeOrigin + now);
      window.seen.late.push(performance.timeOrigin + now - heard);
    });
  }).observe(document.querySelector("#talk"), { attributes: true, attributeFilter: ["data-state"] });
  return true`;

async function presses(stage) {
  await stage.app.run(WATCH);
  const took = [];
  for (let n = 0; n < PRESSES; n++) {
    const pressed = performance.timeOrigin + stage.desk.key('down', 'F9');
    await pause(1200); // of levels; whoever asks the page meanwhile holds it up
    took.push((await stage.app.run('return window.seen.live')).find((one) => one > pressed) - pressed);
    stage.desk.key('up', 'F9');
    await stage.becomes('ready');
    await pause(300);
  }
  tell(`press to “live” on the screen: median, p95, worst of ${PRESSES}`, '≤ 100 ms', `${ms(at(took, 0.5))}, ${ms(at(took, 0.95))}, ${ms(at(took, 1))}`);
  const late = await stage.app.run('return window.seen.late');
  tell(`microphone live, told, drawn: median, p95, worst of ${late.length}`, 'event to pixel p95 ≤ 50 ms', `${ms(at(late, 0.5))}, ${ms(at(late, 0.95))}, ${ms(at(late, 1))}`);
  await pause(1000 * KEPT_S);
  held(`two minutes after ${PRESSES} turns`, ours(stage.desk));
}

/** The page asks for another look, the core keeps that on the disk and tells it, and a frame shows it: longer than an event takes. */
const ORDERS = `
  ${WATCH.replace('return true', '')}
  const order = async (theme) => {
    const from = performance.now();
    const shown = new Promise((done) => new MutationObserver((_, watch) => { watch.disconnect(); drawn(done); }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] }));
    await window.__TAURI_INTERNALS__.invoke("order", { command: { do: "set", key: "appearance.theme", value: theme } });
    window.seen.orders.push((await shown) - from);
    await new Promise((done) => setTimeout(done, 100));
  };
  (async () => { for (let n = 0; n < ${ORDERED}; n++) await order(n % 2 ? "dark" : "light"); })();
  return true`;

async function orders(stage) {
  await stage.app.run(ORDERS);
  await pause(ORDERED * 200);
  const took = await stage.app.run('return window.seen.orders');
  tell(`order by the page, kept on the disk, told, drawn: median, p95 of ${took.length}`, '(longer than event to pixel)', `${ms(at(took, 0.5))}, ${ms(at(took, 0.95))}`);
}

async function idle(stage) {
  await pause(5000); // whatever a start leaves to do is done
  const before = ours(stage.desk);
  await pause(1000 * IDLE_S);
  const after = ours(stage.desk);
  const spent = (one) => one.used - ([before.app, ...before.web].find(({ pid }) => pid === one.pid)?.used ?? 0);
  const share = (some) => `${((some.reduce((sum, one) => sum + spent(one), 0) / (1000 * IDLE_S)) * 100).toFixed(2)} %`;
  tell(`processor while idle, overlay on, ${IDLE_S} s: ours; the web view's`, '≤ 0.3 %', `${share([after.app])}; ${share(after.web)}`);
  held('while idle', after);
}

function held(when, { app, web }) {
  const mib = (some) => `${some.reduce((sum, one) => sum + one.mib, 0).toFixed(0)} MiB`;
  tell(`memory (RSS) ${when}: ours; the web view's ${web.length} processes, shared pages counted in each`, '≤ 120 MB = 114 MiB', `${mib([app])}; ${mib(web)}`);
}

function scroll() {
  const said = execFileSync('npm', ['run', '--silent', 'scroll'], { cwd: 'ui', encoding: 'utf8' });
  const frames = /frames: (.*)/.exec(said)?.[1] ?? said;
  tell('10,000 turns scroll by (Chromium without a GPU)', '60 a second: 16.7 ms', frames);
}

const chosen = process.argv.slice(2);
const wanted = (name) => chosen.length === 0 || chosen.includes(name);
if (wanted('start')) await starts();
for (const [name, measure] of [['idle', idle], ['press', presses], ['event', orders]]) {
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
