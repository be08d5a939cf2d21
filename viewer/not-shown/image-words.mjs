import { notDecoded } from './undecoded.mjs';

/*
 * What is said, in words, of images and videos that did not come, or cannot be decoded or played.
 */

/**
 * An image that did not come, or cannot be decoded.
 * @param {{ status?: number, detail?: string, message?: string }} failure the status of the answer, 0 without one; undefined when
 * the image came
 * @param {import('./words.mjs').Series} [series]
 * @returns {import('./words.mjs').Words}
 */
export function imageFailed({ status, detail, message = '' }, series) {
  const files = series === undefined ? [] : [series];
  if (status === 0) {
    return {
      title: 'This image has not arrived',
      texts: ['The archive cannot be reached. The image is asked for again as soon as it can.'],
      again: true,
    };
  }
  if (status === 404 || status === 410) {
    const since = 'since the study was opened. What you still see of the study may be gone too.';
    const hidden = `It has no pixels. Or: It was deleted or moved, or you may no longer see it, ${since}`;
    return {
      title: 'The archive does not have this image',
      texts: [detail ?? (status === 410 ? `It was deleted or moved ${since}` : hidden)],
      again: true,
    };
  }
  if (status === 401) {
    return {
      title: 'This image has not arrived',
      texts: ['Your session has ended. The image is asked for again when you have signed in.'],
      again: true,
    };
  }
  if (status !== undefined && (status === 429 || status >= 500)) {
    return { title: 'This image has not arrived', texts: [detail ?? `The archive answered ${status}.`], again: true };
  }
  if (status !== undefined && status >= 400) {
    return { title: 'This image cannot be shown', texts: [detail ?? `The archive answered ${status}.`], files };
  }
  return notDecoded(message, series);
}

/** @param {number} failed @param {number} all @returns {string} for views that are computed from all images of a series */
export function volumeFailed(failed, all) {
  return `${failed} of ${all} ${all === 1 ? 'image' : 'images'} of this series could not be loaded. This view is computed from all of them and has gaps: open the series image by image to see which.`;
}

/** A video that the browser does not play. @param {import('./words.mjs').Series} series @returns {import('./words.mjs').Words} */
export function videoFailed(series) {
  return {
    title: 'This video cannot be played here',
    texts: [
      'This browser does not know its compression (MPEG-2 and HEVC are often not played), or the video is damaged.',
    ],
    files: [series],
  };
}

/** An image that is awaited for long. @returns {import('./words.mjs').Words} */
export function stillLoading() {
  return {
    title: 'This image is still being loaded',
    texts: ['The connection to the archive is slow, or interrupted.'],
    again: true,
  };
}
