export { type ErrorCode, errorCatalogue, isErrorCode } from "./catalogue.ts";
export { DroverError, type DroverErrorOptions, type ErrorBody, type Validation } from "./drover-error.ts";
export {
  CancelledFailure,
  CapacityFailure,
  type FailureOptions,
  isTaskFailure,
  PermanentFailure,
  RetryableFailure,
  type TaskFailure,
  toError,
  toFailure,
} from "./failure.ts";
