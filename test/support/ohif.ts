import type { Page } from 'playwright-core';

/** What a viewport shows, reduced to what a test can compare. */
export interface Painted {
  /** How many different grey values. */
  readonly greys: number;
  /** Changes with any pixel. */
  readonly hash: string;
}

/** Without it a tour of the viewer covers the images on a first visit. */
export async function skipTours(page: Page): Promise<void> {
  await page.addInitScript(() => localStorage.setItem('shownTours', JSON.stringify(['basicViewerTour'])));
}

/** The pixels of the first viewport, read from its canvas. */
export async function painted(page: Page): Promise<Painted> {
  return page.evaluate(async () => {
    const source = document.querySelector<HTMLCanvasElement>('canvas.cornerstone-canvas');
    if (!source?.width) return { greys: 0, hash: '' };
    const copy = new OffscreenCanvas(source.width, source.height);
    const context = copy.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(source, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    const greys = new Set<number>();
    for (let at = 0; at < data.length; at += 4) {
      if (data[at] === data[at + 1] && data[at] === data[at + 2]) greys.add(data[at] as number);
    }
    const digest = await crypto.subtle.digest('SHA-256', data);
    const hash = [...new Uint8Array(digest).subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return { greys: greys.size, hash };
  });
}

/** Waits until the first viewport satisfies a condition, and returns what it then shows. */
export async function untilPainted(
  page: Page,
  condition: (now: Painted) => boolean,
  patienceMs = 60_000,
): Promise<Painted> {
  let now = await painted(page);
  for (const deadline = Date.now() + patienceMs; !condition(now); now = await painted(page)) {
    if (Date.now() > deadline) throw new Error(`The viewport shows ${JSON.stringify(now)}.`);
    await page.waitForTimeout(100);
  }
  return now;
}
