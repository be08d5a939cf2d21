/** The bytes of a file as a data URL, inserted when the tests are built. */
declare module '*.dcm?inline' {
  const dataURL: string;
  export default dataURL;
}
