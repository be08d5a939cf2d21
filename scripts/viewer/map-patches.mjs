const EXTENSIONS = /^89\.bundle\.[0-9a-f]+\.js$/;
/** What reads parametric maps, and their viewport. */
const MAPS = /^9415\.bundle\.[0-9a-f]+\.js$/;
const VIEWPORT = /^5448\.bundle\.[0-9a-f]+\.js$/;

/**
 * Changes to OHIF 3.13.2, so that each image has the values of its own frame of a parametric map: see viewer/ohif/maps.mjs.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const MAP_PATCHES = [
  {
    file: MAPS,
    why: 'a frame belongs to the image where it lies, and its values are shown as they are',
    find: `  const newPixelData = new TypedArrayConstructor(pixelData.length);
  for (let i = 0; i < pixelData.length; i++) {
    newPixelData[i] = pixelData[i] * 100;
  }
`,
    put: `  const newPixelData = window.archiveViewer.mapValues(displaySet.instance, pixelData, imageIds.map(id => esm.metaData.get('imagePlaneModule', id)));
`,
  },
  {
    file: MAPS,
    why: 'a map has a window of its own',
    find: `  const range = getRangeFromPixelData(newPixelData);
  const windowLevel = esm.utilities.windowLevel.toWindowLevel(range[0], range[1]);
`,
    put: `  const range = window.archiveViewer.mapRange(displaySet.instance, pixelData);
  derivedVolume.metadata.mapRange = range;
  const windowLevel = esm.utilities.windowLevel.toWindowLevel(range.lower, range.upper);
`,
  },
  {
    file: VIEWPORT,
    why: 'the viewport does not set one window for all maps, and does not say that values are multiplied',
    find: `      },
      voi: {
        windowCenter: 50,
        windowWidth: 100
      }
    });
    uiNotificationService.show({
      title: 'Parametric Map',
      type: 'warning',
      message: 'The values are multiplied by 100 in the viewport for better visibility'
    });
`,
    put: `      }
    });
`,
  },
  {
    file: EXTENSIONS,
    why: 'a map is shown by its window; where the planes of a viewport lie a little beside the images, no value of the next image is mixed in',
    find: `        viewport.setProperties(properties, volumeId);
        viewport.render();
`,
    put: `        const volume = esm.cache.getVolume(volumeId);
        viewport.setProperties(window.archiveViewer.propertiesOfMap(properties, volume), volumeId);
        if (volume?.metadata?.mapRange) viewport.getActors().find(({ referencedId }) => referencedId === volumeId)?.actor.getProperty().setInterpolationTypeToNearest();
        viewport.render();
`,
  },
];
