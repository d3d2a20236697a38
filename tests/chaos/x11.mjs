// The X11 protocol, as much as a finger and a thief of key releases need. Its own file because it knows no app.

import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { rmSync } from 'node:fs';

const socket = (display) => `/tmp/.X11-unix/X${display.replace(':', '')}`;
const HELLO = Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // little endian, protocol 11.0, no password
const KEY_RELEASE = 3;

/** Splits what a server says into packets; the first is its greeting. */
function* packets(state) {
  for (;;) {
    const { rest, greeted } = state;
    let length;
    if (!greeted) {
      if (rest.length < 8) return;
      length = 8 + 4 * rest.readUInt16LE(6);
    } else {
      if (rest.length < 32) return;
      const long = rest[0] === 1 || (rest[0] & 0x7f) === 35; // a reply, or an event of an extension
      length = 32 + (long ? 4 * rest.readUInt32LE(4) : 0);
    }
    if (rest.length < length) return;
    state.rest = rest.subarray(length);
    state.greeted = true;
    yield rest.subarray(0, length);
  }
}

/** One living client that presses and releases a key by XTEST: a client that ends would release its keys. */
export class Fingers {
  #socket;
  #state = { rest: Buffer.alloc(0), greeted: false };
  #answers = [];
  #major;
  #code;

  static async on(display, keysym = 0xffc6 /* F9 */) {
    const fingers = new Fingers();
    fingers.#socket = connect(socket(display));
    await once(fingers.#socket, 'connect');
    fingers.#socket.setNoDelay(true);
    fingers.#socket.on('data', (bytes) => {
      fingers.#state.rest = Buffer.concat([fingers.#state.rest, bytes]);
      for (const packet of packets(fingers.#state)) fingers.#answers.shift()?.(packet);
    });
    const greeting = await fingers.#ask(HELLO);
    const [low, high] = [greeting[34], greeting[35]];
    const name = Buffer.from('XTEST\0\0\0');
    const query = Buffer.concat([Buffer.from([98, 0, 4, 0, 5, 0, 0, 0]), name]);
    fingers.#major = (await fingers.#ask(query))[9];
    const map = await fingers.#ask(Buffer.from([101, 0, 2, 0, low, high - low + 1, 0, 0]));
    for (let at = 32; at < map.length; at += 4 * map[1]) {
      if (map.readUInt32LE(at) === keysym) fingers.#code = low + (at - 32) / (4 * map[1]);
    }
    return fingers;
  }

  #ask(request) {
    this.#socket.write(request);
    return new Promise((done) => this.#answers.push(done));
  }

  /** The key goes down or up. Gives the time of it. */
  #fake(type) {
    const request = Buffer.alloc(36);
    request.set([this.#major, 2, 9, 0, type, this.#code]);
    this.#socket.write(request);
    return performance.now();
  }

  down() {
    return this.#fake(2);
  }

  up() {
    return this.#fake(3);
  }

  /** Whether the server holds the key for pressed. */
  async isDown() {
    const keys = await this.#ask(Buffer.from([44, 0, 1, 0]));
    return (keys[8 + (this.#code >> 3)] & (1 << (this.#code & 7))) !== 0;
  }

  close() {
    this.#socket.destroy();
  }
}

/** A way to a display that can swallow key releases: they happen there, and nobody who came this way hears of them. */
export class Filter {
  swallow = false;
  swallowed = 0;
  #server;

  /** Stands before `real` as a display of its own, and gives its name. */
  async before(real) {
    for (let number = 300; ; number++) {
      const server = createServer((client) => this.#join(client, real));
      const free = await new Promise((done) => {
        server.once('listening', () => done(true)).once('error', () => done(false));
        server.listen(socket(`:${number}`));
      });
      if (!free) continue;
      this.#server = server;
      process.once('exit', () => rmSync(socket(`:${number}`), { force: true })); // whatever ends us
      return `:${number}`;
    }
  }

  #join(client, real) {
    const server = connect(socket(real));
    const state = { rest: Buffer.alloc(0), greeted: false };
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const side of [client, server]) side.setNoDelay(true).on('error', end).on('close', end);
    client.pipe(server);
    server.on('data', (bytes) => {
      state.rest = Buffer.concat([state.rest, bytes]);
      for (const packet of packets(state)) {
        const release = state.greeted && packet.length === 32 && (packet[0] & 0x7f) === KEY_RELEASE;
        if (release && this.swallow) this.swallowed += 1;
        else client.write(packet);
      }
    });
  }

  close() {
    this.#server?.close(); // which removes its socket
  }
}
