import { expect, test } from 'vitest';
import { checkSuv, decaySeconds, privateValue, scanTimeOfGE, startOfDose } from '../../../viewer/ohif/suv.mjs';

test('the dose decays until the start of the scan, or not at all: PS3.3 C.8.9.1.1.4', () => {
  expect(decaySeconds('START', 3600)).toBe(3600);
  expect(decaySeconds('ADMIN', 3600)).toBe(0);
  expect(decaySeconds(['ADMIN'], 3600)).toBe(0);
});

test.each([['NONE'], ['start'], [''], [undefined], [null]])('Decay Correction %o gives no SUV', (given) => {
  expect(() => decaySeconds(given, 3600)).toThrow('No SUV');
});

test.each([
  ['20261130080000+0000', '+0200', '20261130100000'],
  ['20261130080000.500000+0000', '+0200', '20261130100000.500000'],
  ['20261130233000-0530', '+0530', '20261201103000'],
  ['20260301003000+0100', '-0500', '20260228183000'],
  ['202611300800+0000', '+0200', '20261130100000'],
  ['20261130100000', '+0200', '20261130100000'],
  ['20261130100000.00', undefined, '20261130100000.00'],
])('%s is, for a scan in the zone %s, %s', (RadiopharmaceuticalStartDateTime, TimezoneOffsetFromUTC, local) => {
  expect(startOfDose({ RadiopharmaceuticalStartDateTime }, { TimezoneOffsetFromUTC })).toBe(local);
});

test('an offset is not used if the zone of the scan is not known, unless the start time says that it is the same', () => {
  const RadiopharmaceuticalStartDateTime = '20261130100000.00+0200';
  const startOf = (RadiopharmaceuticalStartTime?: string) =>
    startOfDose({ RadiopharmaceuticalStartDateTime, RadiopharmaceuticalStartTime }, {});
  expect(startOf('100000.00')).toBe('20261130100000.00');
  expect(startOf('1000')).toBe('20261130100000.00');
  expect(() => startOf('080000')).toThrow('time zone');
  expect(() => startOf()).toThrow('time zone');
});

test('a start that is absent is left to Radiopharmaceutical Start Time, and one that is no time gives no SUV', () => {
  expect(startOfDose({}, {})).toBeUndefined();
  expect(startOfDose({ RadiopharmaceuticalStartDateTime: '' }, {})).toBeUndefined();
  for (const given of ['20261130', '2026', 'yesterday'])
    expect(() => startOfDose({ RadiopharmaceuticalStartDateTime: given }, {})).toThrow('No SUV');
});

test('a private element counts under its creator, in whichever block: PS3.5 7.8.1', () => {
  const philips = 'Philips PET Private Group';
  const factor = (attributes: Record<string, unknown>) => privateValue(attributes, '7053', philips, '00');
  expect(factor({ '70530010': philips, '70531000': '0.5' })).toBe('0.5');
  expect(factor({ '70530010': 'OTHER', '70530011': `${philips} `, '70531000': '2', '70531100': '0.5' })).toBe('0.5');
  expect(factor({ '70530010': 'OTHER', '70531000': '0.5' })).toBeUndefined();
  expect(factor({ '70531000': '0.5' })).toBeUndefined();
});

test('the time of a scan by GE is read if it is one', () => {
  const of = (creator: string, value: unknown) => scanTimeOfGE({ '00090010': creator, '0009100D': value });
  expect(of('GEMS_PETD_01', '20240131110000.00')).toBe('20240131110000.00');
  expect(of('OTHER', '20240131110000.00')).toBeUndefined();
  expect(of('GEMS_PETD_01', { BulkDataURI: 'x' })).toBeUndefined();
});

test('values of another SUV Type, and a dose of 0, give no SUV of the body weight', () => {
  for (const SUVType of ['LBM', 'BSA', 'LBMJANMA', 'IBW'])
    expect(() => checkSuv({ Units: 'GML', SUVType }, 1, 1)).toThrow('SUV Type');
  for (const SUVType of [undefined, '', 'BW']) expect(() => checkSuv({ Units: 'GML', SUVType }, 1, 1)).not.toThrow();
  expect(() => checkSuv({ Units: 'BQML' }, 0, 1)).toThrow('above 0');
  expect(() => checkSuv({ Units: 'BQML' }, 1, 0)).toThrow('above 0');
});
