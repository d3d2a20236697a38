// A start in the middle of a kept conversation. Its own file because the measurements need nothing else of the scenes.
import { snapshot } from "../test/core";

export const start = { ...snapshot(), conversation: 1 };
