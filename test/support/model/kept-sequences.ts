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
  'a commit that D1 gives up after it has taken effect does not refuse what was stored': {
    policy: 'reject',
    steps: [
      { client: 0, passed: 0, act: { kind: 'store', sent: [['2.2', 3]] } },
      {
        ...{ client: 1, passed: 0, fault: { on: 'batch', fault: 'timeout, but carried out' } },
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
  // The client was told that other content is there, which `replace` replaces. Later, it was stored once more, and was seen beside
  // an instance of the other client.
  'a store of what is there, and is replaced right after its commit, is before the other store as a whole': {
    policy: 'replace',
    steps: [
      {
        ...{ client: 0, passed: 0 },
        act: {
          kind: 'store',
          sent: [
            ['1.2', 2],
            ['2.1', 2],
          ],
        },
      },
      {
        ...{ client: 2, passed: 0, fault: { on: 'batch 17', fault: 'slow to answer' } },
        act: {
          kind: 'store',
          sent: [
            ['1.2', 1],
            ['2.1', 2],
          ],
        },
        meanwhile: {
          client: 0,
          act: {
            kind: 'store',
            sent: [
              ['1.2', 2],
              ['2.1', 1],
            ],
          },
        },
      },
    ],
  },
  // The same: one instance of a deleted study came back.
  'a store of what is there, and is deleted right after its commit, is before the deletion as a whole': {
    policy: 'reject',
    steps: [
      { client: 1, passed: 0, act: { kind: 'store', sent: [['1.2', 3]] } },
      {
        ...{ client: 1, passed: 0, fault: { on: 'batch', fault: 'slow to answer' } },
        act: {
          kind: 'store',
          sent: [
            ['1.2', 3],
            ['2.2', 2],
          ],
        },
        meanwhile: { client: 2, act: { kind: 'delete', scope: '' } },
      },
    ],
  },
  // The answer of a commit without descriptions was lost, and the study was deleted: the commit was made again.
  'a store to a known series whose response is lost does not bring back what is deleted after it': {
    policy: 'reject',
    steps: [
      { client: 0, passed: 0, act: { kind: 'store', sent: [['1.1', 1]] } },
      {
        ...{ client: 0, passed: 0, fault: { on: 'batch', fault: 'answer lost' } },
        act: {
          kind: 'store',
          sent: [
            ['1.1', 1],
            ['1.2', 1],
          ],
        },
        meanwhile: { client: 1, act: { kind: 'delete', scope: '' } },
      },
    ],
  },
  // An instance was told to be stored that was there before the commit and had been replaced after it.
  'a store whose response is lost does not tell what it has met when others changed that': {
    policy: 'replace',
    steps: [
      { client: 0, passed: 0, act: { kind: 'store', sent: [['1.1', 1]] } },
      {
        ...{ client: 2, passed: 0, fault: { on: 'batch 17', fault: 'answer lost' } },
        act: {
          kind: 'store',
          sent: [
            ['1.1', 1],
            ['1.2', 1],
          ],
        },
        meanwhile: {
          client: 0,
          act: {
            kind: 'store',
            sent: [
              ['1.1', 2],
              ['1.2', 2],
            ],
          },
        },
      },
    ],
  },
  // It had been chosen before the deletion, so older content than the deleted one came back.
  'a restoration beside a deletion brings back what was deleted': {
    policy: 'keep',
    steps: [
      { client: 0, passed: 0, act: { kind: 'store', sent: [['2.1', 1]] } },
      { client: 1, passed: 0, act: { kind: 'store', sent: [['2.1', 2]] } },
      {
        ...{ client: 0, passed: 0, act: { kind: 'restore', scope: '2.1' }, fault: { on: 'batch', fault: 'slow' } },
        meanwhile: { client: 2, act: { kind: 'delete', scope: '2.1' } },
      },
    ],
  },
  // The model took the share for valid: other images may be stored under the UIDs of the deleted study.
  'a share ends when its study is deleted, and stays ended when it is stored again': {
    policy: 'replace',
    steps: [
      { client: 0, passed: 0, act: { kind: 'store', sent: [['2.2', 1]] } },
      { client: 1, passed: 0, act: { kind: 'share' } },
      { client: 1, passed: 0, act: { kind: 'delete', scope: '2.2' } },
      { client: 1, passed: 0, act: { kind: 'store', sent: [['1.2', 1]] } },
    ],
  },
  // The model took the hold for the end of what the upload has left.
  'an upload that was interrupted under a legal hold may be stored when the hold is lifted': {
    policy: 'replace',
    steps: [
      { client: 0, passed: 0, act: { kind: 'store', sent: [['1.1', 2]] } },
      { client: 0, passed: 0, act: { kind: 'hold' } },
      {
        ...{ client: 1, passed: 0, fault: { at: 7, fault: 'killed after' } },
        act: { kind: 'upload', sent: [['1.1', 3]] },
      },
    ],
  },
  // The model took the files of a session to be stored in their order.
  'a file of an upload session whose claim lost its answer is stored after the next file': {
    policy: 'replace',
    steps: [
      {
        ...{ client: 0, passed: 0, fault: { at: 7, fault: 'answer lost, unknown error' } },
        act: {
          kind: 'upload',
          sent: [
            ['2.1', 3],
            ['2.2', 1],
          ],
        },
      },
    ],
  },
  // The series that was deleted meanwhile was not described, so its instances stayed deleted while the others came back.
  'a restoration of a study beside its deletion restores all of it, or what was deleted before': {
    policy: 'keep',
    steps: [
      {
        client: 0,
        passed: 0,
        act: {
          kind: 'store',
          sent: [
            ['1.1', 1],
            ['2.2', 1],
          ],
        },
      },
      { client: 1, passed: 0, act: { kind: 'delete', scope: '1.1' } },
      {
        ...{ client: 0, passed: 3_600_000, act: { kind: 'restore', scope: '' }, fault: { on: 'batch', fault: 'slow' } },
        meanwhile: { client: 1, act: { kind: 'delete', scope: '' } },
      },
    ],
  },
};
