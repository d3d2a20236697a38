// The shell around the window: remote control, tray, overlay and keys, on a desktop that has a tray.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname, join, resolve } from 'node:path';
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
  await desk.photograph(RESULTS, context.name);
});

const wilco = (...args) => desk.run(WILCO, args);
/** Its window as the window manager knows it; the icon in the tray has that name, too. */
const shown = async () => (await desk.run('wmctrl', ['-l'])).split('\n').filter((line) => / Wilco$/.test(line)).map((line) => String(parseInt(line, 16)));
const state = () => app.attribute('#talk', 'data-state');
const becomes = (wanted, ms = 30_000) => until(`the state ${wanted}`, async () => (await state()) === wanted, ms);
const socket = () => join(desk.env.XDG_RUNTIME_DIR, 'wilco/app.sock');

/** X windows by what they are called, those that are on the screen. */
const visible = async (name) => (await desk.run('xdotool', ['search', '--onlyvisible', '--name', name]).catch(() => '')).split('\n').filter(Boolean);

/** The lines of the tray's menu as a panel reads them, each with its number: a menu that is drawn anew has others. */
async function menu() {
  const ask = (to, path, method, ...what) => desk.run('dbus-send', ['--session', '--print-reply', '--reply-timeout=2000', `--dest=${to}`, path, method, ...what]);
  const names = await ask('org.freedesktop.DBus', '/', 'org.freedesktop.DBus.ListNames');
  for (const [, name] of names.matchAll(/"(:[\d.]+)"/g)) {
    const icons = '/org/ayatana/NotificationItem';
    const told = await ask(name, icons, 'org.freedesktop.DBus.Introspectable.Introspect').catch(() => '');
    const icon = /node name="(\w*wilco)"/.exec(told)?.[1];
    if (!icon) continue;
    const layout = await ask(name, `${icons}/${icon}/Menu`, 'com.canonical.dbusmenu.GetLayout', 'int32:0', 'int32:-1', 'array:string:label');
    const lines = [...layout.matchAll(/int32 (\d+)\s+array \[(?:\s+dict entry\(\s+string "label"\s+variant\s+string "([^"]*)")?/g)];
    return lines.slice(1).map(([, number, text]) => ({ number, text }));
  }
  return [];
}

const says = (what) => until(`the menu says ${what}`, async () => what.test((await menu())[0]?.text ?? ''), 4000);

/** Closes the window as its cross does, which leaves it in the tray. */
async function close() {
  const [window] = await shown();
  await desk.run('wmctrl', ['-i', '-c', `0x${Number(window).toString(16)}`]);
  await until('no window', async () => (await shown()).length === 0);
}

test('the terminal holds the key, lets go, asks, and is told how things are', { timeout: 120_000 }, async () => {
  await wilco('press');
  await becomes('listening');
  await desk.speak('What time is it?');
  await wilco('release');
  await until('the reply', async () => /\d/.test(await app.text(REPLY)), 30_000);
  await becomes('ready');
  await wilco('toggle');
  await becomes('listening');
  await wilco('cancel');
  await becomes('ready');
  await wilco('ask', 'What is 12 times 9?');
  await until('the answer', async () => /108/.test(await app.run('return document.body.innerText')));
  await wilco('cancel');
  const status = JSON.parse(await wilco('status', '--json'));
  assert.equal(status.key, 'F9');
  assert.equal(status.muted, false);
});

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

test('a second start shows the first within a second, and a link only fills the text box', { timeout: 60_000 }, async (context) => {
  const from = performance.now();
  await desk.run(APP, ['wilco://say?text=what%20is%202%20plus%202%3F']);
  await until('the words', async () => (await app.run("return document.querySelector('#say').value")) === 'what is 2 plus 2?');
  const took = performance.now() - from;
  context.diagnostic(`second start to words in the box: ${Math.round(took)} ms`);
  assert.ok(took < 1000, `${took} ms`);
  assert.equal(await state(), 'ready', 'nothing is asked without the person');
});

test('replies that are muted are shown and not heard', { timeout: 60_000 }, async () => {
  await app.run("return document.querySelector('#say').value = ''");
  await wilco('cancel');
  const from = performance.now();
  await app.order({ do: 'set', key: 'voice.muted', value: 'true' });
  await wilco('ask', 'What is 7 times 8?');
  await until('the answer', async () => /56/.test(await app.run('return document.body.innerText')));
  await becomes('ready');
  assert.equal(desk.ear.between(from + 500, desk.ear.until).some((sample) => Math.abs(sample) > 300), false, 'silence');
  await app.order({ do: 'set', key: 'voice.muted', value: 'false' });
});

test('the overlay is seen while the key is held and while it speaks, and takes no focus', { timeout: 120_000 }, async (context) => {
  const overlay = async () => (await visible('^Wilco overlay$')).length === 1;
  await until('no overlay while nothing goes on', async () => !(await overlay()), 4000);
  const [window] = await shown();
  await desk.run('xdotool', ['windowfocus', '--sync', window]);
  const pressed = desk.key('down', 'F9');
  await until('the overlay', overlay, 1000);
  context.diagnostic(`press to overlay: under ${Math.round(performance.now() - pressed)} ms`);
  await desk.speak('What time is it?');
  assert.equal((await desk.run('xdotool', ['getwindowfocus'])).trim(), window, 'the focus stays');
  await desk.photograph(RESULTS, 'the overlay listens');
  desk.key('up', 'F9');
  await becomes('speaking');
  assert.equal(await overlay(), true);
  await desk.photograph(RESULTS, 'the overlay speaks');
  await becomes('ready');
  await desk.photograph(RESULTS, 'the overlay lingers');
  await until('no overlay', async () => !(await overlay()), 4000);
  await app.order({ do: 'set', key: 'appearance.overlay', value: 'false' });
  await until('no window of it at all', async () => (await desk.run('xdotool', ['search', '--name', '^Wilco overlay$']).catch(() => '')) === '');
  await app.order({ do: 'set', key: 'appearance.overlay', value: 'true' });
});

test('the other key turns the languages round, and cancel is grabbed only while something goes on', { timeout: 60_000 }, async () => {
  for (const [key, value] of [['mode', 'translate'], ['languages.mine', 'es'], ['languages.theirs', 'en'], ['hotkeys.other', 'F8'], ['hotkeys.cancel', 'F7'], ['hotkeys.show', 'F6']]) {
    await app.order({ do: 'set', key, value });
  }
  const taken = async (key) => (await app.invoke('try_key', { key })) === 'taken';
  await until('the other key', () => taken('F8'));
  assert.equal(await taken('F7'), false, 'nothing goes on');
  desk.key('down', 'F8');
  await becomes('listening');
  await until('the cancel key', () => taken('F7'));
  desk.key('down', 'F7');
  desk.key('up', 'F7');
  await becomes('ready');
  desk.key('up', 'F8');
  await until('the cancel key is free', async () => !(await taken('F7')));
  assert.equal(await app.invoke('try_key', { key: 'KeyA' }), 'typed');
  assert.equal(await app.invoke('try_key', { key: 'Ctrl' }), 'no_key');
  assert.equal(await app.invoke('key_backend', {}), 'x11');
  for (const [key, value] of [['mode', 'chat'], ['languages.mine', 'en'], ['languages.theirs', 'es']]) await app.order({ do: 'set', key, value });
});

test('a key is chosen by pressing it, and tried: press and release are seen, nothing is recorded', { timeout: 120_000 }, async () => {
  const [window] = await shown();
  await desk.run('xdotool', ['windowfocus', '--sync', window]);
  await app.click('#settings');
  await app.run("return document.querySelector('[data-section=keys]').click()");
  await until('the keys', () => app.has('[data-key=repeat]'));
  const choose = () => app.run("document.querySelector('[data-key=repeat]').click()");
  await choose();
  await until('it listens', () => app.has('[data-key=repeat].recording'));
  desk.key('down', 'F9');
  desk.key('up', 'F9');
  await until('it is refused', () => app.has('.refusal'));
  await choose();
  await until('it listens', () => app.has('[data-key=repeat].recording'));
  desk.key('down', 'F5');
  desk.key('up', 'F5');
  await until('it is taken', async () => (await app.text('[data-key=repeat]')) === 'F5');
  await app.run("document.querySelector('[data-testid=try-keys]').click()");
  desk.key('down', 'F9');
  await until('the press', async () => /pressed/.test(await app.text('[data-testid=tried]')));
  assert.equal(await state(), 'ready', 'nothing is recorded');
  desk.key('up', 'F9');
  await until('the release', async () => /let go after/.test(await app.text('[data-testid=tried]')));
  await app.run("return document.querySelector('[data-testid=try-keys]').scrollIntoView()");
  await desk.photograph(RESULTS, 'keys are tried');
  await app.run("document.querySelector('[data-testid=try-keys]').click()");
  await app.run("return document.querySelector('dialog').close()");
  await wilco('ask', 'What is 3 plus 4?');
  await until('the answer', async () => /7/.test(await app.text(REPLY)));
  await becomes('ready');
  desk.key('down', 'F5');
  desk.key('up', 'F5');
  await becomes('speaking');
  await wilco('cancel');
  await becomes('ready');
});

test('the start at login is written and taken back', async () => {
  const file = join(desk.env.XDG_CONFIG_HOME, 'autostart/Wilco.desktop');
  await app.order({ do: 'set', key: 'appearance.autostart', value: 'true' });
  await until('the file', () => existsSync(file));
  assert.match(readFileSync(file, 'utf8'), /Exec=.*wilco-app --hidden/);
  await app.order({ do: 'set', key: 'appearance.autostart', value: 'false' });
  await until('no file', () => !existsSync(file));
  rmSync(dirname(file), { recursive: true });
  writeFileSync(dirname(file), 'in the way');
  await app.order({ do: 'set', key: 'appearance.autostart', value: 'true' });
  await until('the trouble', () => app.has('[data-testid=trouble][data-kind=bad_setting]'));
  rmSync(dirname(file));
  await app.order({ do: 'set', key: 'appearance.autostart', value: 'false' });
  // a press says that it was seen
  await wilco('press');
  await wilco('cancel');
  await wilco('release');
  await becomes('ready');
});

test('the menu of the tray says what goes on, and stays open meanwhile', { timeout: 60_000 }, async () => {
  const numbers = (lines) => lines.map(({ number }) => number);
  await says(/F9/);
  const before = await menu();
  desk.key('down', 'F9');
  await says(/Listening/);
  assert.deepEqual(numbers(await menu()), numbers(before));
  await wilco('cancel');
  desk.key('up', 'F9');
  await says(/F9/);
  assert.deepEqual(numbers(await menu()), numbers(before));
  await app.order({ do: 'set', key: 'mode', value: 'echo' });
  await until('another menu', async () => (await menu())[0]?.number !== before[0].number);
  await app.order({ do: 'set', key: 'mode', value: 'chat' });
});

test('the tray has an icon, and closing hides the window in it', { timeout: 60_000 }, async () => {
  assert.ok((await shown()).length, 'the window is there');
  await close();
  assert.equal(JSON.parse(await wilco('status', '--json')).state, 'ready', 'it still runs');
  await desk.photograph(RESULTS, 'hidden in the tray');
  await wilco('show');
  await until('the window', async () => (await shown()).length === 1);
});

test('keys that are tried do their work again once the window is closed', { timeout: 60_000 }, async () => {
  await app.click('#settings');
  await app.run("return document.querySelector('[data-section=keys]').click()");
  await until('the keys', () => app.has('[data-testid=try-keys]'));
  await app.run("document.querySelector('[data-testid=try-keys]').click()");
  desk.key('down', 'F9');
  desk.key('up', 'F9');
  await until('the press', async () => /let go after/.test(await app.text('[data-testid=tried]')));
  await close();
  desk.key('down', 'F9');
  await until('the microphone', async () => JSON.parse(await wilco('status', '--json')).state === 'listening');
  await wilco('cancel');
  desk.key('up', 'F9');
  await wilco('show');
});

// the last: whoever sends a notification keeps a line to the bus that answers nobody, and `menu` would ask it
test('a key that another program holds is told by tray and notification, until another is chosen', { timeout: 60_000 }, async () => {
  const choose = (key) => app.order({ do: 'set', key: 'hotkeys.talk', value: key });
  const [window] = await shown();
  let notices = '';
  const bus = desk.start('dbus-monitor', ['--session', "interface='org.freedesktop.Notifications',member='Notify'"], 'pipe');
  bus.stdout.on('data', (text) => (notices += text));
  await until('the ear on the bus', () => notices.includes('NameAcquired'));
  await choose('Alt+F4'); // the window manager's
  await says(/went wrong/);
  await choose('F9');
  await says(/F9/);
  await desk.run('xdotool', ['windowminimize', '--sync', window]);
  assert.ok(!notices.includes('A key cannot be used'), 'the window said so');
  await choose('Alt+F4');
  await until('a notification', () => notices.includes('A key cannot be used'));
  bus.kill('SIGKILL'); // it is on the bus and answers nobody
  await choose('F9');
  await wilco('show');
});
