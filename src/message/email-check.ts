import { emailMessage } from "./email.ts";
import { scopeOf } from "./scope.ts";
import { mark, type Refuse, type Trial } from "./trial.ts";
import { unsafePlace } from "./unsafe-place.ts";

export function checkEmail({ settings, marked }: Trial, refuse: Refuse): void {
  const subject = settings.templates.part("email.subject").render(scopeOf(settings)).trim();
  if (subject === "") refuse("email.subject", "is empty");
  if (subject.includes("\n")) refuse("email.subject", "has several lines");

  emailMessage(settings);
  const place = unsafePlace(emailMessage(marked).html, mark);
  if (place !== undefined) refuse("email.html", `puts a value of the caller's ${place}`);
}
