import type { RealmFacts } from "./facts.ts";
import type { Found } from "./finding.ts";
import { request } from "./fix.ts";

/** Tokens of an identity provider that are taken whoever they were made for. */
export const audienceUnchecked = (facts: RealmFacts): readonly Found[] =>
  facts.providers
    .filter(({ enabled, config }) => enabled && config["cambist.audience.unchecked"] === "true")
    .map(({ internalId, alias, config, representation }) => {
      const { "cambist.audience.unchecked": _, ...kept } = config;
      return {
        severity: "warning",
        object: { type: "identity-provider", id: internalId, name: alias },
        problem: `Opaque tokens of ${alias} are taken without looking for whom they were made.`,
        fix: request(
          facts,
          "PUT",
          `/identity-provider/instances/${encodeURIComponent(alias)}`,
          { ...representation, config: kept },
          { says: "Let the provider's introspection tell the audience, and remove cambist.audience.unchecked." },
        ),
      };
    });
