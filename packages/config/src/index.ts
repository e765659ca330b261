export { ConfigError, type Environment, readConfig } from "./read-config.ts";
export {
  flag,
  lockSettings,
  modelSettings,
  redisSettings,
  retentionSettings,
  serviceSettings,
} from "./settings.ts";
