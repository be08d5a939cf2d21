import type { Element } from './part10';

/** Makes values that occur nowhere by chance: letters only, so that they are valid for every text VR. */
export class Seeds {
  readonly all: string[] = [];

  /** @param length of the value, at most 16 for CS and SH */
  next(length = 12): string {
    const at = this.all.length;
    let value = 'Q';
    for (let n = at * 7919 + 104729; value.length < length; n = Math.floor(n / 26) + at * 31 + value.length * 17) {
      value += String.fromCharCode(65 + (n % 26));
    }
    if (this.all.includes(value)) value = `${value.slice(0, length - 3)}X${String.fromCharCode(65 + (at % 26))}Z`;
    this.all.push(value);
    return value;
  }

  uid(): string {
    const value = `1.2.826.0.1.3680043.10.777.9.${1000 + this.all.length}`;
    this.all.push(value);
    return value;
  }

  text(tag: number, vr: string): Element {
    return [tag, vr, this.next()];
  }
}
