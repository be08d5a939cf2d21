import type { Sequence } from './sequence';

/** The shortest forms of the sequences that have found a fault, by what it was. */
export const KEPT_SEQUENCES: Readonly<Record<string, Sequence>> = {
  // Deletion set no time for it, so its bytes stayed for ever.
  'content that a restoration exchanged is purged with its instance': {
    policy: 'keep',
    steps: [
      { client: 0, passed: 0, act: { kind: 'store', sent: [['1.1', 3]] } },
      { client: 0, passed: 0, act: { kind: 'store', sent: [['1.1', 1]] } },
      { client: 0, passed: 0, act: { kind: 'restore', scope: '1.1' } },
      { client: 0, passed: 0, act: { kind: 'delete', scope: '' } },
    ],
  },
  // The client was told of the hold, which does not keep the instance from being restored: the labels do.
  'a deleted instance of a study that has other labels now is in conflict, also under a legal hold': {
    policy: 'keep',
    steps: [
      { client: 0, passed: 0, act: { kind: 'store', sent: [['1.1', 1]] } },
      { client: 0, passed: 0, act: { kind: 'label', label: 2 } },
      { client: 1, passed: 0, act: { kind: 'delete', scope: '' } },
      { client: 2, passed: 0, act: { kind: 'store', sent: [['2.2', 1]] } },
      { client: 1, passed: 0, act: { kind: 'hold' } },
      { client: 1, passed: 0, act: { kind: 'restore', scope: '1.1' } },
    ],
  },
  // The client was told that both instances are refused, and one of them was stored.
  'a look-up that D1 gives up after the commit does not refuse what was stored': {
    policy: 'reject',
    steps: [
      { client: 0, passed: 0, act: { kind: 'store', sent: [['2.2', 3]] } },
      {
        ...{ client: 1, passed: 0, fault: { on: 'batch 3', fault: 'timeout, but carried out' } },
        act: {
          kind: 'store',
          sent: [
            ['2.1', 3],
            ['2.2', 3],
          ],
        },
      },
    ],
  },
  // The deletion was tried again, and deleted what another client had stored in the meantime.
  'a deletion whose response is lost does not delete what is stored after it': {
    policy: 'reject',
    steps: [
      { client: 0, passed: 0, act: { kind: 'store', sent: [['2.2', 2]] } },
      {
        ...{ client: 0, passed: 0, act: { kind: 'delete', scope: '' }, fault: { on: 'batch', fault: 'answer lost' } },
        meanwhile: { client: 1, act: { kind: 'store', sent: [['2.2', 3]] } },
      },
    ],
  },
  'a store whose response is lost does not bring back what is deleted after it': {
    policy: 'reject',
    steps: [
      { client: 1, passed: 0, act: { kind: 'store', sent: [['1.1', 1]] } },
      {
        ...{
          client: 0,
          passed: 0,
          act: { kind: 'store', sent: [['2.2', 2]] },
          fault: { on: 'batch', fault: 'answer lost' },
        },
        meanwhile: { client: 1, act: { kind: 'delete', scope: '' } },
      },
      { client: 1, passed: 0, act: { kind: 'delete', scope: '' } },
    ],
  },
  'a restoration whose response is lost does not bring back what is deleted after it': {
    policy: 'reject',
    steps: [
      { client: 0, passed: 0, act: { kind: 'store', sent: [['1.1', 1]] } },
      { client: 0, passed: 0, act: { kind: 'delete', scope: '' } },
      {
        ...{ client: 0, passed: 0, act: { kind: 'restore', scope: '' }, fault: { on: 'batch', fault: 'answer lost' } },
        meanwhile: { client: 1, act: { kind: 'delete', scope: '' } },
      },
    ],
  },
  // The client was told that other content is there, which `replace` replaces.
  'a store of what is there and is replaced before its look-up is not refused': {
    policy: 'replace',
    steps: [
      { client: 0, passed: 0, act: { kind: 'store', sent: [['2.1', 2]] } },
      {
        ...{ client: 0, passed: 0, fault: { on: 'batch 3', fault: 'slow' } },
        act: {
          kind: 'store',
          sent: [
            ['2.1', 2],
            ['2.2', 1],
          ],
        },
        meanwhile: { client: 2, act: { kind: 'store', sent: [['2.1', 1]] } },
      },
    ],
  },
  'a store of what is there and is deleted before its look-up is not refused': {
    policy: 'keep',
    steps: [
      { client: 1, passed: 0, act: { kind: 'store', sent: [['1.2', 3]] } },
      {
        ...{ client: 1, passed: 0, fault: { on: 'batch 3', fault: 'slow' } },
        act: {
          kind: 'store',
          sent: [
            ['1.2', 3],
            ['2.2', 2],
          ],
        },
        meanwhile: { client: 2, act: { kind: 'delete', scope: '1.2' } },
      },
    ],
  },
};
