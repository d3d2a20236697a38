// Figures in the real app: measured on real turns, led back from, and a limit that is kept.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Desk, until } from './desk.mjs';
import { Window } from './window.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target');
const APP = process.env.WILCO_APP ?? join(TARGET, 'debug/wilco-app');
const RESULTS = join(TARGET, 'e2e');

const ENTER = '\uE007';

let desk;
let app;

before(async () => {
  mkdirSync(RESULTS, { recursive: true });
  desk = await Desk.open(join(RESULTS, 'figures.log'));
  app = await Window.open(desk, APP);
  await until('a window', () => app.has('#say'), 20_000);
}, { timeout: 60_000 });

after(async () => {
  await app?.close().catch(() => {});
  desk?.close();
});

afterEach(async (context) => {
  writeFileSync(join(RESULTS, `figures-${context.name.replaceAll(/\W+/g, '-')}.png`), await app.picture());
});

const say = async (text) => {
  await app.type('#say', text + ENTER);
  await until('an end', () => app.run(`return [...document.querySelectorAll("[data-turn]")].some((one) => one.dataset.outcome === "done" && one.querySelector(".words")?.textContent.trim() === ${JSON.stringify(text)})`), 20_000);
};
const click = (css) => app.run(`document.querySelector(${JSON.stringify(css)}).click(); return true`);
const text = (css) => app.run(`return document.querySelector(${JSON.stringify(css)})?.textContent ?? ""`);

test('real turns are measured', async () => {
  await click('input[name=mode][value=echo]');
  await say('the red lamp');
  await say('the green lamp');
  await click('#figures');
  await until('figures', () => app.has('[data-testid=p50]'));
  assert.match(await text('[data-testid=p50]'), /\d/);
  assert.match(await text('[data-testid=figures]'), /2 turns whose reply was heard/);
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
  assert.match(await text('main'), /lamp/);
});
