import type { Page } from 'playwright-core';
import { decodePng } from '../files/png-decoder.ts';
import { PATIENCE } from './browser.ts';

/** What a viewport shows, reduced to values that a test can compare. */
export interface Painted {
  /** Number of different grey values. */
  readonly greys: number;
  /** Changes when any pixel changes. */
  readonly hash: string;
}

/** For `expect.poll`. */
export const PATIENTLY = { timeout: PATIENCE, interval: 200 };

/** The pixels of the first viewport, read from its canvas. It is read again and again, so this takes little of the processor. */
export async function painted(page: Page): Promise<Painted> {
  return page.evaluate(() => {
    const source = document.querySelector<HTMLCanvasElement>('canvas.cornerstone-canvas');
    if (!source?.width) return { greys: 0, hash: '' };
    const copy = new OffscreenCanvas(source.width, source.height);
    const context = copy.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no canvas');
    context.drawImage(source, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer);
    const greys = new Uint8Array(256);
    // Two sums of FNV-1a: a change of one pixel changes both.
    let [one, other] = [0x811c9dc5, 0xcbf29ce4];
    for (let at = 0; at < pixels.length; at += 1) {
      const pixel = pixels[at] as number;
      const grey = pixel & 255;
      if ((pixel & 0xffffff) === grey * 0x10101) greys[grey] = 1;
      one = Math.imul(one ^ pixel, 0x01000193);
      other = Math.imul(other ^ pixel, 0x85ebca6b);
    }
    const hash = `${one >>> 0} ${other >>> 0}`;
    return { greys: greys.reduce((sum, seen) => sum + seen, 0), hash };
  });
}

/** Waits until the first viewport satisfies a condition, and returns what it shows then. */
export async function untilPainted(page: Page, condition: (now: Painted) => boolean): Promise<Painted> {
  let now = await painted(page);
  for (const deadline = Date.now() + PATIENCE; !condition(now); now = await painted(page)) {
    if (Date.now() > deadline) throw new Error(`The viewport shows ${JSON.stringify(now)}.`);
    await page.waitForTimeout(100);
  }
  return now;
}

/** Number of points across and down that `points` reads. */
export const POINTS = 48;

/** The first viewport as RGB of POINTS by POINTS points, row by row; undefined while there is no viewport. */
export async function points(page: Page): Promise<number[]> {
  return page.evaluate((side) => {
    const source = document.querySelector<HTMLCanvasElement>('canvas.cornerstone-canvas');
    if (!source?.width) return [];
    const small = new OffscreenCanvas(side, side);
    const context = small.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(source, 0, 0, side, side);
    return [...context.getImageData(0, 0, side, side).data].filter((_, at) => at % 4 !== 3);
  }, POINTS);
}

/**
 * Waits until the first viewport shows an image and no longer changes: it is drawn again when it gets its final size.
 */
export async function settled(page: Page, shows: (now: Painted) => boolean): Promise<Painted> {
  let before = await untilPainted(page, shows);
  for (;;) {
    await page.waitForTimeout(300);
    const now = await untilPainted(page, shows);
    if (now.hash === before.hash) return now;
    before = now;
  }
}

/**
 * Opens a study in the viewer, or in another of its modes. Where the page has the viewer already, this is what a user does who goes
 * back to the list and opens the next study: nothing is loaded again, and nothing of the study before may be left.
 */
export async function openStudy(page: Page, origin: string, study: string, mode = 'viewer'): Promise<void> {
  const address = `/${mode}?StudyInstanceUIDs=${study}`;
  const hasViewer = await page.evaluate(
    (ours) => window.location.origin === ours && (window as unknown as OhifWindow).services !== undefined,
    origin,
  );
  if (!hasViewer) {
    await loadStudy(page, origin, study, mode);
    return;
  }
  await follow(page, '/');
  // What the test has drawn may be lost.
  const leave = page.locator('[data-archive-leaving]').getByRole('button', { name: 'Leave' });
  if (await leave.isVisible()) await leave.click();
  await page.getByRole('button', { name: 'Rows per page' }).waitFor({ timeout: PATIENCE });
  await follow(page, address);
}

/** Opens a study on a page that loads the viewer again. */
export async function loadStudy(page: Page, origin: string, study: string, mode = 'viewer'): Promise<void> {
  await page.goto(`${origin}/${mode}?StudyInstanceUIDs=${study}`);
}

