/**
 * Changes to OHIF 3.13.2 for what the user measures and draws: nothing is listed as stored that the archive does not have.
 * @type {readonly import('./apply-patches.mjs').Patch[]}
 */
export const STORING_PATCHES = [
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'a report or segmentation is listed when the archive has stored it, and not in another study that the user has opened meanwhile',
    find: `        // Always keep an in-memory wadouri copy so DICOM can be read without re-fetching.
        registerNaturalizedDatasetsForLocalWadouri(instances);
        if (dataSource`,
    put: `        const isOpen = window.archiveViewer.fresh.opened();
        for (const instance of instances) {
          await resolvedDataSource.store.dicom(instance, null, dicomDict);
        }
        if (!isOpen()) return;
        window.archiveViewer.unsaved.stored(measurementData);
        // Always keep an in-memory wadouri copy so DICOM can be read without re-fetching.
        registerNaturalizedDatasetsForLocalWadouri(instances);
        if (dataSource`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the command that stores a report knows which measurements are in it',
    find: '        dicomDict\n      } = {}) => {\n',
    put: '        dicomDict,\n        measurementData\n      } = {}) => {\n',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'a report is stored once, by the command that lists it',
    find: `        src/* .DicomMetadataStore.addInstances */.H8.addInstances(instances, true);
        for (const instance of instances) {
          await resolvedDataSource.store.dicom(instance, null, dicomDict);
        }
`,
    put: '        src/* .DicomMetadataStore.addInstances */.H8.addInstances(instances, true);\n',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'what is saved as a file, or copied, is not listed: the archive does not have it',
    find: `          registerNaturalizedDatasetsForLocalWadouri(instances);
          src/* .DicomMetadataStore.addInstances */.H8.addInstances(instances, true);
`,
    put: '',
    times: 2,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'what was stored is shown, and not what was listed last',
    find: `    const displaySet = displaySetService.getMostRecentDisplaySet();
    const displaySetInstanceUID = displaySet.displaySetInstanceUID;
    uiNotificationService.show({`,
    put: `    const displaySetInstanceUID = window.archiveViewer.listedAs(displaySetService, naturalizedReport)?.displaySetInstanceUID;
    uiNotificationService.show({
      id: window.archiveViewer.STORING,`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'what is not listed is not shown',
    find: '    return [displaySetInstanceUID];\n  } catch (error) {\n    uiNotificationService.show({',
    put: '    return displaySetInstanceUID && [displaySetInstanceUID];\n  } catch (error) {\n    uiNotificationService.show({',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'that something was not stored is said with the reason, until the user closes it',
    find: `      title: 'Create Report',
      message: error.message || \`Failed to store \${reportType}\`,
      type: 'error'
    });`,
    put: '      ...window.archiveViewer.notStored(error, reportType)\n    });',
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'measurements that were saved as a file stay: they go only when the report that was stored takes their place',
    find: `        servicesManager,
        getReport
      });
    } else if`,
    put: `        servicesManager,
        getReport
      });
      if (!displaySetInstanceUIDs) return null;
    } else if`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'a segmentation that was not stored stays, and its failure is not said again as "Something went wrong"',
    find: `        getReport: () => commandsManager.runCommand('storeSegmentation', args),
        reportType: 'Segmentation'
      });`,
    put: `        getReport: () => commandsManager.runCommand('storeSegmentation', args),
        reportType: 'Segmentation'
      }).catch(() => undefined);`,
  },
  ...['push', 'replace'].map((method) => ({
    file: /^app\.bundle\.[0-9a-f]+\.js$/,
    why: 'the router asks before it leaves a study with something that is not stored',
    find: `  function ${method}(to, state) {
    action = Action.${method === 'push' ? 'Push' : 'Replace'};
    let location = createLocation(history.location, to, state);
    if (validateLocation) validateLocation(location, to);
`,
    put: `  function ${method}(to, state) {
    let location = createLocation(history.location, to, state);
    if (window.archiveViewer.leaving.holds(history.createHref(location), () => ${method}(to, state))) return;
    action = Action.${method === 'push' ? 'Push' : 'Replace'};
    if (validateLocation) validateLocation(location, to);
`,
  })),
];
