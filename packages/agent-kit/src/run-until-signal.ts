/** Runs a service until it is told to stop; a second signal ends it at once. */

/** What was opened before a start failed may hold the process; whoever supervises it must see that it has ended. */
const failedExitMs = 5_000;

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
    setTimeout(() => process.exit(1), failedExitMs).unref();
    return 1;
  }
  await stopped;
  await service[Symbol.asyncDispose]();
  return 0;
}
