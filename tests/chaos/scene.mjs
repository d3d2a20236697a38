// The real app at a display whose releases can be stolen, before a microphone into which somebody talks without end; and
// the sound server as the witness of when that microphone is open. Its own file because it judges nothing.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Desk, until } from '../e2e/desk.mjs';
import { Window } from '../e2e/window.mjs';
import { Bus } from './bus.mjs';
import { Filter, Fingers } from './x11.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target');
const APP = process.env.WILCO_APP ?? join(TARGET, 'debug/wilco-app');
const LOGIN = 'org.freedesktop.login1';
const SPEECH = 'Please tell me what the weather will be like tomorrow. I would like to go for a walk, if it stays dry.';

/** `sound` again and again, a second at a time. */
function* loop(sound) {
  for (;;) yield sound;
}

export class Scene {
  /** Every stream that recorded: when it came, and when it went (never, if it is still there). */
  streams = new Map();
  filter = new Filter();

  static async open(name) {
    if (!existsSync(APP)) throw new Error(`${APP} is not there: run \`make build\``);
    const scene = new Scene();
    try {
      await scene.#furnish(name);
    } catch (error) {
      await scene.close();
      throw error;
    }
    return scene;
  }

  async #furnish(name) {
    const logs = join(TARGET, 'chaos');
    mkdirSync(logs, { recursive: true });
    const desk = (this.desk = await Desk.open(join(logs, `${name}.log`)));
    this.fingers = await Fingers.on(desk.env.DISPLAY);
    this.display = desk.env.DISPLAY;
    desk.env.DISPLAY = await this.filter.before(desk.env.DISPLAY);
    desk.env.DBUS_SYSTEM_BUS_ADDRESS = desk.env.DBUS_SESSION_BUS_ADDRESS;
    desk.env.XDG_SESSION_ID = 'c7';
    this.bus = await Bus.at(desk.env.DBUS_SESSION_BUS_ADDRESS);
    await this.bus.own(LOGIN);
    await this.#talk();
    await this.#watch();
    this.settings('mode = "echo"\n[privacy]\nkeep_recordings = 100000\n');
    this.app = await Window.open(desk, APP);
    await until('a window that is ready', async () => (await this.state()) === 'ready', 30_000);
  }

  settings(text) {
    const folder = join(this.desk.env.XDG_CONFIG_HOME, 'app.wilco.wilco');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'settings.toml'), text);
  }

  state() {
    return this.app.attribute('#talk', 'data-state');
  }

  hint() {
    return this.app.text('[data-testid=hint]');
  }

  /** Somebody talks into the microphone, with the pauses of speech. */
  async #talk() {
    const file = join(this.desk.env.HOME, 'speech.wav');
    await this.desk.run('flite', ['-voice', 'slt', '-t', SPEECH, '-o', file]);
    const voice = this.desk.start('pacat', ['--raw', '--format=s16le', '--rate=16000', '--channels=1', '--device=mic_feed'], undefined, 'pipe');
    voice.stdin.on('error', () => {}); // it is killed in the middle of a sentence
    Readable.from(loop(readFileSync(file).subarray(44))).pipe(voice.stdin);
  }

  /** The server tells when a recorder comes and goes; those of the desk itself are there already. */
  async #watch() {
    await until('the desk', async () => (await this.recorders()).length >= 2);
    const own = new Set(await this.recorders());
    let rest = '';
    this.desk.start('pactl', ['subscribe'], 'pipe').stdout.on('data', (bytes) => {
      const now = performance.now();
      const lines = (rest + bytes).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        const [, what, index] = /'(new|remove)' on source-output #(\d+)/.exec(line) ?? [];
        if (!what || own.has(index)) continue;
        if (what === 'new') this.streams.set(index, { from: now, to: Infinity });
        else if (this.streams.has(index)) this.streams.get(index).to = now;
      }
    });
    // nothing says when it has begun to listen: it has seen a recorder come and go
    await until('the witness', async () => {
      await this.desk.run('timeout', ['0.2', 'parec', '--raw', '-d', 'virtual_mic', '/dev/null']).catch(() => {});
      return this.streams.size > 0 && !this.isOpen();
    });
    this.streams.clear();
    this.own = own;
  }

  /** What records now, by the server's own list. */
  async recorders() {
    const list = await this.desk.run('pactl', ['list', 'short', 'source-outputs']);
    return list.split('\n').filter(Boolean).map((line) => line.split('\t')[0]);
  }

  /** Whether the app's microphone is open now. */
  isOpen() {
    return [...this.streams.values()].some((stream) => stream.to === Infinity);
  }

  /** The screen is locked, or unlocked. */
  lock(locked) {
    this.bus.tell('/org/freedesktop/ScreenSaver', 'org.freedesktop.ScreenSaver', 'ActiveChanged', locked);
    return performance.now();
  }

  /** The computer goes to sleep, or wakes. */
  sleep(sleeps) {
    this.bus.tell('/org/freedesktop/login1', `${LOGIN}.Manager`, 'PrepareForSleep', sleeps);
    return performance.now();
  }

  /** login1 asks this session to lock, or unlocks it. */
  lockSession(locked) {
    this.bus.tell('/org/freedesktop/login1/session/c7', `${LOGIN}.Session`, locked ? 'Lock' : 'Unlock');
    return performance.now();
  }

  async close() {
    this.fingers?.up();
    await this.app?.close().catch(() => {});
    this.fingers?.close();
    this.bus?.close();
    this.desk?.close();
    this.filter.close();
  }
}
