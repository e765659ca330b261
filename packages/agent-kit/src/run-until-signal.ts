/** Runs a service until it is told to stop; a second signal ends it at once. */

/** Resolves to the exit code. */
export async function runUntilSignal(start: () => Promise<AsyncDisposable>): Promise<number> {
  const stopped = new Promise<void>((resolve) => {
    let told = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        if (told) process.exit(130);
        told = true;
        resolve();
      });
    }
  });
  let service: AsyncDisposable;
  try {
    service = await start();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  await stopped;
  await service[Symbol.asyncDispose]();
  return 0;
}
