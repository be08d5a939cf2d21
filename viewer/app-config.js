/**
 * OHIF's settings. The archive answers under the viewer's own origin, so every root is a path. For an archive at
 * another origin, give its absolute URLs here and in the Content-Security-Policy of `_headers`, and name this viewer in
 * the archive's CORS_ORIGINS.
 */
window.config = {
  name: 'app-config.js',
  routerBasename: null,
  extensions: [window.archiveViewer.notShown, window.archiveViewer.keepsUnsaved],
  modes: [],
  customizationService: {
    'workList.settingsMenuItems': { $set: (items) => window.archiveSession.withSignOut(items) },
    // Leaves out the tools whose models would be loaded from elsewhere: Labelmap Assist and Marker Guided Labelmap.
    'cornerstone.segmentationToolbarSections': {
      LabelMapTools: { $set: ['BrushTools', 'ClickSegment', 'Shapes', 'LabelMapEditWithContour'] },
    },
    // A SEG or RTSTRUCT without its images: viewer/not-shown says so. Without this handler, OHIF leaves the whole page black.
    missingReferenceDisplaySetHandler: { $set: () => ({ handled: true }) },
    // No tours: their layer takes every click, and stays over the study list when the browser goes back.
    'ohif.tours': { $set: [] },
  },
  httpErrorHandler: window.archiveViewer.explain,
  showStudyList: true,
  showErrorDetails: 'always',
  showLoadingIndicator: true,
  showCPUFallbackMessage: true,
  showWarningMessageForCrossOrigin: false,
  strictZSpacingForVolumeViewport: true,
  groupEnabledModesFirst: true,
  allowMultiSelectExport: false,
  maxNumberOfWebWorkers: 3,
  maxNumRequests: { interaction: 100, thumbnail: 5, prefetch: 25 },
  investigationalUseDialog: { option: 'never' },
  defaultDataSourceName: 'archive',
  dataSources: [
    {
      namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
      sourceName: 'archive',
      configuration: {
        friendlyName: 'DICOMweb archive',
        name: 'archive',
        qidoRoot: `${window.archiveViewer.root}/dicomweb`,
        wadoRoot: `${window.archiveViewer.root}/dicomweb`,
        stowRoot: `${window.archiveViewer.root}/dicomweb`,
        wadoUriRoot: `${window.archiveViewer.root}/wado`,
        qidoSupportsIncludeField: true,
        supportsFuzzyMatching: true,
        supportsWildcard: true,
        // A shared study cannot be changed.
        supportsStow: !window.archiveViewer.root.includes('/shares/'),
        supportsReject: false,
        dicomUploadEnabled: !window.archiveViewer.root.includes('/shares/'),
        staticWado: false,
        enableStudyLazyLoad: true,
        imageRendering: 'wadors',
        // Without this strategy OHIF requests thumbnails as bulk data and accepts only octets, not an image.
        thumbnailRendering: 'thumbnail',
        thumbnailRequestStrategy: 'fetch',
        singlepart: 'bulkdata,video,pdf',
        bulkDataURI: { enabled: true, relativeResolution: 'studies' },
        omitQuotationForMultipartRequest: true,
        // JPEG-LS first: the losslessly compressed copy that the archive makes of an uncompressed frame after it was
        // stored. Otherwise the stored frame, in each compression that this viewer decodes. Nothing is compressed
        // during the request.
        acceptHeader: [
          `multipart/related; type=application/octet-stream; ${[
            '1.2.840.10008.1.2.4.80',
            '1.2.840.10008.1.2.1',
            ...['50', '51', '57', '70', '81', '90', '91', '201', '202', '203'].map((end) => `1.2.840.10008.1.2.4.${end}`),
            '1.2.840.10008.1.2.5',
            '*',
          ]
            .map((uid) => `transfer-syntax=${uid}`)
            .join('; ')}`,
        ],
      },
    },
  ],
};
