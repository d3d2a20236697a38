// Runs in the page before the page's own scripts: puts the scripted core in Rust's place.
import { core, type Core } from "../test/core";
import type { Snapshot } from "../src/types";

declare global {
  interface Window {
    wilcoSnapshot: Snapshot | null;
    wilcoAnswers: Core["answers"];
    wilcoCore: Core;
  }
}

window.wilcoCore = core(window.wilcoSnapshot);
Object.assign(window.wilcoCore.answers, window.wilcoAnswers);
