/**
 * @typedef {{ x: number, y: number, rgb: number[] }} Point a pixel of the image, and the colour in which it is seen
 * @typedef {import('playwright-core').Page} Page
 */

/** Points across and down that are read. */
const SIDE = 64;

/**
 * Waits until the first viewport shows an image, and reads points of its canvas. Pixels are drawn without interpolation for that,
 * and points near the edge of a pixel are left out.
 * @param {Page} page
 * @param {number} patience milliseconds
 * @returns {Promise<Point[] | string>} or the words that are shown instead of the image
 */
export async function canvasPoints(page, patience) {
  const text = await shownWords(page, patience);
  if (text !== '') return text.replace(/\s+/g, ' ');
  // OHIF draws the image again when the viewport gets its final size.
  await page.waitForTimeout(1500);
  return await page.evaluate(async (side) => {
    const { services } = /** @type {any} */ (window);
    const viewport = services.cornerstoneViewportService.getCornerstoneViewport(
      services.viewportGridService.getActiveViewportId(),
    );
    viewport.setProperties({ interpolationType: 0 });
    viewport.render();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const canvas = viewport.canvas;
    const { imageData, dimensions } = viewport.getImageData();
    const [columns, rows] = dimensions;
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(canvas, 0, 0);
    const pixels = context.getImageData(0, 0, copy.width, copy.height).data;
    const ratio = canvas.width / canvas.clientWidth;
    // Where the image lies, so that all points fall on it.
    const ends = [
      [0, 0],
      [columns - 1, rows - 1],
    ].map(([x, y]) => viewport.worldToCanvas(imageData.indexToWorld([x, y, 0])));
    const points = [];
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        const at = [column, row].map((step, axis) =>
          Math.floor((ends[0][axis] + ((ends[1][axis] - ends[0][axis]) * (step + 0.5)) / side) * ratio),
        );
        const [px, py] = /** @type {[number, number]} */ (at);
        if (px < 0 || py < 0 || px >= copy.width || py >= copy.height) continue;
        const [x, y] = imageData.worldToIndex(viewport.canvasToWorld([(px + 0.5) / ratio, (py + 0.5) / ratio]));
        const isNearEdge = [x, y].some((one) => Math.abs(one - Math.floor(one) - 0.5) < 0.15);
        if (isNearEdge || x < 0 || y < 0 || Math.round(x) >= columns || Math.round(y) >= rows) continue;
        const offset = (py * copy.width + px) * 4;
        points.push({ x: Math.round(x), y: Math.round(y), rgb: [...pixels.subarray(offset, offset + 3)] });
      }
    }
    return points;
  }, SIDE);
}

/**
 * Waits until the first viewport shows an image, or words in its place.
 * @param {Page} page
 * @param {number} patience milliseconds
 * @returns {Promise<string>} the words; empty for an image
 */
async function shownWords(page, patience) {
  const words = await page.waitForFunction(
    () => {
      const cover = document.querySelector('[data-not-shown] h2');
      if (cover) return cover.parentElement?.textContent ?? '';
      const viewport = shownViewport();
      if (viewport?.type === 'wholeSlide') return 'a slide: test/e2e/viewer-studies/kinds.ts compares its colours';
      return viewport?.getCornerstoneImage?.() ? ' ' : '';

      function shownViewport() {
        // The grid is not there before its first pane.
        if (!document.querySelector('[data-cy="viewport-pane"]')) return undefined;
        const { services } = /** @type {any} */ (window);
        const id = services?.viewportGridService?.getActiveViewportId();
        return id && services.cornerstoneViewportService?.getCornerstoneViewport(id);
      }
    },
    undefined,
    { timeout: patience },
  );
  return String(await words.jsonValue()).trim();
}

/**
 * The same pixels of a picture that the archive makes.
 * @param {Page} page
 * @param {string} path
 * @param {readonly Point[]} points
 * @returns {Promise<number[][] | undefined>} nothing if the archive makes none
 */
export async function picturePoints(page, path, points) {
  return await page.evaluate(
    async ([url, places]) => {
      const answer = await fetch(url, { headers: { Accept: 'image/png' } });
      if (!answer.ok) return undefined;
      const picture = await createImageBitmap(await answer.blob(), { colorSpaceConversion: 'none' });
      const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
      if (!context) throw new Error('no canvas');
      context.drawImage(picture, 0, 0);
      const { data } = context.getImageData(0, 0, picture.width, picture.height);
      return places.map(([x, y]) => [...data.subarray((y * picture.width + x) * 4, (y * picture.width + x) * 4 + 3)]);
    },
    /** @type {const} */ ([path, points.map(({ x, y }) => /** @type {const} */ ([x, y]))]),
  );
}
