// A desktop of our own: display, window manager, session bus, a microphone that can be spoken into and a loudspeaker
// that can be listened to, in a folder that vanishes. Its own file because it knows nothing of the app.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { picture } from './screen.mjs';
import { Ear } from './sound.mjs';

const SCREEN = { x: 0, y: 0, width: 1280, height: 900 };
const RATE = 16000;

const SOUND = `
load-module module-native-protocol-unix
load-module module-null-sink sink_name=speaker rate=48000 channels=2
load-module module-null-sink sink_name=mic_feed rate=48000 channels=1 channel_map=mono
load-module module-remap-source master=mic_feed.monitor source_name=virtual_mic
set-default-sink speaker
set-default-source virtual_mic
`;

// Without service folders nothing is started on demand: a portal that answers late would hold the window back.
const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`;

/** A room is never quite still: noise at −70 dB, without end, at 8 kHz. Only a muted microphone gives exact zeros. */
function* room() {
  const second = Buffer.alloc(16000);
  for (let at = 0; at < second.length; at += 2) second.writeInt16LE(Math.round(36 * (Math.random() - 0.5)), at);
  for (;;) yield second;
}

/** Asks again until `look` gives something that counts as true, and gives that; fails after `ms`. */
export async function until(what, look, ms = 10_000) {
  const end = performance.now() + ms;
  let fault;
  while (performance.now() < end) {
    try {
      const found = await look();
      if (found) return found;
      fault = undefined;
    } catch (error) {
      fault = error;
    }
    await pause(20);
  }
  throw new Error(`waited ${ms} ms for ${what}`, { cause: fault });
}

/** Asks `read` again until `pattern` is in what it gives; fails after `ms`, with what it gave last. */
export async function matches(read, pattern, ms = 10_000) {
  let last;
  await until(pattern, async () => pattern.test((last = await read())), ms).catch((error) => {
    throw new Error(`${error.message}; it reads: ${last}`, { cause: error.cause });
  });
}

// so that desks are put away
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

export class Desk {
  #groups = [];
  #folder = mkdtempSync(join(tmpdir(), 'wilco-desk-'));
  #log;
  #bury = () => this.close();

  /** Starts all of it; `close` ends all of it, and so does the end of this process. What its programs say goes to `log`. */
  static async open(log = '/dev/null') {
    const desk = new Desk();
    desk.#log = openSync(log, 'w');
    process.once('exit', desk.#bury);
    await desk.#furnish();
    return desk;
  }

  async #furnish() {
    const at = (name) => join(this.#folder, name);
    // Nothing of the person's own session comes in: no settings, no sound server, no Wayland.
    this.env = {
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      HOME: at('home'),
      XDG_CONFIG_HOME: at('home/.config'),
      XDG_DATA_HOME: at('data'),
      XDG_CACHE_HOME: at('cache'),
      XDG_STATE_HOME: at('state'),
      XDG_RUNTIME_DIR: at('run'),
      PULSE_SERVER: `unix:${at('run')}/pulse/native`,
      PULSE_CLIENTCONFIG: at('pulse-client.conf'),
      NO_AT_BRIDGE: '1',
      ...(process.env.RUST_LOG && { RUST_LOG: process.env.RUST_LOG }),
    };
    for (const name of ['home', 'data', 'cache', 'state', 'run']) mkdirSync(at(name), { mode: 0o700 });
    writeFileSync(at('sound.pa'), SOUND);
    // The server keeps its password here, if it finds the folder; not every client can do without one.
    mkdirSync(at('home/.config/pulse'), { recursive: true, mode: 0o700 });
    // The first steps would stand before everything else.
    mkdirSync(at('home/.config/app.wilco.wilco'), { mode: 0o700 });
    writeFileSync(at('home/.config/app.wilco.wilco/settings.toml'), '[appearance]\nwelcomed = true\n');
    writeFileSync(at('bus.conf'), BUS);
    writeFileSync(at('pulse-client.conf'), 'autospawn = no\n');

    this.env.DISPLAY = `:${await this.#says('Xvfb', ['-displayfd', '1', '-screen', '0', `${SCREEN.width}x${SCREEN.height}x24`, '-nolisten', 'tcp'])}`;
    this.env.DBUS_SESSION_BUS_ADDRESS = await this.#says('dbus-daemon', [`--config-file=${at('bus.conf')}`, '--nofork', '--print-address=1']);
    this.start('openbox', []);
    const modest = ['--daemonize=no', '--exit-idle-time=-1', '--disallow-exit', '--use-pid-file=no', '--realtime=no', '--high-priority=no'];
    this.start('pulseaudio', ['-n', '-F', at('sound.pa'), ...modest]);
    await until('the sound server', () => this.run('pactl', ['info']));

    // An idle null sink sleeps in blocks of two seconds, and hands a recorder one of them in advance when it wakes.
    // So somebody listens to both all the time, and what we hear counts from when that is steady.
    const recorder = ['--raw', '--latency-msec=10', '--format=s16le', `--rate=${RATE}`, '--channels=1', '-d'];
    this.start('parec', [...recorder, 'mic_feed.monitor', '/dev/null']);
    const quiet = ['--raw', '--format=s16le', '--rate=8000', '--channels=1', '--device=mic_feed'];
    const { stdin } = this.start('pacat', quiet, this.#log, 'pipe');
    stdin.on('error', () => {}); // it is killed in the middle of a sentence
    Readable.from(room()).pipe(stdin);
    let last = 0;
    let gap = 0;
    this.start('parec', [...recorder, 'speaker.monitor'], 'pipe').stdout.on('data', (bytes) => {
      const now = performance.now();
      if (now - last > 100) gap = now;
      last = now;
      this.ear?.take(bytes);
    });
    await until('a steady loudspeaker', () => gap && last - gap > 1000);
    this.ear = new Ear(RATE);
    await until('the loudspeaker', () => this.ear.until > 0);
    this.fingers = this.start('xdotool', ['-'], this.#log, 'pipe');
  }

  /** Starts a program in a process group of its own, so that its children end with it, and it ends with us. */
  start(program, args, stdout = this.#log, stdin = 'ignore', env = {}) {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], { env: { ...this.env, ...env }, stdio: [stdin, stdout, this.#log], detached: true });
    child.on('error', (error) => console.error(`${program}: ${error.message}`));
    if (child.pid) this.#groups.push(child.pid);
    return child;
  }

  /** A picture of the screen, or of a part of it, as the bytes of a PNG file. The web view's own never comes where it draws
      without a graphics card. */
  picture(box = SCREEN) {
    return picture(this.env.DISPLAY, box);
  }

  /** Where the window is that is seen under a name, without its frame; empty if there is none. */
  async place(name) {
    const found = await this.run('xdotool', ['search', '--onlyvisible', '--name', name, 'getwindowgeometry', '--shell']).catch(() => '');
    const read = (part) => Number(new RegExp(`${part}=(-?\\d+)`).exec(found)?.[1]);
    return found && { x: read('X'), y: read('Y'), width: read('WIDTH'), height: read('HEIGHT') };
  }

  /** Keeps such a picture in `folder`, for whoever looks into a failure: one that cannot be taken is told, and fails nothing. */
  async photograph(folder, name) {
    const taken = await this.picture().catch((error) => console.error(`${name}: ${error.message}`));
    if (taken) writeFileSync(join(folder, `${name.replaceAll(/\W+/g, '-')}.png`), taken);
  }

  /** Runs a program to its end, for a minute at most, and gives what it printed. */
  async run(program, args) {
    return (await promisify(execFile)(program, args, { env: this.env, timeout: 60_000, killSignal: 'SIGKILL' })).stdout;
  }

  /** Starts a program and gives the first line it prints. */
  #says(program, args) {
    const child = this.start(program, args, 'pipe');
    return new Promise((resolve, reject) => {
      child.stdout.once('data', (text) => resolve(String(text).trim()));
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
    });
  }

  /** A key goes down or up, by one X client that lives as long as the desk. Gives the time of it. */
  key(direction, name) {
    this.fingers.stdin.write(`key${direction} ${name}\n`);
    return performance.now();
  }

  /** Says `text` into the microphone; ends when the last of it was heard there. */
  async speak(text) {
    const file = join(this.#folder, 'speech.wav');
    await this.run('flite', ['-voice', 'slt', '-t', text, '-o', file]);
    await this.run('paplay', ['--latency-msec=100', '--device=mic_feed', file]);
  }

  async mute(muted) {
    await this.run('pactl', ['set-source-mute', 'virtual_mic', muted ? '1' : '0']);
  }

  /** Kills all that was started here, with all their children, and removes every trace. */
  close() {
    process.removeListener('exit', this.#bury);
    for (const group of this.#groups.splice(0).reverse()) {
      try {
        process.kill(-group, 'SIGKILL');
      } catch {
        // it ended by itself
      }
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Processes that carry `text` in their environment. */
export function mentioning(text) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(text);
    } catch {
      return false;
    }
  });
}
