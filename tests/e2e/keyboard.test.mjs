// Without a pointer: the first start with its three steps, a service that is added and tested there, the whole window, the
// conversations and the settings, by keys that an X client strikes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { until } from './desk.mjs';
import { Stage, vendors } from './stage.mjs';

let stage;
let peers;

before(async () => {
  const settings = () => `[providers]\nrespond = ["openai", "no-model"]\n[accounts.openai]\nbase_url = "${peers.urls.openai}"\n`;
  stage = await Stage.open('keyboard', settings, async ({ desk }) => (peers = await vendors(desk)));
  const window = (await stage.desk.run('xdotool', ['search', '--onlyvisible', '--name', '^Wilco$'])).trim();
  await stage.desk.run('xdotool', ['windowfocus', '--sync', window]);
}, { timeout: 60_000 });

after(() => stage?.close());
afterEach((context) => stage?.photograph(context.name));

/** What has the focus: a name that a person would be told, and whether it is seen to have it. */
const focus = () =>
  stage.app.run(`
    const one = document.activeElement;
    const label = one.labels?.[0]?.textContent ?? document.getElementById(one.getAttribute("aria-labelledby"))?.textContent;
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return {
      at: one.id || one.dataset.testid || one.dataset.section || one.dataset.engine || one.localName,
      tag: one.localName,
      name: (one.getAttribute("aria-label") ?? label ?? (one.textContent || one.title || one.placeholder || "")).trim().slice(0, 60),
      seen: one.matches(":focus-visible") && outlineStyle !== "none" && parseFloat(outlineWidth) > 0,
      inDialog: one.closest("dialog")?.getAttribute("aria-labelledby") ?? null,
      place: [...document.querySelectorAll("*")].indexOf(one),
    }`);

