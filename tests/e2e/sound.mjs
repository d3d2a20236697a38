// What was heard: samples with their times, and whether they are speech. Its own file because it starts nothing and
// knows neither window nor key.

const FRAME = 0.02; // seconds; the grain of speech
const AUDIBLE = 0.01; // root mean square of full scale 1: −40 dB, far over dither and far under a whisper of the app

/** Collects 16-bit mono samples as a recorder sends them, and knows when each was heard. */
export class Ear {
  #sound = Buffer.alloc(0); // room for more than was heard
  #heard = 0; // bytes
  #start = Infinity;

  constructor(rate, now = () => performance.now()) {
    this.rate = rate;
    this.now = now;
  }

  /** Takes a piece of the recording; its bytes may end within a sample. */
  take(bytes) {
    const heard = this.#heard + bytes.length;
    if (heard > this.#sound.length) this.#sound = Buffer.concat([this.#sound], 2 * heard);
    bytes.copy(this.#sound, this.#heard);
    this.#heard = heard;
    // A piece may come late but never early: the earliest of all tells when the recording truly began.
    this.#start = Math.min(this.#start, this.now() - this.#milliseconds);
  }

  /** Samples heard from `from` to `to`, in milliseconds of the clock. */
  between(from, to) {
    const at = (ms) => Math.min(this.#heard >> 1, Math.max(0, Math.round(((ms - this.#start) / 1000) * this.rate)));
    return samples(this.#sound.subarray(2 * at(from), 2 * at(to)));
  }

  /** When the last sample was heard; nothing is known before the first. */
  get until() {
    return this.#heard ? this.#start + this.#milliseconds : -Infinity;
  }

  get #milliseconds() {
    return ((this.#heard >> 1) / this.rate) * 1000;
  }
}

/** Samples of full scale 1 from 16-bit ones, little end first. */
export function samples(bytes) {
  return Float32Array.from({ length: bytes.length >> 1 }, (_, at) => bytes.readInt16LE(2 * at) / 32768);
}

/** Root mean square of each frame of `seconds`. */
export function levels(samples, rate, seconds = FRAME) {
  const size = Math.round(rate * seconds);
  const found = [];
  for (let at = 0; at + size <= samples.length; at += size) {
    found.push(Math.sqrt(samples.subarray(at, at + size).reduce((sum, x) => sum + x * x, 0) / size));
  }
  return found;
}

/** Seconds in which something is to be heard. */
export function audibleSeconds(samples, rate) {
  return levels(samples, rate).filter((level) => level > AUDIBLE).length * FRAME;
}

/** Milliseconds from the start of `samples` to the end of the last sound in them; 0 if there is none. */
export function lastSound(samples, rate) {
  const grain = 0.005;
  return (levels(samples, rate, grain).findLastIndex((level) => level > AUDIBLE) + 1) * grain * 1000;
}

/**
 * Speech, as far as a meter can tell: at least half a second audible within 300..3400 Hz, not a mere trace of a hum below, and
 * a loudness that moves as syllables do. Silence, hum, a steady tone and noise are not.
 */
export function isSpeech(samples, rate) {
  const voice = lowPass(highPass(samples, rate, 300), rate, 3400);
  const loud = levels(voice, rate).filter((level) => level > AUDIBLE);
  const energy = (part) => part.reduce((sum, x) => sum + x * x, 0);
  const decibels = loud.map((level) => 20 * Math.log10(level));
  const mean = decibels.reduce((sum, x) => sum + x, 0) / decibels.length;
  const swing = Math.sqrt(decibels.reduce((sum, x) => sum + (x - mean) ** 2, 0) / decibels.length);
  return loud.length * FRAME >= 0.5 && energy(voice) > 0.05 * energy(samples) && swing > 3;
}

/** The samples as a WAV file of 16 bits. */
export function wav(samples, rate) {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write('WAVEfmt ', 8);
  [16, 0x10001].forEach((word, at) => bytes.writeUInt32LE(word, 16 + 4 * at)); // 16 bytes; PCM, one channel
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt32LE(0x100002, 32); // 2 bytes a sample, 16 bits
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((x, at) => bytes.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(x * 32767))), 44 + 2 * at));
  return bytes;
}

// Second-order Butterworth filters, by the bilinear transform.
function highPass(samples, rate, hertz) {
  const k = Math.tan((Math.PI * hertz) / rate);
  return filter(samples, k, [1, -2, 1]);
}

function lowPass(samples, rate, hertz) {
  const k = Math.tan((Math.PI * hertz) / rate);
  return filter(samples, k, [k * k, 2 * k * k, k * k]);
}

function filter(samples, k, zeros) {
  const norm = 1 / (1 + Math.SQRT2 * k + k * k);
  const [b0, b1, b2] = zeros.map((zero) => zero * norm);
  const [a1, a2] = [2 * (k * k - 1) * norm, (1 - Math.SQRT2 * k + k * k) * norm];
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return samples.map((x) => {
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    return y;
  });
}
