const APP = /^app\.bundle\.[0-9a-f]+\.js$/;
const EXTENSIONS = /^89\.bundle\.[0-9a-f]+\.js$/;
/** The viewport of images, and what is written over them. */
const VIEWPORT = /^2623\.bundle\.[0-9a-f]+\.js$/;

/** What is shown as a volume: see viewer/ohif/volumes.mjs. @type {readonly import('./apply-patches.mjs').Patch[]} */
const VOLUMES = [
  {
    file: EXTENSIONS,
    why: 'images that are no volume are not shown as one',
    find: `  return {
    isDynamicVolume,
    ...displaySetInfo,
    dynamicVolumeInfo
  };`,
    put: `  const groups = isDynamicVolume ? timePoints : [imageIds];
  const fault = displaySetInfo.value ? window.archiveViewer.volumeFault(groups.map(ids => ids.map(id => dist_esm.metaData.get('instance', id)))) : undefined;
  return {
    isDynamicVolume,
    ...displaySetInfo,
    ...(fault !== undefined && { isDynamicVolume: false, value: false, fault }),
    dynamicVolumeInfo
  };`,
  },
  {
    file: EXTENSIONS,
    why: 'the reason why images are no volume reaches the list of messages',
    find: '    averageSpacingBetweenFrames,\n    dynamicVolumeInfo\n  } = getDisplaySetInfo(',
    put: '    averageSpacingBetweenFrames,\n    fault,\n    dynamicVolumeInfo\n  } = getDisplaySetInfo(',
  },
  {
    file: EXTENSIONS,
    why: 'the study browser says why images are no volume',
    find: '  const messages = getDisplaySetMessages(instances, isReconstructable, isDynamicVolume);\n',
    put: `  const messages = getDisplaySetMessages(instances, isReconstructable, isDynamicVolume);
  if (fault !== undefined && !messages.includesMessage(fault)) messages.addMessage(fault);
`,
  },
  {
    file: APP,
    why: 'the words for the reason why images are no volume',
    find: '"15":"Display Set is missing a SOP Class UID. Please check the file."}',
    put: '"15":"Display Set is missing a SOP Class UID. Please check the file.","16":"Display set has images with different pixel spacings.","17":"Display set has images in different frames of reference.","18":"Display set has images that are not above each other: they are shifted, or the gantry was tilted.","19":"Display set has images of which only some have white for their lowest value."}',
  },
  {
    file: APP,
    why: 'the frames of a dose lie at their offsets',
    find: 'newInstance.ImagePositionPatient = ImagePositionPatientToUse ?? newInstance.ImagePositionPatient',
    put: 'newInstance.ImagePositionPatient = window.archiveViewer.placeOfFrame(instance, frameNumber) ?? ImagePositionPatientToUse ?? newInstance.ImagePositionPatient',
  },
  {
    file: APP,
    why: 'images of which some have no position are shown in the order of their numbers',
    find: '  if (!referenceImagePositionPatient || !ImageOrientationPatient) {\n    return instances;',
    put: '  if (!ImageOrientationPatient || instances.some(one => !one.ImagePositionPatient)) {\n    return instances;',
  },
  {
    file: EXTENSIONS,
    why: 'distances between images of which some have no position are not looked at',
    find: 'checkMultiFrame(sortedInstances[0], messages) : checkSingleFrames(',
    put: 'checkMultiFrame(sortedInstances[0], messages) : instances.every(instance => instance.ImagePositionPatient) && checkSingleFrames(',
  },
];

/** What is written over images of volumes. @type {readonly import('./apply-patches.mjs').Patch[]} */
const WRITTEN = [
  {
    file: VIEWPORT,
    why: 'the number over an image of a volume is that of the image: OHIF counted from the other end',
    find: `    const imageId = imageIds[imageIndex];
    if (!imageId) {
      // No image at this index`,
    put: `    const imageId = window.archiveViewer.imageOfVolume(cornerstoneViewport, volume);
    if (!imageId) {
      // No image at this index`,
  },
  {
    file: VIEWPORT,
    why: 'an image of a volume that has no number has none on the screen',
    find: `    const {
      instanceNumber
    } = esm.metaData.get('generalImageModule', imageId) || {};
    return parseInt(instanceNumber);`,
    put: "    return window.archiveViewer.instanceNumberOf(esm.metaData.get('instance', imageId));",
  },
  {
    file: VIEWPORT,
    why: 'an image that has no number has none on the screen',
    find: '    return;\n  }\n  return parseInt(instanceNumber);',
    put: "    return;\n  }\n  return window.archiveViewer.instanceNumberOf(esm.metaData.get('instance', imageId));",
  },
  {
    file: VIEWPORT,
    why: 'the number is read again when another plane, or point in time, is shown at the same index',
    find: '  const instanceNumber = (0,react.useMemo)(() => viewportData ? getInstanceNumber(viewportData, viewportId, imageIndex, cornerstoneViewportService) : null, [viewportData, viewportId, imageIndex, cornerstoneViewportService]);',
    put: `  const [plane, setPlane] = (0,react.useState)('');
  (0,react.useEffect)(() => {
    const see = () => setPlane(window.archiveViewer.planeOf(cornerstoneViewportService.getCornerstoneViewport(viewportId), viewportData));
    element.addEventListener(esm.Enums.Events.IMAGE_RENDERED, see);
    return () => element.removeEventListener(esm.Enums.Events.IMAGE_RENDERED, see);
  }, [viewportData, viewportId, element, cornerstoneViewportService]);
  const instanceNumber = (0,react.useMemo)(() => viewportData ? getInstanceNumber(viewportData, viewportId, imageIndex, cornerstoneViewportService) : null, [viewportData, viewportId, imageIndex, plane, cornerstoneViewportService]);`,
  },
  {
    file: VIEWPORT,
    why: 'the letters of directions are there when an image is: the camera of a volume is set before they listen',
    find: `    const cameraModifiedListener = () => setCameraModifiedTime(Date.now());
    element.addEventListener(esm.Enums.Events.CAMERA_MODIFIED, cameraModifiedListener);
    return () => {
`,
    put: `    const cameraModifiedListener = () => setCameraModifiedTime(window.archiveViewer.axesOf((0,esm.getEnabledElement)(element)?.viewport));
    element.addEventListener(esm.Enums.Events.CAMERA_MODIFIED, cameraModifiedListener);
    element.addEventListener(esm.Enums.Events.IMAGE_RENDERED, cameraModifiedListener);
    return () => {
      element.removeEventListener(esm.Enums.Events.IMAGE_RENDERED, cameraModifiedListener);
`,
  },
];

