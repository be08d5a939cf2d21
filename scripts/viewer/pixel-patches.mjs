/** The files with the code that decodes a frame: the page's, and that of its workers. */
const DECODERS = [/^app\.bundle\.[0-9a-f]+\.js$/, /^8097\.bundle\.[0-9a-f]+\.js$/];

/** @type {readonly Omit<import('./apply-patches.mjs').Patch, 'file'>[]} */
const OF_DECODERS = [
  {
    why: 'other bits than the stored ones are not a part of a value, and signed pixels that were decoded as unsigned ones get a place for the sign, which is extended below',
    find: 'function postProcessDecodedPixels(imageFrame, options, start, decodeConfig) {\n',
    put: `function keepStoredBits(imageFrame, transferSyntax) {
    const { pixelData, pixelRepresentation, bitsAllocated, bitsStored, highBit = bitsStored - 1 } = imageFrame;
    /* A JPEG code stream has values, and other pixels have them where High Bit says. */
    const isPlaced = !/^[13]\\.2\\.840\\.10008\\.1\\.2\\.4\\./.test(transferSyntax);
    const below = isPlaced ? Math.min(highBit + 1, bitsAllocated) - bitsStored : 0;
    if (below > 0) for (let i = 0; i < pixelData.length; i++) pixelData[i] >>>= below;
    const signedOf = { Uint8Array: Int8Array, Uint16Array: Int16Array, Uint32Array: Int32Array }[pixelData.constructor.name];
    if (signedOf && bitsStored < 8 * pixelData.BYTES_PER_ELEMENT) {
        const mask = 2 ** bitsStored - 1;
        for (let i = 0; i < pixelData.length; i++) pixelData[i] &= mask;
    }
    if (signedOf && pixelRepresentation === 1)
        imageFrame.pixelData = new signedOf(pixelData.buffer, pixelData.byteOffset, pixelData.length);
}
function postProcessDecodedPixels(imageFrame, options, start, decodeConfig) {
`,
  },
  {
    why: 'the stored bits are taken from a frame when it has been decoded',
    find: '    const decodedFrame = await decodePromise;\n',
    put: `    const decodedFrame = await decodePromise;
    if (decodedFrame.samplesPerPixel === 1) keepStoredBits(decodedFrame, transferSyntax);
`,
  },
  {
    why: 'a negative Rescale Slope makes the lowest value of the highest pixel',
    find: 'function _calculateScaledMinMax(minValue, maxValue, scalingParameters) {\n',
    put: `function _calculateScaledMinMax(minValue, maxValue, scalingParameters) {
    const { min, max } = _scaledEnds(minValue, maxValue, scalingParameters);
    return { min: Math.min(min, max), max: Math.max(min, max) };
}
/* An array holds the pixels first, and their values after that. A number that is not whole asks for floating point. */
function _rangeOfBoth(minValue, maxValue, scalingParameters) {
    const isFraction = Object.values(scalingParameters).some((one) => typeof one === 'number' && !Number.isInteger(one));
    if (isFraction) return { min: Number.NaN, max: Number.NaN };
    const { min, max } = _calculateScaledMinMax(minValue, maxValue, scalingParameters);
    return { min: Math.min(minValue, min), max: Math.max(maxValue, max) };
}
function _scaledEnds(minValue, maxValue, scalingParameters) {
`,
  },
  {
    why: 'an array that is made for values has room for the pixels too',
    find: `    const scaledValues = _calculateScaledMinMax(minBeforeScale, maxBeforeScale, scalingParameters);
    return _getDefaultPixelDataArray(`,
    put: `    const scaledValues = _rangeOfBoth(minBeforeScale, maxBeforeScale, scalingParameters);
    return _getDefaultPixelDataArray(`,
  },
  {
    why: 'an array that is given for values has room for the pixels too',
    find: `        const scaledValues = _calculateScaledMinMax(minBeforeScale, maxBeforeScale, scalingParameters);
        invalidType = `,
    put: `        const scaledValues = _rangeOfBoth(minBeforeScale, maxBeforeScale, scalingParameters);
        invalidType = `,
  },
];

