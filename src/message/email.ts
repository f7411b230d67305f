import type { EmailMessage } from "../delivery/provider.ts";
import { oneLine } from "./one-line.ts";
import type { Part } from "./part.ts";
import { type ScopeSettings, scopeOf } from "./scope.ts";
import { mustShow, tidy } from "./tidy.ts";

export function emailMessage(settings: ScopeSettings): EmailMessage {
  const { request, templates } = settings;
  const scope = scopeOf(settings);
  const shown = (part: Part) => {
    const template = templates.part(part);
    return `${mustShow(request.code, tidy(template.render(scope)), template)}\n`;
  };
  return {
    channel: "email",
    to: request.to,
    senderName: oneLine(request.brand),
    subject: oneLine(templates.part("email.subject").render(scope)),
    text: shown("email.text"),
    html: shown("email.html"),
    ...(request.autofill?.kind === "web" && {
      autofill: { code: request.code, origin: `https://${request.autofill.host}` },
    }),
  };
}
