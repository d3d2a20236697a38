// The pictures that somebody has looked at and found right, a sixth of their size, in `album/`; says where a new one differs.
// Its own file because it knows nothing of scenes. The browser does all that is done with pixels: it can read and write pictures.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("album", import.meta.url));
/** Pixels of the page for one of the album, both ways. */
const SMALLER = 6;
/** So much may a colour be off, of 255: the album's have sixteen levels, and letters are smoothed a little differently by every browser. */
const LEVELS = 24;
/** So many pixels of the album may be off: a dot of an ellipsis or a corner is not worth a look, a sign is more. */
const FEW = 3;

/** In the page: whether two pictures are the same; else what the album is to keep, or how many pixels have nothing like them nearby in
    the other picture, and the edges around these. */
async function differences({ taken, kept, keep, smaller, levels, few }) {
  const read = async (base64, shrink) => {
    const image = await createImageBitmap(await (await fetch(`data:;base64,${base64}`)).blob());
    const canvas = new OffscreenCanvas(Math.round(image.width / shrink), Math.round(image.height / shrink));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return { canvas, context, pixels: context.getImageData(0, 0, canvas.width, canvas.height) };
  };
  const write = async ({ canvas, context, pixels }) => {
    pixels.data.forEach((level, at) => (pixels.data[at] = at % 4 === 3 ? 255 : (level & 0xf0) | 8));
    context.putImageData(pixels, 0, 0);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality: 1 })).arrayBuffer());
    return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
  };
  const alike = (one, at, other, place) => [0, 1, 2].every((channel) => Math.abs(one[at + channel] - other[place + channel]) <= levels);
  const missing = ({ width, height, data }, other) => {
    const found = [];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = 4 * (y * width + x);
        const near = (dx, dy) => x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height && alike(data, at, other.data, at + 4 * (dy * width + dx));
        if (!near(0, 0) && ![-1, 0, 1].some((dy) => [-1, 0, 1].some((dx) => near(dx, dy)))) found.push([x, y]);
      }
    }
    return found;
  };
  const small = await read(taken, smaller);
  const before = kept && (await read(kept, 1));
  const comparable = before && before.canvas.width === small.canvas.width && before.canvas.height === small.canvas.height;
  const off = comparable ? [...missing(small.pixels, before.pixels), ...missing(before.pixels, small.pixels)] : null;
  if (off && off.length <= few) return { same: true };
  if (keep) return { same: false, small: await write(small) };
  if (!off) return { same: false };
  const [across, down] = [0, 1].map((axis) => off.map((place) => place[axis]));
  return { same: false, off: off.length, edges: [Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down)] };
}

/**
 * The album, looked through in a page of `browser`. With `keep` what differs is kept as it is now; what does not stays as it is, so
 * that another browser renews nothing.
 */
export async function openAlbum(browser, keep) {
  const page = await browser.newPage();
  const seen = new Set();

  /** What is wrong with a picture, given as PNG at `scale` pixels a pixel of the page. */
  async function look(name, png, scale) {
    const path = `${FOLDER}/${name}.webp`;
    seen.add(`${name}.webp`);
    const kept = await readFile(path, "base64").catch(() => null);
    const wanted = { keep, smaller: SMALLER * scale, levels: LEVELS, few: FEW };
    const { same, small, off, edges } = await page.evaluate(differences, { taken: png.toString("base64"), kept, ...wanted });
    if (same) return [];
    if (small) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, small, "base64");
      return [];
    }
    if (!off) return [kept ? "has another size than in screens/album" : "is not in screens/album; look at it, and keep it with `npm run screens -- --keep`"];
    const [left, top, right, bottom] = edges.map((edge) => edge * SMALLER);
    return [`looks different from screens/album, in ${off} places between ${left},${top} and ${right},${bottom}; if that is meant, keep it with \`npm run screens -- --keep\``];
  }

  /** Pictures of scenes that are gone, after all that there are were looked at. */
  async function strangers() {
    const all = await readdir(FOLDER, { recursive: true });
    const gone = all.filter((name) => name.endsWith(".webp") && !seen.has(name));
    if (!keep) return gone.map((name) => `${name}: screens/album has it, and no scene has; \`npm run screens -- --keep\` takes it out`);
    await Promise.all(gone.map((name) => rm(`${FOLDER}/${name}`)));
    return [];
  }

  return { look, strangers };
}
