// Runs in the page before the page's own scripts: puts the scripted core in Rust's place, and stops the clock.
import { core, type Core } from "../test/core";
import { NOW } from "./clock";
import type { Snapshot } from "../src/types";

declare global {
  interface Window {
    wilcoSnapshot: Snapshot | null;
    wilcoAnswers: Core["answers"];
    wilcoCore: Core;
  }
}

Date.now = () => NOW;
window.wilcoCore = core(window.wilcoSnapshot);
Object.assign(window.wilcoCore.answers, window.wilcoAnswers);
