// Keys on Wayland: the desktop's real portal, with a stand-in behind it that catches keys, and with one that binds none; and a
// desktop that has no portal.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, test } from 'node:test';
import { matches, until } from './desk.mjs';
import { Stage, TARGET, WELCOMED, WILCO } from './stage.mjs';

const FAKE = '[portal]\nDBusName=org.freedesktop.impl.portal.desktop.fake\nInterfaces=org.freedesktop.impl.portal.GlobalShortcuts;\nUseIn=fake\n';

/** A desk whose programs believe in a Wayland that shows itself through X. */
const wayland = ({ desk }) => Object.assign(desk.env, { WAYLAND_DISPLAY: 'wayland-1', GDK_BACKEND: 'x11' });

let stage;
let desktop;
const proposed = [];
const PERSONAS = ['Ann', 'Bob', 'Cid', 'Dee'].map((name) => `[personas.${name}]\nprompt = "You are ${name}."\n`).join('');

/** The portal, and who catches keys behind it. */
const portal = (...options) => async ({ desk }) => {
  proposed.length = 0;
  wayland({ desk });
  const portals = join(dirname(desk.env.HOME), 'portals');
  mkdirSync(portals);
  writeFileSync(join(portals, 'fake.portal'), FAKE);
  Object.assign(desk.env, { XDG_DESKTOP_PORTAL_DIR: portals, XDG_CURRENT_DESKTOP: 'fake' });
  desktop = desk.start(join(TARGET, 'debug/examples/portal'), options, 'pipe', 'pipe');
  createInterface(desktop.stdout).on('line', (line) => proposed.push(line));
  await until('the desktop', () => proposed.includes('ready'));
  desk.start('/usr/libexec/xdg-desktop-portal', []);
  const owned = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.portal.Desktop'];
  await until('the portal', async () => (await desk.run('dbus-send', owned)).includes('true'));
};

before(async () => {
  stage = await Stage.open('portal', `[hotkeys]\ntalk = "Ctrl+Shift+Space"\nrepeat = "F8"\n${PERSONAS}${WELCOMED}`, portal());
}, { timeout: 60_000 });
after(() => stage?.close());
afterEach((context) => stage?.photograph(context.name));

// the driver takes a text whose box could cut it for hidden
const hint = ({ app }) => app.run('return document.querySelector("[data-testid=hint]").textContent');
const told = async ({ desk }) => JSON.parse(await desk.run(WILCO, ['status', '--json']));
const edge = (what) => desktop.stdin.write(`${what}\n`);

test('every key is proposed, in the portal\'s notation and the person\'s language', { timeout: 60_000 }, async () => {
  await until('proposals', () => proposed.length === 7);
  assert.deepEqual(proposed.slice(1, 3), ['talk CTRL+SHIFT+space Talk', 'other  Talk, the other way']);
  assert.ok(proposed.includes('repeat F8 Repeat the last reply'));
  await matches(() => hint(stage), /CTRL\+SHIFT\+space/);
  assert.equal((await told(stage)).key, 'CTRL+SHIFT+space');
});

test('a key that the desktop catches is held, talked into and let go', { timeout: 60_000 }, async () => {
  edge('down talk');
  await stage.becomes('listening');
  await stage.desk.speak('What time is it?');
  edge('up talk');
  await stage.reads('[data-testid=words]', /what time is it/i, 20_000);
  assert.equal(await stage.ends(), 'done');
});

test('a key that is held long acts once, and again at each tap, however fast', { timeout: 60_000 }, async () => {
  const held = ['down persona', 'down persona', 'down persona', 'up persona'];
  // with the usual one there are five, so the last tap is that of Bob
  const taps = Array(6).fill(['down persona', 'up persona']).flat();
  [...held, ...taps, 'down talk'].forEach(edge);
  // keys are heard in order
  await stage.becomes('listening');
  edge('up talk');
  await stage.becomes('ready');
  await stage.settings('persona');
  assert.equal(await stage.app.run('return document.querySelector("select:has(> [value=Bob])").value'), 'Bob');
  await stage.leaveSettings();
});

test('the settings show the keys that the desktop gave, and leave them to it', { timeout: 60_000 }, async () => {
  await stage.settings('keys');
  await until('the backend', () => stage.app.has('[data-backend=portal]'));
  assert.equal(await stage.app.text('[data-given=talk]'), 'CTRL+SHIFT+space');
  assert.equal(await stage.app.text('[data-given=repeat]'), 'F8');
  assert.equal(await stage.app.has('[data-key=talk]'), false);
  await stage.leaveSettings();
});

for (const [desktop, name, furnish] of [['without a portal', 'no-portal', wayland], ['where the portal binds no key', 'idle-portal', portal('--none')]]) {
  test(`${desktop} it is said what works instead`, { timeout: 60_000 }, async () => {
    const other = await Stage.open(name, WELCOMED, furnish);
    try {
      await until('the trouble', () => other.app.has('[data-testid=trouble][data-kind=hotkey]'));
      await matches(() => hint(other), /^Hold the button or the space bar$/);
      assert.equal((await told(other)).key, '');
      await other.settings('keys');
      await until('the backend', () => other.app.has('[data-backend=wayland]'));
    } finally {
      await other.close();
    }
  });
}
