// What is truly on the screen, asked from the X server: the usual programs read windows of their own depth apart, and show
// black where such a window is seen through. Its own file because it speaks the protocol and judges nothing.

import { once } from 'node:events';
import { connect } from 'node:net';

const HELLO = Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // little endian, protocol 11.0, no password
const GET_IMAGE = 73;
const AS_PIXELS = 2;

/** The screen of `display` within `box`: gives a function from a place in it to red, green and blue. */
export async function pixels(display, { x, y, width, height }) {
  const line = connect(`/tmp/.X11-unix/X${display.replace(':', '')}`);
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
    return (column, row) => {
      const at = 32 + 4 * (row * width + column);
      return [image[at + 2], image[at + 1], image[at]];
    };
  } finally {
    line.destroy();
  }
}

/** Sends `request`, and gives the answer, whose `length` is told by its first 8 bytes. */
async function answer(line, request, length) {
  line.write(request);
  const parts = [];
  let have = 0;
  for (;;) {
    const [bytes] = await once(line, 'data');
    parts.push(bytes);
    have += bytes.length;
    if (have < 8) continue;
    const whole = Buffer.concat(parts);
    if (have >= length(whole)) return whole;
  }
}
