// Conversations in the real app: begun, left, gone on with, found, named, deleted. And texts that want to be more than
// text, through the real web view.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { HOSTILE } from '../../ui/test/hostile.js';
import { until } from './desk.mjs';
import { ENTER, ESCAPE, Stage } from './stage.mjs';

let stage;
let app;

before(async () => {
  stage = await Stage.open('history');
  app = stage.app;
}, { timeout: 60_000 });

after(() => stage?.close());

afterEach((context) => stage.photograph(context.name));

const say = async (text) => {
  await app.type('#say', text + ENTER);
  await until(`the words ${text}`, async () => (await words()).at(-1) === text);
  await until('an end', () => app.run('return document.querySelector("[data-turn]:last-of-type, li:last-child > [data-turn]")?.dataset.outcome !== undefined'), 20_000);
};
const words = () => app.run('return [...document.querySelectorAll(".words")].map((one) => one.textContent.trim())');
const click = (css) => stage.press(css);
const rows = () => app.run('return [...document.querySelectorAll("[data-testid=conversation] .title")].map((one) => one.textContent)');
const list = async () => {
  if (!(await app.has('[data-testid=new-conversation]'))) await click('#history');
  await until('the list', () => app.has('[data-testid=new-conversation]'));
};

test('a conversation is left, another begun, and the first gone on with', async () => {
  await click('input[name=mode][value=echo]');
  await say('the red lamp');
  await say('the green lamp');
  await list();
  await click('[data-testid=new-conversation]');
  await until('a new conversation', async () => (await words()).length === 0);
  await say('a blue door');
  await list();
  await until('both in the list', async () => (await rows()).join() === 'a blue door,the red lamp');
  await app.run('document.querySelectorAll("[data-testid=conversation] .open")[1].click(); return true');
  await until('the first again', async () => (await words()).join() === 'the red lamp,the green lamp');
  await say('the third lamp');
  // what is scrolled away is not in the page
  assert.deepEqual((await words()).slice(-2), ['the green lamp', 'the third lamp']);
});

test('what was said is found, whichever conversation it is in', async () => {
  await list();
  await app.type('#search', 'blue');
  await until('what was searched for', async () => (await app.run('return [...document.querySelectorAll("mark")].map((one) => one.textContent)')).join() === 'blue');
  await click('[data-testid=found]');
  await until('its conversation', async () => (await words()).join() === 'a blue door');
});

test('a conversation is named and deleted', async () => {
  await list();
  await click('[data-testid=conversation] [aria-label=Rename]');
  await app.type('[data-testid=conversation] input', `Lamps${ENTER}`);
  await until('its name', async () => (await rows())[0] === 'Lamps');
  await app.run('document.querySelectorAll("[data-testid=conversation]")[1].querySelector("[aria-label=Delete]").click(); return true');
  await until('the question', () => app.has('[data-testid=delete-conversation]'));
  await click('[data-testid=delete-conversation]');
  await until('one less', async () => (await rows()).length === 1);
  await app.run('document.querySelector("dialog[open]")?.close(); return true');
});

test(`${HOSTILE.length} hostile texts stay texts`, { timeout: 300_000 }, async () => {
  await app.run('window.asked = []; new PerformanceObserver((list) => list.getEntries().forEach((one) => window.asked.push(one.name))).observe({ type: "resource" }); return true');
  for (const text of HOSTILE.filter((text) => text.trim() !== '')) {
    const before = await app.run('return Math.max(0, ...[...document.querySelectorAll("[data-turn]")].map((one) => Number(one.dataset.turn)))');
    const order = JSON.stringify({ command: { do: 'say', text: text.toWellFormed() } });
    await app.run(`window.__TAURI_INTERNALS__.invoke("order", ${order}); return true`);
    await until('its reply', () => app.run(`return Number(document.querySelector("[data-testid=reply]")?.closest("[data-turn]").dataset.turn) > ${before}`), 20_000);
  }
  const found = await app.run(`
    const bad = "body script, iframe, object, embed, img, video, audio, form[action], base, meta[http-equiv], a[href]:not(.skip), [onerror], [onload], [onclick]";
    return { bad: [...document.querySelectorAll(bad)].map((one) => one.outerHTML.slice(0, 99)), hacked: window.hacked ?? null, asked: window.asked.filter((name) => !name.startsWith(location.origin) && !name.startsWith("ipc:")), title: document.title, at: location.pathname }`);
  assert.deepEqual(found, { bad: [], hacked: null, asked: [], title: 'Wilco', at: '/' });
  await app.type('#say', ESCAPE);
});
