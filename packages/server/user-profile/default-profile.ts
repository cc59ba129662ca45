type Json = Readonly<Record<string, unknown>>;

const EVERYBODY = { view: ["admin", "user"], edit: ["admin", "user"] };
const attribute = (name: string, validations: Json, more: Json = {}): Json => ({
  name,
  displayName: `\${${name}}`,
  validations,
  ...more,
  permissions: EVERYBODY,
  multivalued: false,
});
const NAME = { length: { max: 255 }, "person-name-prohibited-characters": {} };
const FOR_USERS = { required: { roles: ["user"] } };

/** The user profile of a realm that stores none: users need an e-mail address and both names. @see Keycloak 26: GET users/profile */
export const DEFAULT_PROFILE: Json = {
  attributes: [
    attribute("username", {
      length: { min: 3, max: 255 },
      "username-prohibited-characters": {},
      "up-username-not-idn-homograph": {},
    }),
    attribute("email", { email: {}, length: { max: 255 } }, FOR_USERS),
    attribute("firstName", NAME, FOR_USERS),
    attribute("lastName", NAME, FOR_USERS),
  ],
  groups: [{ name: "user-metadata", displayHeader: "User metadata", displayDescription: "Attributes, which refer to user metadata" }],
};
