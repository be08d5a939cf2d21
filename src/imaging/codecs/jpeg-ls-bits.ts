/** The largest number of bits that `append` takes at once. */
const MOST_BITS = 24;

/** Writes the entropy-coded segment of JPEG-LS: after a byte FF, a zero bit is stuffed (ITU-T T.87 A.1, C.1). */
export class JPEGLSBits {
  private bytes: Uint8Array<ArrayBuffer>;
  private at: number;
  private held = 0;
  private count = 0;
  /** Bits that the next byte takes: 7 after a byte FF. */
  private space = 8;

  /**
   * @param header what comes before the segment
   * @param length bytes for which there is room at first
   * @param ask is told how many bytes two buffers take, before the second one is made for lack of room
   */
  constructor(
    header: Uint8Array,
    length: number,
    private readonly ask: (bytes: number) => void,
  ) {
    this.bytes = new Uint8Array(header.length + length);
    this.bytes.set(header);
    this.at = header.length;
  }

  /** @param count 0 to 24 */
  append(value: number, count: number): void {
    this.held = (this.held << count) | value;
    this.count += count;
    while (this.count >= this.space) {
      this.count -= this.space;
      const byte = this.held >>> this.count;
      this.held &= (1 << this.count) - 1;
      this.write(byte);
      this.space = byte === 0xff ? 7 : 8;
    }
  }

  /** @param count any number */
  appendZeros(count: number): void {
    for (let left = count; left > 0; left -= MOST_BITS) this.append(0, Math.min(left, MOST_BITS));
  }

  /** Fills the last byte with zeros. A segment does not end with a byte FF, which would look like a marker. */
  finish(): void {
    if (this.count > 0 || this.space === 7) this.append(0, this.space - this.count);
  }

  /** All bytes so far, with these after them. They are copied out of a buffer that is much longer. */
  ending(trailer: Uint8Array): Uint8Array {
    for (const byte of trailer) this.write(byte);
    return 2 * this.at < this.bytes.length ? this.bytes.slice(0, this.at) : this.bytes.subarray(0, this.at);
  }

  private write(byte: number): void {
    if (this.at === this.bytes.length) this.grow();
    this.bytes[this.at] = byte;
    this.at += 1;
  }

  private grow(): void {
    const length = Math.ceil(1.5 * this.bytes.length) + 1024;
    this.ask(this.bytes.length + length);
    const grown = new Uint8Array(length);
    grown.set(this.bytes);
    this.bytes = grown;
  }
}
