// Keys and a real keyring: kept, locked, absent, or stopped in the middle; by terminal and by window. No key may ever
// be found in a file, and no keyring may hold the window.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Desk, until } from './desk.mjs';
import { Window } from './window.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target');
const WILCO = join(TARGET, 'debug/wilco');
const APP = process.env.WILCO_APP ?? join(TARGET, 'debug/wilco-app');

const CANARY = 'sk-canary-4f0c9a7be21d';
const OTHER = 'sk-canary-77d2e05519ac';
const CARD = '[data-engine=openai]';
const FIELD = `${CARD} input[type=password]`;
const RESULT = `${CARD} [data-testid=key-result]`;
const SESSION = `${CARD} form > .line:nth-of-type(2) .button:last-child`;

let desk;
let keyring;
let app;

before(async () => (desk = await Desk.open()), { timeout: 60_000 });
after(async () => {
  signal('SIGCONT');
  await app?.close().catch(() => {});
  desk?.close();
});

/** Runs `wilco` with `input` at its standard input. */
function wilco(args, input = '', env = {}) {
  const from = performance.now();
  return new Promise((done) => {
    const child = execFile(WILCO, args, { env: { ...desk.env, ...env } }, (error, stdout, stderr) => {
      done({ code: error?.code ?? 0, stdout, stderr, ms: performance.now() - from });
    });
    child.stdin.end(input);
  });
}

const signal = (name) => keyring?.pid && process.kill(keyring.pid, name);
const bus = (...args) => desk.run('dbus-send', ['--session', '--print-reply', ...args]);

async function startKeyring() {
  keyring = desk.start('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], undefined, 'pipe');
  keyring.stdin.end('a password');
  const owned = ['--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
  await until('the keyring', async () => (await bus(...owned)).includes('true'));
  await until('its collection', async () => (await desk.run('secret-tool', ['search', 'service', 'nobody'])) === '');
}

/** Every file of the desk that holds one of the keys, plain or encoded. */
function leaks() {
  const encoded = [CANARY, OTHER].flatMap((key) => {
    // base64 looks different at each of three places in a text
    const base64 = ['', 'x', 'xx'].map((before) => Buffer.from(before + key).toString('base64').slice(4, -4));
    return [key, Buffer.from(key).toString('hex'), encodeURIComponent(key), ...base64];
  });
  const files = readdirSync(dirname(desk.env.HOME), { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  assert.ok(files.length > 3, 'there is something to look at');
  return files.map((one) => join(one.parentPath, one.name)).filter((path) => {
    const text = readFileSync(path, 'latin1');
    return encoded.some((key) => text.includes(key));
  });
}

test('without a keyring the terminal says so and names the variable, which works', async () => {
  const { code, stderr } = await wilco(['key', 'set', 'openai'], CANARY);
  assert.equal(code, 1);
  assert.match(stderr, /no keyring.*WILCO_KEY_OPENAI/);
  const listed = await wilco(['key', 'list'], '', { WILCO_KEY_OPENAI: CANARY });
  assert.match(listed.stdout, /openai .*api\.openai\.com .*from the environment/);
  assert.equal((await wilco(['say', 'hello', '--out', join(desk.env.HOME, 'hello.wav')])).code, 0, 'engines here go on');
});

test('a key is kept in the keyring, listed without itself, and forgotten', { timeout: 60_000 }, async () => {
  await startKeyring();
  assert.equal((await wilco(['key', 'set', 'openai'], `${CANARY}\n`)).code, 0);
  const entry = ['lookup', 'service', 'app.wilco.wilco', 'username', 'openai@api.openai.com'];
  assert.equal(await desk.run('secret-tool', entry), CANARY);
  const listed = await wilco(['key', 'list']);
  assert.match(listed.stdout, /openai .*in the keyring/);
  assert.ok(!(listed.stdout + listed.stderr).includes(CANARY));
  assert.deepEqual(leaks(), []);
  assert.equal((await wilco(['key', 'forget', 'openai'])).code, 0);
  assert.match((await wilco(['key', 'list'])).stdout, /openai .*none/);
});

test('a stopped keyring is given up after three seconds', { timeout: 60_000 }, async () => {
  signal('SIGSTOP');
  const { code, stderr, ms } = await wilco(['key', 'set', 'openai'], CANARY);
  assert.equal(code, 1);
  assert.match(stderr, /did not answer within 3 s/);
  assert.ok(ms > 2900 && ms < 5000, `${ms} ms`);
});

test('a stopped keyring neither holds the window back nor stays untold', { timeout: 60_000 }, async () => {
  app = await Window.open(desk, APP);
  await until('the window', async () => (await app.attribute('#talk', 'data-state')) === 'ready', 20_000);
  await until('the trouble', () => app.has('[data-testid=trouble][data-kind=keyring_stuck]'));
});

test('a key that a stopped keyring does not take is used for this session, while the window lives', { timeout: 60_000 }, async (context) => {
  await app.click('#settings');
  await app.click(`${CARD} summary`);
  await app.type(FIELD, `${OTHER}\uE007`);
  const slow = [];
  await until('the answer', async () => {
    const from = performance.now();
    const answered = await app.has(RESULT);
    slow.push(performance.now() - from);
    return answered && (await app.attribute(RESULT, 'data-kind')) === 'keyring_stuck';
  });
  context.diagnostic(`the page answered within ${Math.max(...slow).toFixed()} ms`);
  assert.ok(Math.max(...slow) < 1000);
  await app.click(SESSION);
  await until('the session', async () => /for this session/.test(await app.text(`${CARD} [data-testid=key-state]`)));
});

test('a keyring that comes back takes the next key, and no file has ever held one', { timeout: 60_000 }, async () => {
  signal('SIGCONT');
  await app.type(FIELD, `${CANARY}\uE007`);
  await until('the kept key', async () => /kept/.test(await app.text(`${CARD} [data-testid=key-state]`)));
  assert.match((await wilco(['key', 'list'])).stdout, /openai .*in the keyring/);
  assert.deepEqual(leaks(), []);
});

test('a locked keyring is told', { timeout: 60_000 }, async () => {
  const lock = ['--dest=org.freedesktop.secrets', '/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.Lock'];
  await bus(...lock, 'array:objpath:/org/freedesktop/secrets/collection/login');
  const { code, stderr } = await wilco(['key', 'set', 'openai'], OTHER);
  assert.equal(code, 1);
  assert.match(stderr, /locked/);
  await app.type(FIELD, `${OTHER}\uE007`);
  await until('the answer', async () => (await app.attribute(RESULT, 'data-kind')) === 'keyring_locked');
  assert.deepEqual(leaks(), []);
});
