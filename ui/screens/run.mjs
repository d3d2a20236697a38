// Walks every scene of the built page in a real browser, under the policy that the app sets: takes its picture into
// test-results/, and fails on an axe violation, an error in the console, a blocked request, or text that is cut off.
import { mkdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { bundle, withBrowser } from "./browser.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RESULTS = `${ROOT}test-results`;
/** `npm run screens -- narrow 18` takes only looks and scenes whose names begin so. */
const LOOKS = [
  { name: "wide-light-en", width: 1200, height: 760, scale: 1, theme: "light", interface: "en" },
  { name: "wide-dark-ru", width: 1200, height: 760, scale: 1, theme: "dark", interface: "ru" },
  { name: "narrow-dark-en", width: 480, height: 800, scale: 1, theme: "dark", interface: "en" },
  { name: "narrow-light-ru-2x", width: 480, height: 800, scale: 2, theme: "light", interface: "ru" },
  { name: "zoomed-light-en", width: 550, height: 380, scale: 2, theme: "light", interface: "en" },
  { name: "phone-light-ru", width: 320, height: 640, scale: 2, theme: "light", interface: "ru", still: true },
];

const looks = LOOKS.filter(({ name }) => name.startsWith(process.argv[2] ?? ""));

async function walk(page, scene, axe) {
  const faults = [];
  const hear = (text) => faults.push(text);
  const onConsole = (message) => message.type() === "error" && hear(message.text());
  const onError = (error) => hear(String(error));
  const onRequest = (request) => request.url().startsWith(page.context().wilcoUrl) || hear(`asks for ${request.url().slice(0, 120)}`);
  const onDialog = (dialog) => {
    hear(`opens a dialog: ${dialog.message()}`);
    dialog.dismiss();
  };
  page.on("request", onRequest);
  page.on("dialog", onDialog);
  page.on("console", onConsole);
  page.on("pageerror", onError);
  await page.goto(page.context().wilcoUrl);
  await page.locator(".window, .silent").waitFor();
  await page.evaluate((events) => window.wilcoCore.tell(...events), scene.events);
  if (scene.type) await page.locator("#say").fill(scene.type);
  await page.evaluate((refusals) => Object.assign(window.wilcoCore.refusals, refusals), scene.refusals ?? {});
  for (const press of [scene.press ?? []].flat()) await page.keyboard.press(press);
  for (const target of [scene.click ?? []].flat()) await page.locator(target).click();
  if (scene.section) await openSection(page, scene.section);
  for (const [field, text] of Object.entries(scene.fill ?? {})) await page.locator(field).fill(text);
  if (scene.then) await page.locator(scene.then).click();
  if (scene.walk) await page.evaluate(walkThrough, scene.walk);
  if (scene.hover) await page.locator(scene.hover).hover();
  if (scene.show) await page.locator(scene.show).scrollIntoViewIfNeeded();
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)));
  faults.push(...(await page.evaluate(overflowing)));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  faults.push(...violations.map((one) => `${one.id}: ${one.help} ${one.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`));
  faults.push(...(await page.evaluate(strange)));
  page.off("request", onRequest);
  page.off("dialog", onDialog);
  page.off("console", onConsole);
  page.off("pageerror", onError);
  return faults;
}

/** By the list at the side, or by the choice that stands in its place where there is no room. */
async function openSection(page, section) {
  const button = page.locator(`[data-section=${section}]`);
  if (await button.isVisible()) await button.click();
  else await page.locator("#section").selectOption(section);
}

/** In the page: whatever sticks out of the window sideways, or makes it scroll as a whole. */
function overflowing() {
  const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
  const scrolls = scrollWidth > clientWidth || scrollHeight > clientHeight;
  const out = [...document.querySelectorAll("button, select, input, p, h1, h2, h3, label, kbd")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && (box.right > innerWidth + 1 || box.left < -1);
  });
  return [...(scrolls ? ["the page scrolls"] : []), ...out.map((element) => `sticks out: ${element.outerHTML.slice(0, 120)}`)];
}

/** In the page: from the end of a list to its beginning, a screen at a time. */
async function walkThrough(css) {
  const list = document.querySelector(css);
  for (let at = list.scrollHeight; at > 0; at -= list.clientHeight / 2) {
    list.scrollTop = at;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
}

/** In the page: whatever a text may have become that is more than text. */
function strange() {
  const bad = [...document.querySelectorAll("body script, iframe, object, embed, img, video, audio, form[action], base, meta[http-equiv], a[href]:not(.skip), [onerror], [onload], [onclick]")];
  return [...bad.map((element) => `not text: ${element.outerHTML.slice(0, 120)}`), ...(window.hacked ? ["a script of a text ran"] : [])];
}

async function photograph(browser, url, scenes, scripts) {
  let failed = 0;
  for (const look of looks) {
    const context = await browser.newContext({
      viewport: { width: look.width, height: look.height },
      deviceScaleFactor: look.scale,
      reducedMotion: look.still ? "reduce" : "no-preference",
    });
    context.wilcoUrl = url;
    for (const scene of scenes) {
      const page = await context.newPage();
      const start = scene.start({ appearance: { theme: look.theme, interface: look.interface, overlay: true, autostart: false, welcomed: true } });
      await page.addInitScript(`window.wilcoSnapshot = ${JSON.stringify(start)}; window.wilcoAnswers = ${JSON.stringify(scene.answers ?? {})};\n${scripts.mock}`);
      const faults = await walk(page, scene, scripts.axe);
      await page.screenshot({ path: `${RESULTS}/${look.name}/${scene.name}.png` });
      await page.close();
      faults.forEach((fault) => console.error(`${look.name}/${scene.name}: ${fault}`));
      failed += faults.length;
    }
    await context.close();
  }
  return failed;
}

async function main() {
  await rm(RESULTS, { recursive: true, force: true });
  await mkdir(RESULTS, { recursive: true });
  const scenes = await import(`data:text/javascript,${encodeURIComponent(await bundle("scenes.ts", "es"))}`);
  const shown = scenes.SCENES.filter(({ name }) => name.startsWith(process.argv[3] ?? ""));
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const mock = await bundle("mock.ts", "iife");
  await withBrowser(async (browser, url) => {
    const failed = await photograph(browser, url, shown, { mock, axe });
    console.log(`${looks.length * shown.length} pictures in test-results/, ${failed} faults`);
    process.exitCode = failed === 0 ? 0 : 1;
  });
}

await main();
