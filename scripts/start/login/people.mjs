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
    roles: ['researcher'],
    may: 'find and see studies de-identified',
  },
];

/** The setting ROLES. */
export const ROLES = {
  radiologist: { permissions: ['search', 'retrieve', 'share'], archives: ['*'] },
  uploader: { permissions: ['store'], archives: ['*'] },
  officer: { permissions: ['audit', 'administer', 'delete', 'restore'], archives: ['*'] },
  researcher: {
    permissions: ['search', 'retrieve'],
    archives: ['*'],
    deidentify: { retainDates: 'modified', retainPatientCharacteristics: true, cleanDescriptors: true },
  },
  // The start itself, which stores the samples.
  start: { permissions: ['store', 'search'] },
};

/**
 * How a script gets an API key here: there is none yet with which one could be made over HTTP.
 * @param {string} data the data folder
 */
export function keyHint(data) {
  const roles = PEOPLE.map(({ login }) => login).join(', ');
  return `an API key for a script: stop this, run \`npm run keys -- create --local ${data} --name NAME --role ROLE\`, and start again; roles: ${roles}`;
}

/** @param {string} login @param {string} password */
export function personOf(login, password) {
  return PEOPLE.find((person) => person.login === login && person.login === password);
}
