/** What the tests use of dcmjs, which brings no types. */
declare module 'dcmjs' {
  const dcmjs: {
    readonly data: {
      readonly DicomMessage: {
        /** @returns `dict`: the attributes by tag, with values as dcmjs takes them */
        readFile(file: ArrayBuffer, options?: { ignoreErrors?: boolean }): { dict: Record<string, unknown> };
      };
    };
  };
  export default dcmjs;
}
