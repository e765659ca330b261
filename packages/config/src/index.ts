export { ConfigError, type Environment, readConfig } from "./read-config.ts";
export {
  flag,
  lockSettings,
  memorySettings,
  modelSettings,
  redisSettings,
  serviceSettings,
} from "./settings.ts";
