// One config for building and testing. The locales lie outside this folder because the tray reads them too.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { listed } from "../.ci/licences.mjs";

export default defineConfig({
  plugins: [svelte(), svelteTesting(), licences("virtual:licences")],
  clearScreen: false,
  server: { port: 1420, strictPort: true, fs: { allow: [".."] } },
  build: {
    // The oldest engines that know light-dark(); each of our three systems' web views is newer.
    target: ["safari17.5", "chrome123"],
    modulePreload: { polyfill: false },
    // The content policy knows no inlined script or font.
    assetsInlineLimit: 0,
    // The window and the overlay.
    rollupOptions: { input: ["index.html", "overlay.html"] },
  },
  test: { environment: "jsdom", include: ["test/**/*.test.ts"], setupFiles: ["test/setup.ts"] },
});

/** A module of the list of licences, made when something asks for it. */
function licences(name: string): Plugin {
  return {
    name: "licences",
    resolveId: { filter: { id: new RegExp(`^${name}$`) }, handler: () => `\0${name}` },
    load: { filter: { id: new RegExp(`^\0${name}$`) }, handler: () => `export default ${JSON.stringify(listed())}` },
  };
}
