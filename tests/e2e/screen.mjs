// What is truly on the screen, asked from the X server: the usual programs read windows of their own depth apart, and show
// black where such a window is seen through. Its own file because it speaks the protocol and judges nothing.

import { once } from 'node:events';
import { connect } from 'node:net';
import { crc32, deflateSync } from 'node:zlib';

const HELLO = Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // little endian, protocol 11.0, no password
const GET_IMAGE = 73;
const AS_PIXELS = 2;

/** The screen of `display` within `box`: gives a function from a place in it to red, green and blue. */
export async function pixels(display, box) {
  const image = await asked(display, box);
  return (column, row) => {
    const at = 4 * (row * box.width + column);
    return [image[at + 2], image[at + 1], image[at]];
  };
}

/** The same as the bytes of a PNG file. */
export async function picture(display, box) {
  const { width, height } = box;
  const image = await asked(display, box);
  const rows = Buffer.alloc((1 + 3 * width) * height); // each begins with a zero: as it is
  for (let row = 0, to = 0; row < height; row++) {
    to++;
    for (let from = 4 * row * width; from < 4 * (row + 1) * width; from += 4) {
      rows[to++] = image[from + 2];
      rows[to++] = image[from + 1];
      rows[to++] = image[from];
    }
  }
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(name, data) {
  const named = Buffer.concat([Buffer.from(name), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** Four bytes a pixel: blue, green, red, nothing. */
async function asked(display, { x, y, width, height }) {
  const line = connect(`/tmp/.X11-unix/X${display.replace(':', '')}`);
  for (const fault of ['end', 'timeout']) line.once(fault, () => line.destroy(new Error(`no picture from the X server: ${fault} after ${line.bytesRead} bytes`)));
  line.setTimeout(20_000);
  await once(line, 'connect');
  try {
    const greeting = await answer(line, HELLO, (head) => 8 + 4 * head.readUInt16LE(6));
    const screens = 40 + 4 * Math.ceil(greeting.readUInt16LE(24) / 4) + 8 * greeting[29];
    const request = Buffer.alloc(20);
    request.set([GET_IMAGE, AS_PIXELS, 5]);
    request.writeUInt32LE(greeting.readUInt32LE(screens), 4); // the root window
    request.writeInt16LE(x, 8);
    request.writeInt16LE(y, 10);
    request.writeUInt16LE(width, 12);
    request.writeUInt16LE(height, 14);
    request.writeUInt32LE(0xffffffff, 16);
    const image = await answer(line, request, (head) => 32 + 4 * head.readUInt32LE(4));
    if (image[0] !== 1) throw new Error(`the X server refuses a picture: ${image[1]}`);
    return image.subarray(32);
  } finally {
    line.destroy();
  }
}

/** Sends `request`, and gives the answer, whose `length` is told by its first 8 bytes. */
async function answer(line, request, length) {
  line.write(request);
  const parts = [];
  let have = 0;
  // it asks for what has come: nothing passes while nobody listens
  for await (const bytes of line.iterator({ destroyOnReturn: false })) {
    parts.push(bytes);
    have += bytes.length;
    if (have < 8) continue;
    const whole = Buffer.concat(parts);
    if (have >= length(whole)) return whole;
  }
  throw new Error('no picture from the X server: its answer is cut');
}
