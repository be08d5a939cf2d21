/**
 * Changes that OHIF 3.13.2 does not allow by configuration: a text in one of its files, and its replacement. The build
 * fails if a text is not found exactly once, so that a new version of OHIF is checked again.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const PATCHES = [
  {
    file: /^index\.html$/,
    why: 'archive-viewer.js and session.js are loaded before the settings, which use them',
    find: '<script rel="preload" as="script" src="/app-config.js">',
    put: '<script src="/archive-viewer.js"></script><script src="/session.js"></script><script rel="preload" as="script" src="/app-config.js">',
  },
  {
    file: /^index\.html$/,
    why: 'the decoder of JPEG-LS is loaded before the first image: the archive sends its copies of frames as JPEG-LS',
    find: '<link rel="manifest" href="/manifest.json">',
    put: '<link rel="manifest" href="/manifest.json"><link rel="prefetch" as="fetch" crossorigin href="/776f756dd939124e.wasm">',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the study list asks for one page in its order, not for the first 101 studies',
    find: '    offset: 0,\n    limit: queryLimit\n',
    put: '    ...window.archiveViewer.page(name => getUrlParam(params, name))\n',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a table that shows one of several pages does not filter, page or order its rows again',
    find: `    getFilteredRowModel: manualFiltering ? undefined : getFilteredRowModel(),
    getPaginationRowModel: getPaginationRowModel(),
    manualFiltering,
`,
    put: `    getFilteredRowModel: manualFiltering || data.total !== undefined ? undefined : getFilteredRowModel(),
    getPaginationRowModel: getPaginationRowModel(),
    manualFiltering: manualFiltering || data.total !== undefined,
    manualPagination: data.total !== undefined,
    manualSorting: data.total > data.length,
    rowCount: data.total,
`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the number of pages follows from the total',
    find: 'const total = table.getFilteredRowModel().rows.length;',
    put: 'const total = table.getRowCount();',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a list of more than one page can be ordered only by columns that the archive can order by',
    find: '  const canSort = column.getCanSort();\n  const sorted = column.getIsSorted();\n  const justify',
    put: `  const ordersAll = useDataTable().table.options.manualSorting;
  const canSort = column.getCanSort() && (!ordersAll || window.archiveViewer.isOrdered(column.id));
  const sorted = column.getIsSorted();
  const justify`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the filter offers modalities that are not on the page',
    find: 'return Array.from(new Set(tokens)).sort();',
    put: 'return Array.from(new Set([...tokens, ...window.archiveViewer.modalities])).sort();',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'an image without Modality is shown',
    find: "return modality.includes('NM');",
    put: "return Boolean(modality?.includes('NM'));",
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a name is shown as it is written in ideographs too',
    find: 'let nameToUse = name.Alphabetic ?? name;',
    put: 'let nameToUse = window.archiveViewer.nameOf(name);',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the study list has all groups of a name',
    find: `  if (element.Value[0].Alphabetic) {
    return element.Value[0].Alphabetic;
  }
`,
    put: '',
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
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a time whose fraction of a second has one to six digits (PS3.5 6.2) is shown, and sorted by',
    find: "'HHmmss.SSS'], true)",
    put: "'HHmmss.S', 'HHmmss.SS', 'HHmmss.SSS', 'HHmmss.SSSS', 'HHmmss.SSSSS', 'HHmmss.SSSSSS'], true)",
    times: 2,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the menu of the viewer offers the sign-out',
    find: '  if (appConfig.oidc) {\n    menuOptions.push({',
    put: '  window.archiveSession.addTo(menuOptions);\n  if (appConfig.oidc) {\n    menuOptions.push({',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'count and orderby reach the archive',
    find: '    offset: params.offset || 0,\n',
    put: '    offset: params.offset || 0,\n    count: params.count,\n    orderby: params.orderBy,\n',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the list gets the number of all matching studies, and is empty for a user who may not search',
    find: `          const results = await search(qidoDicomWebClient, undefined, undefined, mappedParams);
          return processResults(results);`,
    put: `          const withTotal = window.archiveViewer.total(qidoDicomWebClient, mappedParams);
          const results = await window.archiveSession.orNothing(search(qidoDicomWebClient, undefined, undefined, mappedParams));
          return withTotal(processResults(results));`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the reason why a file was not stored can be read: it was black on black',
    find: 'className: "pl-10"\n  }, failedReason)',
    put: 'className: "text-foreground pl-10 text-base"\n  }, failedReason)',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the upload dialog says what to do with a ZIP archive',
    find: "'Not a valid DICOM file.'",
    put: 'window.archiveViewer.refusal(dicomFile)',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the upload dialog says that the connection broke off, instead of "The request failed."',
    find: "'The request failed.'",
    put: 'window.archiveViewer.broken(this._file)',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the study list offers the upload to users who may store',
    find: 'const uploadEnabled = DicomUploadComponent && dataSource.getConfig()?.dicomUploadEnabled;',
    put: "const uploadEnabled = DicomUploadComponent && dataSource.getConfig()?.dicomUploadEnabled && window.archiveSession.may('store');",
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the older study list offers the upload to users who may store',
    find: 'const uploadProps = DicomUploadComponent && dataSource.getConfig()?.dicomUploadEnabled ? {',
    put: "const uploadProps = DicomUploadComponent && dataSource.getConfig()?.dicomUploadEnabled && window.archiveSession.may('store') ? {",
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the study list leads to the upload page',
    find: `    className: "h-4 w-4"
  }), t('Upload')), dataSourceConfigElement);`,
    put: `    className: "h-4 w-4"
  }), t('Upload')), uploadProps && /*#__PURE__*/react.createElement("a", {
    href: window.archiveViewer.uploadPage(),
    title: "Upload folders, CDs and ZIP files",
    className: "archive-folders text-highlight px-2 text-sm hover:underline"
  }, "Folders, ZIP"), dataSourceConfigElement);`,
  },
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
  ...[/^app\.bundle\.[0-9a-f]+\.js$/, /^9383\.bundle\.[0-9a-f]+\.js$/].map((file) => ({
    file,
    why: 'segmentations are shown: ndarray compiles text, which the Content-Security-Policy of pages does not allow',
    find: 'function compileConstructor(dtype, dimension) {\n',
    put: `function compileConstructor(dtype, dimension) {
  if (globalThis.archiveViewer) return globalThis.archiveViewer.arrayViews(dtype, dimension, CACHED_CONSTRUCTORS[dtype], order);
`,
  })),
];
