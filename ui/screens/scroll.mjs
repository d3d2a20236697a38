// Scrolls a conversation of 10,000 turns from end to beginning and back, and prints how long its frames took; then reads
// it page by page, and looks whether what is seen stays where it is. Fails where one of them is not good enough.
import { bundle, withBrowser } from "./browser.mjs";

const TURNS = 10_000;
const FRAMES = 600;

/** In the page: frame by frame through `main`; how long each took in milliseconds, and the most turns that were there. */
async function scroll(frames) {
  const main = document.querySelector("main");
  const frame = () => new Promise(requestAnimationFrame);
  const took = [];
  let most = 0;
  let before = await frame();
  for (const half of [1, -1]) {
    for (let step = 0; step < frames / 2; step++) {
      main.scrollTop -= half * 120;
      const now = await frame();
      took.push(now - before);
      before = now;
      most = Math.max(most, document.querySelectorAll("[data-turn]").length);
    }
    // far away at once, as by the scroll bar
    main.scrollTop = half > 0 ? main.scrollHeight / 3 : 0;
    await frame();
    before = await frame();
  }
  return { took, most };
}

/** In the page: how far the turn in sight moves when older ones come before it. */
async function anchored() {
  const main = document.querySelector("main");
  const wait = async (done) => {
    for (let n = 0; n < 200 && !done(); n++) await new Promise(requestAnimationFrame);
  };
  const seen = () => [...document.querySelectorAll("[data-turn]")].find((turn) => turn.getBoundingClientRect().bottom > main.getBoundingClientRect().top + 80);
  let worst = 0;
  for (let page = 0; page < 4; page++) {
    const calls = window.wilcoCore.calls.length;
    main.scrollTop = 700;
    for (let n = 0; n < 3; n++) await new Promise(requestAnimationFrame);
    const turn = seen().dataset.turn;
    const top = () => document.querySelector(`[data-turn="${turn}"]`)?.getBoundingClientRect().top ?? NaN;
    const at = top();
    await wait(() => window.wilcoCore.calls.length > calls);
    for (let n = 0; n < 10; n++) await new Promise(requestAnimationFrame);
    worst = Math.max(worst, Math.abs(top() - at));
    if (Number.isNaN(top())) worst = Infinity;
  }
  return worst;
}

/** In the page: as many kept turns as there are, of many heights. */
function keep({ turns, atOnce }) {
  const entry = (id) => ({
    id, conversation: 1, at: "", mode: "chat", languages: { mine: "en", theirs: "es" },
    transcript: `Question ${id}: ${"what was it that we said? ".repeat(id % 7)}`,
    reply: `Answer **${id}**.\n\n${"It was this, and then that. ".repeat((id * 7) % 23)}\n\n- one\n- two \`three\``,
    heard: "", outcome: "done", failed_stage: null, failed_kind: null, answered_by: [["hear", "pocketsphinx"], ["think", "no-model"], ["speak", "flite"]],
    marks: [{ mark: "key_up", ms: 900 }, { mark: "stt_final", ms: 1000 }, { mark: "first_phrase", ms: 1100 }, { mark: "first_audio", ms: 1200 }],
    release_to_first_audio_ms: 300, recording: null, starred: false,
  });
  window.wilcoCore.answers.turns = ({ page }) => {
    const end = page.before ?? turns + 1;
    const first = Math.max(1, end - (atOnce ? turns : page.most));
    return Array.from({ length: end - first }, (_, index) => entry(first + index));
  };
}

async function open(browser, url, mock, atOnce) {
  const page = await browser.newPage({ viewport: { width: 900, height: 800 } });
  await page.addInitScript(`window.wilcoSnapshot = null; window.wilcoAnswers = {};\n${mock}`);
  await page.addInitScript(`(${keep})(${JSON.stringify({ turns: TURNS, atOnce })})`);
  page.on("pageerror", (error) => console.error(String(error)));
  page.on("console", (message) => message.type() === "error" && console.error(message.text()));
  await page.goto(url);
  await page.locator("[data-turn]").first().waitFor();
  await page.waitForTimeout(500);
  return page;
}

await withBrowser(async (browser, url) => {
  const { start } = await import(`data:text/javascript,${encodeURIComponent(await bundle("start.ts", "es"))}`);
  const mock = (await bundle("mock.ts", "iife")).replace("", `window.wilcoSnapshot = ${JSON.stringify(start)};\n`);
  const { took, most } = await (await open(browser, url, mock, true)).evaluate(scroll, FRAMES);
  const sorted = took.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.floor(part * (sorted.length - 1))].toFixed(1);
  const late = took.filter((ms) => ms > 17.5).length;
  console.log(`${TURNS} turns, ${took.length} frames: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms; ${late} later than 1/60 s; at most ${most} turns in the page`);
  const moved = await (await open(browser, url, mock, false)).evaluate(anchored);
  console.log(`what is seen moves by ${moved.toFixed(1)} pixels when older turns come`);
  process.exitCode = most > 60 || !(moved < 2) ? 1 : 0;
});
