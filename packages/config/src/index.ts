export { ConfigError, type Environment, readConfig } from "./read-config.ts";
export { type RedisAddress, type RedisNode, redisAddress } from "./redis-address.ts";
export { flag, lockSettings, modelSettings, redisSettings, serviceSettings } from "./settings.ts";
