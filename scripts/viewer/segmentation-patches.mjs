const VIEWER = /^89\.bundle\.[0-9a-f]+\.js$/;
const ADAPTERS = /^9383\.bundle\.[0-9a-f]+\.js$/;

/** Contours of structure sets, and the tools that draw them. */
const CONTOURS = /^6938\.bundle\.[0-9a-f]+\.js$/;
const CONTOUR_TOOLS = /^1673\.bundle\.[0-9a-f]+\.js$/;

/** The viewports of segmentations and of parametric maps. */
const VIEWPORTS = [/^899\.bundle\.[0-9a-f]+\.js$/, /^5448\.bundle\.[0-9a-f]+\.js$/];

/** @type {readonly Omit<import('./apply-patches.mjs').Patch, 'file'>[]} */
const OF_VIEWPORTS = [
  {
    why: 'functional groups may be given for each frame, and none shared: PS3.3 C.7.6.16.1.1',
    find: `    PixelMeasuresSequence
  } = SharedFunctionalGroup;
`,
    put: `    PixelMeasuresSequence
  } = SharedFunctionalGroup ?? {};
`,
  },
  {
    why: 'Pixel Measures may be given for each frame, and not shared: PS3.3 C.7.6.16.1.1',
    find: `    SpacingBetweenSlices,
    SliceThickness
  } = PixelMeasures;
`,
    put: `    SpacingBetweenSlices,
    SliceThickness
  } = PixelMeasures ?? {};
`,
  },
];

/**
 * Changes to OHIF 3.13.2, so that each segment has its own pixels, place and colour: PS3.3 C.8.20.2.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const SEGMENTATION_PATCHES = [
  {
    file: VIEWER,
    why: 'a segment has the colour and the place of its Segment Number, in whatever order the items of Segment Sequence are',
    find: `      colorLUT.push(rgba);
      const segmentIndex = Number(SegmentNumber);
      const centroid = segDisplaySet.centroids?.get(index);
`,
    put: `      const segmentIndex = Number(SegmentNumber);
      colorLUT[segmentIndex] = rgba;
      const centroid = segDisplaySet.centroids?.get(segmentIndex);
`,
  },
  {
    file: VIEWER,
    why: 'a region of interest has the colour of its number',
    find: `      colorLUT.push(color);
      try {
`,
    put: `      colorLUT[segmentIndex] = color;
      try {
`,
  },
  {
    file: VIEWER,
    why: 'a Segment Number may be left out',
    find: '    const colorLUTIndex = addColorLUT(colorLUT);\n',
    put: '    const colorLUTIndex = addColorLUT(Array.from(colorLUT, colour => colour ?? [0, 0, 0, 0]));\n',
    times: 2,
  },
  {
    file: CONTOURS,
    why: 'the ends of an open outline are not joined: PS3.3 C.8.8.6.3',
    find: '            const { points, color, id } = contour;\n',
    put: '            const { points, color, id, type } = contour;\n',
  },
  {
    file: CONTOURS,
    why: 'an open outline stays open, and its ends are no handles',
    find: `                        closed: true,
                        polyline: points,
                    },
                    segmentation: {
                        segmentationId,
                        segmentIndex,
                        color,
                        id,
                    },
                    handles: {},
`,
    put: `                        closed: !/^OPEN_/.test(type),
                        polyline: points,
                    },
                    segmentation: {
                        segmentationId,
                        segmentIndex,
                        color,
                        id,
                    },
                    handles: { activeHandleIndex: null },
`,
  },
  {
    file: CONTOUR_TOOLS,
    why: 'an open outline has no inside to fill',
    find: 'drawPolyline)(svgDrawingHelper, annotation.annotationUID, polylineUID, canvasPoints, options);',
    put: 'drawPolyline)(svgDrawingHelper, annotation.annotationUID, polylineUID, canvasPoints, { ...options, fillOpacity: 0 });',
  },
  ...VIEWPORTS.flatMap((file) => OF_VIEWPORTS.map((patch) => ({ file, ...patch }))),
  {
    file: ADAPTERS,
    why: 'segments that overlap are looked for by their numbers, not by 1, 2, 3',
    find: `  const numberOfSegments = multiframe.SegmentSequence.length;
  for (let currentSegmentIndex = 1; currentSegmentIndex <= numberOfSegments; ++currentSegmentIndex) {
`,
    put: `  const images = labelMapImages.map(({ referencedImageId }) => referencedImageId);
  const imageOfFrame = PerFrameFunctionalGroupsSequence.map((_, at) => findReferenceSourceImageId(multiframe, at, images, metadataProvider, tolerance, sopUIDImageIdIndexMap));
  for (const { SegmentNumber } of [multiframe.SegmentSequence].flat()) {
    const currentSegmentIndex = Number(SegmentNumber);
`,
  },
  {
    file: ADAPTERS,
    why: 'a frame of overlapping segments may name no source image: then its place says to which image it belongs',
    find: `      multiframe,
      segmentIndex: currentSegmentIndex,
`,
    put: `      multiframe,
      imageOfFrame,
      segmentIndex: currentSegmentIndex,
`,
  },
  {
    file: ADAPTERS,
    why: 'the function that lays overlapping segments out gets the image of each frame',
    find: `    segmentIndex = _ref14.segmentIndex,
`,
    put: `    segmentIndex = _ref14.segmentIndex,
    imageOfFrame = _ref14.imageOfFrame,
`,
  },
  {
    file: ADAPTERS,
    why: 'the image of a frame of overlapping segments is the one where the frame lies',
    find: 'groupsSegmentIndex === segmentIndex && groupsReferenceImageId === currentLabelMapImage.referencedImageId;',
    put: 'groupsSegmentIndex === segmentIndex && (imageOfFrame[currentSequenceIndex] ?? groupsReferenceImageId) === currentLabelMapImage.referencedImageId;',
  },
  {
    file: ADAPTERS,
    why: 'pixels of an image are kept when only the shorter of two lists has them: forEach leaves out the holes of the longer list',
    find: '    const largerArray = originalArrayIsLarger ? currentTestedArray : newSegmentData;\n',
    put: '    const largerArray = Array.from(originalArrayIsLarger ? currentTestedArray : newSegmentData);\n',
  },
  {
    file: ADAPTERS,
    why: 'the middle of a segment is right where an image has more columns than rows, or fewer',
    find: `      const y = Math.floor(bufferIndex / multiframe.Rows);
      const x = bufferIndex % multiframe.Rows;
`,
    put: `      const y = Math.floor(bufferIndex / multiframe.Columns);
      const x = bufferIndex % multiframe.Columns;
`,
  },
  ...[/^app\.bundle\.[0-9a-f]+\.js$/, ADAPTERS].map((file) => ({
    file,
    why: 'segmentations are shown: ndarray compiles text, which the Content-Security-Policy of pages does not allow',
    find: 'function compileConstructor(dtype, dimension) {\n',
    put: `function compileConstructor(dtype, dimension) {
  if (globalThis.archiveViewer) return globalThis.archiveViewer.arrayViews(dtype, dimension, CACHED_CONSTRUCTORS[dtype], order);
`,
  })),
];
