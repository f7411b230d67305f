import type { EquivalentMutants } from "./judge-mutants.ts";

export const equivalentMutants: readonly EquivalentMutants[] = [];
