import { ascii } from '../files/part10';
import { slice } from '../files/samples';

/** What an upload session may bring: instances, one twice, one with other content, an odd one, one of another study, and no instance. */
export const FILES = [
  slice({ sop: '1.2.3.4.1' }),
  slice({ sop: '1.2.3.4.2', series: '1.2.3.4.9' }),
  slice({ sop: '1.2.3.4.1', seed: 5 }),
  slice({ sop: '1.2.3.4.3', elements: [[0x00280008, 'IS', 'three']] }),
  slice({ sop: '1.2.3.4.1' }),
  ascii('no instance'),
  slice({ study: '1.2.5', series: '1.2.5.1', sop: '1.2.5.2' }),
];
