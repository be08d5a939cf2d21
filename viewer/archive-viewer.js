/**
 * What this archive adds to OHIF: study lists with pages from the archive, error reasons in words, words where nothing can be
 * shown, and kinds of pixels.
 * scripts/viewer/*-patches.mjs name the places in OHIF that call it; app-config.js uses the rest.
 * scripts/viewer/bundle.mjs makes one file of it and what it imports.
 */
import { arrayViews } from './ohif/array-views.mjs';
import { frameTime } from './ohif/cine.mjs';
import { keepWork } from './ohif/ended.mjs';
import { answerOf, explain } from './ohif/explain.mjs';
import { Fresh } from './ohif/fresh.mjs';
import { Leaving, unsavedExtension } from './ohif/leaving.mjs';
import { lettersOf } from './ohif/letters.mjs';
import { listFailure } from './ohif/list-failure.mjs';
import { lastPage } from './ohif/list-page.mjs';
import { tellOfLostScripts } from './ohif/loading.mjs';
import * as maps from './ohif/maps.mjs';
import { uidsIn } from './not-shown/arrived.mjs';
import { isMeasured, valueText } from './ohif/measured.mjs';
import { textOf, viewportBoundary } from './not-shown/boundary.mjs';
import { displaySetsOf, notTaken } from './not-shown/contents.mjs';
import { notShownExtension } from './not-shown/extension.mjs';
import { failures } from './not-shown/failures.mjs';
import { isExplained } from './not-shown/image-failure.mjs';
import { referenceWords } from './not-shown/kinds.mjs';
import { notice } from './not-shown/notice.mjs';
import { imagesInFrame, isInFrame } from './not-shown/structures.mjs';
import { Overlays, placeOf as overlayPlace } from './ohif/overlays.mjs';
import { decoded, paletteOfSegments } from './ohif/pixels.mjs';
import { nameOf } from './ohif/names.mjs';
import * as patients from './ohif/priors.mjs';
import { angleOf, areaFactor, circle, ellipseArea, regionsOf } from './ohif/regions.mjs';
import * as shapes from './ohif/shapes.mjs';
import { showFirstPath, slideFor, slideShown } from './ohif/slides.mjs';
import { listedAs, notStored, notTakenOver, STORING } from './ohif/storing.mjs';
import { checkSuv, decaySeconds, privateValue, scanTimeOfGE, startOfDose } from './ohif/suv.mjs';
import { typedDate } from './ohif/typed-date.mjs';
import { Unsaved } from './ohif/unsaved.mjs';
import { photometricFor, windowOf, windowsFor } from './ohif/window.mjs';
import * as volumes from './ohif/volumes.mjs';

