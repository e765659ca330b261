export { descendantsOf, freePort, isRunning, listProcesses, type ProcessEntry } from "@drover/processes";
export { type EventuallyOptions, eventually } from "./eventually.ts";
export { startRedis, type TestRedis, type TestRedisOptions } from "./start-redis.ts";
export { type LeakTracker, trackLeaks } from "./track-leaks.ts";
