// The app's window as a person sees it, read and used through WebKit's own driver. Its own file because it knows the
// protocol (W3C WebDriver) and nothing of sound.

import { createServer } from 'node:net';
import { until } from './desk.mjs';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'; // so named by the standard

/** A port that nobody uses now. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Window {
  #address;
  #session;

  /** Starts `binary` on `desk`, under the driver, and waits for its page. */
  static async open(desk, binary) {
    const window = new Window();
    const port = await freePort();
    window.#address = `http://127.0.0.1:${port}`;
    // The app's web view lets itself be driven only if it is told so when it starts.
    const automation = { TAURI_AUTOMATION: 'true', TAURI_WEBVIEW_AUTOMATION: 'true' };
    desk.start('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], undefined, 'ignore', automation);
    await until('the driver', () => window.#ask('GET', '/status'));
    const alwaysMatch = { 'webkitgtk:browserOptions': { binary, args: [] } };
    window.#session = (await window.#ask('POST', '/session', { capabilities: { alwaysMatch } })).sessionId;
    await until('the main window', () => window.#choose());
    return window;
  }

  async #ask(method, path, body) {
    const answer = await fetch(this.#address + path, { method, body: body && JSON.stringify(body), signal: AbortSignal.timeout(60_000) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }

  /** Goes to the main window; there is an overlay as well. */
  async #choose() {
    for (const handle of await this.#say('GET', '/window/handles')) {
      await this.#say('POST', '/window', { handle });
      if (!(await this.#say('GET', '/url')).includes('overlay.html')) return true;
    }
    return false;
  }

  #say(method, path, body) {
    return this.#ask(method, `/session/${this.#session}${path}`, body);
  }

  /** The element, as soon as the page has drawn it. */
  async #find(css) {
    const found = await until(css, () => this.#say('POST', '/element', { using: 'css selector', value: css }));
    return found[ELEMENT];
  }

  async has(css) {
    return (await this.#say('POST', '/elements', { using: 'css selector', value: css })).length > 0;
  }

  async text(css) {
    return this.#say('GET', `/element/${await this.#find(css)}/text`);
  }

  async attribute(css, name) {
    return this.#say('GET', `/element/${await this.#find(css)}/attribute/${name}`);
  }

  async type(css, text) {
    await this.#say('POST', `/element/${await this.#find(css)}/value`, { text });
  }

  async click(css) {
    await this.#say('POST', `/element/${await this.#find(css)}/click`, {});
  }

  /** What `script`, the body of a function on the page, returns. */
  async run(script) {
    return this.#say("POST", "/execute/sync", { script, args: [] });
  }

  /** What a command of the app answers, asked as the page does. */
  async invoke(command, given) {
    const script = 'const [command, given, done] = arguments; window.__TAURI_INTERNALS__.invoke(command, given).then(done, (refusal) => done({ refusal }))';
    return this.#say('POST', '/execute/async', { script, args: [command, given] });
  }

  /** Gives the core an order, as the page does. */
  async order(command) {
    await this.invoke('order', { command });
  }

  /** Asks the app to close. */
  async close() {
    await this.#say('DELETE', '');
  }
}
