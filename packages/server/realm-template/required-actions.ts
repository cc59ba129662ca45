interface RequiredAction {
  readonly alias: string;
  readonly name: string;
  readonly providerId: string;
  readonly enabled: boolean;
  readonly defaultAction: boolean;
  readonly priority: number;
  readonly config: Readonly<Record<string, string>>;
}

const action = (alias: string, name: string, priority: number, enabled = true): RequiredAction => ({
  alias,
  name,
  providerId: alias,
  enabled,
  defaultAction: false,
  priority,
  config: {},
});

/** `requiredActions` of a new realm, as Keycloak 26.1.3 has them. */
export const REQUIRED_ACTIONS: readonly RequiredAction[] = [
  action("CONFIGURE_TOTP", "Configure OTP", 10),
  action("TERMS_AND_CONDITIONS", "Terms and Conditions", 20, false),
  action("UPDATE_PASSWORD", "Update Password", 30),
  action("UPDATE_PROFILE", "Update Profile", 40),
  action("VERIFY_EMAIL", "Verify Email", 50),
  action("delete_account", "Delete Account", 60, false),
  action("webauthn-register", "Webauthn Register", 70),
  action("webauthn-register-passwordless", "Webauthn Register Passwordless", 80),
  action("VERIFY_PROFILE", "Verify Profile", 90),
  action("delete_credential", "Delete Credential", 100),
  action("update_user_locale", "Update User Locale", 1000),
];
