/** What each operation of one study's life is billed: test/conformance/operation-cost.test.ts measures them. */
export const OPERATIONS = {
  'store a study of 500 slices, 50 a request': {
    classA: 500,
    classB: 0,
    rowsRead: 5575,
    rowsWritten: 2304,
    d1: 10,
    messages: 2,
  },
  'merge its metadata': { classA: 1, classB: 0, rowsRead: 6673, rowsWritten: 1025, d1: 5, messages: 0 },
  'store one more slice': { classA: 1, classB: 0, rowsRead: 45, rowsWritten: 12, d1: 1, messages: 1 },
  'show the study list': { classA: 0, classB: 0, rowsRead: 3, rowsWritten: 0, d1: 1, messages: 0 },
  'list the series of a study': { classA: 0, classB: 0, rowsRead: 4, rowsWritten: 0, d1: 1, messages: 0 },
  'read the metadata of a series': { classA: 0, classB: 1, rowsRead: 4, rowsWritten: 0, d1: 1, messages: 0 },
  'read 100 frames, one a request': { classA: 0, classB: 100, rowsRead: 511, rowsWritten: 0, d1: 1, messages: 0 },
  'make a thumbnail': { classA: 1, classB: 3, rowsRead: 3019, rowsWritten: 0, d1: 2, messages: 0 },
  'show it again': { classA: 0, classB: 1, rowsRead: 3014, rowsWritten: 0, d1: 1, messages: 0 },
  'run the hourly sweep with nothing to do': {
    classA: 17,
    classB: 2,
    rowsRead: 85,
    rowsWritten: 7,
    d1: 20,
    messages: 1,
  },
  'delete a study of 501 slices': { classA: 0, classB: 0, rowsRead: 8033, rowsWritten: 4127, d1: 1, messages: 0 },
  'restore it': { classA: 0, classB: 0, rowsRead: 18259, rowsWritten: 3244, d1: 2, messages: 0 },
};
