export { ConfigError, type Environment, readConfig } from "./read-config.ts";
export { type RedisAddress, type RedisNode, redisAddress } from "./redis-address.ts";
export {
  addressSettings,
  flag,
  lockSettings,
  masterKeySettings,
  memorySettings,
  modelSettings,
  redisSettings,
  retentionSettings,
  serviceSettings,
} from "./settings.ts";