/** Has a segmentation or a structure set of the study that is open put over its images: the only one that the study has. */
export async function putOverImages(page: Page): Promise<void> {
  const yes = page.getByRole('button', { name: 'Yes' });
  // OHIF forgets a click on a thumbnail while it draws the list again.
  for (let clicks = 0; clicks < 6 && !(await yes.isVisible()); clicks += 1) {
    await page.locator('[data-cy="study-browser-thumbnail-no-image"]').dblclick();
    await yes.waitFor({ timeout: 15_000 }).catch(() => undefined);
  }
  await yes.click();
}

/** Goes to another address of the viewer as its own links do. */
async function follow(page: Page, address: string): Promise<void> {
  await page.evaluate((to) => {
    window.history.pushState(null, '', to);
    window.dispatchEvent(new PopStateEvent('popstate', { state: null }));
  }, address);
}

/** The study browser's pictures of series: the width of each in pixels, 0 until it is loaded. */
export async function thumbnailWidths(page: Page): Promise<number[]> {
  return page
    .locator('[data-cy="study-browser-thumbnail"] img')
    .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
}

/** What is used of a viewport of Cornerstone. */
interface CornerstoneViewport {
  readonly canvas: HTMLCanvasElement;
  getCamera(): { readonly viewPlaneNormal: readonly number[]; readonly focalPoint: readonly [number, number, number] };
  getImageData(): { readonly imageData: { indexToWorld(index: readonly number[]): number[] } } | undefined;
  getCurrentImageId(): string | undefined;
  worldToCanvas(point: readonly number[]): number[];
  canvasToWorld(point: readonly number[]): number[];
  readonly element: HTMLElement;
  setImageIdIndex(index: number): Promise<unknown>;
  setViewPresentation(change: { readonly flipHorizontal?: boolean; readonly rotation?: number }): void;
  render(): void;
}

interface CornerstoneImage {
  readonly referencedImageId: string;
  getPixelData(): Uint8Array;
}

/** What OHIF sets on its window, as far as it is used. */
export interface OhifWindow {
  readonly cornerstone?: {
    readonly cache: { getImage(imageId: string): CornerstoneImage | undefined; purgeCache(): void };
    readonly metaData: { get(module: string, imageId: string): { readonly imagePositionPatient: readonly number[] } };
    getRenderingEngines(): { getViewports(): CornerstoneViewport[] }[];
    readonly utilities: { jumpToSlice(element: HTMLElement, options: { readonly imageIndex: number }): void };
  };
  readonly archiveViewer?: { readonly unsaved: { isEmpty(): boolean } };
  readonly commandsManager?: { run(command: string | object, options?: object): void };
  readonly services?: {
    readonly displaySetService: {
      getActiveDisplaySets(): { readonly StudyInstanceUID: string; readonly FrameRate?: number }[];
    };
    readonly segmentationService: {
      getSegmentations(): { segmentationId: string; representationData: { Labelmap?: { imageIds?: string[] } } }[];
    };
  };
}

/**
 * The colours in which the first viewport that shows axial images shows places of an image.
 * @param places columns and rows of pixels
 * @returns the image, and red, green and blue of each place; undefined while nothing is shown
 */
export async function shownAt(page: Page, places: readonly (readonly [number, number])[]) {
  return page.evaluate((all) => {
    const { cornerstone } = window as unknown as OhifWindow;
    const viewports = (cornerstone?.getRenderingEngines() ?? []).flatMap((engine) => engine.getViewports());
    const shown = viewports.find((one) => Math.abs(one.getCamera().viewPlaneNormal?.[2] ?? 0) > 0.9);
    const data = shown?.getImageData();
    const imageId = shown?.getCurrentImageId();
    if (!shown || !data || !imageId || !shown.canvas.width) return undefined;
    const { width, height, clientWidth } = shown.canvas;
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no canvas');
    context.drawImage(shown.canvas, 0, 0);
    const [, , depth] = shown.getCamera().focalPoint;
    const colours = all.map(([column, row]) => {
      const [x, y] = data.imageData.indexToWorld([column, row, 0]);
      const [left, top] = shown.worldToCanvas([x!, y!, depth]).map((at) => (at * width) / clientWidth);
      return [...context.getImageData(Math.round(left!), Math.round(top!), 1, 1).data].slice(0, 3);
    });
    return { imageId, colours };
  }, places);
}

