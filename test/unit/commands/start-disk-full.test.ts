import { expect, test } from 'vitest';
import { withoutFullDisk } from '../../../scripts/start/disk-full.mjs';

/** As the runtime said it of a disk that was full. */
const SAID = [
  'e = rust/worker/ffi.rs:110: overloaded: No space left on device (os error 28)',
  'stack: /node_modules/workerd@28a3c60 /node_modules/workerd@3ac7580; sentryErrorContext = jsgInternalError; wdErrId = vg1tp1',
  '[mf:error] Error: internal error; reference = vg1tp1',
  '    at async BlobStore.put (file:///node_modules/miniflare/dist/src/workers/shared/index.worker.js:144:36)',
  '    at async #put (file:///node_modules/miniflare/dist/src/workers/r2/bucket.worker.js:975:63)',
];

test('a full disk is one event, without the places in the runtime, and all other lines stay', () => {
  const lines: string[] = [];
  const take = withoutFullDisk('/data', (line) => lines.push(line));
  const other = ['[mf:error] Error: internal error; reference = zzz', '    at async Other.fetch (file:///x.js:1:2)'];
  const event = '{"event":"request","reason":"No space left on device"}';
  for (const line of [...SAID, ...SAID, event, ...other, 'the runtime crashed']) take(line);
  expect(lines).toEqual(['{"event":"disk-full","folder":"/data"}', event, ...other, 'the runtime crashed']);
});
