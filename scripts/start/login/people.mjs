/** Who can sign in to `npm start -- --login`. The passwords guard nothing: the archive listens on this machine alone. */
export const PEOPLE = [
  {
    login: 'radiologist',
    name: 'Rosa Radiologist',
    roles: ['radiologist'],
    may: 'find and see studies, and share them',
  },
  { login: 'uploader', name: 'Ulf Uploader', roles: ['uploader'], may: 'store, and nothing else' },
  {
    login: 'officer',
    name: 'Olga Officer',
    roles: ['officer'],
    may: 'read the record, administer, delete and restore; not see images',
  },
  {
    login: 'researcher',
    name: 'Rene Researcher',
    roles: ['research'],
    may: 'find and see studies de-identified',
  },
];

/** The setting ROLES. */
export const ROLES = {
  radiologist: { permissions: ['search', 'retrieve', 'share'], archives: ['*'] },
  uploader: { permissions: ['store'], archives: ['*'] },
  officer: { permissions: ['audit', 'administer', 'delete', 'restore'], archives: ['*'] },
  research: {
    permissions: ['search', 'retrieve'],
    archives: ['*'],
    deidentify: { retainDates: 'modified', retainPatientCharacteristics: true, cleanDescriptors: true },
  },
  // The start itself, which stores the samples.
  start: { permissions: ['store', 'search'] },
};

/** @param {string} login @param {string} password */
export function personOf(login, password) {
  return PEOPLE.find((person) => person.login === login && person.login === password);
}
