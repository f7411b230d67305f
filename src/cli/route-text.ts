import type { Route, RouteStep } from "../delivery/route.ts";

/** A route in words: `carrier in DE, AT for mobile, then twilio 3 : vonage 1`. */
export function routeText(route: Route): string {
  return route.map(stepText).join(", then ");
}

function stepText({ providers, countries, kinds }: RouteStep): string {
  const shares = providers.map(({ name, weight }) => (providers.length > 1 ? `${name} ${weight}` : name));
  return [
    shares.join(" : "),
    ...(countries === undefined ? [] : [`in ${[...countries].join(", ")}`]),
    ...(kinds === undefined ? [] : [`for ${[...kinds].join(", ")}`]),
  ].join(" ");
}
