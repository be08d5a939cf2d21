import { expect, it } from 'vitest';
import { imageFailed } from '../../../viewer/not-shown/image-words.mjs';

/** What Cornerstone says, before a transfer syntax. */
const NO_DECODER = 'No decoder for transfer syntax ';

const said = (message: string, instances: object[] = [{}]) =>
  imageFailed({ message }, { displaySetInstanceUID: '1', instances }).texts;

it.each([
  ['1.2.840.10008.1.2.4.100', /^This is a video in MPEG-2\.$/],
  ['1.2.840.10008.1.2.4.102.1', /^This is a video in H\.264\.$/],
  ['1.2.840.10008.1.2.4.108', /^This is a video in HEVC/],
  ['1.2.840.10008.1.2.4.10', /cannot be decoded/],
])('an image that is compressed as %s is said to be one of a video, or not', (uid, words) => {
  expect(said(NO_DECODER + uid)[0]).toMatch(words);
});

it('other images are not affected, if there are others and they can be decoded', () => {
  expect(said('bad marker', [{}, {}])[1]).toContain('not affected');
  expect(said('bad marker', [{ NumberOfFrames: '2' }])[1]).toContain('not affected');
  expect(said('bad marker')[1]).toBeUndefined();
  expect(said(`${NO_DECODER}1.2.3`, [{}, {}])[1]).toBeUndefined();
});
