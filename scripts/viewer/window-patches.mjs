/**
 * Changes to OHIF 3.13.2, so that an image is shown with the window, the VOI LUT Function and the Presentation LUT
 * Shape of its file (PS3.3 C.11.2, C.11.6): viewer/ohif/window.mjs.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const WINDOW_PATCHES = [
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'windows are those of PS3.3 C.11.2, with functions that the viewer knows',
    find: `        metadata = {
          windowCenter: (0,toNumber/* ["default"] */.A)(windowCenter),
          windowWidth: (0,toNumber/* ["default"] */.A)(windowWidth),
          voiLUTFunction: VOILUTFunction
        };`,
    put: '        metadata = window.archiveViewer.windowsFor({ windowCenter, windowWidth, voiLUTFunction: VOILUTFunction });',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'an image whose Presentation LUT Shape is INVERSE is shown inverse',
    find: 'photometricInterpretation: instance.PhotometricInterpretation,',
    put: 'photometricInterpretation: window.archiveViewer.photometricFor(instance),',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'an image with a VOI LUT Function is shown: OHIF gives a string, and the loader of images takes its first letter',
    find: `(voiLutModule.voiLUTFunction?.length &&
                    voiLutModule.voiLUTFunction[0]) ||`,
    put: '[voiLutModule.voiLUTFunction].flat()[0] ||',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'an image of a series is shown with its own function, not with that of the image before it',
    find: `            this._updateVTKImageDataFromCornerstoneImage(image);
            this.resetCameraNoEvent();
            this.setViewPresentation(viewPresentation);
            this._setPropertiesFromCache();`,
    put: `            this._updateVTKImageDataFromCornerstoneImage(image);
            this.resetCameraNoEvent();
            this.setViewPresentation(viewPresentation);
            // MONOCHROME1 and MONOCHROME2 may take turns.
            const isInverse = window.cornerstone.metaData.get('imagePixelModule', image.imageId)?.photometricInterpretation === 'MONOCHROME1';
            if (this.initialInvert !== undefined && isInverse !== this.initialInvert) {
                this.initialInvert = isInverse;
                this.setInvertColor(!this.invert);
            }
            const functionBefore = this.VOILUTFunction;
            this.VOILUTFunction = this._getValidVOILUTFunction(image.voiLUTFunction);
            this._setPropertiesFromCache();
            if (this.VOILUTFunction !== functionBefore) this.setVOI(this.voiRange, { forceRecreateLUTFunction: true });`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'volumes are shown with the function of their images',
    find: 'ensureRGBTransferFunction(volumeActor).setMappingRange(voi.lower, voi.upper);',
    put: `if (imageVolume.metadata?.VOILUTFunction === 'SIGMOID') volumeActor.getProperty().setRGBTransferFunction(0, window.cornerstone.utilities.createSigmoidRGBTransferFunction(voi));
    else ensureRGBTransferFunction(volumeActor).setMappingRange(voi.lower, voi.upper);`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the window of a volume with a sigmoid function can be changed',
    find: 'const { colormap: latestColormap, VOILUTFunction, interpolationType, invert, slabThickness, preset, } = this.viewportProperties;',
    put: `const { colormap: latestColormap, interpolationType, invert, slabThickness, preset, } = this.viewportProperties;
            const VOILUTFunction = this.viewportProperties.VOILUTFunction ?? cache/* ["default"] */.Ay.getVolume(volumeId || this.getVolumeId())?.metadata?.VOILUTFunction;`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the window of a volume with a sigmoid function can be read',
    find: "const [lower, upper] = this.viewportProperties?.VOILUTFunction === 'SIGMOID'",
    put: "const [lower, upper] = VOILUTFunction === 'SIGMOID'",
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a sigmoid function that was read has the width with which it was made',
    find: 'return [Math.round(wc - ww / 2), Math.round(wc + ww / 2)];',
    put: 'return [Math.round(wc - ww / 2), Math.round(wc + ww / 2) - 1];',
  },
];
