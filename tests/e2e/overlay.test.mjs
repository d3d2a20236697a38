// The overlay as it is on the screen: drawn at its first showing, by a desktop that draws windows through and by one that
// does not; its corners show what is behind it, and no box stands around it. Without a graphics card nothing imitates one.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, test } from 'node:test';
import { mentioning, until } from './desk.mjs';
import { pixels } from './screen.mjs';
import { Stage } from './stage.mjs';

const BEHIND = [128, 128, 128]; // what the compositor lays where nothing is
const BLACK = [0, 0, 0];
const RAISED = [255, 253, 249]; // a token of the look
const DRAWN_MS = 3000; // on a loaded machine; what it took is told

let stage;
afterEach(() => stage?.close());

const overlay = () => stage.desk.place('^Wilco overlay$');

const card = existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));

const near = (one, other, by = 8) => one.every((part, at) => Math.abs(part - other[at]) <= by);

/** Of the overlay as it is on the screen: the share of black, the commonest colour and its share, the corners. */
async function look() {
  const box = await overlay();
  const { width, height } = box;
  const pixel = await pixels(stage.desk.env.DISPLAY, box);
  const counts = new Map();
  let [black, count] = [0, 0];
  for (let row = 0; row < height; row += 2) {
    for (let column = 0; column < width; column += 2) {
      const now = pixel(column, row);
      count++;
      if (near(now, BLACK)) black++;
      counts.set(now.join(), (counts.get(now.join()) ?? 0) + 1);
    }
  }
  const [colour, times] = [...counts].sort((one, other) => other[1] - one[1])[0];
  const corners = [pixel(1, 1), pixel(width - 2, 1), pixel(1, height - 2), pixel(width - 2, height - 2)];
  return { black: black / count, main: colour.split(',').map(Number), share: times / count, corners };
}

for (const [desktop, composites] of [['nobody draws windows through', false], ['windows are drawn through', true]]) {
  test(`where ${desktop} it is drawn at its first showing`, { timeout: 90_000 }, async (context) => {
    stage = await Stage.open(`overlay-${composites}`, '[appearance]\nwelcomed = true\ntheme = "light"\n', async ({ desk }) => {
      if (!composites) return;
      desk.start('xcompmgr', ['-n']);
      await pause(500);
    });
    // away from what is looked at
    await stage.desk.run('xdotool', ['search', '--onlyvisible', '--name', '^Wilco$', 'windowmove', '0', '0', 'windowsize', '500', '500']);
    for (let round = 1; round <= 3; round++) {
      await pause(1500);
      const pressed = stage.desk.key('down', 'F9');
      await until('the overlay', overlay, 5000);
      let seen;
      await until('its colours', async () => {
        seen = await look();
        return seen.black < 0.03 /* its last row may come late */ && seen.share > 0.4 && near(seen.main, RAISED);
      }, DRAWN_MS).catch(() => assert.fail(`round ${round}: ${JSON.stringify(seen)}`));
      context.diagnostic(`round ${round}: seen ${Math.round(performance.now() - pressed)} ms after the press`);
      const expected = composites ? BEHIND : seen.corners[0];
      for (const corner of seen.corners) assert.ok(near(corner, expected) && !near(corner, BLACK), `round ${round}: a corner is ${corner}`);
      stage.desk.key('up', 'F9');
      await stage.becomes('ready');
      await until('no overlay', async () => !(await overlay()), 5000);
    }
  });
}

test('no software renderer is loaded into the app', { skip: card && 'there is a graphics card' }, async () => {
  stage = await Stage.open('overlay-plain', '[appearance]\nwelcomed = true\n');
  const app = mentioning(stage.desk.env.XDG_RUNTIME_DIR).find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'wilco-app\n');
  const loaded = readFileSync(`/proc/${app}/maps`, 'utf8');
  const libraries = new Set(loaded.match(/(?<=\/)(libwebkit2gtk|libLLVM|swrast_dri)/g));
  assert.deepEqual([...libraries], ['libwebkit2gtk']);
});
