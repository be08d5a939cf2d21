/** A file's bytes as a data URL, put in when the tests are built. */
declare module '*.dcm?inline' {
  const dataURL: string;
  export default dataURL;
}