/** Strikes a key, and gives what has the focus when the page has taken it in. */
async function strike(key) {
  await stage.desk.run('xdotool', ['key', key]);
  await stage.app.run('return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  return focus();
}

/** Tabs until `wanted` is true of what has the focus. */
async function tabTo(what, wanted, key = 'Tab') {
  const past = [];
  for (let times = 0; times < 80; times++) {
    const now = await strike(key);
    if (wanted(now)) return now;
    past.push(now.name || now.at);
  }
  assert.fail(`${what} is not reached by ${key}; there were ${past.join(' | ')}`);
}

const named = (pattern) => ({ name }) => pattern.test(name);
const step = () => stage.app.attribute('[data-testid=first-run]', 'data-step');
const write = (text) => stage.desk.run('xdotool', ['type', '--delay', '15', text]);

test('the first start: the microphone proves itself, by a sentence', { timeout: 60_000 }, async () => {
  assert.equal(await step(), 'mic');
  await tabTo('the trial', named(/sentence|speak|say/i));
  await strike('space');
  await until('an open microphone', async () => (await stage.app.attribute('[data-testid=mic-test]', 'data-live')) === 'true');
  await stage.desk.speak('What time is it?');
  await until('the words', async () => /what time is it/i.test(await stage.app.text('[data-testid=first-run]')), 20_000);
  await stage.reads('[data-testid=first-run]', /It hears you/);
  await tabTo('the way on', named(/^Next$/));
  await strike('Return');
  await until('the next step', async () => (await step()) === 'key');
});

test('the key proves itself, in whichever window it is struck', { timeout: 60_000 }, async () => {
  stage.desk.key('down', 'F9');
  await until('the proof', async () => /It works/.test(await stage.app.text('[data-testid=first-run]')));
  stage.desk.key('up', 'F9');
  await stage.becomes('ready');
  await tabTo('the way on', named(/^Next$/));
  await strike('Return');
  await until('the next step', async () => (await step()) === 'who');
});

test('a service is added with a key, and tested: a wrong one is refused, the right one is good', { timeout: 60_000 }, async () => {
  await tabTo('the choice of a service', ({ tag }) => tag === 'select');
  await write('openai');
  const field = '[data-testid=first-run] input[type=password]';
  await until('a field for its key', () => stage.app.has(field));
  const result = '[data-testid=key-result]';
  for (const [key, kind, said] of [['a-wrong-one', 'key_refused', /./], [peers.key, null, /./]]) {
    await tabTo('the field', ({ tag, name }) => tag === 'input' && /key/i.test(name));
    await strike('ctrl+a');
    await write(key);
    await strike('Return');
    // there is no keyring here: it is kept for this session
    await until('what to do without a keyring', async () => (await stage.app.attribute(result, 'data-kind')) === 'keyring_missing');
    await tabTo('only now', named(/session/i));
    await strike('space');
    await until('the key', async () => /until Wilco ends/.test(await stage.app.text(result)));
    await tabTo('the test', named(/^Test/), 'shift+Tab');
    await strike('space');
    await until('the result', async () => said.test(await stage.app.text(result)) && !/…/.test(await stage.app.text(result)));
    assert.equal(await stage.app.attribute(result, 'data-kind'), kind);
  }
});

test('the first steps end, do not come back, and the service answers', { timeout: 60_000 }, async () => {
  await tabTo('the end', named(/^Begin$/));
  await strike('Return');
  await until('the window', async () => !(await stage.app.has('[data-testid=first-run]')));
  assert.match(readFileSync(stage.settingsFile, 'utf8'), /welcomed = true/);
  await tabTo('the text box', ({ at }) => at === 'say');
  await write('When does the train leave?');
  await strike('Return');
  await stage.reads('[data-testid=reply]', /morning train/);
  await strike('Escape');
  await stage.becomes('ready');
});

test('every Tab in the window is seen, has a name, and comes round', { timeout: 60_000 }, async () => {
  const round = [];
  for (let times = 0; times < 60; times++) {
    const now = await strike('Tab');
    if (round.some(({ place }) => place === now.place)) break;
    round.push(now);
  }
  assert.ok(round.length >= 10 && round.length < 60, `${round.length} places`);
  const stops = round.filter(({ tag }) => tag !== 'body' && tag !== 'html');
  for (const { at, name, seen } of stops) assert.ok(name !== '' && seen, `${at} “${name}” is ${seen ? 'seen' : 'not seen'}`);
  for (const wanted of ['settings', 'say', 'talk', 'mine', 'swap', 'theirs']) assert.ok(stops.some(({ at }) => at === wanted), `${wanted} is among them`);
});

test('conversations open and close by keys, and the focus comes back', { timeout: 60_000 }, async () => {
  await tabTo('the conversations', ({ at }) => at === 'history');
  const inside = await strike('Return');
  assert.ok(await stage.app.has('[data-testid=new-conversation]'));
  assert.notEqual(inside.at, 'history', 'the focus is in it');
  await write('train');
  await until('what was found', () => stage.app.has('[data-testid=found]'));
  await tabTo('the first of them', ({ at }) => at === 'found');
  await strike('Escape');
  await until('no list', async () => !(await stage.app.has('[data-testid=new-conversation]')));
  assert.equal((await focus()).at, 'history');
});

test('settings open, every section is reached, Tab stays inside, Escape closes, and the focus comes back', { timeout: 60_000 }, async () => {
  await tabTo('the settings', ({ at }) => at === 'settings');
  await strike('Return');
  await until('the settings', () => stage.app.has('#settings-title'));
  const sections = new Set();
  const bare = [];
  for (let times = 0; times < 60; times++) {
    const now = await strike('Tab');
    if (now.inDialog !== 'settings-title' && now.tag !== 'body') bare.push(`${now.at} is outside`);
    if (now.name === '' || !now.seen) bare.push(`${now.at} “${now.name}” ${now.seen}`);
  }
  assert.deepEqual(bare, []);
  void sections;
  await strike('Escape');
  await until('no settings', async () => !(await stage.app.has('#settings-title')));
  assert.equal((await focus()).at, 'settings');
});
