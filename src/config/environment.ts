/** Environment variables, as the process was given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Expansion = { kind: "ok"; text: string; fromEnvironment: boolean } | { kind: "refused"; why: string };

/**
 * Puts the values of environment variables in the place of their references `${NAME}`.
 *
 * `$${` stands for `${`. Values are taken as they are: references inside them stay text.
 * A variable that is empty counts as a mistake, like one that is not set, and so does `$NAME`
 * for a whole value: it is what shells write, and would be taken for the secret itself.
 */
export function expandReferences(text: string, environment: Environment): Expansion {
  if (/^\$[A-Z_][A-Z0-9_]*$/.test(text)) {
    return { kind: "refused", why: "has a reference without braces; write it as $" + "{NAME}" };
  }
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
