import { parseSync } from "oxc-parser";

/** One import of a module, however it is written: `import`, `export … from`, `import()`, `import("…").Type`, `require`. */
export interface ImportFact {
  /** `undefined`: computed at run time, so nobody can check it. */
  readonly specifier: string | undefined;
  readonly line: number;
  readonly typeOnly: boolean;
}

/** What a source file does that some room forbids. Found in the syntax tree, so comments and strings cannot mislead. */
export interface Finding {
  readonly kind: "pure" | "logic" | "sql";
  readonly line: number;
  readonly what: string;
}

export interface ModuleFacts {
  readonly imports: readonly ImportFact[];
  readonly findings: readonly Finding[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) => (Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []));
}

const nodeAt = (node: Node, key: string): Node | undefined => {
  const value = node[key];
  return isNode(value) ? value : undefined;
};

const listAt = (node: Node, key: string): readonly Node[] => {
  const value = node[key];
  return Array.isArray(value) ? value.filter(isNode) : [];
};

const textOf = (node: Node | undefined): string | undefined =>
  node?.type === "Literal" && typeof node["value"] === "string" ? node["value"] : undefined;

/** `Date.now` → `now`; `undefined` when computed, so that `Date["now"]` is not taken for something harmless. */
const memberName = (node: Node): string | undefined => {
  const property = nodeAt(node, "property");
  return node["computed"] === false && typeof property?.["name"] === "string" ? property["name"] : undefined;
};

/** Statements as programs write them. A sentence such as "Select a realm from the list" is not one. */
const SQL =
  /^\s*(?:(?:SELECT|select)\s[\s\S]*\s(?:FROM|from)\s|(?:INSERT|insert)\s+(?:INTO|into|OR|or)\s|(?:DELETE|delete)\s+(?:FROM|from)\s|(?:UPDATE|update)\s+\S+\s+(?:SET|set)\s|(?:CREATE|create|ALTER|alter|DROP|drop)\s+(?:TABLE|table|INDEX|index|UNIQUE|unique)\s|PRAGMA\s|pragma\s|BEGIN IMMEDIATE)/;

/** The clock and the dice, however they are reached. A local variable named `Date` or `Math` counts too: call it something else. */
function globalMisuse(node: Node, parent: Node | undefined): string | undefined {
  if (node.type !== "Identifier" || parent === undefined) return undefined;
  if (
    (parent.type === "Property" || parent.type === "MethodDefinition") &&
    nodeAt(parent, "key") === node &&
    parent["shorthand"] !== true
  ) {
    return undefined;
  }
  if (parent.type === "MemberExpression" && nodeAt(parent, "property") === node && parent["computed"] === false) return undefined;
  const member = parent.type === "MemberExpression" && nodeAt(parent, "object") === node ? (memberName(parent) ?? "[…]") : undefined;
  if (node["name"] === "Math") return member === undefined || member === "[…]" || member === "random" ? "Math.random" : undefined;
  if (node["name"] !== "Date") return undefined;
  if (member !== undefined) return member === "UTC" || member === "parse" || member === "prototype" ? undefined : `Date.${member}`;
  if (parent.type === "NewExpression" && listAt(parent, "arguments").length > 0) return undefined;
  if (parent.type === "BinaryExpression" && parent["operator"] === "instanceof") return undefined;
  return parent.type === "NewExpression" ? "new Date()" : "Date";
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

function findingsOf(node: Node, parent: Node | undefined): Omit<Finding, "line">[] {
  const found: Omit<Finding, "line">[] = [];
  const misuse = globalMisuse(node, parent);
  if (misuse !== undefined) found.push({ kind: "pure", what: misuse });
  if (node.type === "AwaitExpression" || (FUNCTIONS.has(node.type) && node["async"] === true)) found.push({ kind: "pure", what: "async" });
  if (FUNCTIONS.has(node.type)) found.push({ kind: "logic", what: "a function" });
  if (node.type === "ClassDeclaration" || node.type === "ClassExpression") found.push({ kind: "logic", what: "a class" });
  const quasi = node.type === "TemplateElement" ? (node["value"] as { raw?: unknown }).raw : undefined;
  const text = textOf(node) ?? (typeof quasi === "string" ? quasi : undefined);
  if (text !== undefined && SQL.test(text)) found.push({ kind: "sql", what: "SQL text" });
  return found;
}

/** `import type`, `import { type A }`; an import without names runs the module and is none. */
function isTypeOnly(node: Node): boolean {
  if (node["importKind"] === "type" || node["exportKind"] === "type") return true;
  const names = listAt(node, "specifiers");
  return names.length > 0 && names.every((name) => name["importKind"] === "type" || name["exportKind"] === "type");
}

function importOf(node: Node): Omit<ImportFact, "line"> | undefined {
  switch (node.type) {
    case "ImportDeclaration":
      return { specifier: textOf(nodeAt(node, "source")), typeOnly: isTypeOnly(node) };
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration": {
      const source = nodeAt(node, "source");
      return source && { specifier: textOf(source), typeOnly: isTypeOnly(node) };
    }
    case "ImportExpression":
      return { specifier: textOf(nodeAt(node, "source")), typeOnly: false };
    case "TSImportType":
      return { specifier: textOf(nodeAt(node, "source") ?? nodeAt(node, "argument")), typeOnly: true };
    case "CallExpression": {
      const callee = nodeAt(node, "callee");
      const isRequire = callee?.type === "Identifier" && callee["name"] === "require";
      return isRequire ? { specifier: textOf(listAt(node, "arguments")[0]), typeOnly: false } : undefined;
    }
    default:
      return undefined;
  }
}

/**
 * Reads the imports and the findings of one source file.
 * @throws {SyntaxError} when the file does not parse: an unread file must not pass a check.
 */
export function readModule(path: string, source: string): ModuleFacts {
  const { program, errors } = parseSync(path, source);
  const first = errors[0];
  if (first) throw new SyntaxError(`${path}: ${first.message}`);

  const imports: ImportFact[] = [];
  const findings: Finding[] = [];
  const lineOf = (node: Node): number => source.slice(0, node.start).split("\n").length;
  const visit = (node: Node, parent: Node | undefined): void => {
    const fact = importOf(node);
    if (fact) imports.push({ ...fact, line: lineOf(node) });
    for (const finding of findingsOf(node, parent)) findings.push({ ...finding, line: lineOf(node) });
    for (const child of childrenOf(node)) visit(child, node);
  };
  visit(program as unknown as Node, undefined);
  return { imports, findings };
}
