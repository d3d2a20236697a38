// A sound server of our own to be broken: microphones that can be pulled out, muted, frozen, and a listener that says
// what the audio room notices of it. Its own file because it knows nothing of what is tried.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Ear, samples, wav } from '../e2e/sound.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROBE = join(resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target'), 'debug/examples/sound');
const RATE = 16000;
/** How a player or a recorder gives and takes sound. */
const RAW = ['--raw', '--format=s16le', `--rate=${RATE}`, '--channels=1'];

// Two usual microphones and one as a headset in a call has it. What is played into a bus is what its microphone hears.
const BUSES = { desk: [48000, 1], lamp: [48000, 2], call: [16000, 1] };
const SCRIPT = `
load-module module-native-protocol-unix
load-module module-null-sink sink_name=speaker rate=48000 channels=2
${Object.entries(BUSES).map(([name, [rate, channels]]) => `load-module module-null-sink sink_name=${name}_bus rate=${rate} channels=${channels}`).join('\n')}
${Object.keys(BUSES).map((name) => plug(name)).join('\n')}
set-default-sink speaker
set-default-source desk
`;

/** The line that plugs a microphone in. */
function plug(name) {
  return `load-module module-remap-source master=${name}_bus.monitor source_name=${name} source_properties=device.description=The_${name}`;
}

/** Seconds of each sentence that `speak` says. */
export const SENTENCE = 1.2;

/** Hertz that is played into each microphone, so that a recording says who was heard. */
export const TONES = { desk: 440, lamp: 660, call: 550 };

export class Rig {
  #folder = mkdtempSync(join(tmpdir(), 'wilco-chaos-'));
  #children = new Set();
  #bury = () => this.close();

  static async open() {
    const rig = new Rig();
    process.once('exit', rig.#bury);
    const at = (name) => join(rig.#folder, name);
    mkdirSync(at('run'), { mode: 0o700 });
    mkdirSync(at('.config/pulse'), { recursive: true, mode: 0o700 });
    writeFileSync(at('client.conf'), 'autospawn = no\n');
    writeFileSync(at('sound.pa'), SCRIPT);
    for (const [name, hertz] of Object.entries(TONES)) {
      const second = Float32Array.from({ length: RATE }, (_, n) => 0.3 * Math.sin((2 * Math.PI * hertz * n) / RATE));
      writeFileSync(at(`${name}.raw`), wav(second, RATE).subarray(44));
    }
    rig.env = {
      PATH: process.env.PATH,
      HOME: rig.#folder,
      LANG: 'C.UTF-8',
      XDG_RUNTIME_DIR: at('run'),
      PULSE_SERVER: `unix:${at('run')}/pulse/native`,
      PULSE_CLIENTCONFIG: at('client.conf'),
    };
    await rig.serve();
    return rig;
  }

  /** Starts the server, and all that is heard through it. */
  async serve() {
    const modest = ['--daemonize=no', '--exit-idle-time=-1', '--disallow-exit', '--use-pid-file=no', '--realtime=no', '--high-priority=no'];
    this.server = this.#start('pulseaudio', ['-n', '-F', join(this.#folder, 'sound.pa'), ...modest]);
    await this.#answers();
    this.#sources = await this.#modules();
    for (const name of Object.keys(BUSES)) {
      this.#play(name, `--latency-msec=100 --device=${name}_bus`);
      // an idle bus sleeps in blocks of two seconds; somebody listens all the time
      this.#start('sh', ['-c', `exec parec ${RAW.join(' ')} --latency-msec=10 --device=${name}_bus.monitor >/dev/null`]);
    }
    await pause(1500);
  }

  #sources = {};

  /** Which module is which microphone. */
  async #modules() {
    const lines = (await this.pactl('list', 'modules', 'short')).split('\n');
    const number = (name) => lines.find((line) => line.includes(`source_name=${name} `))?.split('\t')[0];
    return Object.fromEntries(Object.keys(BUSES).map((name) => [name, number(name)]));
  }

  async #answers() {
    for (let tries = 0; tries < 100; tries++) {
      try {
        return await this.pactl('info');
      } catch {
        await pause(50);
      }
    }
    throw new Error('the sound server does not answer');
  }

  async pactl(...args) {
    return (await promisify(execFile)('pactl', args, { env: this.env, timeout: 10_000 })).stdout;
  }

