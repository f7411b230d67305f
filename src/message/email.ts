import type { EmailMessage } from "../delivery/provider.ts";
import { oneLine } from "./one-line.ts";
import type { Part } from "./part.ts";
import { type ScopeSettings, scopeOf } from "./scope.ts";
import { textWithCode } from "./text-with-code.ts";

export function emailMessage(settings: ScopeSettings): EmailMessage {
  const { request, templates } = settings;
  const scope = scopeOf(settings);
  const shown = (part: Part) => `${textWithCode(templates.part(part), scope, request.code)}\n`;
  return {
    channel: "email",
    to: request.to,
    senderName: headerText(request.brand),
    subject: headerText(subjectLines(settings)),
    text: shown("email.text"),
    html: shown("email.html"),
    ...(request.autofill?.kind === "web" && {
      autofill: { code: request.code, origin: `https://${request.autofill.host}` },
    }),
  };
}

/** The subject as its template has it. There is no code in it, by whatever name it is asked for: locked screens show subjects. */
export function subjectLines(settings: ScopeSettings): string {
  return settings.templates.part("email.subject").render({ ...scopeOf(settings), code: null });
}

/**
 * One line that is read as it is written. In a header a mail reader decodes what is built
 * like an encoded word (RFC 2047), and with it whatever one line must not have.
 */
function headerText(text: string): string {
  return oneLine(text).replaceAll("=?", "= ?");
}
