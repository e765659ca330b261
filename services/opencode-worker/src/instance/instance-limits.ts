/** How much of the machine one instance may use, with all that its agent starts. */
export interface InstanceLimits {
  readonly memoryMib: number;
  /** In cores. */
  readonly cpus: number;
  /** Processes and threads. */
  readonly pids: number;
  /** The largest file that may be written. */
  readonly fileMib: number;
}

/** Files that a process of an instance may have open. */
export const openFilesMax = 16_384;

export const mebibyte = 1024 * 1024;
