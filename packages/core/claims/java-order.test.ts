import { expect, test } from "vitest";
import { orderLikeKeycloak } from "./java-order.ts";

test("the usual claims come in the order that Keycloak's tokens have", () => {
  const usual = ["email", "email_verified", "name", "preferred_username", "given_name", "family_name"];
  expect(orderLikeKeycloak(usual)).toEqual(["email_verified", "name", "preferred_username", "given_name", "family_name", "email"]);
});

test("more than twelve names spread over more buckets", () => {
  const many = Array.from("abcdefghijklmnop", (letter) => `claim_${letter}`);
  const ordered = orderLikeKeycloak(many);
  expect(ordered.toSorted()).toEqual(many.toSorted());
  expect(ordered).not.toEqual([...orderLikeKeycloak(many.slice(0, 12)), ...many.slice(12)]);
});

test("names in one bucket keep their order", () => expect(orderLikeKeycloak(["BB", "Aa"])).toEqual(["BB", "Aa"]));
