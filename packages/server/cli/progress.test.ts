import { expect, test } from "vitest";
import { commandVoice } from "./progress.ts";

/** A voice over two streams and a clock that is moved by hand. */
function voiceOn({ isTTY, columns = 100 }: { readonly isTTY: boolean; readonly columns?: number }) {
  let now = 0;
  let out = "";
  let err = "";
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text), isTTY, columns },
  };
  return {
    voice: commandVoice(io, () => now),
    wait: (ms: number) => void (now += ms),
    out: () => out,
    err: () => err,
    /** What a terminal shows on its last line. */
    shown: () => err.split("\n").at(-1)?.split("\r\x1b[K").at(-1),
  };
}

test("without a terminal there is a line every two seconds, with the rate since the last", () => {
  const { voice, wait, out, err } = voiceOn({ isTTY: false });
  const progress = voice.begin({ label: "Realm acme", total: 1000 });
  progress.reach(10, { clients: 2, users: 0 });
  wait(2000);
  progress.reach(250, { clients: 4, users: 100 });
  wait(1999);
  progress.reach(300, { clients: 4, users: 150 });
  wait(1);
  progress.reach(999.9, { clients: 4, users: 500 });
  progress.end();
  expect(out()).toBe("Realm acme: 4 clients (2/s), 100 users (50/s), 25 %\nRealm acme: 4 clients (0/s), 500 users (200/s), 99 %\n");
  expect(err()).toBe("");
});

test("nothing is said of the whole where nobody knows how much it is", () => {
  const { voice, wait, out } = voiceOn({ isTTY: false });
  const progress = voice.begin({ label: "Realm acme" });
  wait(2000);
  progress.reach(1, { users: 2 });
  expect(out()).toBe("Realm acme: 2 users (1/s)\n");
});

test("a terminal shows a bar with the part done, the rate and the time left", () => {
  const { voice, wait, shown, out } = voiceOn({ isTTY: true });
  const progress = voice.begin({ label: "Realm acme", total: 1000 });
  wait(4000);
  progress.reach(250, { clients: 0, users: 100 });
  expect(shown()).toBe("Realm acme [######------------------]  25 %  100 users  25/s  0:12 left");
  wait(99);
  progress.reach(500, { clients: 0, users: 200 });
  expect(shown()).toContain("25 %");
  wait(1);
  progress.reach(500, { clients: 0, users: 200 });
  expect(shown()).toContain("50 %");
  progress.end();
  expect(shown()).toBe("");
  expect(out()).toBe("");
});

test("a line pushes the bar down instead of running into it", () => {
  const { voice, wait, err } = voiceOn({ isTTY: true });
  const progress = voice.begin({ label: "Realm acme", total: 2 });
  wait(1000);
  progress.reach(1, { users: 1 });
  voice.warn("look here");
  progress.reach(1, { users: 1 });
  expect(err()).toContain("left\r\u001b[KWarning: look here\n\r\u001b[KRealm acme [");
});

test("a bar stays on one line of a narrow terminal", () => {
  const { voice, wait, shown } = voiceOn({ isTTY: true, columns: 20 });
  wait(1000);
  voice.begin({ label: "Realm acme", total: 2 }).reach(1, { users: 1 });
  expect(shown()).toHaveLength(19);
});
