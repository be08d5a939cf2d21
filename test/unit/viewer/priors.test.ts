import { expect, test } from 'vitest';
import { hasOtherPatients, studiesOfPatient } from '../../../viewer/ohif/priors.mjs';

const study = (studyInstanceUid: string, mrn: string, issuer?: string) => ({
  studyInstanceUid,
  mrn,
  ...(issuer !== undefined && { issuer }),
});
const uids = (studies: readonly { studyInstanceUid: string }[]) => studies.map((one) => one.studyInstanceUid);

test.each([
  ['W*', ['W*', 'WXYZ', 'w*'], ['0']],
  ['Q?1', ['QA1', 'Q?1'], ['1']],
  ['abc7', ['ABC7', 'abc7', 'abc7 '], ['1', '2']],
])('beside a study of Patient ID %s, those of the same ID are offered', (mrn, found, offered) => {
  const studies = found.map((one, at) => study(String(at), one));
  const opened = studies.find((one) => one.mrn === mrn)!;
  expect(uids(studiesOfPatient([opened], studies))).toEqual(offered);
});

test('the same ID of another issuer is another patient, and a study without an issuer may be of either', () => {
  const [a, b, none] = [study('a', '777', 'HOSPA'), study('b', '777', 'HOSPB'), study('none', '777', '')];
  const all = [a, b, none, study('undefined', '777')];
  expect(uids(studiesOfPatient([a], all))).toEqual(['a', 'none', 'undefined']);
  expect(uids(studiesOfPatient([b], all))).toEqual(['b', 'none', 'undefined']);
});

test('the study that is open is offered also if the search did not reach it', () => {
  const opened = study('opened', '*');
  expect(uids(studiesOfPatient([opened], [study('other', 'X')]))).toEqual(['opened']);
  expect(studiesOfPatient([], [study('other', 'X')])).toEqual([]);
});

test.each([
  ['two IDs', ['1', 'A'], ['2', 'A'], true],
  ['one ID of two issuers', ['1', 'A'], ['1', 'B'], true],
  ['one ID, and one issuer is not named', ['1', 'A'], ['1'], false],
  ['no ID', [], [], true],
] as const)('images of two studies with %s are of two patients: %s and %s', (_, one, other, expected) => {
  const [shown, beside] = [one, other].map(([id, issuer], at) => ({
    StudyInstanceUID: String(at),
    ...(id !== undefined && { PatientID: id }),
    ...(issuer !== undefined && { IssuerOfPatientID: issuer }),
  }));
  expect(hasOtherPatients([shown, undefined, beside], shown!)).toBe(expected);
  expect(hasOtherPatients([shown, undefined, shown], shown!)).toBe(false);
});
