// A desk with the app on it, and the words in which the journeys speak of it. Its own file because every journey begins
// the same way; it judges nothing.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Desk, matches, until } from './desk.mjs';
import { audibleSeconds } from './sound.mjs';
import { Window } from './window.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target');
export const APP = process.env.WILCO_APP ?? join(TARGET, 'debug/wilco-app');
export const WILCO = process.env.WILCO ?? join(TARGET, 'debug/wilco');
export const ENTER = '\uE007';
export const ESCAPE = '\uE00C';
/** What the first steps leave behind; without it they stand before everything else. */
export const WELCOMED = '[appearance]\nwelcomed = true\n';

export class Stage {
  /** Opens a desk, lets `furnish` bring what is needed, gives the app its `settings` and starts it. */
  static async open(name, settings = WELCOMED, furnish = async () => {}) {
    const stage = new Stage();
    stage.results = join(TARGET, 'e2e', name);
    mkdirSync(stage.results, { recursive: true });
    stage.desk = await Desk.open(join(stage.results, 'log'));
    try {
      await furnish(stage);
      writeFileSync(stage.settingsFile, typeof settings === 'function' ? settings(stage) : settings);
      stage.app = await Window.open(stage.desk, APP);
      await stage.becomes('ready', 20_000);
    } catch (error) {
      await stage.close();
      throw error;
    }
    return stage;
  }

  get settingsFile() {
    return join(this.desk.env.XDG_CONFIG_HOME, 'app.wilco.wilco/settings.toml');
  }

  get data() {
    return join(this.desk.env.XDG_DATA_HOME, 'app.wilco.wilco');
  }

  state() {
    return this.app.attribute('#talk', 'data-state');
  }

  becomes(wanted, ms = 30_000) {
    return until(`the state ${wanted}`, async () => (await this.state()) === wanted, ms);
  }

  /** Waits until `pattern` is in the text of `css`. */
  reads(css, pattern, ms) {
    return matches(() => this.app.text(css), pattern, ms);
  }

  /** Holds `key` while `text` is said, and waits for the end of the turn. Gives the time of the release. */
  async hold(key, text) {
    this.desk.key('down', key);
    await this.becomes('listening');
    await this.desk.speak(text);
    const released = this.desk.key('up', key);
    await until('the end of listening', async () => (await this.state()) !== 'listening');
    await this.becomes('ready');
    return released;
  }

  /** Types `text`, sends it, and waits for the end of the turn. */
  async ask(text) {
    const before = await this.lastTurn();
    await this.app.type('#say', text + ENTER);
    await until('a turn', async () => (await this.lastTurn()) > before);
    await this.ends();
  }

  /** The number of the last turn on screen, 0 where there is none. */
  lastTurn() {
    return this.app.run('return Math.max(0, ...[...document.querySelectorAll("[data-turn]")].map((one) => Number(one.dataset.turn)))');
  }

  /** Waits until the last turn has an outcome, and gives that. */
  ends() {
    return until('an outcome', () => this.app.run('return [...document.querySelectorAll("[data-turn]")].at(-1)?.dataset.outcome'), 30_000);
  }

  /** Clicks by script: for what a pointer would have to be moved over first. */
  press(css) {
    return this.app.run(`document.querySelector(${JSON.stringify(css)}).click(); return true`);
  }

  /** Chooses the option whose text has `words` in it, as a person does in a list. */
  choose(css, words) {
    return this.app.run(`
      const list = document.querySelector(${JSON.stringify(css)});
      const option = [...list.options].find((one) => one.text.includes(${JSON.stringify(words)}));
      if (!option) return false;
      list.value = option.value;
      list.dispatchEvent(new Event("change", { bubbles: true }));
      return true`);
  }

  /** Opens the settings at `section`, by whichever way the window's width offers. */
  async settings(section) {
    if (!(await this.app.has('#settings-title'))) await this.app.click('#settings');
    await until('the settings', () => this.app.has('#settings-title'));
    await this.press(`[data-section=${section}]`);
  }

  async leaveSettings() {
    await this.app.run('document.querySelector("dialog[open]")?.close(); return true');
    await until('no settings', async () => !(await this.app.has('#settings-title')));
  }

  /** Seconds of sound heard since `from`. */
  heard(from) {
    return audibleSeconds(this.desk.ear.between(from, this.desk.ear.until), this.desk.ear.rate);
  }

  /** Keeps a picture of the screen, to be looked at. */
  async photograph(name) {
    await this.desk?.photograph(this.results, name);
  }

  async close() {
    await this.app?.close().catch(() => {});
    this.desk?.close();
  }
}

/** Starts the stand-in vendors on `desk`; gives their addresses and their key. */
export async function vendors(desk) {
  const child = desk.start(WILCO, ['peers', '--json'], 'pipe');
  let line = '';
  child.stdout.on('data', (bytes) => (line += bytes));
  await until('the vendors', () => line.includes('\n'));
  return JSON.parse(line);
}
