import { z } from "zod";
import { baseUrl } from "./providers/http-fields.ts";
import { address } from "./scalar-schema.ts";

/** Where providers reach this service: a port of its own, so that the procedures need not be exposed. */
export const callbacksSchema = z.strictObject({ listen: address({ portMin: 1 }), publicUrl: baseUrl });
