/**
 * Changes of OHIF's first page and of its study list, where OHIF misleads a user who waits, types or chooses.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const PAGE_PATCHES = [
  {
    file: /^index\.html$/,
    why: 'archive-viewer.js and session.js are loaded before the settings, which use them',
    find: '<script rel="preload" as="script" src="/app-config.js">',
    put: '<script src="/archive-viewer.js"></script><script src="/session.js"></script><script rel="preload" as="script" src="/app-config.js">',
  },
  {
    file: /^index\.html$/,
    why: 'the decoder of JPEG-LS is loaded before the first image: the archive sends its copies of frames as JPEG-LS',
    find: '<link rel="manifest" href="/manifest.json">',
    put: '<link rel="manifest" href="/manifest.json"><link rel="prefetch" as="fetch" crossorigin href="/776f756dd939124e.wasm">',
  },
  {
    file: /^index\.html$/,
    why: 'the page says that it is loading, until OHIF takes the place of the words',
    find: '<div id="root"></div>',
    put: `<div id="root"><div id="loading" role="status">
      <style>
        #loading { position: fixed; inset: 0; display: flex; flex-direction: column; align-items: center; justify-content: center; padding: 1rem;
          text-align: center; background: #000; color: #e6e8f5; font: 1rem/1.6 system-ui, sans-serif; }
        #loading .later { visibility: hidden; animation: later 0s 5s forwards; }
        @keyframes later { to { visibility: visible; } }
      </style>
      <p>The viewer is loading.</p>
      <p class="later">On a slow line this takes up to a minute. The browser keeps the viewer, so that it opens at once the next time.</p>
    </div></div>`,
  },
  {
    file: /^index\.html$/,
    why: 'a narrow window leaves out the logo, the title and the link to the upload page, so that there is room for the list',
    find: '</head>',
    put: `<style>
      @media (max-width: 1100px) { .archive-logo, .archive-logo + :not(:last-child) { display: none; } }
      @media (max-width: 500px) {
        .archive-folders { display: none; }
        .archive-logo ~ .archive-tools { left: 0; justify-content: space-between; overflow-x: auto; }
      }
    </style></head>`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the style above finds the logo, and the title after it',
    find: '    className: "absolute left-0"\n  }, toolbarLeftComponent)',
    put: '    className: "absolute left-0 archive-logo"\n  }, toolbarLeftComponent)',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the style above finds what is at the right of the title',
    find: '    className: "absolute right-0 flex items-center"\n  }, toolbarRightActionsComponent,',
    put: '    className: "absolute right-0 flex items-center archive-tools"\n  }, toolbarRightActionsComponent,',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'in a narrow window, the panel beside the list is closed until the user opens it: both have no room',
    find: `    key: 'studyList.previewOpen',
    defaultValue: {
      open: true
    },`,
    put: `    key: 'studyList.previewOpen',
    defaultValue: {
      open: window.innerWidth > 960
    },`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the list does not say that there are no studies before the archive has answered',
    find: `}, \`\${start}-\${end} of \${total}\`)`,
    put: `}, total === 0 && table.options.data.total === undefined ? '\\u2026' : \`\${start}-\${end} of \${total}\`)`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the menu of page sizes closes after a choice',
    find: `    onSelect: e => {
      e.preventDefault();
      table.setPageSize(size);
    },`,
    put: '    onSelect: () => table.setPageSize(size),',
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a typed start date does not open the calendar of the end, where Enter chooses the same day; an emptied date filters no more',
    find: `    const value = e.target.value;
    const date = parse_parse(value, 'yyyy-MM-dd', new Date());
    if (type === 'start') {
      setStart(value);
      if (isValid_isValid(date)) {
        handleStartSelect(date);
      }
    } else {
      setEnd(value);
      if (isValid_isValid(date)) {
        handleEndSelect(date);
      }
    }
`,
    put: `    const value = e.target.value;
    (type === 'start' ? setStart : setEnd)(value);
    const range = type === 'start' ? [value, end] : [start, value];
    const [startDate, endDate] = range.map(text => window.archiveViewer.typedDate(text));
    if (window.archiveViewer.typedDate(value) !== undefined) onChange({ startDate: startDate ?? '', endDate: endDate ?? '' });
`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a filter of the study list has the name of its column, for users who do not see it',
    find: `      value: value ?? '',
      onChange: e => setValue(e.target.value),
`,
    put: `      value: value ?? '',
      "aria-label": col.columnDef.meta?.label ?? id,
      onChange: e => setValue(e.target.value),
`,
  },
  ...['start', 'end'].map((end) => ({
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the filters of the study date have names, for users who do not see their column',
    find: `    "data-cy": "input-date-range-${end}"\n`,
    put: `    "data-cy": "input-date-range-${end}",\n    "aria-label": "Study date, ${end}"\n`,
  })),
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the way back to the study list can be reached by keyboard',
    find: `    onClick: onClickReturn,
    "data-cy": "return-to-work-list"
`,
    put: `    onClick: onClickReturn,
    ...(isReturnEnabled && {
      role: 'button',
      tabIndex: 0,
      'aria-label': 'Back to the list',
      onKeyDown: event => (event.key === 'Enter' || event.key === ' ') && onClickReturn()
    }),
    "data-cy": "return-to-work-list"
`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'a list that did not come is empty, says so, and is not said to be a fault of the configuration',
    find: `        setData(prev => ({
          ...prev,
          queryFilterValues
        }));

        // If there is a data source configuration API`,
    put: `        setData({ studies: Object.assign([], { failed: { reason: e.message, again: refresh } }), queryFilterValues });
        return;

        // If there is a data source configuration API`,
  },
  {
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the list does not say that there are no studies when the archive did not answer',
    find: "emptyMessage: t('No studies available'),",
    put: "emptyMessage: window.archiveViewer.listFailure(react, table.options.data) ?? t('No studies available'),",
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'a filter with wildcards of the user is asked as it stands',
    find: `    return useWildcard && value ? \`*\${value}*\` : value;`,
    put: `    return useWildcard && value && !/[*?]/.test(value) ? \`*\${value}*\` : value;`,
  },
];
