import type { Page } from 'playwright-core';
import type { OhifWindow } from './ohif';

/** What is used of Cornerstone's tools. */
interface ToolsWindow {
  readonly cornerstoneTools: {
    readonly annotation: { readonly state: { removeAllAnnotations(): void } };
  };
}

/** Columns and rows of pixels. */
export type Places = readonly (readonly [number, number])[];

/** Where places of the image in the first viewport are in the window. */
async function inWindow(page: Page, places: Places): Promise<[number, number][]> {
  return page.evaluate((all) => {
    const { cornerstone } = window as unknown as OhifWindow;
    const shown = cornerstone!.getRenderingEngines()[0]!.getViewports()[0]!;
    const { left, top } = shown.canvas.getBoundingClientRect();
    return all.map(([column, row]) => {
      const [x, y] = shown.worldToCanvas(shown.getImageData()!.imageData.indexToWorld([column, row, 0]));
      return [left + x!, top + y!];
    });
  }, places);
}

/** Chooses a tool of OHIF for the left button. */
async function chooseTool(page: Page, toolName: string): Promise<void> {
  await page.evaluate((name) => {
    const { commandsManager } = window as unknown as OhifWindow;
    commandsManager!.run('setToolActiveToolbar', { toolName: name, toolGroupIds: ['default'] });
  }, toolName);
}

/** Draws with a tool from place to place, with the button down, on the image in the first viewport. */
export async function drawFreely(page: Page, toolName: string, places: Places): Promise<void> {
  await chooseTool(page, toolName);
  const [first, ...others] = await inWindow(page, places);
  await page.mouse.move(...first!);
  await page.mouse.down();
  for (const point of others) await page.mouse.move(...point, { steps: 8 });
  await page.mouse.up();
}

/** Clicks with a tool at places of the image in the first viewport. */
export async function clickTool(page: Page, toolName: string, places: Places): Promise<void> {
  await chooseTool(page, toolName);
  for (const point of await inWindow(page, places)) {
    await page.mouse.move(...point, { steps: 5 });
    await page.mouse.click(...point);
  }
}

/** Removes all that was measured. */
export async function clearMeasurements(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { cornerstone } = window as unknown as OhifWindow;
    (window as unknown as ToolsWindow).cornerstoneTools.annotation.state.removeAllAnnotations();
    cornerstone!.getRenderingEngines()[0]!.getViewports()[0]!.render();
  });
}
