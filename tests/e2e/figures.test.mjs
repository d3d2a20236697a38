// Figures in the real app: measured on real turns, led back from, and a limit that is kept.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { matches, until } from './desk.mjs';
import { ENTER, Stage } from './stage.mjs';

let stage;
let app;

before(async () => {
  stage = await Stage.open('figures');
  app = stage.app;
}, { timeout: 60_000 });

after(() => stage?.close());

afterEach((context) => stage.photograph(context.name));

const say = async (text) => {
  await app.type('#say', text + ENTER);
  await until('an end', () => app.run(`return [...document.querySelectorAll("[data-turn]")].some((one) => one.dataset.outcome === "done" && one.querySelector(".words")?.textContent.trim() === ${JSON.stringify(text)})`), 20_000);
};
const click = (css) => stage.press(css);
const text = (css) => app.run(`return document.querySelector(${JSON.stringify(css)})?.textContent ?? ""`);

test('real turns are measured', async () => {
  await click('input[name=mode][value=echo]');
  await say('the red lamp');
  await say('the green lamp');
  await click('#figures');
  await until('figures', () => app.has('[data-testid=p50]'));
  await matches(() => text('[data-testid=p50]'), /\d/);
  await matches(() => text('[data-testid=figures]'), /2 turns whose reply was heard/);
  assert.equal(await app.run('return document.querySelectorAll("[data-testid=slow]").length'), 2);
  assert.ok(await app.run('return [...document.querySelectorAll("[data-testid=stage] tbody tr")].length >= 2'));
});

test('a limit is kept', async () => {
  await app.run('const field = document.querySelector("[data-testid=costs] input[type=number]"); field.value = "7"; field.dispatchEvent(new Event("change", { bubbles: true })); return true');
  await until('the limit', () => app.has('[data-testid=costs] select'));
  assert.equal(await app.run('return document.querySelector("[data-testid=costs] input[type=number]").value'), '7');
});

test('a slow turn is led to', async () => {
  await click('[data-testid=slow]');
  await until('the page to close', async () => !(await app.has('[data-testid=figures]')));
  await matches(() => text('main'), /lamp/);
});
