// Walks every scene of the built page in a real browser, under the policy that the app sets: takes its picture into
// test-results/, and fails on an axe violation, an error in the console, a blocked request, or text that is cut off.
import { mkdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build, preview } from "vite";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RESULTS = `${ROOT}test-results`;
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src ipc: http://ipc.localhost";

/** `npm run screens -- narrow` takes only those whose names begin so. */
const LOOKS = [
  { name: "wide-light-en", width: 1100, height: 760, scale: 1, theme: "light", interface: "en" },
  { name: "wide-dark-ru", width: 1100, height: 760, scale: 1, theme: "dark", interface: "ru" },
  { name: "narrow-dark-en", width: 480, height: 800, scale: 1, theme: "dark", interface: "en" },
  { name: "narrow-light-ru-2x", width: 480, height: 800, scale: 2, theme: "light", interface: "ru" },
  { name: "zoomed-light-en", width: 550, height: 380, scale: 2, theme: "light", interface: "en" },
  { name: "phone-light-ru", width: 320, height: 640, scale: 2, theme: "light", interface: "ru", still: true },
];

const looks = LOOKS.filter(({ name }) => name.startsWith(process.argv[2] ?? ""));
/** A second word takes only the scenes that hold it. */
const wanted = process.argv[3] ?? "";

/** Compiles a TypeScript file of this folder to one script. */
async function bundle(entry, format) {
  const lib = { entry: `${HERE}${entry}`, formats: [format], name: "bundled", fileName: "bundled" };
  const made = await build({ configFile: false, root: ROOT, logLevel: "warn", build: { lib, write: false, minify: false } });
  return made[0].output[0].code;
}

async function walk(page, scene, axe) {
  const faults = [];
  const hear = (text) => faults.push(text);
  const onConsole = (message) => message.type() === "error" && hear(message.text());
  const onError = (error) => hear(String(error));
  page.on("console", onConsole);
  page.on("pageerror", onError);
  await page.goto(page.context().wilcoUrl);
  await page.locator(".window, .silent").waitFor();
  await page.evaluate((events) => window.wilcoCore.tell(...events), scene.events);
  if (scene.type) await page.locator("#say").fill(scene.type);
  await page.evaluate((refusals) => Object.assign(window.wilcoCore.refusals, refusals), scene.refusals ?? {});
  await page.evaluate((answers) => Object.assign(window.wilcoCore.answers, answers), scene.answers ?? {});
  for (const target of [scene.click ?? []].flat()) await page.locator(target).click();
  if (scene.section) await openSection(page, scene.section);
  for (const [field, text] of Object.entries(scene.fill ?? {})) await page.locator(field).fill(text);
  if (scene.then) await page.locator(scene.then).click();
  if (scene.show) await page.locator(scene.show).scrollIntoViewIfNeeded();
  await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)));
  faults.push(...(await page.evaluate(overflowing)));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  faults.push(...violations.map((one) => `${one.id}: ${one.help} ${one.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`));
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

async function photograph(browser, url, scenes, scripts) {
  let failed = 0;
  for (const look of looks) {
    const context = await browser.newContext({
      viewport: { width: look.width, height: look.height },
      deviceScaleFactor: look.scale,
      reducedMotion: look.still ? "reduce" : "no-preference",
    });
    context.wilcoUrl = url;
    for (const scene of scenes.filter(({ name }) => name.includes(wanted))) {
      const page = await context.newPage();
      const start = scene.start({ appearance: { theme: look.theme, interface: look.interface, welcomed: true } });
      await page.addInitScript(`window.wilcoSnapshot = ${JSON.stringify(start)};\n${scripts.mock}`);
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
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const mock = await bundle("mock.ts", "iife");
  const server = await preview({ root: ROOT, logLevel: "warn", preview: { host: "127.0.0.1", port: 0, headers: { "Content-Security-Policy": POLICY } } });
  const executablePath = process.env.WILCO_CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--headless", "--disable-gpu"] });
  try {
    const { port } = server.httpServer.address();
    const failed = await photograph(browser, `http://127.0.0.1:${port}/`, scenes.SCENES, { mock, axe });
    console.log(`${looks.length * scenes.SCENES.length} pictures in test-results/, ${failed} faults`);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    await browser.close();
    await server.close();
  }
}

await main();
