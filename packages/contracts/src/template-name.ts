/** What a template is called, and how one of its versions is named. */
import { z } from "zod";

export const templateName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    "must be 1 to 63 lower-case letters, digits and dashes, starting with a letter or digit",
  );

export const templateReference = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}(?:@[1-9][0-9]{0,8})?$/, "must be a template's name, or name@version");
