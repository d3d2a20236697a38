// A program on a D-Bus that says what login1 and a screen saver would. Its own file because it knows no app.

import { once } from 'node:events';
import { connect } from 'node:net';

const pad = (bytes, to) => Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)]);
const u32 = (number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
};
const string = (text) => Buffer.concat([u32(Buffer.byteLength(text)), Buffer.from(`${text}\0`)]);
const field = (code, type, text) => {
  const value = type === 'g' ? Buffer.from([text.length, ...Buffer.from(text), 0]) : string(text);
  return Buffer.concat([Buffer.from([code, 1, type.charCodeAt(0), 0]), value]);
};

export class Bus {
  #socket;
  #serial = 0;

  /** Says hello on the bus at `address`. */
  static async at(address) {
    const bus = new Bus();
    const [, kind, path] = /unix:(abstract|path)=([^,]+)/.exec(address);
    bus.#socket = connect(kind === 'abstract' ? `\0${path}` : path);
    await once(bus.#socket, 'connect');
    const uid = Buffer.from(String(process.getuid())).toString('hex');
    bus.#socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
    const [answer] = await once(bus.#socket, 'data');
    if (!String(answer).startsWith('OK')) throw new Error(`the bus says ${answer}`);
    bus.#socket.write('BEGIN\r\n');
    await bus.#call('Hello', '', Buffer.alloc(0));
    bus.#socket.on('data', () => {}); // what it answers later is of no interest
    return bus;
  }

  /** Is called `name` from now on. */
  async own(name) {
    await this.#call('RequestName', 'su', Buffer.concat([pad(string(name), 4), u32(0)]));
  }

  /** A signal with no argument, or one that is true or false. */
  tell(path, dotted, member, flag) {
    const body = flag === undefined ? ['', Buffer.alloc(0)] : ['b', u32(flag ? 1 : 0)];
    this.#send(4, [field(1, 'o', path), field(2, 's', dotted), field(3, 's', member)], ...body);
  }

  async #call(member, signature, body) {
    const name = 'org.freedesktop.DBus';
    const path = '/org/freedesktop/DBus';
    this.#send(1, [field(1, 'o', path), field(2, 's', name), field(3, 's', member), field(6, 's', name)], signature, body);
    await once(this.#socket, 'data');
  }

  #send(type, fields, signature, body) {
    const all = signature ? [...fields, field(8, 'g', signature)] : fields;
    let head = Buffer.alloc(0);
    for (const one of all) head = Buffer.concat([pad(head, 8), one]);
    const fixed = Buffer.concat([Buffer.from([0x6c, type, type === 4 ? 1 : 0, 1]), u32(body.length), u32(++this.#serial), u32(head.length)]);
    this.#socket.write(Buffer.concat([pad(Buffer.concat([fixed, head]), 8), body]));
  }

  close() {
    this.#socket.destroy();
  }
}
