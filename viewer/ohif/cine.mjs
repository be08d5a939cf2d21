/*
 * How fast the frames of an image follow each other.
 */

/**
 * The milliseconds of a frame in a cine: PS3.3 C.7.6.5. Recommended Display Frame Rate comes first, then how the frames were
 * taken, then Cine Rate.
 * @param {{ RecommendedDisplayFrameRate?: unknown, FrameTime?: unknown, FrameTimeVector?: unknown, CineRate?: unknown }} instance
 * @returns {number | undefined} undefined: the image says nothing; of frames with different times, the mean
 */
export function frameTime({ RecommendedDisplayFrameRate, FrameTime, FrameTimeVector, CineRate }) {
  const times = [1000 / positive(RecommendedDisplayFrameRate), positive(FrameTime), mean(FrameTimeVector)];
  return [...times, 1000 / positive(CineRate)].find((time) => time > 0);
}

/** @param {unknown} value @returns {number} NaN: it is not a number greater than 0 */
function positive(value) {
  const number = Number(value ?? Number.NaN);
  return number > 0 ? number : Number.NaN;
}

/** @param {unknown} vector the time before each frame; that of the first one is 0 */
function mean(vector) {
  const [, ...times] = Array.isArray(vector) ? vector.map(Number) : [];
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}
