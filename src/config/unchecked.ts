/** The field of a group of settings that nothing has checked yet; undefined if there is no such group or field. */
export function fieldOf(group: unknown, field: string | number): unknown {
  return typeof group === "object" && group !== null && Object.hasOwn(group, field)
    ? // Whatever has an own property of the name may be asked for it.
      (group as Record<string | number, unknown>)[field]
    : undefined;
}

/** The names in a group of settings that nothing has checked yet. */
export function fieldsOf(group: unknown): [string, unknown][] {
  return typeof group === "object" && group !== null && !Array.isArray(group) ? Object.entries(group) : [];
}