/** How volumes are drawn. @type {readonly import('./apply-patches.mjs').Patch[]} */
const DRAWN = [
  {
    file: APP,
    why: 'a volume whose lowest value is white is shown so: only a stack was, and what was a stack before',
    find: `            this.viewportProperties.invert = false;
        }
        this.setActors(volumeActorEntries);
`,
    put: `            this.viewportProperties.invert = false;
        }
        this.setActors(volumeActorEntries);
        this.initialTransferFunctionNodes = undefined;
        const [{ referencedId: shownVolumeId } = {}] = volumeActorEntries;
        const [shownImageId] = cache/* ["default"] */.Ay.getVolume(shownVolumeId)?.imageIds ?? [];
        if (this.type !== enums.ViewportType.VOLUME_3D && shownImageId && window.archiveViewer.isInverse(window.cornerstone.metaData.get('instance', shownImageId)))
            this.setInvert(true, shownVolumeId, true);
        this.initialInvert = this.viewportProperties.invert;
`,
  },
  {
    file: APP,
    why: 'a reset of the view knows whether it is inverse afterwards',
    find: `                .getRGBTransferFunction(0);
            (0,transferFunctionUtils.setTransferFunctionNodes)(transferFunction, this.initialTransferFunctionNodes);
`,
    put: `                .getRGBTransferFunction(0);
            (0,transferFunctionUtils.setTransferFunctionNodes)(transferFunction, this.initialTransferFunctionNodes);
            this.viewportProperties.invert = this.initialInvert ?? false;
`,
  },
  {
    file: APP,
    why: 'an image is drawn as it is, without a part of the next one',
    find: '            this.setOrientationOfClippingPlanes(vtkPlanes, slabThickness, viewPlaneNormal, focalPoint);\n            (0,',
    put: '            this.setOrientationOfClippingPlanes(vtkPlanes, slabThickness, viewPlaneNormal, window.archiveViewer.middleOfSlab(actorEntry, slabThickness, viewPlaneNormal, focalPoint));\n            (0,',
  },
  {
    file: APP,
    why: 'the same, when a volume is shown first',
    find: '                this.setOrientationOfClippingPlanes(newVtkPlanes, slabThickness, viewPlaneNormal, focalPoint);',
    put: '                this.setOrientationOfClippingPlanes(newVtkPlanes, slabThickness, viewPlaneNormal, window.archiveViewer.middleOfSlab(actorEntry, slabThickness, viewPlaneNormal, focalPoint));',
  },
  {
    file: APP,
    why: 'a plane that is turned is drawn where it lies: the slab had the direction of the camera before, or was not turned at all',
    find: `            if (cameraModifiedOutOfPlane || viewUpHasChanged) {
`,
    put: `            const isTurned = previousCamera.viewPlaneNormal?.some((one, at) => one !== currentViewPlaneNormal[at]);
            updatedCamera.viewPlaneNormal = [...currentViewPlaneNormal];
            if (cameraModifiedOutOfPlane || viewUpHasChanged || isTurned) {
`,
  },
];

/** Where rays begin. @type {readonly import('./apply-patches.mjs').Patch[]} */
const RAYS = [
  {
    file: APP,
    why: 'a plane is drawn where it lies: rays begin this many millimetres before the eye, and numbers of 32 bits have steps of 0.06 at a million',
    find: '    MAXIMUM_RAY_DISTANCE: 1e6,',
    put: '    MAXIMUM_RAY_DISTANCE: 1e4,',
  },
];

/** Changes to OHIF 3.13.2 for volumes. */
export const VOLUME_PATCHES = [...VOLUMES, ...WRITTEN, ...DRAWN, ...RAYS];
