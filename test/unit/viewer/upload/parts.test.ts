import { describe, expect, it } from 'vitest';
import { foundText } from '../../../../scripts/upload/report.mjs';
import { FailureReason, WarningReason } from '../../../../src/dicomweb/stow/failure-reasons';
import { csvOf } from '../../../../viewer/upload/csv.mjs';
import { look } from '../../../../viewer/upload/files/look.mjs';
import { grouped } from '../../../../viewer/upload/groups.mjs';
import { progressText, speedometer } from '../../../../viewer/upload/progress.mjs';
import { refusal, unreachable } from '../../../../viewer/upload/sending/archive.mjs';
import { batchesOf } from '../../../../viewer/upload/sending/batches.mjs';
import { outcomesOf } from '../../../../viewer/upload/sending/outcome.mjs';
import { persist } from '../../../../viewer/upload/sending/persist.mjs';
import { failureText } from '../../../../viewer/upload/sending/reasons.mjs';
import { bytesText, timeText } from '../../../../viewer/upload/words.mjs';
import type { Element } from '../../../support/files/part10';
import { slice } from '../../../support/files/samples';

describe('batches', () => {
  const sizes = (list: number[]) => list.map((size) => ({ size }));
  const most = { bytes: 100, count: 3, overhead: 10 };
  it('keep their order, their bytes and their number', () => {
    const batches = batchesOf(sizes([40, 40, 1, 1, 1, 1, 500, 90, 1]), most);
    expect(batches.map((batch) => batch.map(({ size }) => size))).toEqual([[40, 40], [1, 1, 1], [1], [500], [90], [1]]);
    expect(batchesOf([], most)).toEqual([]);
  });
});

describe('groups', () => {
  it('are patients, studies and series, in their order', () => {
    const item = (patientName: string, studyDate: string, seriesNumber: string) => ({
      instances: [
        {
          name: '',
          head: {
            ...{
              isDirectory: false,
              patientName,
              patientID: patientName,
              studyDate,
              studyDescription: '',
              seriesNumber,
            },
            ...{
              studyInstanceUID: studyDate,
              seriesInstanceUID: seriesNumber,
              seriesDescription: '',
              modality: '',
              sopInstanceUID: '',
            },
          },
        },
      ],
    });
    const items = [
      item('B', '2020', '10'),
      item('A', '2021', '1'),
      item('B', '2019', '2'),
      item('B', '2020', '9'),
      item('B', '2020', '10'),
    ];
    const shown = grouped(items as never).map(({ name, studies }) => [
      name,
      ...studies.map(({ date, series }) => [
        date,
        ...series.map(({ number, instances }) => `${number}: ${instances.length}`),
      ]),
    ]);
    expect(shown).toEqual([
      ['A', ['2021', '1: 1']],
      ['B', ['2019', '2: 1'], ['2020', '9: 1', '10: 2']],
    ]);
  });
});

