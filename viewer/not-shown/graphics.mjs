/** @type {number | undefined} */
let most;

/** The longest row and column of pixels that the graphics of this computer can hold: 8192 or 16384, as a rule. */
export function mostPixels() {
  const graphics = most === undefined ? document.createElement('canvas').getContext('webgl2') : null;
  most ??= Number(graphics?.getParameter(graphics.MAX_TEXTURE_SIZE) ?? Number.POSITIVE_INFINITY);
  // Browsers allow a page few contexts at a time.
  graphics?.getExtension('WEBGL_lose_context')?.loseContext();
  return most;
}
