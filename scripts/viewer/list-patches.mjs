/**
 * Changes to OHIF 3.13.2 for the study list, and for what it leads to: pages and order by the archive, names, upload,
 * sign-out. viewer/archive-viewer.js and viewer/session.js have the functions that they call.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const LIST_PATCHES = [
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the study list asks for one page in its order, not for the first 101 studies',
    find: '    offset: 0,\n    limit: queryLimit\n',
    put: '    ...window.archiveViewer.page(name => getUrlParam(params, name))\n',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a table that shows one of several pages does not filter, page or order its rows again',
    find: `    getFilteredRowModel: manualFiltering ? undefined : getFilteredRowModel(),
    getPaginationRowModel: getPaginationRowModel(),
    manualFiltering,
`,
    put: `    getFilteredRowModel: manualFiltering || data.total !== undefined ? undefined : getFilteredRowModel(),
    getPaginationRowModel: getPaginationRowModel(),
    manualFiltering: manualFiltering || data.total !== undefined,
    manualPagination: data.total !== undefined,
    manualSorting: data.total > data.length,
    rowCount: data.total,
`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the number of pages follows from the total',
    find: 'const total = table.getFilteredRowModel().rows.length;',
    put: 'const total = table.getRowCount();',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a list of more than one page can be ordered only by columns that the archive can order by',
    find: '  const canSort = column.getCanSort();\n  const sorted = column.getIsSorted();\n  const justify',
    put: `  const ordersAll = useDataTable().table.options.manualSorting;
  const canSort = column.getCanSort() && (!ordersAll || window.archiveViewer.isOrdered(column.id));
  const sorted = column.getIsSorted();
  const justify`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the filter offers modalities that are not on the page',
    find: 'return Array.from(new Set(tokens)).sort();',
    put: 'return Array.from(new Set([...tokens, ...window.archiveViewer.modalities])).sort();',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a name is shown as it is written in ideographs too',
    find: 'let nameToUse = name.Alphabetic ?? name;',
    put: 'let nameToUse = window.archiveViewer.nameOf(name);',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the study list has all groups of a name',
    find: `  if (element.Value[0].Alphabetic) {
    return element.Value[0].Alphabetic;
  }
`,
    put: '',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a time whose fraction of a second has one to six digits (PS3.5 6.2) is shown, and sorted by',
    find: "'HHmmss.SSS'], true)",
    put: "'HHmmss.S', 'HHmmss.SS', 'HHmmss.SSS', 'HHmmss.SSSS', 'HHmmss.SSSSS', 'HHmmss.SSSSSS'], true)",
    times: 2,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the menu of the viewer offers the sign-out',
    find: '  if (appConfig.oidc) {\n    menuOptions.push({',
    put: '  window.archiveSession.addTo(menuOptions);\n  if (appConfig.oidc) {\n    menuOptions.push({',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'count and orderby reach the archive',
    find: '    offset: params.offset || 0,\n',
    put: '    offset: params.offset || 0,\n    count: params.count,\n    orderby: params.orderBy,\n',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the list gets the number of all matching studies, and is empty for a user who may not search',
    find: `          const results = await search(qidoDicomWebClient, undefined, undefined, mappedParams);
          return processResults(results);`,
    put: `          const withTotal = window.archiveViewer.total(qidoDicomWebClient, mappedParams);
          const results = await window.archiveSession.orNothing(search(qidoDicomWebClient, undefined, undefined, mappedParams));
          return withTotal(processResults(results));`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the reason why a file was not stored can be read: it was black on black',
    find: 'className: "pl-10"\n  }, failedReason)',
    put: 'className: "text-foreground pl-10 text-base"\n  }, failedReason)',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the upload dialog says what to do with a ZIP archive',
    find: "'Not a valid DICOM file.'",
    put: 'window.archiveViewer.refusal(dicomFile)',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the upload dialog says that the connection broke off, instead of "The request failed."',
    find: "'The request failed.'",
    put: 'window.archiveViewer.broken(this._file)',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the study list offers the upload to users who may store',
    find: 'const uploadEnabled = DicomUploadComponent && dataSource.getConfig()?.dicomUploadEnabled;',
    put: "const uploadEnabled = DicomUploadComponent && dataSource.getConfig()?.dicomUploadEnabled && window.archiveSession.may('store');",
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the older study list offers the upload to users who may store',
    find: 'const uploadProps = DicomUploadComponent && dataSource.getConfig()?.dicomUploadEnabled ? {',
    put: "const uploadProps = DicomUploadComponent && dataSource.getConfig()?.dicomUploadEnabled && window.archiveSession.may('store') ? {",
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the study list leads to the upload page',
    find: `    className: "h-4 w-4"
  }), t('Upload')), dataSourceConfigElement);`,
    put: `    className: "h-4 w-4"
  }), t('Upload')), uploadProps && /*#__PURE__*/react.createElement("a", {
    href: window.archiveViewer.uploadPage(),
    title: "Upload folders, CDs and ZIP files",
    className: "archive-folders text-highlight px-2 text-sm hover:underline"
  }, "Folders, ZIP"), dataSourceConfigElement);`,
  },
  ...[
    { minWidth: 120, from: 20, to: 95 },
    { minWidth: 195, from: 70, to: 94 },
    { minWidth: 97, from: 60, to: 93 },
    { minWidth: 140, from: 30, to: 80 },
  ].map(({ minWidth, from, to }) => ({
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a narrow list keeps the columns that tell patients and studies apart: MRN, date, modalities, accession number',
    find: `    minWidth: ${minWidth},\n    priority: ${from}\n`,
    put: `    minWidth: ${minWidth},\n    priority: ${to}\n`,
  })),
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a description may take two lines, so that there is room for the other columns',
    find: `    headerClassName: 'min-w-[290px]',
    cellClassName: 'min-w-[290px]',
    minWidth: 290,
    priority: 90
`,
    put: `    headerClassName: 'min-w-[165px]',
    cellClassName: 'min-w-[165px]',
    minWidth: 165,
    priority: 85
`,
  },
];
