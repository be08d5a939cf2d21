/** Types that the four glues share. Objects stay in the codec's memory until they are deleted. */
export interface FrameInfo {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned: boolean;
}

export interface Decoder {
  /** Allocates space for the code stream: a view of the codec's memory. */
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getFrameInfo(): FrameInfo;
  /** Returns the samples: a view of the codec's memory, or a copy. */
  getDecodedBuffer(): Uint8Array | Uint8ClampedArray;
  delete(): void;
}

export interface Encoder {
  /** Allocates space for the samples: a view of the codec's memory. */
  getDecodedBuffer(frame: FrameInfo & { readonly isUsingColorTransform?: boolean }): Uint8Array;
  encode(): void;
  /** Returns the code stream: a view of the codec's memory, or a copy. */
  getEncodedBuffer(): Uint8Array | Uint8ClampedArray;
  delete(): void;
}
