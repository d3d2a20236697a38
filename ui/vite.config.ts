// One config for building and testing. The locales lie outside this folder because the tray reads them too.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
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
