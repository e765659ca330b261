export { SealedUnreadable, type SealedValue, Sealer, sealedValue } from "./sealer.ts";
