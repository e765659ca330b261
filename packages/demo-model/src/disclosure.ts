/** Every final answer carries this: nobody may take the demo model for a language model. */
export const disclosure =
  "This answer comes from Drover's built-in demo model. It follows a fixed script and is no language model; set DROVER_MODEL_BASE_URL to use a real one.";
