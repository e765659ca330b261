export { freePort } from "@drover/embedded";
export { type EventuallyOptions, eventually } from "./eventually.ts";
export { descendantsOf, isRunning, listProcesses, type ProcessEntry } from "./processes.ts";
export { startRedis, type TestRedis, type TestRedisOptions } from "./start-redis.ts";
export { type LeakTracker, trackLeaks } from "./track-leaks.ts";
