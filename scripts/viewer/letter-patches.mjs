/** The viewport of images, and what is written over them. */
const VIEWPORT = /^2623\.bundle\.[0-9a-f]+\.js$/;

/**
 * Changes to OHIF 3.13.2, so that only images whose directions in the patient are known have letters of directions: viewer/ohif/letters.mjs.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const LETTER_PATCHES = [
  {
    file: VIEWPORT,
    why: 'an image that has Patient Orientation alone is recognised',
    find: `    // Use the persisted data shape, not viewportType: a native stack reports
`,
    put: `    let placed;
    // Use the persisted data shape, not viewportType: a native stack reports
`,
  },
  {
    file: VIEWPORT,
    why: 'videos, curves and slides have no directions in the patient: those that their viewports compute with are invented',
    find: `      if (isDefaultValueSetForColumnCosine || isDefaultValueSetForRowCosine) {
        return '';
      }
    }
`,
    put: `      if (isDefaultValueSetForColumnCosine || isDefaultValueSetForRowCosine) placed = esm.metaData.get('instance', imageId) ?? {};
    } else if (!isVolumeViewportData(viewportData)) {
      return '';
    }
`,
  },
  {
    file: VIEWPORT,
    why: 'an image that has Patient Orientation alone has its letters',
    find: '    const markers = _getOrientationMarkers(rowCosines, columnCosines);',
    put: '    const markers = placed ? window.archiveViewer.lettersOf(placed, rowCosines, columnCosines) : _getOrientationMarkers(rowCosines, columnCosines);',
  },
];
