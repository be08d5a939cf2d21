import { expect, test } from 'vitest';
import { stowStreamed } from '../support/clients/stow-client';
import { encapsulatedFrame, streamedEncapsulatedImage, uidOf } from '../support/files/synthetic';
import { withServer } from '../support/server/with-server';

const FRAMES = 100_000;
const FRAME_BYTES = 64;
/** As dicom-microscopy-viewer requests a tile. */
const SLIDE_VIEWER = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';

const server = withServer();

for (const offsetTable of [true, false]) {
  test(`100,000 frames ${offsetTable ? 'with' : 'without'} a basic offset table: each is available`, async () => {
    const name = `slide ${offsetTable}`;
    const identity = { study: uidOf(name), series: uidOf(`${name} series`), instance: uidOf(`${name} instance`) };
    const slide = streamedEncapsulatedImage({
      ...identity,
      rows: 8,
      columns: 8,
      frames: FRAMES,
      frameBytes: FRAME_BYTES,
      offsetTable,
    });
    const stored = await stowStreamed(server.origin, [slide]);
    expect(stored.status).toBe(200);
    await stored.arrayBuffer();
    const { study, series, instance } = identity;
    const frames = `${server.origin}/dicomweb/studies/${study}/series/${series}/instances/${instance}/frames`;
    for (const number of [1, FRAMES / 2 + 1, FRAMES]) {
      const frame = await fetch(`${frames}/${number}`, { headers: { Accept: SLIDE_VIEWER } });
      expect(frame.status).toBe(200);
      const expected = encapsulatedFrame(number - 1, FRAME_BYTES);
      expect(Buffer.from(await frame.arrayBuffer()).includes(expected)).toBe(true);
    }
    const beyond = await fetch(`${frames}/${FRAMES + 1}`);
    expect(beyond.status).toBe(404);
    await beyond.arrayBuffer();
  });
}
