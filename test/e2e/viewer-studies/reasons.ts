import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stow } from '../../../scripts/samples/stow.mjs';
import { type FrontDoor, startFrontDoor } from '../../support/server/front-door';
import { openStudy, PATIENTLY, untilPainted } from '../../support/viewer/ohif';
import { phantom } from '../../support/viewer/viewer-samples';
import type { Viewer } from '../../support/viewer/with-viewer';

/** What the viewer says about files that are not taken, and where it leads on. */
export function reasons(viewer: Viewer): void {
  const [image] = phantom('Reasons', 1);
  let closed: FrontDoor;

  beforeAll(async () => {
    const args = ['--no-sample', '--var', 'ALLOW_ANONYMOUS='];
    closed = await startFrontDoor({ data: join(viewer.folder, 'closed'), args });
    await viewer.open({ width: 1400, height: 900 });
    await stow(viewer.door.origin, [image!.file]);
  });
  afterAll(() => closed?.end());

  describe('OHIF’s upload dialog says why a file is not taken', () => {
    const [other] = phantom('Reasons', 1, { elements: [[0x00081030, 'LO', 'Other content']] });
    const cases: [name: string, file: Buffer, reason: string][] = [
      ['a ZIP archive', Buffer.from('PK\x03\x04 and so on'), 'This is a ZIP file. Send it by the upload page'],
      ['a text', Buffer.alloc(500, 'text'), 'This is not a DICOM file: bytes 129 to 132 are not "DICM".'],
      ['a file that is cut short', image!.file.subarray(0, 400), 'it ends before its data set does'],
      [
        'other content under the same UIDs',
        other!.file,
        'The archive already has other content under the UIDs of the file',
      ],
    ];
    test.each(cases)('%s', async (name, file, reason) => {
      const path = join(viewer.folder, `${name}.dcm`);
      writeFileSync(path, file);
      await viewer.page.goto(viewer.door.origin);
      await viewer.page.getByText('Upload', { exact: true }).click();
      await viewer.page.locator('[role=dialog] input[type=file]:not([webkitdirectory])').setInputFiles(path);
      const shown = viewer.page.getByText(reason);
      await shown.waitFor();
      // The background is black, so text without a colour of its own would be invisible.
      const colour = await shown.evaluate((element) => getComputedStyle(element).color);
      const channels = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
      expect(Math.min(...channels), colour).toBeGreaterThan(150);
    });
  });

  test('OHIF’s upload dialog says that the connection broke off', async () => {
    const path = join(viewer.folder, 'cut.dcm');
    writeFileSync(path, image!.file);
    await viewer.page.goto(viewer.door.origin);
    const isStore = (url: URL) => url.pathname === '/dicomweb/studies';
    await viewer.page.route(isStore, (route) =>
      route.request().method() === 'POST' ? route.abort('connectionreset') : route.continue(),
    );
    await viewer.page.getByText('Upload', { exact: true }).click();
    await viewer.page.locator('[role=dialog] input[type=file]:not([webkitdirectory])').setInputFiles(path);
    await viewer.page.getByText(/The connection to the archive broke off|The archive cannot be reached/).waitFor();
    expect(await viewer.page.getByText(/request failed/i).count()).toBe(0);
    await viewer.page.unroute(isStore);
  });

  describe('OHIF leads on', () => {
    test('from a viewer without a study to the study list', async () => {
      for (const path of ['/viewer', '/viewer?StudyInstanceUIDs=', '/segmentation/archive']) {
        await viewer.page.goto(`${viewer.door.origin}${path}`);
        await viewer.page.getByText('Study List', { exact: true }).waitFor();
        expect(new URL(viewer.page.url()).pathname).toBe('/');
      }
    });

    test('to no tool whose model it may not load', async () => {
      await openStudy(viewer.page, viewer.door.origin, image!.study, 'segmentation');
      await untilPainted(viewer.page, (now) => now.greys > 100);
      const tool = (name: string) => viewer.page.locator(`[data-cy="${name}"], [data-cy="${name}-btn"]`);
      await expect.poll(() => tool('Brush').count(), PATIENTLY).toBeGreaterThan(0);
      for (const name of ['LabelmapSlicePropagation', 'MarkerLabelmap']) expect(await tool(name).count()).toBe(0);
    });

    test('from a deployment that lets nobody in to what its owner has to do', async () => {
      for (const path of ['/', `/viewer?StudyInstanceUIDs=${image!.study}`]) {
        await viewer.page.goto(`${closed.origin}${path}`);
        const notice = viewer.page.locator('[data-archive-notice]');
        await notice.waitFor();
        expect(await notice.textContent()).toContain('This deployment has no access control configured');
        expect(await notice.textContent()).toContain('wrangler.toml');
      }
    });
  });
}
