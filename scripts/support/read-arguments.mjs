/**
 * Reads the arguments of a command. If they are wrong, it says so, and the process exits with 2.
 * @template Options
 * @param {string} name of the command
 * @param {() => Options} read throws what is wrong
 */
export function readArguments(name, read) {
  try {
    return read();
  } catch (error) {
    console.error(`npm run ${name}: ${error instanceof Error ? error.message : error}\n--help tells more.`);
    return process.exit(2);
  }
}
