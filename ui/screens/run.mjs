// Walks every scene of the built page in a real browser, under the policy that the app sets: takes its picture into
// test-results/, and fails on an axe violation, an error in the console, a blocked request, text that is cut off, or a picture
// that is not as it was when somebody last looked at it (`album.mjs`).
import { mkdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { openAlbum } from "./album.mjs";
import { bundle, withBrowser } from "./browser.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RESULTS = `${ROOT}test-results`;
/** `npm run screens -- narrow 18` takes only looks and scenes whose names begin so; `--keep` keeps what differs in the album. */
const [wantedLook = "", wantedScene = ""] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const KEEP = process.argv.includes("--keep");
const LOOKS = [
  { name: "wide-light-en", width: 1200, height: 760, scale: 1, theme: "light", interface: "en" },
  { name: "wide-dark-ru", width: 1200, height: 760, scale: 1, theme: "dark", interface: "ru" },
  { name: "narrow-dark-en", width: 480, height: 800, scale: 1, theme: "dark", interface: "en" },
  { name: "narrow-light-ru-2x", width: 480, height: 800, scale: 2, theme: "light", interface: "ru" },
  { name: "zoomed-light-en", width: 550, height: 380, scale: 2, theme: "light", interface: "en" },
  { name: "phone-light-ru", width: 320, height: 640, scale: 2, theme: "light", interface: "ru", still: true },
];

/** Pages that work side by side. On two cores one, two and three took 33, 28 and 27 s for the same look while others worked, too. */
const AT_ONCE = 2;

const looks = LOOKS.filter(({ name }) => name.startsWith(wantedLook));

/** Leads the page to the scene. */
async function walk(page, scene, start) {
  await tell(page, scene, start);
  if (scene.type) await page.locator("#say").fill(scene.type);
  await page.evaluate((refusals) => Object.assign(window.wilcoCore.refusals, refusals), scene.refusals ?? {});
  for (const press of [scene.press ?? []].flat()) await page.keyboard.press(press);
  for (const target of [scene.click ?? []].flat()) await page.locator(target).click();
  if (scene.section) await openSection(page, scene.section);
  for (const [field, text] of Object.entries(scene.fill ?? {})) await page.locator(field).fill(text);
  for (const [field, choice] of Object.entries(scene.choose ?? {})) await page.locator(field).selectOption(choice);
  if (scene.then) await page.locator(scene.then).click();
  for (const [call, pieces] of Object.entries(scene.pour ?? {})) await page.evaluate(([call, pieces]) => window.wilcoCore.pour(call, ...pieces), [call, pieces]);
  if (scene.walk) await page.evaluate(walkThrough, scene.walk);
  if (scene.show) await page.locator(scene.show).scrollIntoViewIfNeeded();
  await settle(page);
  if (scene.hover) await point(page, page.locator(scene.hover));
}

/** Until nothing moves any more. */
async function settle(page) {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)));
  await page.evaluate(atRest);
}

/** Points at what is seen of an element, once more if it moved away meanwhile. `hover()` may scroll first, not always alike. */
async function point(page, target) {
  for (let tries = 0; tries < 10; tries++) {
    await page.mouse.move(...(await target.evaluate(inSight)));
    await settle(page);
    if (await target.evaluate((one) => one.matches(":hover"))) return;
  }
  throw new Error("the pointer does not stay on it");
}

/** What is wrong with what the page shows. */
async function wrong(page) {
  return [...(await page.evaluate(overflowing)), ...(await page.evaluate(inaccessible)), ...(await page.evaluate(strange))];
}

/** The window is told by the channel that it opened, the pill by its own, and what it looks like as well. */
async function tell(page, scene, start) {
  if (scene.page === "overlay") {
    await page.locator("main").waitFor();
    const look = { is: "changed", settings: start.settings, keys: {} };
    await page.evaluate((events) => window.wilcoCore.pour("watch", ...events), [look, ...scene.events]);
    return;
  }
  await page.locator(".window, .silent").waitFor();
  await page.evaluate((events) => window.wilcoCore.tell(...events), scene.events);
}

/** By the list at the side, or by the choice that stands in its place where there is no room. */
async function openSection(page, section) {
  const button = page.locator(`[data-section=${section}]`);
  if (await button.isVisible()) await button.click();
  else await page.locator("#section").selectOption(section);
}

