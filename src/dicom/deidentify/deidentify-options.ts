/**
 * The options of the Basic Application Level Confidentiality Profile (PS3.15 E.3). Without any option, only the Basic
 * Profile applies.
 */
export interface DeidentifyOptions {
  /** Retain UIDs (E.3.9). Otherwise each UID of an instance is replaced by another one. */
  readonly retainUIDs?: boolean;
  /**
   * Retain Longitudinal Temporal Information (E.3.6). full: dates and times stay. modified: all dates of a patient are
   * moved to the past by the same number of days, and times stay. Absent: dates and times are removed.
   */
  readonly retainDates?: 'full' | 'modified';
  /** Retain Patient Characteristics (E.3.7): sex, age, size, weight and the like. */
  readonly retainPatientCharacteristics?: boolean;
  /** Retain Device Identity (E.3.8). */
  readonly retainDeviceIdentity?: boolean;
  /** Retain Institution Identity (E.3.11). */
  readonly retainInstitutionIdentity?: boolean;
  /** Clean Descriptors (E.3.5): of descriptions, the words that cannot identify anybody stay. */
  readonly cleanDescriptors?: boolean;
  /** Clean Structured Content (E.3.4): reports keep their structure, codes and numbers. */
  readonly cleanStructuredContent?: boolean;
  /** Retain Safe Private (E.3.10): the private attributes of table E.3.10-1 stay. */
  readonly retainSafePrivate?: boolean;
  /** Serve images and recordings that may identify the patient, because a person has checked them. Documents are not served. */
  readonly allowIdentifyingPixels?: boolean;
}

/** What happens to an attribute: PS3.15 E.1. keep: it stays. shift: its date is moved. clean: some of it stays. */
export type OptionAction = 'keep' | 'shift' | 'clean';

/*
 * The columns of the options in table E.1-1, as of 2026c. For each group there is one line: the group number, then the
 * element numbers. The column of dates is not here: it follows from the VR.
 */

/** UIDs are retained wherever the action of the Basic Profile is U, except in these attributes. */
const UIDS_NOT_RETAINED = tagsOf(`
0040 A124
0400 0100`);

/** Retain UIDs also retains these. */
const REFERENCES = tagsOf(`
0000 1000
0008 1110 1111 1120 1140 2112
006A 0003`);

/**
 * The table wants AE titles to be cleaned (C). They are free text and name places and persons, so they are treated as in
 * the Basic Profile.
 */
const DEVICE = tagsOf(`
0008 1010
0014 407C 407E
0016 004E 004F 0050 0051
0018 1000 1002 1004 1005 1007 1008 1009 100A 100B 1010 1011 1200 1201 1202 1203 1204 1205 5011 700A 700C 700E 9367 9371 9373
0020 3401
0032 1020
0040 0010 0011 0242 4025 4027 4028 4030
0050 0020
0400 0563
3008 0105
300A 00B2 0216
300C 0127
3010 002D 0043`);

const INSTITUTION = tagsOf(`
0008 0080 0081 0082 1040 1041
0012 0030 0031 0060 0081
0400 0564`);

const PATIENT = tagsOf(`
0010 0040 0043 0046 0047 1010 1020 1030 2160 2161 2162 21A0 21C0 2203
0072 005F`);

/** Retain Patient Characteristics cleans these texts. */
const PATIENT_TEXTS = tagsOf(`
0010 0042 2110
0038 0050 0500
0040 0012`);

const DESCRIPTORS = tagsOf(`
0008 1030 103E 1080 1084 1088 1301 1302 1303 1304 2111 4000
0010 0016 0042 0045 2000 2110 2180 21B0 4000
0012 0051 0072
0016 002B 004B
0018 0010 1030 11BB 1400 4000 9185 937B 937F 9424 9937 A003
0020 0027 4000 9158
0032 1030 1033 1060 1066 1067 1070 4000
0038 0040 0062 0500 4000
003A 0020 0203 020C 0329 032B
0040 0007 0254 0275 0280 0310 051A 0556 0600 0602 1002 100A 1400 2001 2400 B03B B03F
0050 0021
006A 0005 0006
0070 0006
0072 0066 0068 006C 006E 0070
0400 0565
2200 0002
3002 0121 0123
3006 0002 0004 0006 0026 0028 0038 0085 0088
300A 0002 0003 0004 000B 000E 0016 0072 00C3 00DD 0196 01A6 01B2 02EB 0608 0619 0623 062A 0676 067C 067D 0734 0742 0783 078E 0792 0794 079A
300C 0113
3010 000F 0017 0033 0034 0035 0036 0037 0038 0054 0056 005A 005C 0061 0077 007A 007B 007F 0081
4008 010B 0115 0300 4000`);

