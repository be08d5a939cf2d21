/*
 * What is said of images that cannot be decoded. Some are videos that OHIF gives to its viewer for images, whose decoders do not know them:
 * of kinds that are no videos by their SOP class, and in a compression that browsers do not play.
 */

/** The ends of transfer syntaxes of video, and their names: PS3.5 A.4. @type {readonly [RegExp, string][]} */
const COMPRESSIONS = [
  [/^10[01](\.1)?$/, 'MPEG-2'],
  [/^10[2-6](\.1)?$/, 'H.264'],
  [/^10[78]$/, 'HEVC (H.265)'],
];

/** What Cornerstone says of a frame that it cannot decode. */
const NO_DECODER = /no decoder for transfer syntax(?: 1\.2\.840\.10008\.1\.2\.4\.([\d.]*\d))?/i;

/** Whether no frame of that compression can be decoded, then other images of the series probably fail too. @param {string} message of a decoder */
const isOfCompression = (message) => NO_DECODER.test(message);

/**
 * Says that an image is one of a video.
 * @param {string} message of the decoder
 * @returns {string[] | undefined} undefined: it is no video
 */
function videoText(message) {
  const [, end = ''] = NO_DECODER.exec(message) ?? [];
  const name = COMPRESSIONS.find(([ends]) => ends.test(end))?.[1];
  if (name === undefined) return undefined;
  return [
    `This is a video in ${name}.`,
    name === 'MPEG-2'
      ? 'Browsers do not play it.'
      : 'This viewer plays videos of endoscopy, microscopy and photography alone.',
    'A player for videos can play the stream in the file.',
  ];
}

/**
 * An image that cannot be decoded.
 * @param {string} message of the decoder
 * @param {import('./words.mjs').Series} [series]
 * @returns {import('./words.mjs').Words}
 */
export function notDecoded(message, series) {
  const files = series === undefined ? [] : [series];
  const video = videoText(message);
  if (video !== undefined) return { title: 'This video cannot be played here', texts: video, files };
  const isAffected = isOfCompression(message) || imagesOf(series) < 2;
  return {
    title: 'This image cannot be shown',
    texts: [
      `Its pixels cannot be decoded: they are damaged, or compressed in a way that this viewer does not know.${message ? ` The decoder says: ${message}` : ''}`,
      ...(isAffected ? [] : ['The other images of the series are not affected.']),
    ],
    files,
  };
}

/** How many images a series has. @param {import('./words.mjs').Series} [series] */
const imagesOf = (series) =>
  (series?.instances ?? []).reduce((sum, { NumberOfFrames }) => sum + (Number(NumberOfFrames) || 1), 0);
