// The built page in a real browser, under the policy that the app sets. Shared by the pictures and the measurements.
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build, preview } from "vite";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src ipc: http://ipc.localhost";

/** Compiles a TypeScript file of this folder to one script. */
export async function bundle(entry, format) {
  const lib = { entry: `${HERE}${entry}`, formats: [format], name: "bundled", fileName: "bundled" };
  const made = await build({ configFile: false, root: ROOT, logLevel: "warn", build: { lib, write: false, minify: false } });
  return made[0].output[0].code;
}

/** Gives a browser and the address of the page to `work`, and closes both. */
export async function withBrowser(work) {
  const server = await preview({ root: ROOT, logLevel: "warn", preview: { host: "127.0.0.1", port: 0, headers: { "Content-Security-Policy": POLICY } } });
  const executablePath = process.env.WILCO_CHROMIUM ?? "/usr/bin/chromium";
  // the same letters on every machine
  const env = { ...process.env, FONTCONFIG_FILE: `${HERE}fonts.conf` };
  const browser = await chromium.launch({ executablePath, env, args: ["--no-sandbox", "--headless", "--disable-gpu"] });
  try {
    await work(browser, `http://127.0.0.1:${server.httpServer.address().port}/`);
  } finally {
    await browser.close();
    await server.close();
  }
}
