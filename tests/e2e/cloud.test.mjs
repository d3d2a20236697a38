// The real window and stand-in vendors: a key is given by hand, the talk key is held, and a service somewhere else, over
// TLS, hears, answers and speaks.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Desk, matches, until } from './desk.mjs';
import { audibleSeconds } from './sound.mjs';
import { Window } from './window.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target');
const APP = process.env.WILCO_APP ?? join(TARGET, 'debug/wilco-app');
const RESULTS = join(TARGET, 'e2e');
const ENTER = '\uE007';
const ESCAPE = '\uE00C';
const CARD = '[data-engine=openai]';

let desk;
let app;
let peers;

before(async () => {
  mkdirSync(RESULTS, { recursive: true });
  desk = await Desk.open(join(RESULTS, 'log-cloud'));
  const trust = join(desk.env.HOME, 'trust.pem');
  const child = desk.start(join(TARGET, 'debug/wilco'), ['peers', '--json', '--tls', trust], 'pipe');
  let line = '';
  child.stdout.on('data', (bytes) => (line += bytes));
  await until('the vendors', () => line.includes('\n'));
  peers = JSON.parse(line);
  const folder = join(desk.env.XDG_CONFIG_HOME, 'app.wilco.wilco');
  mkdirSync(folder, { recursive: true });
  const all = ['hear', 'respond', 'say'].map((stage) => `${stage} = ["openai"]`).join('\n');
  const settings = `[providers]\n${all}\n[accounts.openai]\nbase_url = "${peers.urls.openai}"\n[network]\ntrust = "${trust}"\n[appearance]\nwelcomed = true\n`;
  writeFileSync(join(folder, 'settings.toml'), settings);
  app = await Window.open(desk, APP);
}, { timeout: 60_000 });

after(async () => {
  await app?.close().catch(() => {});
  desk?.close();
});

const state = () => app.attribute('#talk', 'data-state');
const text = (what) => app.text(`[data-testid=${what}]`);

test('a key that is typed in is good at once', { timeout: 60_000 }, async () => {
  await until('the window', async () => (await state()) === 'ready', 20_000);
  await app.click('#settings');
  await app.click(`${CARD} summary`);
  await app.type(`${CARD} input[type=password]`, peers.key + ENTER);
  const SESSION = `${CARD} form > .line:nth-of-type(2) .button:last-child`;
  const answered = () => app.attribute(`${CARD} [data-testid=key-result]`, 'data-kind');
  await until('the keyring, which is not there', async () => (await answered()) === 'keyring_missing');
  await app.click(SESSION);
  await until('the key', async () => /for this session/.test(await app.text(`${CARD} [data-testid=key-state]`)));
  await desk.photograph(RESULTS, 'cloud-key');
  await app.type(`${CARD} input[type=password]`, ESCAPE);
});

test('a held key, words from a service, its reply, its voice', { timeout: 90_000 }, async (context) => {
  desk.key('down', 'F9');
  await until('listening', async () => (await state()) === 'listening');
  await desk.speak('When does the next train leave?');
  const released = desk.key('up', 'F9');
  await until('speaking', async () => (await state()) === 'speaking');
  await until('the end', async () => (await state()) === 'ready', 30_000);
  await matches(() => text('words'), /next train leave, and how long/);
  await matches(() => text('reply'), /morning train leaves at nine/);
  const heard = audibleSeconds(desk.ear.between(released, desk.ear.until), desk.ear.rate);
  assert.ok(heard > 10, `${heard} s were heard`);
  context.diagnostic(`${await app.attribute('[data-testid=latency]', 'data-ms')} ms from the release to the first sound`);
  assert.equal(await app.has('[data-testid=trouble]'), false);
  await desk.photograph(RESULTS, 'cloud-turn');
});
