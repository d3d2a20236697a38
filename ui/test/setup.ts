// What the page takes for granted of a web view and jsdom lacks.
import { clearMocks } from "@tauri-apps/api/mocks";
import { afterEach } from "vitest";

HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement): void {
  this.open = true;
};
HTMLDialogElement.prototype.close = function (this: HTMLDialogElement): void {
  this.open = false;
  this.dispatchEvent(new Event("close"));
};
Element.prototype.scrollIntoView = () => undefined;
Element.prototype.scrollBy = () => undefined;
Element.prototype.scrollTo = () => undefined;

// Nothing has a size here.
window.ResizeObserver = class {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
};

window.matchMedia = (media) => Object.assign(new EventTarget(), { matches: false, media, onchange: null }) as unknown as MediaQueryList;

afterEach(clearMocks);
