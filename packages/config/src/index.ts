export { ConfigError, type Environment, readConfig } from "./read-config.ts";
export {
  flag,
  lockSettings,
  memorySettings,
  modelSettings,
  redisSettings,
  retentionSettings,
  serviceSettings,
} from "./settings.ts";
