import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";

import { InThreadPasswords } from "../../passwords/passwords.ts";
import { SecretBox } from "../../secrets/secret-box.ts";
import { type ImportedRealm, importRealm } from "../import-realm.ts";
import { type ImportTools, realTools } from "../import-tools.ts";
import { documentOf, fileDocument } from "../realm-document.ts";
import { CollectingSink, type CollectedRealm } from "./collecting-sink.ts";

/** A realm export written by Keycloak 26.1.3 (throw-away keys). */
export const fixture = (realm: string): string =>
  fileURLToPath(new URL(`../../../../conformance/fixtures/keycloak-26.1.3/${realm}-realm.json`, import.meta.url));

export const FIXTURES = ["apixion", "master", "myrealm", "shared-services", "target-realm", "tenant-acme"] as const;

export const NOW = 1_795_333_700_000;
export const box = new SecretBox(randomBytes(32));

export const tools: ImportTools = { ...realTools(box, new InThreadPasswords()), now: () => NOW };

export interface Imported {
  readonly rows: CollectedRealm;
  readonly sink: CollectingSink;
  readonly report: ImportedRealm;
}

/** Imports a representation; rows that were there stay. */
export async function importObject(representation: Readonly<Record<string, unknown>>, sink = new CollectingSink()): Promise<Imported> {
  const report = await importRealm({ main: documentOf("test.json", representation), users: [] }, sink, tools);
  return { rows: sink.realmNamed(report.realm), sink, report };
}

export async function importFixture(realm: string, sink = new CollectingSink()): Promise<Imported> {
  const report = await importRealm({ main: fileDocument(fixture(realm)), users: [] }, sink, tools);
  return { rows: sink.realmNamed(realm), sink, report };
}
