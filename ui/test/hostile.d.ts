/** Each a text of its own. */
export const HOSTILE: string[];
