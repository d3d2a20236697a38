// Two people and one computer: one key turns my language into theirs, the other one theirs into mine. My words are heard by
// the engine here; a service that stands in hears theirs, for no engine here knows their language.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { matches, until } from './desk.mjs';
import { isSpeech } from './sound.mjs';
import { Stage, WELCOMED } from './stage.mjs';

const THEIRS = 'Buenos días, la estación está cerca.';

let stage;
let service;
/** What the service was sent, a body each. */
const uploads = [];

before(async () => {
  service = createServer((asked, answer) => {
    let body = '';
    asked.setEncoding('latin1').on('data', (bytes) => (body += bytes)).on('end', () => {
      if (asked.method === 'POST') uploads.push(body);
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify(asked.method === 'POST' ? { text: THEIRS } : { data: [] }));
    });
  });
  await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve));
  const settings = `mode = "translate"
[providers]
hear = ["pocketsphinx", "speaches"]
translate = ["apertium"]
[accounts.speaches]
base_url = "http://127.0.0.1:${service.address().port}"
[hotkeys]
other = "F8"
${WELCOMED}`;
  stage = await Stage.open('translate', settings);
}, { timeout: 60_000 });

after(async () => {
  await stage?.close();
  service?.closeAllConnections();
  service?.close();
});
afterEach((context) => stage?.photograph(context.name));

const words = () => stage.app.text('[data-testid=words]');
const reply = () => stage.app.text('[data-testid=reply]');
const heard = (from) => stage.desk.ear.between(from, stage.desk.ear.until);

test('my key: English in, Spanish out', { timeout: 60_000 }, async () => {
  const released = await stage.hold('F9', 'What time is it?');
  await matches(words, /what time is it/i);
  await matches(reply, /qué|hora/i);
  assert.ok(isSpeech(heard(released), stage.desk.ear.rate), 'it is heard');
  assert.equal(uploads.length, 0, 'nothing left this computer');
});

test('their key: Spanish in, English out', { timeout: 60_000 }, async () => {
  const released = await stage.hold('F8', 'Buenos dias, la estacion esta cerca.');
  assert.equal(await words(), THEIRS);
  await matches(reply, /good.*near/i);
  assert.ok(isSpeech(heard(released), stage.desk.ear.rate), 'it is heard');
  assert.equal(uploads.length, 1);
  assert.match(uploads[0], /name="language"\r\n\r\nes\r\n/);
});

test('my key again: the languages are as they were', { timeout: 60_000 }, async () => {
  await stage.hold('F9', 'What time is it?');
  await matches(reply, /qué|hora/i);
  assert.equal(uploads.length, 1);
  assert.equal(await stage.app.has('[data-testid=trouble]'), false);
});

test('the swap in the header turns them for both keys', { timeout: 60_000 }, async () => {
  const languages = () => stage.app.run('return [...document.querySelectorAll("header select")].map((one) => one.value).join()');
  assert.equal(await languages(), 'en,es');
  await stage.app.click('#swap');
  await until('the swap', async () => (await languages()) === 'es,en');
  await stage.hold('F8', 'What time is it?');
  await matches(reply, /qué|hora/i);
});
