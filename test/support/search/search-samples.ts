import type { StudySample } from './search-archive';

export const CT = '1.2.840.10008.5.1.4.1.1.2';
const MR = '1.2.840.10008.5.1.4.1.1.4';

/** Three studies that differ in everything that can be searched; `bare` has only its identifiers. */
export const neptune: StudySample = {
  uid: '1.2.1',
  values: {
    '00080020': '20240105',
    '00080030': '101500.5',
    '00080050': '2000041576',
    '00080090': 'Hale^Ann',
    '00080201': '+0100',
    '00081030': 'CT CHEST DFCI 100%',
    '00100010': 'NEPTUNE^TRITON',
    '00100020': 'X0000002Y',
    '00100030': '19700101',
    '00100040': 'O',
    '00101010': '054Y',
    '00200010': 'S-1',
  },
  series: [
    {
      uid: '1.3.12',
      values: { '00080060': 'PT', '00200011': 2, '0008103E': 'WB PET', '00080201': '+0100' },
      instances: [{ uid: '1.4.121', sopClassUID: CT, number: 1, frames: 7 }],
    },
    {
      uid: '1.3.11',
      values: {
        '00080021': '20240105',
        '00080031': '102000',
        '00080060': 'CT',
        '00080201': '+0100',
        '0008103E': 'THORAX',
        '00200011': 1,
        '00400244': '20240105',
        '00400245': '101000',
        '00400275': [
          {
            '00400009': { vr: 'SH', Value: ['STEP-1'] },
            '00401001': { vr: 'SH', Value: ['PROC-1'] },
            '00400007': { vr: 'LO', Value: ['Chest'] },
          },
          { '00400009': { vr: 'SH', Value: ['STEP-2'] } },
        ],
      },
      instances: [
        { uid: '1.4.112', sopClassUID: CT, number: 2 },
        { uid: '1.4.111', sopClassUID: CT, number: 1 },
      ],
    },
  ],
};

export const mueller: StudySample = {
  uid: '1.2.2',
  values: {
    '00080020': '20231231',
    '00080030': '235959',
    '00080050': 'A_7',
    '00080090': "O'Hara^Zoë",
    '00081030': 'Brain [plain]',
    '00100010': 'Müller^Jürgen',
    '00100020': '7',
    '00100021': 'HOSPITAL',
    '00200010': 'S-2',
  },
  series: [
    {
      uid: '1.3.21',
      values: {
        '00080060': 'MR',
        '00180015': 'HEAD',
        '00181030': 'T1 SAG',
        '00200011': 5,
        '00400244': '20231231',
        '00400245': '2350',
      },
      instances: [{ uid: '1.4.211', sopClassUID: MR, number: null }],
    },
  ],
};

export const bare: StudySample = {
  uid: '1.2.3',
  values: {},
  series: [{ uid: '1.3.31', values: {}, instances: [{ uid: '1.4.311', sopClassUID: MR, number: 4 }] }],
};
