export { ConfigError, type Environment, readConfig } from "./read-config.ts";
export { flag, lockSettings, modelSettings, redisSettings, serviceSettings } from "./settings.ts";
