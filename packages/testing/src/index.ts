export { descendantsOf, freePort, isRunning, listProcesses, type ProcessEntry } from "@drover/processes";
export { type EventuallyOptions, eventually } from "./eventually.ts";
export { startOpenCode, type TestOpenCode, type TestOpenCodeOptions } from "./start-open-code.ts";
export { startRedis, type TestRedis, type TestRedisOptions } from "./start-redis.ts";
export { startRedisCluster, type TestRedisCluster } from "./start-redis-cluster.ts";
export { startWatchedRedis, type TestWatchedRedis } from "./start-watched-redis.ts";
export { type LeakTracker, trackLeaks } from "./track-leaks.ts";
