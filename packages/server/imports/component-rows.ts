import type { ComponentRow } from "@cambist/store/config-ports.ts";
import { completeKeyComponent } from "../keys/generate.ts";
import { KeyRefused } from "../keys/key-material.ts";
import { RealmKeys } from "../keys/key-set.ts";
import { KEY_PROVIDER } from "../realm-template/components.ts";
import type { NewRealm } from "../realm-template/new-realm.ts";
import { COMPONENT_SECRETS } from "../secrets/secret-names.ts";
import { componentConfigPlace } from "../secrets/secret-places.ts";
import { COMPONENT_FIELDS, readFields } from "./fields.ts";
import type { ImportTools } from "./import-tools.ts";
import { type ImportContext, WARNED, warnUnknown } from "./import-context.ts";
import { RealmNode } from "./realm-node.ts";

type Config = Readonly<Record<string, readonly string[]>>;

/** A component in pieces; `members` are those of its representation beside `config`. */
export interface Component {
  readonly id: string;
  readonly name: string;
  readonly providerId: string;
  readonly providerType: string;
  readonly members: Readonly<Record<string, unknown>>;
  readonly config: Config;
}

/**
 * Components of the file. A type the file has none of takes a new realm's; key providers without their key get one made.
 * @throws {ImportError} a wrong type, or a key that cannot be read or made
 */
export async function componentRows(context: ImportContext, file: RealmNode, template: NewRealm): Promise<readonly ComponentRow[]> {
  const byType = file.node("components");
  const found = new Map<string, readonly RealmNode[]>();
  for (const type of byType?.keys() ?? []) found.set(type, byType?.nodes(type) ?? []);
  if (!found.get(KEY_PROVIDER)?.length) {
    const old = oldRealmKey(file);
    if (old)
      found.set(KEY_PROVIDER, [
        old,
        ...templateNodes(template, KEY_PROVIDER).filter((node) => node.text("providerId") !== "rsa-generated"),
      ]);
  }
  for (const type of Object.keys(template.components)) if (!found.get(type)?.length) found.set(type, templateNodes(template, type));

  const components = await Promise.all([...found].flatMap(([type, nodes]) => nodes.map((node) => component(context, type, node))));
  warnKeys(context, components);
  return components.map((one) => componentRow(context, one));
}

const templateNodes = (template: NewRealm, type: string): readonly RealmNode[] =>
  (template.components[type] ?? []).map((value) => new RealmNode("the template", "components", value));

/** Files of Keycloak 1 have the realm's key pair in the realm itself. */
function oldRealmKey(file: RealmNode): RealmNode | undefined {
  const privateKey = file.text("privateKey");
  if (privateKey === undefined) return undefined;
  const certificate = file.text("certificate");
  const config = { privateKey: [privateKey], ...(certificate === undefined ? {} : { certificate: [certificate] }), priority: ["100"] };
  return new RealmNode(file.file, "privateKey", { name: "rsa", providerId: "rsa", config });
}

async function component(context: ImportContext, providerType: string, node: RealmNode): Promise<Component> {
  const { kept, unknown } = readFields(node, COMPONENT_FIELDS);
  const providerId = node.needName("providerId");
  warnUnknown(context, `component ${node.text("name") ?? providerId}`, unknown);
  const id = node.name("id") ?? context.tools.newId();
  const config: Config = node.lists("config") ?? {};
  const members = { ...kept, subComponents: kept["subComponents"] ?? {} };
  const name = node.text("name") ?? providerId;
  if (providerType !== KEY_PROVIDER) return { id, name, providerId, providerType, members, config };
  try {
    const complete = await completeKeyComponent({ id, name, providerId, config }, { realm: context.realmName, now: context.tools.now() });
    return { id, name, providerId, providerType, members: { ...members, name }, config: complete.config };
  } catch (error) {
    if (error instanceof KeyRefused) return node.fail("config", `this key cannot be used: ${error.message}`);
    throw error;
  }
}

/** Components that are stored but give no key: their tokens will not verify. */
function warnKeys({ warnings }: ImportContext, components: readonly Component[]): void {
  const keys = components.filter(({ providerType }) => providerType === KEY_PROVIDER);
  const { problems } = RealmKeys.fromComponents(keys.map(({ id, name, providerId, config }) => ({ id, name, providerId, config })));
  for (const { component: name, reason } of problems) warnings.add(WARNED.keys, `${name} (${reason})`);
}

/** A component as a row: its secret entries sealed, the rest readable. */
export function componentRow(
  { tools, realmId }: { readonly tools: Pick<ImportTools, "box">; readonly realmId: string },
  { id, providerType, members, config }: Omit<Component, "name" | "providerId">,
): ComponentRow {
  const entries = Object.entries(config);
  const secret = entries.filter(([name]) => COMPONENT_SECRETS.includes(name));
  const open = Object.fromEntries(entries.filter(([name]) => !COMPONENT_SECRETS.includes(name)));
  return {
    id,
    providerType,
    representation: { ...members, config: open },
    ...(secret.length > 0
      ? { sealedConfig: tools.box.seal(JSON.stringify(Object.fromEntries(secret)), componentConfigPlace(realmId, id)) }
      : {}),
  };
}
