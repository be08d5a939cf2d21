/** @typedef {import('./apply-patches.mjs').Patch} Patch */

/** OHIF has these in several files. @param {readonly string[]} numbers of the files @param {Omit<Patch, 'file'>} patch */
const inEach = (numbers, patch) =>
  numbers.map((number) => ({ file: new RegExp(`^${number}\\.bundle\\.[0-9a-f]+\\.js$`), ...patch }));

/** Which pixels a tool looks at: viewer/ohif/shapes.mjs. @type {readonly Patch[]} */
const PIXELS = [
  ...inEach(['4712', '6495'], {
    why: 'a probe has its value on every image of a stack: it had none but on the first one',
    find: 'value = voxelManager?.getAtIJKPoint(ijk);\n',
    put: 'value = voxelManager?.getAtIJKPoint(window.archiveViewer.placeInImage(ijk, dimensions));\n',
    times: 2,
  }),
  ...inEach(['4712', '6495'], {
    why: 'a probe names its own image, and not that of another viewport with the same stack',
    find: '                    const viewport = viewports[0];\n                    ijk[2] = viewport.getCurrentImageIdIndex();\n',
    put: '                    ijk[2] = window.archiveViewer.numberInStack(imageId, viewports);\n',
  }),
  ...inEach(['4712', '6489'], {
    why: 'the values in an outline that is drawn freely are right on an image that is mirrored, turned, or lies obliquely',
    find: `                boundsIJK,
                returnPoints: this.configuration.storePointData,
            });
        }
        const stats = `,
    put: `                ...window.archiveViewer.pixelsInOutline(imageData, points),
                returnPoints: this.configuration.storePointData,
            });
        }
        const stats = `,
  }),
  ...inEach(['4712', '6495'], {
    why: 'the values in an ellipse and a circle are right on an image that lies obliquely in the patient',
    find: `{ fast: true }),
                            boundsIJK,
                            imageData,
`,
    put: `{ fast: true }),
                            ...window.archiveViewer.pixelsInEllipse(imageData, points, viewport),
                            imageData,
`,
    times: 2,
  }),
  ...inEach(['4712', '6489'], {
    why: 'a shape that is so small that it has no pixel has no values: its greatest one was -Infinity',
    find: `BasicStatsCalculator.getStatistics = (options) => {
    return basicGetStatistics(_a.state, options?.unit);`,
    put: `BasicStatsCalculator.getStatistics = (options) => {
    return window.archiveViewer.ofSomePixels(basicGetStatistics(_a.state, options?.unit));`,
  }),
];

/**
 * Changes to OHIF 3.13.2, so that what the tools measure is right on every image.
 * @type {readonly Patch[]}
 */
export const MEASURING_PATCHES = [...PIXELS];
