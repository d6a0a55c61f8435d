/** `$(VAR)` references in command, args and env values. Follows k8s.io/kubernetes third_party/forked/golang/expansion. */

/**
 * Replaces each `$(NAME)` whose name is in `variables`; unknown references stay as they are, `$$` is a literal dollar sign
 * (so `$$(NAME)` yields `$(NAME)`).
 */
export function expandReferences(text: string, variables: Readonly<Record<string, string>>): string {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const next = text[i + 1];
    if (char !== "$" || next === undefined) {
      out += char;
    } else if (next === "$") {
      out += "$";
      i++;
    } else if (next === "(") {
      const end = text.indexOf(")", i + 2);
      if (end < 0) {
        out += "$(";
        i++;
      } else {
        const name = text.slice(i + 2, end);
        out += Object.hasOwn(variables, name) ? (variables[name] ?? "") : `$(${name})`;
        i = end;
      }
    } else {
      out += char + next;
      i++;
    }
  }
  return out;
}
