/** How the data set of an instance is encoded (PS3.5 section 10 and annex A, PS3.6 annex A). */
export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  /** Pixel data is a sequence of fragments (PS3.5 A.4). */
  readonly encapsulated: boolean;
  readonly bigEndian: boolean;
  /** Data elements carry no VR (PS3.5 7.1.3). */
  readonly implicit: boolean;
  /** The whole data set is compressed (PS3.5 A.5). */
  readonly deflated: boolean;
  /** Media type of the pixel data as stored (PS3.18 8.7.3.3). */
  readonly mediaType: string;
}

/** Explicit VR Little Endian (PS3.5 A.2). */
export const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

const BINARY = 'application/octet-stream';
const JPEG = '1.2.840.10008.1.2.4.';

/**
 * UID, name, and media type of compressed pixel data (PS3.18 table 8.7.3-5; a retired syntax has the type of its
 * family).
 */
const ENCAPSULATED: readonly (readonly [uid: string, name: string, mediaType: string])[] = [
  ['1.2.840.10008.1.2.5', 'RLE Lossless', 'image/dicom-rle'],
  ['1.2.840.10008.1.2.8.1', 'Deflated Image Frame Compression', BINARY],
  [`${JPEG}50`, 'JPEG Baseline (Process 1)', 'image/jpeg'],
  [`${JPEG}51`, 'JPEG Extended (Process 2 & 4)', 'image/jpeg'],
  [`${JPEG}52`, 'JPEG Extended (Process 3 & 5) (Retired)', 'image/jpeg'],
  [`${JPEG}53`, 'JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8) (Retired)', 'image/jpeg'],
  [`${JPEG}54`, 'JPEG Spectral Selection, Non-Hierarchical (Process 7 & 9) (Retired)', 'image/jpeg'],
  [`${JPEG}55`, 'JPEG Full Progression, Non-Hierarchical (Process 10 & 12) (Retired)', 'image/jpeg'],
  [`${JPEG}56`, 'JPEG Full Progression, Non-Hierarchical (Process 11 & 13) (Retired)', 'image/jpeg'],
  [`${JPEG}57`, 'JPEG Lossless, Non-Hierarchical (Process 14)', 'image/jpeg'],
  [`${JPEG}58`, 'JPEG Lossless, Non-Hierarchical (Process 15) (Retired)', 'image/jpeg'],
  [`${JPEG}59`, 'JPEG Extended, Hierarchical (Process 16 & 18) (Retired)', 'image/jpeg'],
  [`${JPEG}60`, 'JPEG Extended, Hierarchical (Process 17 & 19) (Retired)', 'image/jpeg'],
  [`${JPEG}61`, 'JPEG Spectral Selection, Hierarchical (Process 20 & 22) (Retired)', 'image/jpeg'],
  [`${JPEG}62`, 'JPEG Spectral Selection, Hierarchical (Process 21 & 23) (Retired)', 'image/jpeg'],
  [`${JPEG}63`, 'JPEG Full Progression, Hierarchical (Process 24 & 26) (Retired)', 'image/jpeg'],
  [`${JPEG}64`, 'JPEG Full Progression, Hierarchical (Process 25 & 27) (Retired)', 'image/jpeg'],
  [`${JPEG}65`, 'JPEG Lossless, Hierarchical (Process 28) (Retired)', 'image/jpeg'],
  [`${JPEG}66`, 'JPEG Lossless, Hierarchical (Process 29) (Retired)', 'image/jpeg'],
  [`${JPEG}70`, 'JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14, SV1)', 'image/jpeg'],
  [`${JPEG}80`, 'JPEG-LS Lossless', 'image/jls'],
  [`${JPEG}81`, 'JPEG-LS Lossy (Near-Lossless)', 'image/jls'],
  [`${JPEG}90`, 'JPEG 2000 (Lossless Only)', 'image/jp2'],
  [`${JPEG}91`, 'JPEG 2000', 'image/jp2'],
  [`${JPEG}92`, 'JPEG 2000 Part 2 Multi-component (Lossless Only)', 'image/jpx'],
  [`${JPEG}93`, 'JPEG 2000 Part 2 Multi-component', 'image/jpx'],
  [`${JPEG}94`, 'JPIP Referenced', BINARY],
  [`${JPEG}95`, 'JPIP Referenced Deflate', BINARY],
  [`${JPEG}100`, 'MPEG2 Main Profile / Main Level', 'video/mpeg'],
  [`${JPEG}100.1`, 'Fragmentable MPEG2 Main Profile / Main Level', 'video/mpeg'],
  [`${JPEG}101`, 'MPEG2 Main Profile / High Level', 'video/mpeg'],
  [`${JPEG}101.1`, 'Fragmentable MPEG2 Main Profile / High Level', 'video/mpeg'],
  [`${JPEG}102`, 'MPEG-4 AVC/H.264 High Profile / Level 4.1', 'video/mp4'],
  [`${JPEG}102.1`, 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1', 'video/mp4'],
  [`${JPEG}103`, 'MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1', 'video/mp4'],
  [`${JPEG}103.1`, 'Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1', 'video/mp4'],
  [`${JPEG}104`, 'MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video', 'video/mp4'],
  [`${JPEG}104.1`, 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video', 'video/mp4'],
  [`${JPEG}105`, 'MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video', 'video/mp4'],
  [`${JPEG}105.1`, 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video', 'video/mp4'],
  [`${JPEG}106`, 'MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2', 'video/mp4'],
  [`${JPEG}106.1`, 'Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2', 'video/mp4'],
  [`${JPEG}107`, 'HEVC/H.265 Main Profile / Level 5.1', 'video/H265'],
  [`${JPEG}108`, 'HEVC/H.265 Main 10 Profile / Level 5.1', 'video/H265'],
  [`${JPEG}110`, 'JPEG XL Lossless', 'image/jxl'],
  [`${JPEG}111`, 'JPEG XL JPEG Recompression', 'image/jxl'],
  [`${JPEG}112`, 'JPEG XL', 'image/jxl'],
  [`${JPEG}201`, 'High-Throughput JPEG 2000 (Lossless Only)', 'image/jphc'],
  [`${JPEG}202`, 'High-Throughput JPEG 2000 with RPCL Options (Lossless Only)', 'image/jphc'],
  [`${JPEG}203`, 'High-Throughput JPEG 2000', 'image/jphc'],
  [`${JPEG}204`, 'JPIP HTJ2K Referenced', BINARY],
  [`${JPEG}205`, 'JPIP HTJ2K Referenced Deflate', BINARY],
];

const PLAIN = { encapsulated: false, bigEndian: false, implicit: false, deflated: false, mediaType: BINARY };

/**
 * These have a URL in place of pixel data (PS3.5 A.6, A.7, A.12): nothing is encapsulated, and the second is deflated.
 */
const REFERENCED = new Set([`${JPEG}94`, `${JPEG}204`]);
const REFERENCED_DEFLATED = new Set([`${JPEG}95`, `${JPEG}205`]);

/** All transfer syntaxes of PS3.6 annex A in which instances are stored. */
export const TRANSFER_SYNTAXES: readonly TransferSyntax[] = [
  { ...PLAIN, uid: '1.2.840.10008.1.2', name: 'Implicit VR Little Endian', implicit: true },
  { ...PLAIN, uid: EXPLICIT_LITTLE_ENDIAN, name: 'Explicit VR Little Endian' },
  {
    ...PLAIN,
    uid: '1.2.840.10008.1.2.1.98',
    name: 'Encapsulated Uncompressed Explicit VR Little Endian',
    encapsulated: true,
  },
  { ...PLAIN, uid: '1.2.840.10008.1.2.1.99', name: 'Deflated Explicit VR Little Endian', deflated: true },
  { ...PLAIN, uid: '1.2.840.10008.1.2.2', name: 'Explicit VR Big Endian (Retired)', bigEndian: true },
  ...ENCAPSULATED.map(([uid, name, mediaType]) => ({
    ...PLAIN,
    uid,
    name,
    mediaType,
    encapsulated: !REFERENCED.has(uid) && !REFERENCED_DEFLATED.has(uid),
    deflated: REFERENCED_DEFLATED.has(uid),
  })),
];

const BY_UID = new Map(TRANSFER_SYNTAXES.map((syntax) => [syntax.uid, syntax]));

/**
 * The transfer syntax with this UID.
 *
 * @returns undefined for a private or unknown UID; such an instance can be stored and is read as explicit VR little
 * endian
 */
export function transferSyntaxOf(uid: string): TransferSyntax | undefined {
  return BY_UID.get(uid);
}

/**
 * Media type of pixel data as stored in a transfer syntax (PS3.18 8.7.3.3); application/octet-stream when the syntax is
 * unknown.
 */
export function mediaTypeOf(uid: string): string {
  return BY_UID.get(uid)?.mediaType ?? BINARY;
}

/** Names that clients use for media types of PS3.18 table 8.7.3-5: those of earlier editions, and of viewers. */
const OTHER_NAMES = new Map([
  ['image/x-dicom-rle', 'image/dicom-rle'],
  ['image/x-jls', 'image/jls'],
  ['image/jhc', 'image/jphc'],
  ['video/mpeg2', 'video/mpeg'],
]);

/** The name that PS3.18 gives to a media type; the same name if it has no other. @param mediaType in lower case */
export function standardMediaType(mediaType: string): string {
  return OTHER_NAMES.get(mediaType) ?? mediaType;
}

/** Compression that loses information, or may have lost some (PS3.5 8.2): such an instance should not be compressed again. */
const LOSSY = new Set(
  [
    '50',
    '51',
    '52',
    '53',
    '54',
    '55',
    '56',
    '59',
    '60',
    '61',
    '62',
    '63',
    '64',
    '81',
    '91',
    '93',
    '111',
    '112',
    '203',
  ].map((end) => JPEG + end),
);

/** Whether pixel data in this transfer syntax may have lost information. This is true of all videos. */
export function isLossy(uid: string): boolean {
  return LOSSY.has(uid) || mediaTypeOf(uid).startsWith('video/');
}
