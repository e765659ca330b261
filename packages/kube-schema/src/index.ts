export { isClusterScoped } from "./cluster-scoped.ts";
export { type ObjectFault, type ObjectVerdict, validateObject } from "./validate-object.ts";
