/**
 * Changes to OHIF 3.13.2 for structured reports: attributes that a legal report need not have, and that OHIF reads without looking.
 * Concept Name Code Sequence is of type 1C in a content item (PS3.3 C.17.3.2), Measured Value Sequence may be empty
 * (C.18.1), and a measurement group need not have coordinates (PS3.16 TID 1501).
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const REPORT_PATCHES = [
  {
    file: /^9068\.bundle\.[0-9a-f]+\.js$/,
    why: 'a content item without a name is shown',
    find: '    CodeMeaning\n  } = ConceptNameCodeSequence;\n  const isChildFirstNode',
    put: '    CodeMeaning\n  } = ConceptNameCodeSequence ?? {};\n  const isChildFirstNode',
  },
  {
    file: /^9068\.bundle\.[0-9a-f]+\.js$/,
    why: 'a content item without a name does not begin with a colon',
    find: '}, CodeMeaning, ": "), isFinding',
    put: "}, CodeMeaning ? CodeMeaning + ': ' : ''), isFinding",
  },
  {
    file: /^9068\.bundle\.[0-9a-f]+\.js$/,
    why: 'a value that is not a text, such as the address of a long one, is not given to React, which throws',
    find: 'const formattedValue = formatContentItemValue(contentItem) ?? EMPTY_TAG_VALUE;',
    put: 'const formattedValue = window.archiveViewer.textOf(() => formatContentItemValue(contentItem)) ?? EMPTY_TAG_VALUE;',
  },
  {
    file: /^9068\.bundle\.[0-9a-f]+\.js$/,
    why: 'a reference to an image or another object is named in words',
    find: `: \`[\${ValueType} is not supported]\`;`,
    put: ': window.archiveViewer.referenceWords(ValueType);',
  },
  {
    file: /^9068\.bundle\.[0-9a-f]+\.js$/,
    why: 'a number without units is shown',
    find: `    } = MeasurementUnitsCodeSequence;
    return \`\${NumericValue} \${CodeValue}\`;`,
    put: `    } = MeasurementUnitsCodeSequence ?? {};
    return [NumericValue, CodeValue].filter(part => part !== undefined && part !== null).join(' ');`,
  },
  {
    file: /^9068\.bundle\.[0-9a-f]+\.js$/,
    why: 'a report of measurements that has none is no error',
    find: '  const {\n    displaySetInstanceUID\n  } = measurement;',
    put: '  const {\n    displaySetInstanceUID\n  } = measurement ?? {};',
  },
  {
    file: /^7248\.bundle\.[0-9a-f]+\.js$/,
    why: 'the measurements of a report are drawn when the viewport learns which they are, which may be after it has drawn its image',
    find: `    trackingUniqueIdentifiers,
    activeIndex
  };
}`,
    put: `    trackingUniqueIdentifiers,
    activeIndex
  };
  viewport.render();
}`,
  },
  {
    file: /^7248\.bundle\.[0-9a-f]+\.js$/,
    why: 'the label of a measurement has its name, and no colon without a name',
    find: `\`\${_labelToShorthand(labelEntry.label)}: \${labelEntry.value}\``,
    put: "[labelEntry.label === 'CORNERSTONEFREETEXT' ? '' : labelEntry.label, labelEntry.value].filter(Boolean).join(': ')",
  },
  {
    file: /^7248\.bundle\.[0-9a-f]+\.js$/,
    why: 'the page says which measurements of a report were not taken over: OHIF asks, and then does nothing without a word',
    find: '  let targetStudyInstanceUID;\n  const SeriesInstanceUIDs = [];\n',
    put: `  const notTakenOver = window.archiveViewer.notTakenOver(displaySet.measurements.length, hydratableMeasurementsInSR);
  if (notTakenOver) servicesManager.services.uiNotificationService.show(notTakenOver);
  let targetStudyInstanceUID;
  const SeriesInstanceUIDs = [];
`,
  },
  {
    file: /^7248\.bundle\.[0-9a-f]+\.js$/,
    why: 'the page learns how many outlines a measurement has, of which one is drawn: viewer/not-shown/reports.mjs',
    find: `    loaded: false,
    labels: [],
    coords: [pointDataItem],
`,
    put: `    loaded: false,
    outlines: mergedContentSequence.filter(group => isScoordOr3d(group) && !isTextPosition(group)).length,
    labels: [],
    coords: [pointDataItem],
`,
  },
  ...many(/^7248\.bundle\.[0-9a-f]+\.js$/, 'measurements beside a content item without a name are shown', [
    ['item.ConceptNameCodeSequence.', 'item.ConceptNameCodeSequence?.', 15],
    ['} = conceptNameItem;', '} = conceptNameItem ?? {};'],
    ['group.ConceptNameCodeSequence[0]', 'group.ConceptNameCodeSequence?.[0]'],
    ['} = ConceptNameCodeSequence;', '} = ConceptNameCodeSequence ?? {};'],
  ]),
  ...many(/^7248\.bundle\.[0-9a-f]+\.js$/, 'measurements without one of their parts are shown', [
    ['UIDREFContentItem.UID', 'UIDREFContentItem?.UID', 2],
    ['TrackingIdentifierContentItem.TextValue', 'TrackingIdentifierContentItem?.TextValue', 2],
    ["skipping ambiguous measurement.');", "skipping ambiguous measurement.');\n      return;"],
    ['findingSites[0].ConceptCodeSequence.', 'findingSites[0].ConceptCodeSequence?.'],
    ['finding.ConceptCodeSequence.', 'finding.ConceptCodeSequence?.', 3],
    ['FindingSite.ConceptCodeSequence.', 'FindingSite.ConceptCodeSequence?.', 3],
    ['} = MeasurementUnitsCodeSequence;', "} = MeasurementUnitsCodeSequence ?? { CodeValue: '' };"],
    ['pointDataItem.GraphicData.length', '(pointDataItem.GraphicData ?? []).length'],
    ['measurement.coords[0].ReferencedSOPSequence', 'measurement.coords[0]?.ReferencedSOPSequence', 3],
    ['} = coord.ReferencedSOPSequence;', '} = coord.ReferencedSOPSequence ?? {};'],
    ['_getReferencedImagesList(ContentSequence)', '_getReferencedImagesList(ContentSequence ?? [])'],
    ['_getMeasurements(ContentSequence)', '_getMeasurements(ContentSequence ?? [])'],
  ]),
  ...many(/^9383\.bundle\.[0-9a-f]+\.js$/, 'measurements beside a content item without a name can be opened', [
    ['contentItem.ConceptNameCodeSequence.', 'contentItem.ConceptNameCodeSequence?.', 4],
    ['group.ConceptNameCodeSequence.Code', 'group.ConceptNameCodeSequence?.Code', 6],
    ['g.ConceptNameCodeSequence.CodeMeaning', 'g.ConceptNameCodeSequence?.CodeMeaning'],
  ]),
];

/**
 * @param {RegExp} file
 * @param {string} why
 * @param {readonly (readonly [find: string, put: string, times?: number])[]} texts
 * @returns {import('./apply-patches.mjs').Patch[]}
 */
function many(file, why, texts) {
  return texts.map(([find, put, times = 1]) => ({ file, why, find, put, times }));
}