/**
 * The colours of the screen, with all that is drawn over images, at places of the image in the first viewport.
 * @param places columns and rows of pixels
 * @returns red, green and blue of each place; undefined while nothing is shown
 */
export async function screenAt(page: Page, places: readonly (readonly [number, number])[]) {
  const points = await page.evaluate((all) => {
    const { cornerstone } = window as unknown as OhifWindow;
    const shown = cornerstone?.getRenderingEngines()[0]?.getViewports()[0];
    const data = shown?.getImageData();
    if (!shown || !data || !shown.getCurrentImageId()) return undefined;
    const { left, top } = shown.canvas.getBoundingClientRect();
    return all.map(([column, row]) => {
      const [x, y] = shown.worldToCanvas(data.imageData.indexToWorld([column, row, 0]));
      return [Math.floor(left + x!), Math.floor(top + y!)] as const;
    });
  }, places);
  if (points === undefined) return undefined;
  const { width, samples, bytes } = decodePng(new Uint8Array(await page.screenshot()));
  return points.map(([x, y]) => [...bytes.subarray((y * width + x) * samples).subarray(0, 3)]);
}

/**
 * Shows another image of the first viewport's series. It is asked for again while it does not come: OHIF drops a request for an
 * image without a word when it replaces what a viewport shows.
 * @param index from 0
 */
export async function scrollTo(page: Page, index: number): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; !(await scrolled(page, index)); ) {
    if (Date.now() > deadline) throw new Error(`The viewport does not show image ${index}.`);
  }
}

/** Asks for an image once. @returns whether it was shown within some seconds */
async function scrolled(page: Page, index: number): Promise<boolean> {
  return page.evaluate(async (to) => {
    const { cornerstone } = window as unknown as OhifWindow;
    const viewport = cornerstone!.getRenderingEngines()[0]!.getViewports()[0]!;
    const shown = viewport.setImageIdIndex(to).then(() => true);
    return Promise.race([shown, new Promise<boolean>((resolve) => setTimeout(resolve, 10_000, false))]);
  }, index);
}

/**
 * The outlines that are drawn over the first viewport.
 * @returns of each outline the least x and y and the greatest x and y, in millimetres of the frame of reference
 */
export async function drawnLines(page: Page): Promise<number[][]> {
  return page.evaluate(() => {
    const { cornerstone } = window as unknown as OhifWindow;
    const shown = cornerstone?.getRenderingEngines()[0]?.getViewports()[0];
    const paths = [...(shown?.element.querySelectorAll<SVGPathElement>('svg path') ?? [])];
    return paths.map((path) => {
      const { x, y, width, height } = path.getBBox();
      const corners = [[x, y] as const, [x + width, y + height] as const];
      return corners.flatMap((corner) => shown!.canvasToWorld(corner).slice(0, 2).map(Math.round));
    });
  });
}

/**
 * Measures with a tool of OHIF on the image in the first viewport.
 * @param places columns and rows of pixels: the mouse is drawn from the first to the second, and the others are clicked
 */
export async function drawTool(
  page: Page,
  toolName: string,
  places: readonly (readonly [number, number])[],
): Promise<void> {
  const points = await page.evaluate(
    ([name, all]) => {
      const { cornerstone, commandsManager } = window as unknown as OhifWindow;
      commandsManager!.run('setToolActiveToolbar', { toolName: name, toolGroupIds: ['default'] });
      const shown = cornerstone!.getRenderingEngines()[0]!.getViewports()[0]!;
      const { left, top } = shown.canvas.getBoundingClientRect();
      return all.map(([column, row]) => {
        const [x, y] = shown.worldToCanvas(shown.getImageData()!.imageData.indexToWorld([column, row, 0]));
        return [left + x!, top + y!] as const;
      });
    },
    [toolName, places] as const,
  );
  const [first, second, ...others] = points;
  await page.mouse.move(...first!);
  await page.mouse.down();
  await page.mouse.move(...second!, { steps: 5 });
  await page.mouse.up();
  for (const point of others) {
    await page.mouse.move(...point, { steps: 5 });
    await page.mouse.click(...point);
  }
}

/** The texts of measurements over the first viewport, by lines. */
export async function textsOver(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { cornerstone } = window as unknown as OhifWindow;
    const shown = cornerstone?.getRenderingEngines()[0]?.getViewports()[0];
    const lines = [...(shown?.element.querySelectorAll('svg text tspan') ?? [])];
    return lines.map(({ textContent }) => textContent).join('\n');
  });
}
