// Takes the pictures of the README: the built page in a real browser, at twice its size, on the scenes of `story.ts`.
import { fileURLToPath } from "node:url";
import { bundle, withBrowser } from "./browser.mjs";

const FOLDER = fileURLToPath(new URL("../../assets/screenshots", import.meta.url));

const { ANSWERS, PICTURES, start } = await import(`data:text/javascript,${encodeURIComponent(await bundle("story.ts", "es"))}`);
const mock = await bundle("mock.ts", "iife");

async function take(browser, url, picture) {
  const now = start(picture);
  const page = await browser.newPage({ viewport: { width: picture.width, height: picture.height }, deviceScaleFactor: 2 });
  page.on("pageerror", (error) => console.error(`${picture.name}: ${error}`));
  await page.addInitScript(`window.wilcoSnapshot = ${JSON.stringify(now)}; window.wilcoAnswers = ${JSON.stringify(ANSWERS)};\n${mock}`);
  await page.goto(`${url}${picture.page ? `${picture.page}.html` : ""}`);
  if (picture.page) {
    await page.locator("main").waitFor();
    const settings = { is: "changed", settings: now.settings, keys: {} };
    await page.evaluate((events) => window.wilcoCore.pour("watch", ...events), [settings, ...picture.events]);
  } else {
    await page.locator(".window").waitFor();
    await page.evaluate((events) => window.wilcoCore.tell(...events), picture.events);
  }
  for (const target of picture.click ?? []) await page.locator(target).first().click();
  if (picture.show) await page.locator(picture.show).scrollIntoViewIfNeeded();
  // no caret, no pointer, and half of the second sentence said
  await page.mouse.move(0, 0);
  await page.waitForTimeout(1200);
  await page.screenshot({ path: `${FOLDER}/${picture.name}.png`, omitBackground: true });
  await page.close();
}

await withBrowser(async (browser, url) => {
  for (const picture of PICTURES) await take(browser, url, picture);
  console.log(`${PICTURES.length} pictures in assets/screenshots/`);
});
