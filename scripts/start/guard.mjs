/**
 * Loaded into wrangler before its own code: ends its process group once the process that started it is gone, for the
 * one case that it cannot take care of itself, being killed outright.
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
