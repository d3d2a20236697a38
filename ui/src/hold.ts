// Holding, by whatever means: mouse, touch, pen, a key, or one click of an assistive device that cannot hold. One press
// and one release come out, however the input ends.

/** `finish` ends what a click began, whatever the style of the key. */
export type Hold = { press: () => void; release: () => void; finish: () => void; cancel: () => void };

/** Attaches to the talk button; Space works anywhere that has no other use for it. Gives back how to detach. */
export function holdable(button: HTMLElement, hold: Hold): () => void {
  let holder: string | null = null;
  const down = (who: string): void => {
    if (holder !== null) return;
    holder = who;
    hold.press();
  };
  const up = (who: string): void => {
    if (holder !== who) return;
    letGo();
  };
  const letGo = (): void => {
    if (holder === null) return;
    const by = holder;
    holder = null;
    if (by === "click") hold.finish();
    else hold.release();
  };

  const on: Listeners = {
    pointerdown: (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      button.focus({ preventScroll: true });
      button.setPointerCapture?.(event.pointerId);
      down(`pointer ${event.pointerId}`);
    },
    pointerup: (event) => up(`pointer ${event.pointerId}`),
    pointercancel: (event) => up(`pointer ${event.pointerId}`),
    lostpointercapture: (event) => up(`pointer ${event.pointerId}`),
    contextmenu: (event) => event.preventDefault(),
    // A screen reader's click has no pointer: the first opens, the second closes.
    click: (event) => {
      if (event.detail !== 0) return;
      if (holder === "click") up("click");
      else down("click");
    },
  };
  const onWindow: Listeners = {
    keydown: (event) => {
      if (covered()) return;
      if (event.key === "Escape" && !event.repeat && !event.isComposing) hold.cancel();
      if (!isTalkKey(event, button)) return;
      event.preventDefault();
      if (!event.repeat) down(event.key);
    },
    keyup: (event) => {
      if (event.key === holder || isTalkKey(event, button)) event.preventDefault();
      up(event.key);
    },
    blur: letGo,
  };
  const hidden = (): void => {
    if (document.visibilityState === "hidden") letGo();
  };

  const detach = [listen(button, on), listen(window, onWindow)];
  document.addEventListener("visibilitychange", hidden);
  return () => {
    detach.forEach((one) => one());
    document.removeEventListener("visibilitychange", hidden);
    letGo();
  };
}

type Listeners = { [K in keyof WindowEventMap]?: (event: WindowEventMap[K]) => void };

function listen(target: EventTarget, listeners: Listeners): () => void {
  const entries = Object.entries(listeners) as [string, EventListener][];
  entries.forEach(([name, listener]) => target.addEventListener(name, listener));
  return () => entries.forEach(([name, listener]) => target.removeEventListener(name, listener));
}

function isTalkKey(event: KeyboardEvent, button: HTMLElement): boolean {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return false;
  if (event.target === button) return event.key === " " || event.key === "Enter";
  return event.key === " " && !hasOwnUse(event.target);
}

/** Where Space already means something. */
function hasOwnUse(target: EventTarget | null): boolean {
  const own = "input, textarea, select, button, a[href], summary, [contenteditable], [role=button]";
  return target instanceof Element && target.closest(own) !== null;
}

/** A dialog stands before all of it: keys are its own, also when nothing in it has the focus. */
function covered(): boolean {
  return document.querySelector("dialog[open]") !== null;
}
