// What is kept: a turn that nobody could hear is tried again from the list of conversations, days or a restart later; and
// everything is deleted when the person says so, on the screen and on the disk; what was taken out before comes back.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { until } from './desk.mjs';
import { isSpeech } from './sound.mjs';
import { ENTER, Stage, WELCOMED } from './stage.mjs';

const WORD = 'heliotrope'; // said nowhere else

const SAID = 'Buenos días a todos.';

let stage;
let service;
let broken = true;

// The only one here who knows Spanish is a service that stands in, and that is out of order at first.
before(async () => {
  service = createServer((asked, answer) => {
    asked.resume().on('end', () => {
      answer.statusCode = broken ? 503 : 200;
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify(broken ? { error: { message: 'out of order' } } : { text: SAID }));
    });
  });
  await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve));
  const there = `http://127.0.0.1:${service.address().port}`;
  stage = await Stage.open('keeping', `mode = "echo"\n[languages]\nmine = "es"\n[providers]\nhear = ["speaches"]\n[accounts.speaches]\nbase_url = "${there}"\n${WELCOMED}`);
}, { timeout: 60_000 });

after(async () => {
  await stage?.close();
  service?.closeAllConnections();
  service?.close();
});
afterEach((context) => stage?.photograph(context.name));

const journal = () => (existsSync(join(stage.data, 'journal')) ? readdirSync(join(stage.data, 'journal')) : []);
const rows = () => stage.app.run('return [...document.querySelectorAll("[data-testid=conversation]")].length');
const list = async () => {
  if (!(await stage.app.has('[data-testid=new-conversation]'))) await stage.press('#history');
  await until('the list', () => stage.app.has('[data-testid=new-conversation]'));
};

/** Every file of the person in which `text` is found. */
function holding(text) {
  const roots = [stage.data, join(stage.desk.env.XDG_CACHE_HOME, 'app.wilco.wilco')].filter(existsSync);
  const files = roots.flatMap((root) => readdirSync(root, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  return files.map((one) => join(one.parentPath, one.name)).filter((path) => readFileSync(path, 'latin1').includes(text));
}

test('what nobody could hear is kept, and says so', { timeout: 60_000 }, async () => {
  await stage.hold('F9', 'What time is it?');
  assert.equal(await stage.ends(), 'saved_for_retry');
  await stage.reads('[data-testid=outcome]', /recording is kept/i);
  assert.ok(await stage.app.has('[data-testid=retry]'), 'it can be tried again');
  assert.equal(journal().length, 1, 'one recording');
});

test('from the list, after another conversation, it is tried again and answered', { timeout: 60_000 }, async () => {
  await list();
  await stage.press('[data-testid=new-conversation]');
  await until('an empty one', async () => (await stage.lastTurn()) === 0);
  await stage.ask('algo diferente');
  broken = false;
  await list();
  await until('both', async () => (await rows()) === 2);
  await stage.app.run('document.querySelectorAll("[data-testid=conversation] .open")[1].click(); return true');
  await until('the first', () => stage.app.has('[data-testid=retry]'));
  const from = performance.now();
  await stage.press('[data-testid=retry]');
  await stage.reads('[data-testid=words]', /Buenos días/, 30_000);
  await until('a voice', () => isSpeech(stage.desk.ear.between(from, stage.desk.ear.until), stage.desk.ear.rate), 20_000);
  await stage.becomes('ready');
  await stage.reads('[data-testid=reply]', /Buenos días/);
  assert.equal(await stage.app.has('[data-testid=retry]'), false, 'it is done');
});

let taken;

test('everything is taken out', { timeout: 60_000 }, async () => {
  await stage.ask(`remember the word ${WORD}`);
  await stage.settings('privacy');
  await stage.press('section[data-line="Take it with you"] button');
  await stage.reads('[data-testid=privacy-result]', /Written to/);
  taken = (await stage.app.text('[data-testid=privacy-result]')).replace(/^.*?(?=\/)/, '');
  assert.match(readFileSync(taken, 'utf8'), new RegExp(WORD));
  const logs = readdirSync(join(stage.data, 'logs')).map((name) => readFileSync(join(stage.data, 'logs', name), 'utf8')).join('');
  assert.match(logs, /turn failed/, 'what happened is written down');
  assert.ok(!logs.includes(WORD) && !logs.includes('Buenos'), 'and not what was said');
  await stage.leaveSettings();
});

test('whoever helps is told how it went, and no word of it', { timeout: 60_000 }, async () => {
  await stage.settings('about');
  await stage.press('[data-testid=support]');
  await stage.reads('section:last-of-type [role=status]', /Written to/);
  const path = (await stage.app.text('section:last-of-type [role=status]')).replace(/^.*?(?=\/)/, '');
  const told = readFileSync(path, 'utf8');
  assert.equal(JSON.parse(told).turn.outcome, 'done');
  assert.ok(JSON.parse(told).log.some((line) => line.includes('turn failed')));
  assert.ok(!told.includes(WORD) && !told.includes('Buenos'));
  await stage.leaveSettings();
});

test('everything is deleted once the word is typed: on the screen, in every file', { timeout: 60_000 }, async () => {
  assert.notDeepEqual(holding(WORD), [], 'it is kept until then');
  await stage.settings('privacy');
  const button = 'section[data-line="Delete everything"] button';
  const field = 'section[data-line="Delete everything"] input';
  assert.equal(await stage.app.run(`return document.querySelector('${button}').disabled`), true, 'not by a click alone');
  await stage.app.type(field, 'delet' + ENTER);
  assert.ok(journal().length > 0, 'nor by half of the word');
  await stage.app.type(field, 'e');
  await stage.press(button);
  await stage.reads('[data-testid=privacy-result]', /deleted/i);
  assert.deepEqual(journal(), []);
  assert.deepEqual(holding(WORD), []);
  await stage.leaveSettings();
  await until('an empty window', async () => (await stage.lastTurn()) === 0);
  await list();
  await until('an empty list', async () => (await rows()) === 0);
  assert.match(readFileSync(stage.settingsFile, 'utf8'), /speaches/, 'the settings stay');
});

test('after that it talks as before', { timeout: 60_000 }, async () => {
  await stage.app.run('document.querySelector("dialog[open]")?.close(); return true');
  await stage.ask('otra vez');
  await stage.reads('[data-testid=reply]', /otra vez/);
  await list();
  await until('one again', async () => (await rows()) === 1);
});

test('what was taken out comes back from its file, once', { timeout: 60_000 }, async () => {
  await stage.app.run('document.querySelector("dialog[open]")?.close(); return true');
  await stage.settings('privacy');
  for (const fresh of [3, 0]) {
    await stage.app.type('[data-testid=import]', taken);
    await stage.reads('[data-testid=privacy-result]', new RegExp(`New turns taken: ${fresh}`));
  }
  await stage.leaveSettings();
  assert.notDeepEqual(holding(WORD), []);
});
