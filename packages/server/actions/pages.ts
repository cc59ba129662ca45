import type { RealmRow } from "@cambist/store/config-ports.ts";
import type { ActionLink } from "./action-link.ts";
import { backLink, formOf, paragraphs, passwordFields, renderPage } from "./page.ts";
import { asksForPassword } from "./perform-actions.ts";
import { isRedirectOf, isWebAddress } from "./redirect-target.ts";
import { ACTION_NAMES, VERIFY_EMAIL } from "./required-actions.ts";

/** A realm's name for people; never its `displayNameHtml`. */
export function realmTitle(realm: RealmRow | undefined): string | undefined {
  const name = realm?.representation["displayName"];
  return typeof name === "string" && name.trim() !== "" ? name : realm?.name;
}

export const errorPage = (realm: string, text: string): string =>
  renderPage({ realm, title: "We are sorry...", content: paragraphs([text], "kc-error-message") });

export const infoPage = (realm: string, text: string): string => renderPage({ realm, title: text, content: "" });

/** What a link will do, with the form that does it. `again`: it was not taken, and is filled in once more. */
export function linkPage(link: ActionLink, key: string, again?: { readonly fault: string; readonly endSessions: boolean }): string {
  const { realm, user, token, organization } = link;
  const page = (title: string, texts: readonly string[], form: string): string =>
    renderPage({ realm: realmTitle(realm) ?? realm.name, title, content: `${paragraphs(texts)}\n${form}` });
  const proceed = (label: string): string => formOf("kc-action-form", key, "", label);
  if (organization)
    return page(
      `You are about to join organization ${organization.name}`,
      [`Your account ${user.username} will become a member of the organization ${organization.name}.`],
      proceed("Join"),
    );
  if (token.kind === "verify-email")
    return page(
      "Confirm your email address",
      [`Confirm that ${token.email} is the email address of your account ${user.username}.`],
      proceed("Confirm"),
    );
  if (asksForPassword(link))
    return page(
      "Update password",
      [
        `Choose a new password for your account ${user.username}.`,
        ...(token.actions.includes(VERIFY_EMAIL) ? [`This confirms the email address ${token.email} as well.`] : []),
      ],
      formOf("kc-passwd-update-form", key, passwordFields(user.username, again), "Set password"),
    );
  const names = token.actions.map((action) => ACTION_NAMES[action] ?? action).join(", ");
  return page(
    "Update your account",
    [`Your account ${user.username} will be updated${names === "" ? "." : `: ${names}.`}`],
    proceed("Proceed"),
  );
}

/** It is done, and there is a way back if the link knows one that the client or organization still has. */
export function donePage(link: ActionLink, baseUrl: string): string {
  const { realm, user, client, organization } = link;
  const { redirectUri: uri, kind } = link.token;
  const isBack =
    uri !== undefined && (organization ? organization.redirectUrl === uri && isWebAddress(uri) : isRedirectOf(client, uri, baseUrl));
  const title = organization
    ? `You have joined organization ${organization.name}`
    : kind === "verify-email"
      ? "Your email address has been verified."
      : asksForPassword(link)
        ? "Your password has been changed."
        : "Your account has been updated.";
  const content = `${paragraphs([`Account: ${user.username}`])}${backLink(isBack ? uri : undefined)}`;
  return renderPage({ realm: realmTitle(realm) ?? realm.name, title, content });
}
