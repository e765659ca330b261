export { freePort } from "./processes/free-port.ts";
export { guardScratch, releaseScratch } from "./processes/guardian.ts";
export { awaitRedis, pingRedis } from "./redis/await-redis.ts";
export { type FindOptions, findOwnRedis, findRedis, RedisNotFound } from "./redis/find-redis.ts";
export { RedisServer, type RedisServerOptions, RedisStartFailed } from "./redis/redis-server.ts";
export type { OwnRedisSource, RedisSource, Say } from "./redis/redis-source.ts";
