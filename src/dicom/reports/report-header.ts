import type { DicomJson } from '../json/json-model';
import { codeAt, itemsAt, readableDate, readableDateTime, readableName, readableTime, textAt } from './report-values';

/** The heading of a report: the patient, the kind of report, and its completion and verification. */
export interface ReportHeader {
  readonly title: string;
  /** Rows without text are left out. */
  readonly rows: readonly (readonly [label: string, text: string])[];
}

/** The header of an SR document (PS3.3 C.7.1, C.7.2, C.17.2). */
export function reportHeader(dataSet: DicomJson): ReportHeader {
  const text = (tag: string): string => textAt(dataSet, tag);
  const moment = (date: string, time: string): string =>
    [readableDate(text(date)), readableTime(text(time))].filter((part) => part !== '').join(' ');
  const people = (sequence: string): string => itemsAt(dataSet, sequence).map(person).filter(Boolean).join('; ');
  const rows: [string, string][] = [
    ['Patient', readableName(dataSet, '00100010')],
    ['Patient ID', text('00100020')],
    ['Birth date', readableDate(text('00100030'))],
    ['Sex', text('00100040')],
    ['Study', text('00081030')],
    ['Study date', moment('00080020', '00080030')],
    ['Accession number', text('00080050')],
    ['Referring physician', readableName(dataSet, '00080090')],
    ['Series', text('0008103E')],
    ['Institution', text('00080080')],
    ['Manufacturer', [text('00080070'), text('00081090')].filter((part) => part !== '').join(' ')],
    ['Document date', moment('00080023', '00080033')],
    ['Completion', [text('0040A491'), text('0040A492')].filter((part) => part !== '').join(': ')],
    ['Preliminary', text('0040A496')],
    ['Verification', text('0040A493')],
    ['Verified by', people('0040A073')],
    ['Author', people('0040A078')],
    ['SOP Instance UID', text('00080018')],
  ];
  const title = codeAt(dataSet, '0040A043')?.text || text('00420010') || 'Report';
  return { title, rows: rows.filter(([, value]) => value !== '') };
}

/** The name of an observer (PS3.3 C.17.2): a person or a device. */
function person(observer: DicomJson): string {
  const name = readableName(observer, '0040A075') || readableName(observer, '0040A123') || textAt(observer, '00081010');
  const organization = textAt(observer, '0040A027') || textAt(observer, '00080080');
  const when = readableDateTime(textAt(observer, '0040A030'));
  return [name, organization, when].filter((part) => part !== '').join(', ');
}

/**
 * The declared language of a report's text, as a language tag for HTML: Language of Content Item and Descendants,
 * (121049, DCM, "Language of Content Item and Descendants"), in the root (PS3.16 TID 1204).
 * @returns undefined when the report declares none, or one that is not valid
 */
export function reportLanguage(dataSet: DicomJson): string | undefined {
  for (const item of itemsAt(dataSet, '0040A730')) {
    const [concept] = itemsAt(item, '0040A043');
    if (concept === undefined || textAt(concept, '00080100') !== '121049') continue;
    const [language] = itemsAt(item, '0040A168');
    const code = language === undefined ? '' : textAt(language, '00080100');
    if (/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(code)) return code;
  }
  return undefined;
}
