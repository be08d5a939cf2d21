/**
 * Changes to OHIF 3.13.2, so that no failure leaves the user a page without words.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const FAILURE_PATCHES = [
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'an error while one viewport is drawn leaves that viewport empty, not the page; viewer/not-shown covers it with words',
    find: '}, /*#__PURE__*/react.createElement(ViewportComponent, {\n        displaySets: displaySets,',
    put: `}, /*#__PURE__*/react.createElement(window.archiveViewer.viewportBoundary(react), {
        shown: displaySetInstanceUIDsToUse.join()
      }, /*#__PURE__*/react.createElement(ViewportComponent, {
        displaySets: displaySets,`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the end of the boundary around a viewport: an error while one viewport is drawn leaves that viewport empty',
    find: `          viewportGridService.setViewportIsReady(viewportId, true);
        }
      })));`,
    put: `          viewportGridService.setViewportIsReady(viewportId, true);
        }
      }))));`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'an error while the page is drawn is said, with a way back: otherwise the page stays black',
    find: 'onError: (error, info) => onErrorHandler(error, info.componentStack)',
    put: 'onError: (error, info) => {\n      window.archiveViewer.pageFailed(error);\n      onErrorHandler(error, info.componentStack);\n    }',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the title of a failure does not end with "false"',
    find: `\${!isProduction && \` \${t('in')} \${context}\`}`,
    put: '',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a series with which a viewer of OHIF fails, or that lacks its pixels or curves, is listed as one that cannot be shown; every report of a series is',
    find: `        displaySets = handler.getDisplaySetsFromSeries(instances);
        if (!displaySets || !displaySets.length) {
          continue;
        }`,
    put: `        displaySets = window.archiveViewer.displaySetsOf(handler, instances);
        if (!displaySets || !displaySets.length) {
          settings = { ...settings, isRefused: true };
          continue;
        }`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'instances of a series that no viewer of OHIF takes are listed, also if a viewer takes others of the series',
    find: `    if (allDisplaySets.length === 0) {
      // applying hp-defined viewport settings to the displaysets
      const handler`,
    put: `    instances = window.archiveViewer.notTaken(filterInstances(instances, existingDisplaySets), allDisplaySets);
    if (instances.length > 0) {
      const handler`,
  },
  {
    file: /^3500\.bundle\.[0-9a-f]+\.js$/,
    why: 'outlines are drawn whose structure set names the series of their images, and not each image',
    find: '        ContourImageSequence.forEach(contourImage => {',
    put: '        (ContourImageSequence ?? window.archiveViewer.imagesInFrame(SeriesInstanceUID, referencedFrameOfReference.FrameOfReferenceUID)).forEach(contourImage => {',
  },
  {
    file: /^3500\.bundle\.[0-9a-f]+\.js$/,
    why: 'the outlines of a structure set are not drawn on images of another frame of reference',
    find: '      if (addedDisplaySet.SeriesInstanceUID === displaySet.referencedSeriesInstanceUID) {',
    put: '      if (addedDisplaySet.SeriesInstanceUID === displaySet.referencedSeriesInstanceUID && window.archiveViewer.isInFrame(instance, addedDisplaySet)) {',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'an error whose reason the page says is not said again as "Something went wrong"',
    find: '        setError(event.reason || event);',
    put: '        if (window.archiveViewer.isExplained(event.reason)) return;\n        setError(event.reason || event);',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a study or series that did not come is named',
    find: '    startRemainingPromises(remainingPromises);\n    applyHangingProtocol();\n',
    put: `    startRemainingPromises(remainingPromises);
    applyHangingProtocol();
    window.archiveViewer.opened(promises, filters?.seriesInstanceUID ?? [], servicesManager.services);
`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'an image without Modality is shown',
    find: "return modality.includes('NM');",
    put: "return Boolean(modality?.includes('NM'));",
  },
];