  async unplug(name) {
    await this.pactl('unload-module', this.#sources[name]);
  }

  async plug(name) {
    const [command, ...args] = plug(name).split(' ');
    this.#sources[name] = (await this.pactl(command, ...args)).trim();
  }

  /** What others play into `name`: the stream, and how loud it is in per cent of the scale that a person moves. */
  async players(name) {
    const list = async (what) => JSON.parse(await this.pactl('-f', 'json', 'list', what));
    const { index: sink } = (await list('sinks')).find((one) => one.name === name);
    const players = (await list('sink-inputs')).filter((one) => one.sink === sink);
    return players.map(({ index, volume }) => ({ stream: String(index), loudness: parseInt(Object.values(volume)[0].value_percent) }));
  }

  /** Somebody plays the tone of `name` at the loudspeaker. */
  music(name) {
    this.#play(name, '--device=speaker');
  }

  #play(name, how) {
    const tone = `while :; do cat ${join(this.#folder, name)}.raw || exit; done`;
    this.#start('sh', ['-c', `(${tone}) | exec pacat ${RAW.join(' ')} ${how}`]);
  }

  /** The server dies, with all that is connected to it, and is not there again before `serve`. */
  kill() {
    for (const child of this.#children) if (child !== this.probe?.child) this.#end(child);
  }

  /** The recording stream of the listener. */
  async stream() {
    const outputs = (await this.pactl('list', 'source-outputs')).split('Source Output #').slice(1);
    const ours = outputs.filter((text) => text.includes(`application.process.id = "${this.probe.child.pid}"`));
    return ours.at(-1)?.split('\n')[0];
  }

  /** Begins to listen, as if a key went down. */
  listen(...how) {
    const file = join(this.#folder, 'heard.wav');
    const child = this.#start(PROBE, ['listen', file, ...how], ['pipe', 'pipe', 'inherit']);
    this.probe = new Probe(child, file);
    return this.probe;
  }

  /** Begins to say sentences of 1.2 s, a tone for each of `hertz`. */
  speak(hertz, ...how) {
    const file = join(this.#folder, 'said.wav');
    const said = Float32Array.from({ length: hertz.length * SENTENCE * RATE }, (_, n) => 0.3 * Math.sin((2 * Math.PI * hertz[Math.floor(n / (SENTENCE * RATE))] * n) / RATE));
    writeFileSync(file, wav(said, RATE));
    this.probe = new Probe(this.#start(PROBE, ['speak', file, String(SENTENCE), ...how], ['ignore', 'pipe', 'inherit']));
    return this.probe;
  }

  /** What is to be heard at the loudspeaker `name` from now on, until the recorder is ended. */
  hear(name) {
    const ear = new Ear(RATE);
    const recorder = this.#start('parec', [...RAW, '--latency-msec=10', `--device=${name}.monitor`], ['ignore', 'pipe', 'ignore']);
    recorder.stdout.on('data', (bytes) => ear.take(bytes));
    return { ear, end: () => this.#end(recorder) };
  }

  #start(program, args, stdio = 'ignore') {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], { env: this.env, stdio, detached: true });
    child.on('error', (error) => console.error(`${program}: ${error.message}`));
    child.on('exit', () => this.#children.delete(child));
    this.#children.add(child);
    return child;
  }

  #end(child) {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // it ended by itself
    }
  }

  close() {
    process.removeListener('exit', this.#bury);
    for (const child of this.#children) this.#end(child);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** A microphone that is held open, and what it tells, each fact with its time. */
export class Probe {
  facts = [];

  constructor(child, file) {
    this.child = child;
    this.file = file;
    this.pressed = performance.now();
    createInterface(child.stdout).on('line', (line) => this.facts.push({ ...JSON.parse(line), at: performance.now() }));
  }

  /** The first fact after `from` for which `wanted` holds; undefined if none comes within `ms`. */
  async fact(wanted, ms, from = 0) {
    const end = performance.now() + ms;
    for (;;) {
      const found = this.facts.find((fact) => fact.at >= from && wanted(fact));
      if (found || performance.now() > end) return found;
      await pause(2);
    }
  }

  /** The key comes up. Gives all that was heard. */
  async release(ms = 3000) {
    const released = performance.now();
    this.child.stdin.end();
    const over = await this.fact((fact) => fact.is === 'over', ms, released);
    if (!over) {
      this.child.kill('SIGKILL');
      return { released, samples: undefined };
    }
    return { released, closed: over.at - released, samples: samples(readFileSync(this.file).subarray(44)) };
  }
}