const STRUCTURED_CONTENT = tagsOf(`
0040 0555 0610 A730 B020`);

/** Attributes of other VRs that state a moment: the column of dates has them too. */
const MOMENTS = tagsOf(`
0008 0201
0034 0007
0400 0310`);

/** Dates and times that the column of dates does not have. */
const NOT_LONGITUDINAL = tagsOf(`
0010 0030 0032
0016 0077`);

const TEMPORAL: ReadonlySet<string> = new Set(['DA', 'TM', 'DT']);

/**
 * The action that the options set for an attribute, in place of that of the Basic Profile.
 * @param tag eight upper-case hexadecimal digits
 * @param vr of the attribute in PS3.6
 * @param isUID the Basic Profile replaces the UIDs of the attribute
 * @returns undefined when the Basic Profile decides
 */
export function optionActionOf(
  tag: string,
  vr: string,
  isUID: boolean,
  options: DeidentifyOptions,
): OptionAction | undefined {
  const { retainDates } = options;
  const isTemporal = (TEMPORAL.has(vr) || MOMENTS.has(tag)) && !NOT_LONGITUDINAL.has(tag);
  if (isTemporal && retainDates !== undefined) return retainDates === 'full' || !isDated(vr) ? 'keep' : 'shift';
  if (options.retainUIDs && (REFERENCES.has(tag) || (isUID && !UIDS_NOT_RETAINED.has(tag)))) return 'keep';
  if (options.retainDeviceIdentity && DEVICE.has(tag)) return 'keep';
  if (options.retainInstitutionIdentity && INSTITUTION.has(tag)) return 'keep';
  if (options.retainPatientCharacteristics && PATIENT.has(tag)) return 'keep';
  if (options.retainPatientCharacteristics && PATIENT_TEXTS.has(tag)) return 'clean';
  if (options.cleanDescriptors && DESCRIPTORS.has(tag)) return 'clean';
  if (options.cleanStructuredContent && STRUCTURED_CONTENT.has(tag)) return 'clean';
  return undefined;
}

/** A moment of another VR cannot be moved, and would reveal by how much the others were moved: see deidentify. */
function isDated(vr: string): boolean {
  return vr !== 'TM' && vr !== 'SH';
}

function tagsOf(lines: string): ReadonlySet<string> {
  const tags = new Set<string>();
  for (const line of lines.trim().split('\n')) {
    const [group = '', ...elements] = line.split(' ');
    for (const element of elements) tags.add(group + element);
  }
  return tags;
}

/** The codes of CID 7050 (PS3.16) with their meanings. */
export const METHODS: Readonly<Record<string, string>> = {
  '113100': 'Basic Application Confidentiality Profile',
  '113101': 'Clean Pixel Data Option',
  '113102': 'Clean Recognizable Visual Features Option',
  '113103': 'Clean Graphics Option',
  '113104': 'Clean Structured Content Option',
  '113105': 'Clean Descriptors Option',
  '113106': 'Retain Longitudinal Temporal Information Full Dates Option',
  '113107': 'Retain Longitudinal Temporal Information Modified Dates Option',
  '113108': 'Retain Patient Characteristics Option',
  '113109': 'Retain Device Identity Option',
  '113110': 'Retain UIDs Option',
  '113111': 'Retain Safe Private Option',
  '113112': 'Retain Institution Identity Option',
};

/** The codes of the profile and of the options that apply, the profile first. */
export function methodsOf(options: DeidentifyOptions): readonly string[] {
  const chosen: readonly (readonly [code: string, applies: boolean | undefined])[] = [
    ['113100', true],
    ['113104', options.cleanStructuredContent],
    ['113105', options.cleanDescriptors],
    ['113106', options.retainDates === 'full'],
    ['113107', options.retainDates === 'modified'],
    ['113108', options.retainPatientCharacteristics],
    ['113109', options.retainDeviceIdentity],
    ['113110', options.retainUIDs],
    ['113111', options.retainSafePrivate],
    ['113112', options.retainInstitutionIdentity],
  ];
  return chosen.filter(([, applies]) => applies).map(([code]) => code);
}
