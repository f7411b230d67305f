/** Environment variables, as the process was given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Expansion = { kind: "ok"; text: string; fromEnvironment: boolean } | { kind: "refused"; why: string };

/**
 * Puts the values of environment variables in the place of their references `${NAME}`.
 *
 * `$${` stands for `${`. Values are taken as they are: references inside them stay text.
 * A variable that is empty counts as a mistake, like one that is not set.
 */
export function expandReferences(text: string, environment: Environment): Expansion {
  let why: string | undefined;
  let fromEnvironment = false;
  const expanded = text.replace(
    /\$\$\{|\$\{([^}]*)(\}?)/g,
    (found, name: string | undefined, close: string) => {
      if (found === "$${") return "${";
      fromEnvironment = true;
      if (name === undefined || close === "" || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        why ??=
          "has a reference that is not of the form $" +
          "{NAME}; the characters themselves are written $" +
          "${";
        return "";
      }
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
      if (value === undefined) why ??= `needs the environment variable ${name}, which is not set`;
      else if (value === "") why ??= `needs the environment variable ${name}, which is empty`;
      return value ?? "";
    },
  );
  return why === undefined ? { kind: "ok", text: expanded, fromEnvironment } : { kind: "refused", why };
}