/** In the page: what axe finds. Nothing here comes from elsewhere, so there is nothing that it would have to load first. */
async function inaccessible() {
  const { violations } = await window.axe.run({ preload: false, resultTypes: ["violations"] });
  return violations.map((one) => `${one.id}: ${one.help} ${one.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
}

/** In the page: whatever sticks out of the window sideways, or makes it scroll as a whole. */
function overflowing() {
  const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
  const scrolls = scrollWidth > clientWidth || scrollHeight > clientHeight;
  const out = [...document.querySelectorAll("button, select, input, p, h1, h2, h3, label, kbd")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && (box.right > innerWidth + 1 || box.left < -1);
  });
  // what sticks out of something that scrolls within the window is cut off there
  const cut = [...document.querySelectorAll("dialog, main, aside, nav")].filter((element) => element.scrollWidth > element.clientWidth + 1);
  return [...(scrolls ? ["the page scrolls"] : []), ...[...out, ...cut].map((element) => `sticks out: ${element.outerHTML.slice(0, 120)}`)];
}

/** In the page: from the end of a list to its beginning, a screen at a time. */
async function walkThrough(css) {
  const list = document.querySelector(css);
  // to the very top: how high a list is thought to be before it was seen differs from time to time
  for (let at = list.scrollHeight; list.scrollTop > 0 || at > 0; at -= list.clientHeight / 2) {
    list.scrollTop = at;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
}

/** In the page: the middle of what is seen of an element in whatever it scrolls in. */
function inSight(element) {
  const boxes = [element, element.closest("main, nav")].map((one) => one.getBoundingClientRect());
  const middle = (start, end) => (Math.max(...boxes.map((box) => box[start])) + Math.min(...boxes.map((box) => box[end]))) / 2;
  return [middle("left", "right"), middle("top", "bottom")];
}

/** In the page: until nothing has scrolled or grown for some frames; a list that is long measures what it shows before it stays. */
async function atRest() {
  const places = () => [...document.querySelectorAll("main, dialog, [data-turn]")].map((one) => `${one.scrollTop} ${one.getBoundingClientRect().top}`).join();
  for (let before = null, still = 0; still < 6; ) {
    await new Promise(requestAnimationFrame);
    const now = places();
    still = now === before ? still + 1 : 0;
    before = now;
  }
}

/** In the page: whatever a text may have become that is more than text. */
function strange() {
  const bad = [...document.querySelectorAll("body script, iframe, object, embed, img, video, audio, form[action], base, meta[http-equiv], a[href]:not(.skip), [onerror], [onload], [onclick]")];
  return [...bad.map((element) => `not text: ${element.outerHTML.slice(0, 120)}`), ...(window.hacked ? ["a script of a text ran"] : [])];
}

/** A page of that look, and what it complains of by itself: `heard`. */
async function open(browser, url, look, { axe }) {
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    deviceScaleFactor: look.scale,
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: look.still ? "reduce" : "no-preference",
  });
  const page = await context.newPage();
  // a machine that is busy with other things is no fault of the page
  page.setDefaultTimeout(120_000);
  const heard = [];
  page.on("request", (request) => request.url().startsWith(url) || heard.push(`asks for ${request.url().slice(0, 120)}`));
  page.on("dialog", (dialog) => {
    heard.push(`opens a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("console", (message) => message.type() === "error" && heard.push(message.text()));
  page.on("pageerror", (error) => heard.push(String(error)));
  await page.addInitScript(axe);
  return { look, page, heard };
}

/** One scene from its start on, in a page that may have shown others. A fault of any kind is told, not thrown. */
async function shoot({ look, page, heard }, url, scene, { mock, album }) {
  const start = scene.start({ appearance: { theme: look.theme, interface: look.interface, overlay: true, autostart: false, welcomed: true } });
  const given = `window.wilcoSnapshot = ${JSON.stringify(start)}; window.wilcoAnswers = ${JSON.stringify(scene.answers ?? {})};\n${mock}`;
  const script = await page.addInitScript(given);
  try {
    // where the last scene left the pointer, something may lie in this one
    await page.mouse.move(0, 0);
    await page.setViewportSize(scene.size ?? { width: look.width, height: look.height });
    await page.goto(`${url}${scene.page ? `${scene.page}.html` : ""}`);
    await walk(page, scene, start);
    const name = `${look.name}/${scene.name}`;
    // at once, for some marks pass; what goes round and round stands at its beginning
    const png = await page.screenshot({ path: `${RESULTS}/${name}.png`, animations: "disabled" });
    return [...(await wrong(page)), ...heard.splice(0), ...(await album.look(name, png, look.scale))];
  } catch (error) {
    return [String(error), ...heard.splice(0)];
  } finally {
    await script.dispose();
  }
}

/** Takes one shot after the other off the common heap. A page serves until the look changes: most of the time a new one would
    take goes into starting its process and reading axe for the first time, and a page that is loaded anew knows nothing of the last. */
async function work(browser, url, shots, tools) {
  let failed = 0;
  let stage;
  for (const { look, scene } of shots) {
    if (stage?.look !== look) {
      await stage?.page.context().close();
      stage = await open(browser, url, look, tools);
    }
    const faults = await shoot(stage, url, scene, tools);
    faults.forEach((fault) => console.error(`${look.name}/${scene.name}: ${fault}`));
    failed += faults.length;
  }
  await stage?.page.context().close();
  return failed;
}

async function main() {
  const began = Date.now();
  await rm(RESULTS, { recursive: true, force: true });
  await mkdir(RESULTS, { recursive: true });
  const scenes = await import(`data:text/javascript,${encodeURIComponent(await bundle("scenes.ts", "es"))}`);
  const shown = scenes.SCENES.filter(({ name }) => name.startsWith(wantedScene));
  const shots = looks.flatMap((look) => shown.filter(({ looks }) => !looks || looks.includes(look.name)).map((scene) => ({ look, scene })));
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const mock = await bundle("mock.ts", "iife");
  await withBrowser(async (browser, url) => {
    const heap = shots.values();
    const album = await openAlbum(browser, KEEP);
    const failed = await Promise.all(Array.from({ length: AT_ONCE }, () => work(browser, url, heap, { mock, axe, album })));
    const strangers = wantedLook || wantedScene ? [] : await album.strangers();
    strangers.forEach((fault) => console.error(fault));
    const faults = failed.reduce((sum, one) => sum + one, strangers.length);
    console.log(`${shots.length} pictures in test-results/ in ${Math.round((Date.now() - began) / 1000)} s, ${faults} faults`);
    process.exitCode = faults === 0 ? 0 : 1;
  });
}

await main();
