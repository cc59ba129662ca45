export const UPDATE_PASSWORD = "UPDATE_PASSWORD";
export const VERIFY_EMAIL = "VERIFY_EMAIL";

/** The required actions that links can ask for, and what they are called: those that have a page. */
export const ACTION_NAMES: Readonly<Record<string, string>> = {
  [UPDATE_PASSWORD]: "Update password",
  [VERIFY_EMAIL]: "Verify email",
};
