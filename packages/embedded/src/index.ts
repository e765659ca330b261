export { droverServices, type ServiceDefinition } from "./stack/service-definition.ts";
export type { Stack } from "./stack/stack.ts";
export { StackFailure } from "./stack/stack-failure.ts";
export type { StackOptions } from "./stack/stack-options.ts";
export type { StackRedis } from "./stack/stack-redis.ts";
export type { StackService } from "./stack/stack-service.ts";
export { startStack } from "./stack/start-stack.ts";
export type { SupervisedProcess } from "./supervision/supervised-process.ts";
