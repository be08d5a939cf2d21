/**
 * Loaded into the server's process before its own code. It ends the process group when the process that started it no longer
 * exists. This is for the case that the starting process was killed and could not do so itself.
 */
const parent = process.ppid;

setInterval(() => {
  if (process.ppid === parent) return;
  try {
    process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGKILL');
  } catch {
    process.exit(1);
  }
}, 1000).unref();
