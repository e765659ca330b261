export { DroverApiError, DroverUnreachable, WaitTimeout } from "./api-error.ts";
export type { Answer, CallInput, CallOptions } from "./call-types.ts";
export { type ClientOptions, DroverClient, type WaitOptions } from "./drover-client.ts";
export type { EventsOptions } from "./event-stream.ts";
