import { type AdminRequest, type Finding, type Severity, SEVERITIES } from "@cambist/core/doctor/finding.ts";
import type { DoctorReport } from "../admin/doctor/report.ts";
import { escapeControls } from "../events/safe-text.ts";

const INDENT = "          ";

/** A report for people: what is so, why it matters, what mends it. */
export function reportText({ realm, findings, notChecked }: DoctorReport): string {
  const lines = [`Realm ${realm}: ${findings.length === 0 ? "nothing to mend" : counts(findings)}`];
  for (const finding of findings) lines.push("", ...findingLines(finding));
  if (notChecked.length > 0) lines.push("", "Not checked:", ...notChecked.map((line) => `  ${line}`));
  return lines.map((line) => `${escapeControls(line)}\n`).join("");
}

const PLURAL: Readonly<Record<Severity, string>> = { critical: "critical", warning: "warnings", hint: "hints" };

function counts(findings: readonly Finding[]): string {
  return SEVERITIES.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return `${count} ${count === 1 ? severity : PLURAL[severity]}`;
  }).join(", ");
}

function findingLines({ severity, check, object, problem, why, practice, fix }: Finding): readonly string[] {
  return [
    `${severity.toUpperCase().padEnd(INDENT.length)}${check}: ${object.type} ${object.name}`,
    `${INDENT}${problem}`,
    `${INDENT}Why: ${why} (${practice})`,
    `${INDENT}Fix: ${fix.says}${fix.safe ? " (safe: --fix does it)" : ""}`,
    ...(fix.request ? [`${INDENT}  ${requestText(fix.request)}`] : []),
    ...(fix.kcadm === undefined ? [] : [`${INDENT}  ${fix.kcadm}`]),
  ];
}

export const requestText = ({ method, path, body }: AdminRequest): string =>
  `${method} ${path}${body === undefined ? "" : ` ${JSON.stringify(body)}`}`;
