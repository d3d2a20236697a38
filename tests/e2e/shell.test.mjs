// The shell around the window: remote control, tray, overlay and keys, on a desktop that has a tray.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Desk, until } from './desk.mjs';
import { Window } from './window.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target');
const APP = process.env.WILCO_APP ?? join(TARGET, 'debug/wilco-app');
const WILCO = process.env.WILCO ?? join(TARGET, 'debug/wilco');
const RESULTS = join(TARGET, 'e2e/shell');

const REPLY = '[data-testid=reply]';

let desk;
let app;

before(async () => {
  mkdirSync(RESULTS, { recursive: true });
  desk = await Desk.open(join(RESULTS, 'log'));
  desk.start('trayer', ['--edge', 'top', '--align', 'right', '--widthtype', 'request', '--height', '28', '--transparent', 'false']);
  app = await Window.open(desk, APP);
  await until('the app', async () => (await state()) === 'ready', 20_000);
}, { timeout: 60_000 });

after(async () => {
  await app?.close().catch(() => {});
  desk?.close();
});

afterEach(async (context) => {
  desk.key('up', 'F9');
  await screen(context.name);
});

const wilco = (...args) => desk.run(WILCO, args);
const state = () => app.attribute('#talk', 'data-state');
const becomes = (wanted, ms) => until(`the state ${wanted}`, async () => (await state()) === wanted, ms);
const socket = () => join(desk.env.XDG_RUNTIME_DIR, 'wilco/app.sock');

/** A picture of the whole screen, where a program for that is there. */
async function screen(name) {
  const file = join(RESULTS, `${name.replaceAll(/\W+/g, '-')}.xwd`);
  await desk.run('xwd', ['-root', '-silent', '-out', file]).catch(() => {});
}

/** X windows by what they are called, those that are on the screen. */
const visible = async (name) => (await desk.run('xdotool', ['search', '--onlyvisible', '--name', name]).catch(() => '')).split('\n').filter(Boolean);

test('the terminal holds the key, lets go, asks, and is told how things are', async () => {
  await wilco('press');
  await becomes('listening');
  await desk.speak('What time is it?');
  await wilco('release');
  await until('the reply', async () => /\d/.test(await app.text(REPLY)));
  await becomes('ready', 20_000);
  await wilco('toggle');
  await becomes('listening');
  await wilco('cancel');
  await becomes('ready');
  await wilco('ask', 'What is 12 times 9?');
  await until('the answer', async () => /108/.test(await app.run("return document.body.innerText")));
  await wilco('cancel');
  const status = JSON.parse(await wilco('status', '--json'));
  assert.equal(status.key, 'F9');
  assert.equal(status.muted, false);
}, { timeout: 60_000 });

test('only the person can reach the socket, and nonsense is answered kindly', async () => {
  assert.equal(statSync(socket()).mode & 0o777, 0o600);
  assert.equal(statSync(join(socket(), '..')).mode & 0o777, 0o700);
  const line = createConnection(socket());
  line.write('{"call":"set","key":"privacy.keep_history","value":"nothing"}\n');
  const answer = await new Promise((resolve) => line.once('data', (bytes) => resolve(String(bytes))));
  line.destroy();
  assert.match(answer, /refused/);
  assert.equal(await state(), 'ready');
});

test('a second start shows the first within a second, and a link only fills the text box', async (context) => {
  const from = performance.now();
  await desk.run(APP, ['wilco://say?text=what%20is%202%20plus%202%3F']);
  await until('the words', async () => (await app.run("return document.querySelector('#say').value")) === 'what is 2 plus 2?');
  const took = performance.now() - from;
  context.diagnostic(`second start to words in the box: ${Math.round(took)} ms`);
  assert.ok(took < 1000, `${took} ms`);
  assert.equal(await state(), 'ready', 'nothing is asked without the person');
}, { timeout: 20_000 });

test('replies that are muted are shown and not heard', async () => {
  await app.run("return document.querySelector('#say').value = ''");
  await wilco('cancel');
  const from = performance.now();
  await app.order({ do: 'set', key: 'voice.muted', value: 'true' });
  await wilco('ask', 'What is 7 times 8?');
  await until('the answer', async () => /56/.test(await app.run('return document.body.innerText')));
  await becomes('ready');
  assert.equal(desk.ear.between(from + 500, desk.ear.until).some((sample) => Math.abs(sample) > 300), false, 'silence');
  await app.order({ do: 'set', key: 'voice.muted', value: 'false' });
}, { timeout: 30_000 });

test('the tray has an icon, and closing hides the window in it', async () => {
  const [window] = await visible('^Wilco$');
  assert.ok(window, 'the window is there');
  await desk.run('wmctrl', ['-i', '-c', `0x${Number(window).toString(16)}`]);
  await until('no window', async () => (await visible('^Wilco$')).length === 0);
  assert.equal(JSON.parse(await wilco('status', '--json')).state, 'ready', 'it still runs');
  await screen('hidden in the tray');
  await wilco('show');
  await until('the window', async () => (await visible('^Wilco$')).length === 1);
}, { timeout: 20_000 });
