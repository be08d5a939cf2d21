import { expect, test } from 'vitest';
import { studiesOfPatient } from '../../viewer/priors.mjs';

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
