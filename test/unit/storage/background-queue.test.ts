import { expect, it } from 'vitest';
import { backgroundQueue } from '../../../src/storage/background-queue';

const SERIES = { studyInstanceUID: '1.2', seriesInstanceUID: '1.2.1' };

it.each([
  [undefined, undefined],
  [0, undefined],
  [90_500, 91],
  [10 ** 12, 43_200],
])(
  'a message with a delay of %s ms is held back for %s seconds, at most twelve hours',
  async (delayMs, delaySeconds) => {
    const sent: MessageSendRequest[] = [];
    const queue = { sendBatch: async (messages: Iterable<MessageSendRequest>) => void sent.push(...messages) };
    await backgroundQueue(queue as unknown as Queue, 'name').requestCompaction([SERIES], delayMs);
    const body = { archive: 'name', ...SERIES };
    expect(sent).toEqual([delaySeconds === undefined ? { body } : { body, delaySeconds }]);
  },
);
