export { type ApiKeyToken, apiKeyTokenPattern, generateSecret, parseApiKeyToken } from "./api-key-token.ts";
export { ApiKeys, type ApiKeysOptions, type KeyMaterial } from "./api-keys.ts";
export {
  authorize,
  authorizeResource,
  isAllowed,
  isAllowedSomewhere,
  isAllowedWithin,
  type Scope,
} from "./authorize.ts";
export { authorizeGrants, coversGrants } from "./authorize-grant.ts";
export { type Principal, principalView } from "./principal.ts";
export { duringRedis, isRedisOutage } from "./redis-outage.ts";
export { requireApprover } from "./require-approver.ts";
export { rolePermissions } from "./role-permissions.ts";
export { narrowScopes, organizationFor, type VisibleScope, visibleScopes } from "./visible-scopes.ts";