/**
 * Changes to OHIF 3.13.2, so that an image has the values that its file gives: PS3.3 C.11.1, PS3.5 8.1.1.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const PIXEL_PATCHES = [
  ...DECODERS.flatMap((file) => OF_DECODERS.map((patch) => ({ file, ...patch }))),
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a frame is decoded by its High Bit',
    find: `        bitsStored: imagePixelModule.bitsStored,
        pixelRepresentation: imagePixelModule.pixelRepresentation,
        smallestPixelValue`,
    put: `        bitsStored: imagePixelModule.bitsStored,
        highBit: imagePixelModule.highBit,
        pixelRepresentation: imagePixelModule.pixelRepresentation,
        smallestPixelValue`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'values that are not whole stay so, also where the lowest and the highest are whole',
    find: `function setPixelDataType(imageFrame) {
`,
    put: `function setPixelDataType(imageFrame) {
    if (imageFrame.pixelData instanceof Float32Array) return;
`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'MONOCHROME1 and MONOCHROME2 may take turns in a series; what the user inverted stays so',
    find: `            this.initialInvert = !!monochrome1;
            this.setInvertColor(this.invert || this.initialInvert);
        }
        else {
`,
    put: `            const isInverted = this.invert !== this.initialInvert;
            this.initialInvert = !!monochrome1;
            this.setInvertColor(isInverted !== this.initialInvert);
        }
        else {
            const isInverse = imagePixelModule.photometricInterpretation === 'MONOCHROME1';
            if (isInverse !== this.initialInvert) this.invert = !this.invert;
            this.initialInvert = isInverse;
`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'another stack begins without MONOCHROME1, and without what the user inverted',
    find: `        this.stackInvalidated = true;
        this.flipVertical = false;
`,
    put: `        this.stackInvalidated = true;
        this.initialInvert = false;
        this.flipVertical = false;
`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'an image without a window is shown by the range of its values, and padding is no value',
    find: `                windowCenter: voiLutModule.windowCenter
                    ? voiLutModule.windowCenter[0]
                    : undefined,
                windowWidth: voiLutModule.windowWidth
                    ? voiLutModule.windowWidth[0]
                    : undefined,
`,
    put: `                ...window.archiveViewer.windowOf(voiLutModule, imageFrame, esm.metaData.get('instance', imageId)),
`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'uncompressed YBR_FULL_422 becomes RGB: OHIF expects fewer bytes than such an image has (PS3.3 C.7.6.3.1.2)',
    find: "    else if (photometricInterpretation.endsWith('422')) {\n        return (pixelDataLength ===\n",
    put: "    else if (photometricInterpretation.endsWith('422')) {\n        return pixelDataLength === 2 * columns * rows || (pixelDataLength ===\n",
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'RGB in a JPEG that does not name its colours is not taken for YCbCr, pixels of one bit are shown, and a frame without an image is an error',
    find: 'function decodeImageFrame(imageFrame, transferSyntax, pixelData, canvas, options = {}, decodeConfig) {\n',
    put: `function decodeImageFrame(imageFrame, transferSyntax, pixelData, canvas, options = {}, decodeConfig) {
    return window.archiveViewer.decoded(imageFrame, transferSyntax, pixelData, frame => decodeKnownFrame(imageFrame, transferSyntax, frame, canvas, options, decodeConfig));
}
function decodeKnownFrame(imageFrame, transferSyntax, pixelData, canvas, options, decodeConfig) {
`,
  },
  {
    file: /^8097\.bundle\.[0-9a-f]+\.js$/,
    why: 'a decoder of JPEG 2000 that fails does not return the image of the previous frame',
    find: '    const decoder = local.decoder;\n    const encodedBufferInWASM = decoder.getEncodedBuffer(compressedImageFrame.length);\n    encodedBufferInWASM.set(compressedImageFrame);\n    decoder.decode();\n    const frameInfo = decoder.getFrameInfo();\n    const decodedBufferInWASM',
    put: '    local.decoder.delete();\n    local.decoder = new local.codec.J2KDecoder();\n    const decoder = local.decoder;\n    const encodedBufferInWASM = decoder.getEncodedBuffer(compressedImageFrame.length);\n    encodedBufferInWASM.set(compressedImageFrame);\n    decoder.decode();\n    const frameInfo = decoder.getFrameInfo();\n    const decodedBufferInWASM',
  },
  {
    file: /^8097\.bundle\.[0-9a-f]+\.js$/,
    why: 'a decoder of JPEG that fails does not return the image of the previous frame',
    find: '    await initLibjpegTurbo();\n    const decoder = local.decoder;\n',
    put: '    await initLibjpegTurbo();\n    local.decoder.delete();\n    local.decoder = new local.codec.JPEGDecoder();\n    const decoder = local.decoder;\n',
  },
  {
    file: /^8097\.bundle\.[0-9a-f]+\.js$/,
    why: 'a decoder of JPEG-LS that fails does not return the image of the previous frame',
    find: '        const decoder = local.decoder;\n',
    put: '        local.decoder.delete();\n        local.decoder = new local.codec.JpegLSDecoder();\n        const decoder = local.decoder;\n',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'an image with a segmented palette is shown in its colours',
    find: '  const paletteData = item[tag];\n  if (paletteData === undefined && PaletteColorLookupTableUID === undefined) {\n',
    put: `  const paletteData = item[tag];
  const segmented = item['Segmented' + tag];
  if (!paletteData && segmented) return window.archiveViewer.paletteOfSegments(segmented, item[descriptorTag]);
  if (paletteData === undefined && PaletteColorLookupTableUID === undefined) {
`,
  },
];
