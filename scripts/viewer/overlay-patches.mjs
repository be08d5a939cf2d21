const SPACINGS =
  '    let { columnPixelSpacing, rowPixelSpacing } = imagePlaneModule;\n    columnPixelSpacing ||= 1;\n    rowPixelSpacing ||= 1;\n';
// The function goes along the rows in steps of what it calls the spacing of rows; PS3.3 10.7.1.3 calls so the distance
// between rows.
const OF_ROW_AND_COLUMN =
  '    let { columnPixelSpacing: rowPixelSpacing, rowPixelSpacing: columnPixelSpacing } = imagePlaneModule;\n    columnPixelSpacing ||= 1;\n    rowPixelSpacing ||= 1;\n';

/** Cornerstone's two functions between places in an image and in the patient, in both files that have them. */
const PLACES = [/^app\.bundle\.[0-9a-f]+\.js$/, /^2493\.bundle\.[0-9a-f]+\.js$/].flatMap((file) =>
  ['    const imageCoordsInWorld = ', '    const newOrigin = '].map((next) => ({
    file,
    why: 'measurements of reports lie, and are stored, at their places in images whose pixels are not square',
    find: SPACINGS + next,
    put: OF_ROW_AND_COLUMN + next,
  })),
);

/**
 * Changes to OHIF 3.13.2, so that what lies on an image is drawn where it belongs: overlay planes (viewer/ohif/overlays.mjs), and
 * measurements of reports.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const OVERLAY_PATCHES = [
  ...PLACES,
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the attributes of overlays keep their tags: under one name for all groups 60xx, all but those of the last group are lost',
    find: '        var naturalName = tag;\n        if (entry) {',
    put: '        var naturalName = tag;\n        if (entry && !/^60[01][0-9A-F]/.test(tag)) {',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the tool draws the overlays that viewer/ohif/overlays.mjs finds and that have arrived: its own are drawn on the image that is shown when they arrive',
    find: `      const overlayMetadata = esm.metaData.get('overlayPlaneModule', imageId);
      const overlays = overlayMetadata?.overlays;

      // no overlays
      if (!overlays?.length) {
        return;
      }

      // Fix the x, y positions
      overlays.forEach(overlay => {
        overlay.x ||= 0;
        overlay.y ||= 0;
      });

      // Will clear cached stat data when the overlay data changes
      ImageOverlayViewerTool.addOverlayPlaneModule(imageId, overlayMetadata);
      this._getCachedStat(imageId, overlayMetadata, this.configuration.fillColor).then(cachedStat => {
        cachedStat.overlays.forEach(overlay => {
          this._renderOverlay(enabledElement, svgDrawingHelper, overlay);
        });
      });
`,
    put: `      for (const overlay of window.archiveViewer.overlays.on(esm.metaData.get('instance', imageId), () => viewport.render()))
        this._renderOverlay(enabledElement, svgDrawingHelper, overlay);
`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'an overlay lies on its image when this is rotated, mirrored, or has pixels that are not square',
    find: `    const {
      _id,
      columns: width,
      rows: height,
      x,
      y
    } = overlayData;
    const overlayTopLeftWorldPos = esm.utilities.imageToWorldCoords(imageId, [x - 1,
    // Remind that top-left corner's (x, y) is be (1, 1)
    y - 1]);
    const overlayTopLeftOnCanvas = viewport.worldToCanvas(overlayTopLeftWorldPos);
    const overlayBottomRightWorldPos = esm.utilities.imageToWorldCoords(imageId, [width, height]);
    const overlayBottomRightOnCanvas = viewport.worldToCanvas(overlayBottomRightWorldPos);
`,
    put: `    const { _id, rows, columns } = overlayData;
    const toCanvas = place => viewport.worldToCanvas(esm.utilities.imageToWorldCoords(imageId, place));
`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the place of an overlay on its image, which may be rotated, mirrored, or have pixels that are not square',
    find: `      width: overlayBottomRightOnCanvas[0] - overlayTopLeftOnCanvas[0],
      height: overlayBottomRightOnCanvas[1] - overlayTopLeftOnCanvas[1],
      x: overlayTopLeftOnCanvas[0],
      y: overlayTopLeftOnCanvas[1],
      href: overlayData.dataUrl
    };
    if (isNaN(attributes.x) || isNaN(attributes.y) || isNaN(attributes.width) || isNaN(attributes.height)) {`,
    put: `      ...window.archiveViewer.overlayPlace(toCanvas, rows, columns),
      href: overlayData.dataUrl
    };
    if (attributes.transform.includes('NaN')) {`,
  },
];
