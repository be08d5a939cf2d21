/**
 * Changes of how OHIF 3.13.2 opens a study after another one, on the same page: what it read before is forgotten, and
 * what arrives late is dropped (viewer/ohif/fresh.mjs). As published, series that arrive after the user has left their
 * study come into the next one, and the layout of the study that was left is applied there.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const OPENING_PATCHES = [
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a study that is opened again is read again: the attributes of its series and instances',
    find: 'const _model = {\n  studies: []\n};\nlet metaDataProvider;',
    put: 'const _model = window.archiveViewer.fresh.ofStore({ studies: [] });\nlet metaDataProvider;',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'a study that is opened again is read again: requests, also those that failed, are sent again',
    find: 'const StudyMetaDataPromises = new Map();',
    put: 'const StudyMetaDataPromises = window.archiveViewer.fresh.ofRequests(new Map());',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'a request for the attributes of a study belongs to what is open when it is sent',
    find: '    _retrieveSeriesMetadataAsync: async (StudyInstanceUID, filters, sortCriteria, sortFunction, madeInClient = false, returnPromises = false) => {\n',
    put: `    _retrieveSeriesMetadataAsync: async (StudyInstanceUID, filters, sortCriteria, sortFunction, madeInClient = false, returnPromises = false) => {
      const isOpen = window.archiveViewer.fresh.opened();
`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'instances that arrive after their study was left are not taken',
    find: '        await src/* .utils.resolveBulkDataTags */.Wp.resolveBulkDataTags(naturalizedInstances);\n',
    put: `        await src/* .utils.resolveBulkDataTags */.Wp.resolveBulkDataTags(naturalizedInstances);
        if (!isOpen()) return;
`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'series that arrive after their study was left are not taken',
    find: '      src/* .DicomMetadataStore.addSeriesMetadata */.H8.addSeriesMetadata(seriesSummaryMetadata, madeInClient);\n      let completedSeriesCount = 0;\n',
    put: `      if (isOpen()) src/* .DicomMetadataStore.addSeriesMetadata */.H8.addSeriesMetadata(seriesSummaryMetadata, madeInClient);
      let completedSeriesCount = 0;
`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the layout of a study that was left is not applied to the next one',
    find: '  function applyHangingProtocol() {\n    const displaySets = displaySetService.getActiveDisplaySets();\n',
    put: `  const isOpen = window.archiveViewer.fresh.opened();
  function applyHangingProtocol() {
    if (!isOpen()) return;
    const displaySets = displaySetService.getActiveDisplaySets();
`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a study that was left before it had come does not take part in the next one',
    find: '    madeInClient = false\n  }) {\n    const seriesMetadata = core_src/* .DicomMetadataStore.getSeries */',
    put: `    madeInClient = false
  }) {
    if (!isOpen()) {
      instanceAddedUnsubscribe();
      return;
    }
    const seriesMetadata = core_src/* .DicomMetadataStore.getSeries */`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the series of a study that was left are not requested',
    find: '    const allPromises = [];\n    const remainingPromises = [];\n    function startRemainingPromises(remainingPromises) {\n',
    put: `    if (!isOpen()) return;
    const allPromises = [];
    const remainingPromises = [];
    function startRemainingPromises(remainingPromises) {
      if (!isOpen()) return;
`,
  },
];
