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
    why: 'the values in a rectangle on an oblique plane of a volume are those of the plane: they were those of the block around it',
    find: `forEach(this.configuration.statsCalculator.statsCallback, {
                            boundsIJK,
                            imageData,
`,
    put: `forEach(this.configuration.statsCalculator.statsCallback, {
                            boundsIJK,
                            ...window.archiveViewer.pixelsInRectangle(imageData, worldHandles),
                            imageData,
`,
  }),
  ...['4712', '6495'].map((number) => ({
    file: new RegExp(`^${number}\\.bundle\\.[0-9a-f]+\\.js$`),
    why: 'the window of a region is made of the values in it: places on the screen were taken for columns and rows',
    find:
      number === '4712'
        ? 'getLuminanceFromRegion(imageData, Math.round(left), Math.round(top), width, height);'
        : '_utilities_voi_index_js__rspack_import_11.windowLevel.getLuminanceFromRegion(imageData, Math.round(left), Math.round(top), width, height);',
    put: 'window.archiveViewer.valuesIn(viewport.getImageData(), points);',
  })),
  ...inEach(['4712', '6489'], {
    why: 'a shape that is so small that it has no pixel has no values: its greatest one was -Infinity',
    find: `BasicStatsCalculator.getStatistics = (options) => {
    return basicGetStatistics(_a.state, options?.unit);`,
    put: `BasicStatsCalculator.getStatistics = (options) => {
    return window.archiveViewer.ofSomePixels(basicGetStatistics(_a.state, options?.unit));`,
  }),
];

const EXTENSIONS = /^89\.bundle\.[0-9a-f]+\.js$/;

/** What is listed of measurements: viewer/ohif/measured.mjs. @type {readonly Patch[]} */
const LISTED = [
  {
    file: EXTENSIONS,
    why: 'an angle is listed when it has both of its lines, and an outline when it is closed; what the user breaks off before is removed',
    find: `        annotationAddedEventDetail.uid = annotationUID;
        annotationToMeasurement(`,
    put: `        const isCompleted = csToolsEvent.type === completedEvt;
        if (!window.archiveViewer.isMeasured(annotationAddedEventDetail.annotation, isCompleted)) {
          if (isCompleted) removeAnnotation(annotationUID);
          return;
        }
        annotationAddedEventDetail.uid = annotationUID;
        annotationToMeasurement(`,
  },
  {
    file: EXTENSIONS,
    why: 'a value that a measurement does not have is not written as a number',
    find: '  const result = core_src/* .utils.roundNumber */.Wp.roundNumber(numbers, 2);\n',
    put: "  if (numbers === undefined || numbers === null) return '';\n  const result = core_src/* .utils.roundNumber */.Wp.roundNumber(numbers, 2);\n",
  },
  {
    file: EXTENSIONS,
    why: 'a value of zero is written into the table of measurements',
    find: "    stats[value] ? values.push(stats[value]) : values.push('not available');\n",
    put: "    values.push(stats?.[value] ?? 'not available');\n",
    times: 2,
  },
  {
    file: /^7248\.bundle\.[0-9a-f]+\.js$/,
    why: 'a value of zero is shown beside the measurement of a report, and a small one is not shown as zero',
    find: "  const formatedNumericValue = NumericValue ? Number(NumericValue).toFixed(2) : '';\n",
    put: '  const formatedNumericValue = window.archiveViewer.valueText(NumericValue);\n',
  },
];

/**
 * Changes to OHIF 3.13.2, so that what the tools measure is right on every image, and is listed when it is
 * measured.
 * @type {readonly Patch[]}
 */
export const MEASURING_PATCHES = [...PIXELS, ...LISTED];