window.archiveViewer = (() => {
  const fresh = new Fresh();
  const overlays = new Overlays();
  const unsaved = new Unsaved();
  // Made before keepNamed listens: no other code learns of a Back that the user refuses.
  const leaving = new Leaving(unsaved);

  /** Columns of the study list by which the index can order without looking at every study, and their attributes. */
  const ORDER = {
    patient: ['PatientName'],
    mrn: ['PatientID'],
    accession: ['AccessionNumber'],
    studyDateTime: ['StudyDate', 'StudyTime'],
  };

  /**
   * Modalities of PS3.3 C.7.3.1.1.1 that users filter a study list by. One page of studies need not contain all of
   * them.
   */
  const MODALITIES = 'CR CT DX ECG ES IO IVUS MG MR NM OCT OP OT PR PT PX RF RTDOSE RTPLAN RTSTRUCT SC SEG SM SR US XA XC';

  /**
   * The part of a search that names the requested page of the study list.
   * @param {(name: string) => string | null} parameter reads the page's URL
   */
  function page(parameter) {
    const limit = positive(parameter('resultsPerPage')) ?? 50;
    const sortBy = ORDER[parameter('sortBy') ?? ''] ?? [];
    const minus = /^desc/.test(parameter('sortDirection') ?? '') ? '-' : '';
    const orderBy = sortBy.map((attribute) => minus + attribute).join(',');
    const offset = limit * ((positive(parameter('pageNumber')) ?? 1) - 1);
    return { limit, offset, count: true, ...(orderBy && { orderBy }) };
  }

  /** @param {string | null} text */
  function positive(text) {
    const number = Number.parseInt(text ?? '', 10);
    return number > 0 ? number : undefined;
  }

  /**
   * Reads the total number of matching studies from the answer to the search that is sent next.
   * @param client of dicomweb-client
   * @param {{ count?: boolean }} parameters of the search
   * @returns adds the total to the list of studies
   */
  function total(client, parameters) {
    if (!parameters.count) return (studies) => studies;
    let found;
    client.requestHooks = [
      (request, _metadata) => {
        client.requestHooks = [];
        request.addEventListener('readystatechange', () => {
          if (request.readyState >= 2) found = request.getResponseHeader('X-Total-Count');
        });
        return request;
      },
    ];
    return (studies) => {
      const last = studies.length === 0 ? lastPage(window.location.search, parameters, Number(found)) : undefined;
      if (last !== undefined) window.location.replace(last);
      return Object.assign(studies, found ? { total: Number(found) } : {});
    };
  }

  /** Says why a file is not sent. @param {ArrayBuffer} file */
  function refusal(file) {
    const start = new TextDecoder('latin1').decode(file.slice(0, 4));
    if (start === 'PK\x03\x04') return `This is a ZIP file. Send it by the upload page: ${uploadPage()}`;
    return 'This is not a DICOM file: bytes 129 to 132 are not "DICM".';
  }

  /** Says why the sending of a file broke off. The browser does not tell. @param {File} file */
  function broken(file) {
    if (!window.navigator.onLine) return 'This computer is not connected to the network.';
    const large = file.size > LARGE ? ` Large files are better sent by the upload page: ${uploadPage()}` : '';
    return `The connection to the archive broke off while the file was sent.${large}`;
  }

  /** Bytes from which a file may be too large for one request. */
  const LARGE = 50_000_000;

  /** The address of the page that sends large files and ZIP files too, and goes on after an interruption. */
  function uploadPage() {
    return `${window.location.origin}/upload${archiveName === undefined ? '' : `?archive=${archiveName}`}`;
  }

  /** The address of the studies that the page shows. @param {Location} location */
  function placeOf({ pathname }) {
    const query = new URLSearchParams([...named, ['StudyInstanceUIDs', openedStudies().join(',')]]);
    return `${pathname}?${query}`;
  }

  /** A mode of the viewer without a study stays empty, so the user is sent to the study list of the same archive. */
  function leaveWithoutStudy({ pathname, search }) {
    const names = [...new URLSearchParams(search)].filter(([, value]) => value).map(([name]) => name.toLowerCase());
    const isMode = /^\/(viewer|basic|segmentation|tmtv|microscopy|dynamic-volume|usAnnotation)(\/|$)/.test(pathname);
    if (isMode && !names.includes('studyinstanceuids')) window.location.replace(list);
  }

  /** The studies that the page shows: their UIDs. */
  function openedStudies() {
    return uidsIn(window.location.search, 'StudyInstanceUIDs');
  }

  /**
   * The query of the page's address, with the image that is shown: OHIF opens the study with this image.
   * @returns {string}
   */
  function searchWithImage() {
    const { search } = window.location;
    if (openedStudies().length === 0) return search;
    const [, series, instance, frame] = /\/series\/([\d.]+)\/instances\/([\d.]+)\/frames\/(\d+)/.exec(shownImage() ?? '') ?? [];
    if (instance === undefined) return search;
    const query = new URLSearchParams(search);
    for (const name of [...query.keys()]) if (OF_IMAGE.includes(name.toLowerCase())) query.delete(name);
    for (const [at, value] of [series, instance, frame].entries()) query.set(OF_IMAGE_NAMES[at], value);
    return `?${query}`;
  }

  /** Parameters of OHIF that name an image, and ours for its frame. */
  const OF_IMAGE_NAMES = ['initialSeriesInstanceUID', 'initialSOPInstanceUID', 'initialFrame'];
  const OF_IMAGE = OF_IMAGE_NAMES.map((name) => name.toLowerCase());

  /** @returns {string | undefined} the id of the image that the user has asked for in the active viewport */
  function shownImage() {
    const { viewportGridService, cornerstoneViewportService } = window.services ?? {};
    try {
      const viewport = cornerstoneViewportService?.getCornerstoneViewport(viewportGridService.getActiveViewportId());
      return viewport?.getImageIds?.()[viewport.getTargetImageIdIndex?.()] ?? viewport?.getCurrentImageId?.();
    } catch {
      // The viewer is not there yet.
      return undefined;
    }
  }

  /**
   * The archive, or the share of a study, that the address of the page names: `?archive=NAME`, `?share=ID`. It stays in the
   * address while OHIF changes pages, so that a reload and a new tab show the same archive.
   */
  const NAMED = ['archive', 'share'];
  const named = NAMED.map((name) => [name, new URLSearchParams(window.location.search).get(name)]).filter(
    ([, value]) => value && /^[\w-]{1,64}$/.test(value),
  );

  const archiveName = new Map(named).get('archive');

  /** The address of the study list. */
  const list = named.length === 0 ? '/' : `/?${new URLSearchParams(named)}`;

  /** The path before /dicomweb and /wado. */
  const root = named.map(([name, value]) => `/${name}s/${value}`).join('');

  /** Also tells the window of every new address within the viewer: the event "archive-address". */
  function keepNamed() {
    const tell = () => window.dispatchEvent(new Event('archive-address'));
    window.addEventListener('popstate', tell);
    for (const method of ['pushState', 'replaceState']) {
      const original = window.history[method].bind(window.history);
      window.history[method] = (state, unused, url) => {
        if (url === undefined || url === null) return original(state, unused, url);
        const address = new URL(url, window.location.href);
        for (const [name, value] of named) address.searchParams.set(name, value);
        original(state, unused, named.length === 0 ? url : address.pathname + address.search + address.hash);
        tell();
      };
    }
  }
  keepNamed();

  /**
   * Warns on every page that the deployment gives access to everybody. It does not warn on the same machine: `npm start`
   * gives access to everybody, so that people can try the archive.
   * @param {Location} location
   */
  async function warn({ hostname }) {
    if (/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) return;
    const answer = await fetch('/health', { headers: { Accept: 'application/health+json' } });
    const { warnings = [] } = await answer.json();
    const open = warnings.find((warning) => warning.startsWith('ALLOW_ANONYMOUS'));
    if (!open) return;
    const banner = document.createElement('div');
    banner.dataset.archiveWarning = '';
    banner.setAttribute('role', 'alert');
    banner.textContent = `${open} Do not store patients' data here.`;
    banner.style.cssText =
      'position:fixed;inset:auto 0 0 0;z-index:99999;padding:.4rem 1rem;background:#b3261e;color:#fff;font:.9rem/1.4 system-ui,sans-serif;text-align:center;pointer-events:none';
    document.body.append(banner);
  }

  return {
    root,
    archive: archiveName,
    page,
    total,
    listFailure,
    explain: (error) => explain(error, () => !unsaved.isEmpty()),
    notice,
    refusal,
    broken,
    uploadPage,
    leaveWithoutStudy,
    openedStudies,
    searchWithImage,
    warn,
    isOrdered: (column) => column in ORDER,
    modalities: MODALITIES.split(' '),
    overlays,
    overlayPlace,
    decoded,
    paletteOfSegments,
    ...{ windowsFor, windowOf, photometricFor },
    ...maps,
    ...volumes,
    ...shapes,
    ...{ isMeasured, valueText },
    frameTime,
    arrayViews,
    typedDate,
    ...{ angleOf, areaFactor, circle, ellipseArea, regionsOf },
    ...{ checkSuv, decaySeconds, privateValue, scanTimeOfGE, startOfDose, lettersOf },
    ...patients,
    nameOf,
    ...{ showFirstPath, slideFor, slideShown },
    ...{ listedAs, notStored, notTakenOver, STORING, unsaved, leaving },
    keepWork: (page) => keepWork(page, leaving),
    keepsUnsaved: unsavedExtension(unsaved, leaving),
    fresh,
    displaySetsOf,
    notTaken,
    isExplained,
    referenceWords,
    imagesInFrame,
    isInFrame,
    textOf,
    viewportBoundary,
    ...failures(list, placeOf, (uid) => fresh.has(uid)),
    notShown: notShownExtension({ root, list }, answerOf, fresh, overlays),
  };
})();

tellOfLostScripts(window);
window.archiveViewer.leaveWithoutStudy(window.location);
window.addEventListener('DOMContentLoaded', () => window.archiveViewer.warn(window.location).catch(() => undefined));