describe('the summary of npm run upload', () => {
  const counted = async (...files: Element[][]) => {
    const looked = await Promise.all(
      files.map((elements, at) => {
        const bytes = slice({ sop: `1.2.3.4.${at}`, elements });
        const source = { size: bytes.length, read: async (from: number, to: number) => bytes.subarray(from, to) };
        return look({ path: `IM${at}`, modified: 0, source });
      }),
    );
    const items = looked.flatMap((each) => ('item' in each ? [each.item] : []));
    return /\((.*);/.exec(foundText({ items, leftOut: [] }))?.[1];
  };
  const named = (name: string): Element => [0x00100010, 'PN', name];
  const id = (value: string, issuer = ''): Element[] => [
    [0x00100020, 'LO', value],
    [0x00100021, 'LO', issuer],
  ];
  const study = (uid: string): Element => [0x0020000d, 'UI', uid];

  it('counts a patient by ID and issuer, by the name where there is no ID, and a study by its UID', async () => {
    const one = '1 patient, 1 study, 1 series';
    expect(await counted([named('A^B')], [named('A^C')])).toBe(one);
    expect(await counted([study('1.1'), ...id('7')], [study('1.2'), ...id('7')])).toBe(
      '1 patient, 2 studies, 2 series',
    );
    const issuers = await counted([study('1.1'), ...id('7', 'X')], [study('1.2'), ...id('7', 'Y')]);
    expect(issuers).toBe('2 patients, 2 studies, 2 series');
    const names = await counted([study('1.1'), named('A'), ...id('')], [study('1.2'), named('B'), ...id('')]);
    expect(names).toBe('2 patients, 2 studies, 2 series');
    expect(await counted([...id('7')], [...id('8')])).toBe(one);
  });
});

describe('a Store Instances Response', () => {
  it('becomes outcomes in words', () => {
    const { bySOP, unnamed } = outcomesOf({
      '00081199': {
        Value: [
          { '00081155': { Value: ['1.1'] } },
          {
            '00081155': { Value: ['1.2'] },
            '00081196': { Value: [0xb007] },
            '00741048': { Value: [{ '00720026': { Value: ['00080020'] } }] },
          },
        ],
      },
      '00081198': { Value: [{ '00081155': { Value: ['1.3'] }, '00081197': { Value: [0x0111] } }] },
      '0008119A': { Value: [{ '00081197': { Value: [0xc002] } }] },
    });
    expect(bySOP.get('1.1')).toEqual([{ result: 'stored' }]);
    expect(bySOP.get('1.2')?.[0]).toMatchObject({
      result: 'warned',
      reason: expect.stringContaining('B007H, attribute (0008,0020)'),
    });
    expect(bySOP.get('1.3')?.[0]).toMatchObject({ result: 'refused', reason: expect.stringContaining('0111H') });
    expect(unnamed[0]?.reason).toContain('cut short');
  });

  it('has words for every reason that this archive gives', () => {
    for (const code of Object.values(FailureReason).filter((reason) => reason !== FailureReason.BulkDataMissing)) {
      expect(failureText({ '00081197': { Value: [code] } })).not.toContain('The archive refused the file.');
    }
    const warnings = outcomesOf({
      '00081199': {
        Value: Object.values(WarningReason).map((code) => ({
          '00081155': { Value: ['1'] },
          '00081196': { Value: [code] },
        })),
      },
    });
    for (const { reason } of warnings.bySOP.get('1') ?? []) expect(reason).not.toContain('with a warning');
  });
});

describe('words', () => {
  it('say bytes, times and progress', () => {
    expect([0, 999, 1000, 99_449, 999_900, 12_345_678, 5e12].map(bytesText)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '99.4 kB',
      '1.0 MB',
      '12.3 MB',
      '5.0 TB',
    ]);
    expect([0.2, 59, 61, 5399, 7260].map(timeText)).toEqual(['1 s', '59 s', '1 min', '90 min', '2 h 1 min']);
    const speed = speedometer();
    speed.at(0, 0);
    expect(speed.at(50e6, 5000)).toBe(10e6);
    expect(speed.at(50e6, 30_000)).toBe(0);
    expect(progressText({ files: 2000, doneFiles: 1, bytes: 100e6, doneBytes: 50e6 }, 10e6)).toBe(
      '1 of 2,000 files, 50.0 MB of 100 MB, 10.0 MB a second, about 5 s left',
    );
  });

  it('of the report are no formulas of a spreadsheet', () => {
    const text = csvOf([{ file: '=cmd|calc', result: 'Stored', reason: 'says "no"' }]);
    expect(text).toBe('File,Result,Reason\r\n"\'=cmd|calc","Stored","says ""no"""');
  });
});

it('waiting does not help against what only an operator can end', async () => {
  const { signal } = new AbortController();
  let times = 0;
  const act = async () => {
    times += 1;
    throw refusal(503, '{"code":"misconfigured","detail":"The setting is wrong."}', undefined);
  };
  await expect(persist(act, { signal })).rejects.toThrow('The setting is wrong.');
  expect(times).toBe(1);
});

it('a line that comes back while a request fails is used at once', async () => {
  const { signal } = new AbortController();
  const wake = new EventTarget();
  const waits: number[] = [];
  let times = 0;
  const act = async () => {
    times += 1;
    if (times === 2) return 'sent';
    // The request is under way when the line comes back, and fails only then.
    wake.dispatchEvent(new Event('wake'));
    throw unreachable();
  };
  const onWait = (_: unknown, milliseconds: number) => waits.push(milliseconds);
  await expect(persist(act, { signal, wake, onWait })).resolves.toBe('sent');
  expect(waits).toEqual([]);
});
