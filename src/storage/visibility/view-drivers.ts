import { type SearchKey, searchKey, TAG } from '../../archive/search/search-keys';
import type { VisibleStudies } from '../../archive/visibility';
import type { Driver } from '../search/driver';
import { keyDrivers, termDriver } from '../search/search-drivers';
import { anyTerm, termField } from '../search/search-terms';
import { foldedValue } from '../search/text-sql';
import type { Confinement } from './confinement';
import { matchValuesOf } from './visible-studies';

/** A statement has each source several times, and a statement of D1 may have 100 KB. */
const MOST_SOURCES = 8;

/**
 * Keys that lead to the studies of a view, so that a search does not walk through all the others: one key for each
 * restriction that has one. Conditions on a date need none, because the newest studies come first.
 */
export function driversOfView(confinement: Confinement): Driver[] {
  return confinement.flatMap((sets) => {
    const drivers = sets.map(driverOfSet);
    const known = drivers.filter((driver) => driver !== undefined);
    return known.length === drivers.length && known.length > 0 ? united(known) : [];
  });
}

/** One key for the studies of several. */
function united(drivers: readonly Driver[]): Driver[] {
  const sources = drivers.flatMap((driver) => driver.sources);
  if (sources.length === 0 || sources.length > MOST_SOURCES) return [];
  const blocks = drivers.map(({ blockSources }) => blockSources);
  const walkable = blocks.filter((each) => each !== undefined);
  return [
    {
      weight: Math.min(...drivers.map(({ weight }) => weight)),
      sources,
      ...(walkable.length === blocks.length ? { blockSources: walkable.flat() } : {}),
    },
  ];
}

/** The most selective condition of a set; undefined when the others of its studies could be anywhere. */
function driverOfSet(set: VisibleStudies): Driver | undefined {
  if (set.withPriors || set.scopes !== undefined) return undefined;
  const found = [
    ...keys(TAG.referringPhysicianName, set.referringPhysicianName),
    ...keys(TAG.accessionNumber, set.accessionNumber),
    ...keys(TAG.issuerOfPatientID, set.issuerOfPatientID),
    ...institutions(set.institutionName),
    ...terms('labels', set.labels, 30),
    ...terms('stored_by', set.storedBy === undefined ? undefined : [set.storedBy], 45),
  ];
  return found.sort((one, other) => other.weight - one.weight)[0];
}

function keys(path: string, texts: readonly string[] | undefined): Driver[] {
  const key = searchKey(path);
  return key === undefined || texts === undefined ? [] : ofTexts(key, texts);
}

/** What is known of InstitutionName (0008,0080), which is not one of the standard's keys. */
const INSTITUTION: SearchKey = {
  level: 'study',
  path: '00080080',
  vr: 'LO',
  matching: 'caseless',
  source: { kind: 'column', column: 'institution_names' },
};

function institutions(texts: readonly string[] | undefined): Driver[] {
  return texts === undefined ? [] : ofTexts(INSTITUTION, texts);
}

/** One key for the studies that any of the texts leads to. */
function ofTexts(key: SearchKey, texts: readonly string[]): Driver[] {
  const drivers: Driver[] = [];
  for (const matched of matchValuesOf(texts)) {
    const [driver] = keyDrivers({ key, value: key.matching === 'caseless' ? foldedValue(matched) : matched }, PLAIN);
    if (driver === undefined) return [];
    drivers.push(driver);
  }
  return united(drivers);
}

const PLAIN = { matches: [], fuzzyMatching: false };

function terms(column: string, values: readonly string[] | undefined, weight: number): Driver[] {
  const field = termField(column);
  return field === undefined || values === undefined ? [] : [termDriver(weight, field, anyTerm(values))];
}
