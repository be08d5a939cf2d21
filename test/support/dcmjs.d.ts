/** The part of dcmjs that the tests use; dcmjs has no types. */
declare module 'dcmjs' {
  const dcmjs: {
    readonly log: { getLogger(name: 'validation.dcmjs'): { setLevel(level: 'silent'): void } };
    readonly data: {
      readonly DicomMessage: {
        /** @returns `dict`: the attributes by tag, with values in the form of dcmjs */
        readFile(file: ArrayBuffer, options?: { ignoreErrors?: boolean }): { dict: Record<string, unknown> };
      };
    };
  };
  export default dcmjs;
}
