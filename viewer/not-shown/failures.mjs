import { notice } from './notice.mjs';
import { notFirst, nothingCame, opening, somethingMissing } from './opening.mjs';

/**
 * Says why a page of the viewer has nothing, or not everything, and leads out of it.
 * @param {string} list the address of the study list
 * @param {(location: Location) => string} placeOf the address of the studies that a page shows
 * @param {(uid: string) => boolean} has whether the page has a series, or an instance
 */
export function failures(list, placeOf, has) {
  const waysOut = {
    'Study list': () => window.location.assign(list),
    'Try again': () => window.location.reload(),
  };

  /**
   * Says what did not come of the studies that OHIF opens. OHIF itself would say nothing, and go on showing that it loads.
   * @param {PromiseSettledResult<import('./opening.mjs').Requested[]>[]} studies the answers to the searches for their series
   * @param {string[]} wanted the series that the address names
   * @param {{ displaySetService: any, uiNotificationService: any }} services of OHIF
   */
  async function opened(studies, wanted, { displaySetService, uiNotificationService }) {
    const place = placeOf(window.location);
    const { search } = window.location;
    const came = await opening(studies, wanted);
    // The user has opened another page, or OHIF says that there is no such study.
    if (placeOf(window.location) !== place || window.location.pathname === '/notfoundstudy') return;
    if (displaySetService.getActiveDisplaySets().length > 0) {
      const message = somethingMissing(came);
      const action = { label: 'Load again', onClick: () => window.location.reload() };
      const lasting = { type: 'error', duration: Number.POSITIVE_INFINITY, action };
      if (message) uiNotificationService.show({ title: 'Not everything was loaded', message, ...lasting });
      const other = message ? undefined : notFirst(search, has);
      if (other) uiNotificationService.show({ title: 'Not what the link names', message: other, ...lasting });
      return;
    }
    const { title, texts, isNamed } = nothingCame(came);
    const whole = { 'Show the whole study': () => window.location.assign(place) };
    const shown = notice(title, texts, { ...waysOut, ...(isNamed && whole) });
    // OHIF may know more: that there is no such study at all.
    window.addEventListener('archive-address', () => placeOf(window.location) !== place && shown?.close());
  }

  /** Says that the page broke while it was drawn: OHIF's own message is a part of that page. @param {any} error */
  function pageFailed(error) {
    const texts = [
      'The viewer failed while it drew this page. The archive is not affected.',
      `The viewer says: ${error?.message ?? error}`,
    ];
    notice('This page cannot be shown', texts, waysOut);
    window.addEventListener('popstate', () => window.location.reload());
  }

  return { opened, pageFailed };
}
