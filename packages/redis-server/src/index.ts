export { awaitRedis, pingRedis } from "./await-redis.ts";
export { type FindOptions, findOwnRedis, findRedis, RedisNotFound } from "./find-redis.ts";
export { RedisCluster, type RedisClusterOptions } from "./redis-cluster.ts";
export { RedisProgramNeeded } from "./redis-program-needed.ts";
export { RedisServer, type RedisServerOptions, RedisStartFailed } from "./redis-server.ts";
export type { Environment, OwnRedisSource, RedisSource, Say } from "./redis-source.ts";
export { WatchedRedis, type WatchedRedisOptions } from "./watched-redis.ts";
