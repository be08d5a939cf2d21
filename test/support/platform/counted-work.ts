/**
 * Counts the bytes that `work` copies by typed arrays: by set, slice and copyWithin, and into arrays made from others.
 * Code whose cost grows faster than its input, such as a buffer that is copied with each chunk, shows in this number on
 * every machine. For text, the decoded bytes are counted.
 */
export function bytesCopied<T>(work: () => T): { result: T; copied: number } {
  let copied = 0;
  const prototype = Uint8Array.prototype;
  const { set, slice, copyWithin } = prototype;
  const { decode } = TextDecoder.prototype;
  prototype.set = function (source, offset) {
    copied += source.length;
    set.call(this, source, offset);
  };
  prototype.slice = function (...range) {
    const made = slice.apply(this, range);
    copied += made.length;
    return made as Uint8Array<ArrayBuffer>;
  };
  prototype.copyWithin = function (target, start, end) {
    copied += (end ?? this.length) - start;
    return copyWithin.call(this, target, start, end) as typeof this;
  };
  TextDecoder.prototype.decode = function (input, options) {
    copied += input === undefined ? 0 : input.byteLength;
    return decode.call(this, input, options);
  };
  try {
    return { result: work(), copied };
  } finally {
    Object.assign(prototype, { set, slice, copyWithin });
    TextDecoder.prototype.decode = decode;
  }
}
